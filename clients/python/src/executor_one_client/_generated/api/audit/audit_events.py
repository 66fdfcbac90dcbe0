import datetime
from http import HTTPStatus
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.audit_events import AuditEvents
from ...models.audit_events_chain import AuditEventsChain
from ...models.audit_events_order import AuditEventsOrder
from ...models.problem import Problem
from ...types import UNSET, Response, Unset


def _get_kwargs(
    *,
    actor: str | Unset = UNSET,
    after: int | Unset = UNSET,
    before: int | Unset = UNSET,
    chain: AuditEventsChain | Unset = UNSET,
    from_: datetime.datetime | Unset = UNSET,
    goal: str | Unset = UNSET,
    key: str | Unset = UNSET,
    limit: int | Unset = UNSET,
    order: AuditEventsOrder | Unset = UNSET,
    receipt: str | Unset = UNSET,
    to: datetime.datetime | Unset = UNSET,
    type_: str | Unset = UNSET,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["actor"] = actor

    params["after"] = after

    params["before"] = before

    json_chain: str | Unset = UNSET
    if not isinstance(chain, Unset):
        json_chain = chain

    params["chain"] = json_chain

    json_from_: str | Unset = UNSET
    if not isinstance(from_, Unset):
        json_from_ = from_.isoformat()
    params["from"] = json_from_

    params["goal"] = goal

    params["key"] = key

    params["limit"] = limit

    json_order: str | Unset = UNSET
    if not isinstance(order, Unset):
        json_order = order

    params["order"] = json_order

    params["receipt"] = receipt

    json_to: str | Unset = UNSET
    if not isinstance(to, Unset):
        json_to = to.isoformat()
    params["to"] = json_to

    params["type"] = type_

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/api/v1/audit/events",
        "params": params,
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> AuditEvents | Problem | None:
    if response.status_code == 200:
        response_200 = AuditEvents.from_dict(response.json())

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
) -> Response[AuditEvents | Problem]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient,
    actor: str | Unset = UNSET,
    after: int | Unset = UNSET,
    before: int | Unset = UNSET,
    chain: AuditEventsChain | Unset = UNSET,
    from_: datetime.datetime | Unset = UNSET,
    goal: str | Unset = UNSET,
    key: str | Unset = UNSET,
    limit: int | Unset = UNSET,
    order: AuditEventsOrder | Unset = UNSET,
    receipt: str | Unset = UNSET,
    to: datetime.datetime | Unset = UNSET,
    type_: str | Unset = UNSET,
) -> Response[AuditEvents | Problem]:
    """Everything that happened to the account, newest first, each event with its place in the chain

     Everything that happened to the account, newest first, each event with its place in the chain.

    `meta.next` is the seq to go on with. A page looks at 5,000 events at most: with several filters at
    once it may
    be short, or empty, and there is still a next one. Nothing of it can be changed or deleted, and the
    signed heads
    prove that nothing was.

    Args:
        actor (str | Unset):
        after (int | Unset):
        before (int | Unset):
        chain (AuditEventsChain | Unset):
        from_ (datetime.datetime | Unset):
        goal (str | Unset):
        key (str | Unset):
        limit (int | Unset):
        order (AuditEventsOrder | Unset):
        receipt (str | Unset):
        to (datetime.datetime | Unset):
        type_ (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[AuditEvents | Problem]
    """

    kwargs = _get_kwargs(
        actor=actor,
        after=after,
        before=before,
        chain=chain,
        from_=from_,
        goal=goal,
        key=key,
        limit=limit,
        order=order,
        receipt=receipt,
        to=to,
        type_=type_,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient,
    actor: str | Unset = UNSET,
    after: int | Unset = UNSET,
    before: int | Unset = UNSET,
    chain: AuditEventsChain | Unset = UNSET,
    from_: datetime.datetime | Unset = UNSET,
    goal: str | Unset = UNSET,
    key: str | Unset = UNSET,
    limit: int | Unset = UNSET,
    order: AuditEventsOrder | Unset = UNSET,
    receipt: str | Unset = UNSET,
    to: datetime.datetime | Unset = UNSET,
    type_: str | Unset = UNSET,
) -> AuditEvents | Problem | None:
    """Everything that happened to the account, newest first, each event with its place in the chain

     Everything that happened to the account, newest first, each event with its place in the chain.

    `meta.next` is the seq to go on with. A page looks at 5,000 events at most: with several filters at
    once it may
    be short, or empty, and there is still a next one. Nothing of it can be changed or deleted, and the
    signed heads
    prove that nothing was.

    Args:
        actor (str | Unset):
        after (int | Unset):
        before (int | Unset):
        chain (AuditEventsChain | Unset):
        from_ (datetime.datetime | Unset):
        goal (str | Unset):
        key (str | Unset):
        limit (int | Unset):
        order (AuditEventsOrder | Unset):
        receipt (str | Unset):
        to (datetime.datetime | Unset):
        type_ (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        AuditEvents | Problem
    """

    return sync_detailed(
        client=client,
        actor=actor,
        after=after,
        before=before,
        chain=chain,
        from_=from_,
        goal=goal,
        key=key,
        limit=limit,
        order=order,
        receipt=receipt,
        to=to,
        type_=type_,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient,
    actor: str | Unset = UNSET,
    after: int | Unset = UNSET,
    before: int | Unset = UNSET,
    chain: AuditEventsChain | Unset = UNSET,
    from_: datetime.datetime | Unset = UNSET,
    goal: str | Unset = UNSET,
    key: str | Unset = UNSET,
    limit: int | Unset = UNSET,
    order: AuditEventsOrder | Unset = UNSET,
    receipt: str | Unset = UNSET,
    to: datetime.datetime | Unset = UNSET,
    type_: str | Unset = UNSET,
) -> Response[AuditEvents | Problem]:
    """Everything that happened to the account, newest first, each event with its place in the chain

     Everything that happened to the account, newest first, each event with its place in the chain.

    `meta.next` is the seq to go on with. A page looks at 5,000 events at most: with several filters at
    once it may
    be short, or empty, and there is still a next one. Nothing of it can be changed or deleted, and the
    signed heads
    prove that nothing was.

    Args:
        actor (str | Unset):
        after (int | Unset):
        before (int | Unset):
        chain (AuditEventsChain | Unset):
        from_ (datetime.datetime | Unset):
        goal (str | Unset):
        key (str | Unset):
        limit (int | Unset):
        order (AuditEventsOrder | Unset):
        receipt (str | Unset):
        to (datetime.datetime | Unset):
        type_ (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[AuditEvents | Problem]
    """

    kwargs = _get_kwargs(
        actor=actor,
        after=after,
        before=before,
        chain=chain,
        from_=from_,
        goal=goal,
        key=key,
        limit=limit,
        order=order,
        receipt=receipt,
        to=to,
        type_=type_,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient,
    actor: str | Unset = UNSET,
    after: int | Unset = UNSET,
    before: int | Unset = UNSET,
    chain: AuditEventsChain | Unset = UNSET,
    from_: datetime.datetime | Unset = UNSET,
    goal: str | Unset = UNSET,
    key: str | Unset = UNSET,
    limit: int | Unset = UNSET,
    order: AuditEventsOrder | Unset = UNSET,
    receipt: str | Unset = UNSET,
    to: datetime.datetime | Unset = UNSET,
    type_: str | Unset = UNSET,
) -> AuditEvents | Problem | None:
    """Everything that happened to the account, newest first, each event with its place in the chain

     Everything that happened to the account, newest first, each event with its place in the chain.

    `meta.next` is the seq to go on with. A page looks at 5,000 events at most: with several filters at
    once it may
    be short, or empty, and there is still a next one. Nothing of it can be changed or deleted, and the
    signed heads
    prove that nothing was.

    Args:
        actor (str | Unset):
        after (int | Unset):
        before (int | Unset):
        chain (AuditEventsChain | Unset):
        from_ (datetime.datetime | Unset):
        goal (str | Unset):
        key (str | Unset):
        limit (int | Unset):
        order (AuditEventsOrder | Unset):
        receipt (str | Unset):
        to (datetime.datetime | Unset):
        type_ (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        AuditEvents | Problem
    """

    return (
        await asyncio_detailed(
            client=client,
            actor=actor,
            after=after,
            before=before,
            chain=chain,
            from_=from_,
            goal=goal,
            key=key,
            limit=limit,
            order=order,
            receipt=receipt,
            to=to,
            type_=type_,
        )
    ).parsed
