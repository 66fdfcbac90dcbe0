from http import HTTPStatus
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.audit_heads_chain import AuditHeadsChain
from ...models.audit_heads_order import AuditHeadsOrder
from ...models.problem import Problem
from ...models.signed_heads import SignedHeads
from ...types import UNSET, Response, Unset


def _get_kwargs(
    *,
    after: int | Unset = UNSET,
    before: int | Unset = UNSET,
    chain: AuditHeadsChain | Unset = UNSET,
    limit: int | Unset = UNSET,
    order: AuditHeadsOrder | Unset = UNSET,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["after"] = after

    params["before"] = before

    json_chain: str | Unset = UNSET
    if not isinstance(chain, Unset):
        json_chain = chain

    params["chain"] = json_chain

    params["limit"] = limit

    json_order: str | Unset = UNSET
    if not isinstance(order, Unset):
        json_order = order

    params["order"] = json_order

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/api/v1/audit/heads",
        "params": params,
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Problem | SignedHeads | None:
    if response.status_code == 200:
        response_200 = SignedHeads.from_dict(response.json())

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
) -> Response[Problem | SignedHeads]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient,
    after: int | Unset = UNSET,
    before: int | Unset = UNSET,
    chain: AuditHeadsChain | Unset = UNSET,
    limit: int | Unset = UNSET,
    order: AuditHeadsOrder | Unset = UNSET,
) -> Response[Problem | SignedHeads]:
    """The ends of the chain as they were signed, newest first; one a minute in which something happened

     The ends of the chain as they were signed, newest first; one a minute in which something happened.

    Keep them: with one of them you can prove later that nothing up to its event was changed or cut off.

    Args:
        after (int | Unset):
        before (int | Unset):
        chain (AuditHeadsChain | Unset):
        limit (int | Unset):
        order (AuditHeadsOrder | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | SignedHeads]
    """

    kwargs = _get_kwargs(
        after=after,
        before=before,
        chain=chain,
        limit=limit,
        order=order,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient,
    after: int | Unset = UNSET,
    before: int | Unset = UNSET,
    chain: AuditHeadsChain | Unset = UNSET,
    limit: int | Unset = UNSET,
    order: AuditHeadsOrder | Unset = UNSET,
) -> Problem | SignedHeads | None:
    """The ends of the chain as they were signed, newest first; one a minute in which something happened

     The ends of the chain as they were signed, newest first; one a minute in which something happened.

    Keep them: with one of them you can prove later that nothing up to its event was changed or cut off.

    Args:
        after (int | Unset):
        before (int | Unset):
        chain (AuditHeadsChain | Unset):
        limit (int | Unset):
        order (AuditHeadsOrder | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | SignedHeads
    """

    return sync_detailed(
        client=client,
        after=after,
        before=before,
        chain=chain,
        limit=limit,
        order=order,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient,
    after: int | Unset = UNSET,
    before: int | Unset = UNSET,
    chain: AuditHeadsChain | Unset = UNSET,
    limit: int | Unset = UNSET,
    order: AuditHeadsOrder | Unset = UNSET,
) -> Response[Problem | SignedHeads]:
    """The ends of the chain as they were signed, newest first; one a minute in which something happened

     The ends of the chain as they were signed, newest first; one a minute in which something happened.

    Keep them: with one of them you can prove later that nothing up to its event was changed or cut off.

    Args:
        after (int | Unset):
        before (int | Unset):
        chain (AuditHeadsChain | Unset):
        limit (int | Unset):
        order (AuditHeadsOrder | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | SignedHeads]
    """

    kwargs = _get_kwargs(
        after=after,
        before=before,
        chain=chain,
        limit=limit,
        order=order,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient,
    after: int | Unset = UNSET,
    before: int | Unset = UNSET,
    chain: AuditHeadsChain | Unset = UNSET,
    limit: int | Unset = UNSET,
    order: AuditHeadsOrder | Unset = UNSET,
) -> Problem | SignedHeads | None:
    """The ends of the chain as they were signed, newest first; one a minute in which something happened

     The ends of the chain as they were signed, newest first; one a minute in which something happened.

    Keep them: with one of them you can prove later that nothing up to its event was changed or cut off.

    Args:
        after (int | Unset):
        before (int | Unset):
        chain (AuditHeadsChain | Unset):
        limit (int | Unset):
        order (AuditHeadsOrder | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | SignedHeads
    """

    return (
        await asyncio_detailed(
            client=client,
            after=after,
            before=before,
            chain=chain,
            limit=limit,
            order=order,
        )
    ).parsed
