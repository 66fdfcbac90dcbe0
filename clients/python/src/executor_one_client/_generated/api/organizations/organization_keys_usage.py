from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.paginated_api_request_list import PaginatedApiRequestList
from ...models.problem import Problem
from ...types import UNSET, Response, Unset


def _get_kwargs(
    org_id: str,
    key_id: str,
    *,
    limit: int | Unset = UNSET,
    offset: int | Unset = UNSET,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["limit"] = limit

    params["offset"] = offset

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/api/organizations/{org_id}/api-keys/{key_id}/usage".format(
            org_id=quote(str(org_id), safe=""),
            key_id=quote(str(key_id), safe=""),
        ),
        "params": params,
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> PaginatedApiRequestList | Problem | None:
    if response.status_code == 200:
        response_200 = PaginatedApiRequestList.from_dict(response.json())

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

    if response.status_code == 404:
        response_404 = Problem.from_dict(response.json())

        return response_404

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
) -> Response[PaginatedApiRequestList | Problem]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    org_id: str,
    key_id: str,
    *,
    client: AuthenticatedClient,
    limit: int | Unset = UNSET,
    offset: int | Unset = UNSET,
) -> Response[PaginatedApiRequestList | Problem]:
    """The requests of a key, the newest first: when, what, how it ended, from where, and its receipt

     The requests of a key, the newest first: when, what, how it ended, from where, and its receipt.

    Of the last seven days, and of the account's newest 100,000. Other web processes write theirs within
    two
    seconds. From where they came is for owners and admins.

    Args:
        org_id (str):
        key_id (str):
        limit (int | Unset):
        offset (int | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[PaginatedApiRequestList | Problem]
    """

    kwargs = _get_kwargs(
        org_id=org_id,
        key_id=key_id,
        limit=limit,
        offset=offset,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    org_id: str,
    key_id: str,
    *,
    client: AuthenticatedClient,
    limit: int | Unset = UNSET,
    offset: int | Unset = UNSET,
) -> PaginatedApiRequestList | Problem | None:
    """The requests of a key, the newest first: when, what, how it ended, from where, and its receipt

     The requests of a key, the newest first: when, what, how it ended, from where, and its receipt.

    Of the last seven days, and of the account's newest 100,000. Other web processes write theirs within
    two
    seconds. From where they came is for owners and admins.

    Args:
        org_id (str):
        key_id (str):
        limit (int | Unset):
        offset (int | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        PaginatedApiRequestList | Problem
    """

    return sync_detailed(
        org_id=org_id,
        key_id=key_id,
        client=client,
        limit=limit,
        offset=offset,
    ).parsed


async def asyncio_detailed(
    org_id: str,
    key_id: str,
    *,
    client: AuthenticatedClient,
    limit: int | Unset = UNSET,
    offset: int | Unset = UNSET,
) -> Response[PaginatedApiRequestList | Problem]:
    """The requests of a key, the newest first: when, what, how it ended, from where, and its receipt

     The requests of a key, the newest first: when, what, how it ended, from where, and its receipt.

    Of the last seven days, and of the account's newest 100,000. Other web processes write theirs within
    two
    seconds. From where they came is for owners and admins.

    Args:
        org_id (str):
        key_id (str):
        limit (int | Unset):
        offset (int | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[PaginatedApiRequestList | Problem]
    """

    kwargs = _get_kwargs(
        org_id=org_id,
        key_id=key_id,
        limit=limit,
        offset=offset,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    org_id: str,
    key_id: str,
    *,
    client: AuthenticatedClient,
    limit: int | Unset = UNSET,
    offset: int | Unset = UNSET,
) -> PaginatedApiRequestList | Problem | None:
    """The requests of a key, the newest first: when, what, how it ended, from where, and its receipt

     The requests of a key, the newest first: when, what, how it ended, from where, and its receipt.

    Of the last seven days, and of the account's newest 100,000. Other web processes write theirs within
    two
    seconds. From where they came is for owners and admins.

    Args:
        org_id (str):
        key_id (str):
        limit (int | Unset):
        offset (int | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        PaginatedApiRequestList | Problem
    """

    return (
        await asyncio_detailed(
            org_id=org_id,
            key_id=key_id,
            client=client,
            limit=limit,
            offset=offset,
        )
    ).parsed
