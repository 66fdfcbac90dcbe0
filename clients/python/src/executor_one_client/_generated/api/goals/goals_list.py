import datetime
from http import HTTPStatus
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.goals_list_priority import GoalsListPriority
from ...models.goals_list_sort import GoalsListSort
from ...models.goals_list_state import GoalsListState
from ...models.paginated_goal_list import PaginatedGoalList
from ...models.problem import Problem
from ...types import UNSET, Response, Unset


def _get_kwargs(
    *,
    created_by: str | Unset = UNSET,
    limit: int | Unset = UNSET,
    offset: int | Unset = UNSET,
    priority: GoalsListPriority | Unset = UNSET,
    search: str | Unset = UNSET,
    since: datetime.datetime | Unset = UNSET,
    sort: GoalsListSort | Unset = UNSET,
    state: GoalsListState | Unset = UNSET,
    until: datetime.datetime | Unset = UNSET,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["createdBy"] = created_by

    params["limit"] = limit

    params["offset"] = offset

    json_priority: str | Unset = UNSET
    if not isinstance(priority, Unset):
        json_priority = priority

    params["priority"] = json_priority

    params["search"] = search

    json_since: str | Unset = UNSET
    if not isinstance(since, Unset):
        json_since = since.isoformat()
    params["since"] = json_since

    json_sort: str | Unset = UNSET
    if not isinstance(sort, Unset):
        json_sort = sort

    params["sort"] = json_sort

    json_state: str | Unset = UNSET
    if not isinstance(state, Unset):
        json_state = state

    params["state"] = json_state

    json_until: str | Unset = UNSET
    if not isinstance(until, Unset):
        json_until = until.isoformat()
    params["until"] = json_until

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/api/goals",
        "params": params,
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> PaginatedGoalList | Problem | None:
    if response.status_code == 200:
        response_200 = PaginatedGoalList.from_dict(response.json())

        return response_200

    if response.status_code == 400:
        response_400 = Problem.from_dict(response.json())

        return response_400

    if response.status_code == 401:
        response_401 = Problem.from_dict(response.json())

        return response_401

    if response.status_code == 403:
        response_403 = Problem.from_dict(response.json())

        return response_403

    if response.status_code == 429:
        response_429 = Problem.from_dict(response.json())

        return response_429

    if response.status_code == 500:
        response_500 = Problem.from_dict(response.json())

        return response_500

    if response.status_code == 503:
        response_503 = Problem.from_dict(response.json())

        return response_503

    if client.raise_on_unexpected_status:
        raise errors.UnexpectedStatus(response.status_code, response.content)
    else:
        return None


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[PaginatedGoalList | Problem]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient,
    created_by: str | Unset = UNSET,
    limit: int | Unset = UNSET,
    offset: int | Unset = UNSET,
    priority: GoalsListPriority | Unset = UNSET,
    search: str | Unset = UNSET,
    since: datetime.datetime | Unset = UNSET,
    sort: GoalsListSort | Unset = UNSET,
    state: GoalsListState | Unset = UNSET,
    until: datetime.datetime | Unset = UNSET,
) -> Response[PaginatedGoalList | Problem]:
    """List goals, newest first; filter by state, priority, time and who stated them, search the
    description

     List goals, newest first; filter by state, priority, time and who stated them, search the
    description.

    Args:
        created_by (str | Unset):
        limit (int | Unset):
        offset (int | Unset):
        priority (GoalsListPriority | Unset):
        search (str | Unset):
        since (datetime.datetime | Unset):
        sort (GoalsListSort | Unset):
        state (GoalsListState | Unset):
        until (datetime.datetime | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[PaginatedGoalList | Problem]
    """

    kwargs = _get_kwargs(
        created_by=created_by,
        limit=limit,
        offset=offset,
        priority=priority,
        search=search,
        since=since,
        sort=sort,
        state=state,
        until=until,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient,
    created_by: str | Unset = UNSET,
    limit: int | Unset = UNSET,
    offset: int | Unset = UNSET,
    priority: GoalsListPriority | Unset = UNSET,
    search: str | Unset = UNSET,
    since: datetime.datetime | Unset = UNSET,
    sort: GoalsListSort | Unset = UNSET,
    state: GoalsListState | Unset = UNSET,
    until: datetime.datetime | Unset = UNSET,
) -> PaginatedGoalList | Problem | None:
    """List goals, newest first; filter by state, priority, time and who stated them, search the
    description

     List goals, newest first; filter by state, priority, time and who stated them, search the
    description.

    Args:
        created_by (str | Unset):
        limit (int | Unset):
        offset (int | Unset):
        priority (GoalsListPriority | Unset):
        search (str | Unset):
        since (datetime.datetime | Unset):
        sort (GoalsListSort | Unset):
        state (GoalsListState | Unset):
        until (datetime.datetime | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        PaginatedGoalList | Problem
    """

    return sync_detailed(
        client=client,
        created_by=created_by,
        limit=limit,
        offset=offset,
        priority=priority,
        search=search,
        since=since,
        sort=sort,
        state=state,
        until=until,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient,
    created_by: str | Unset = UNSET,
    limit: int | Unset = UNSET,
    offset: int | Unset = UNSET,
    priority: GoalsListPriority | Unset = UNSET,
    search: str | Unset = UNSET,
    since: datetime.datetime | Unset = UNSET,
    sort: GoalsListSort | Unset = UNSET,
    state: GoalsListState | Unset = UNSET,
    until: datetime.datetime | Unset = UNSET,
) -> Response[PaginatedGoalList | Problem]:
    """List goals, newest first; filter by state, priority, time and who stated them, search the
    description

     List goals, newest first; filter by state, priority, time and who stated them, search the
    description.

    Args:
        created_by (str | Unset):
        limit (int | Unset):
        offset (int | Unset):
        priority (GoalsListPriority | Unset):
        search (str | Unset):
        since (datetime.datetime | Unset):
        sort (GoalsListSort | Unset):
        state (GoalsListState | Unset):
        until (datetime.datetime | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[PaginatedGoalList | Problem]
    """

    kwargs = _get_kwargs(
        created_by=created_by,
        limit=limit,
        offset=offset,
        priority=priority,
        search=search,
        since=since,
        sort=sort,
        state=state,
        until=until,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient,
    created_by: str | Unset = UNSET,
    limit: int | Unset = UNSET,
    offset: int | Unset = UNSET,
    priority: GoalsListPriority | Unset = UNSET,
    search: str | Unset = UNSET,
    since: datetime.datetime | Unset = UNSET,
    sort: GoalsListSort | Unset = UNSET,
    state: GoalsListState | Unset = UNSET,
    until: datetime.datetime | Unset = UNSET,
) -> PaginatedGoalList | Problem | None:
    """List goals, newest first; filter by state, priority, time and who stated them, search the
    description

     List goals, newest first; filter by state, priority, time and who stated them, search the
    description.

    Args:
        created_by (str | Unset):
        limit (int | Unset):
        offset (int | Unset):
        priority (GoalsListPriority | Unset):
        search (str | Unset):
        since (datetime.datetime | Unset):
        sort (GoalsListSort | Unset):
        state (GoalsListState | Unset):
        until (datetime.datetime | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        PaginatedGoalList | Problem
    """

    return (
        await asyncio_detailed(
            client=client,
            created_by=created_by,
            limit=limit,
            offset=offset,
            priority=priority,
            search=search,
            since=since,
            sort=sort,
            state=state,
            until=until,
        )
    ).parsed
