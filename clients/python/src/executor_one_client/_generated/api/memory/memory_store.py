from http import HTTPStatus
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.memory_input_request import MemoryInputRequest
from ...models.memory_stored import MemoryStored
from ...models.problem import Problem
from ...types import UNSET, Response, Unset


def _get_kwargs(
    *,
    body: MemoryInputRequest,
    idempotency_key: str | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    if not isinstance(idempotency_key, Unset):
        headers["Idempotency-Key"] = idempotency_key

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/api/memory",
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> MemoryStored | Problem | None:
    if response.status_code == 200:
        response_200 = MemoryStored.from_dict(response.json())

        return response_200

    if response.status_code == 201:
        response_201 = MemoryStored.from_dict(response.json())

        return response_201

    if response.status_code == 400:
        response_400 = Problem.from_dict(response.json())

        return response_400

    if response.status_code == 401:
        response_401 = Problem.from_dict(response.json())

        return response_401

    if response.status_code == 402:
        response_402 = Problem.from_dict(response.json())

        return response_402

    if response.status_code == 403:
        response_403 = Problem.from_dict(response.json())

        return response_403

    if response.status_code == 409:
        response_409 = Problem.from_dict(response.json())

        return response_409

    if response.status_code == 413:
        response_413 = Problem.from_dict(response.json())

        return response_413

    if response.status_code == 415:
        response_415 = Problem.from_dict(response.json())

        return response_415

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
) -> Response[MemoryStored | Problem]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient,
    body: MemoryInputRequest,
    idempotency_key: str | Unset = UNSET,
) -> Response[MemoryStored | Problem]:
    """Store a memory: 201, or 200 when one with this key was there and is updated

     Store a memory: 201, or 200 when one with this key was there and is updated.

    Fields that are not given keep their value on an update. With `dedupe` and a new key, a memory that
    says the
    same (exactly or restated) is refreshed and answered instead, see `duplicate`; only where its value
    holds a
    sentence (4 plain words) and the keys differ in the date at their end, as `notes/2026-11-28` and
    `notes/2026-11-29` (below `notes/` and the like also in a UUID or hash), not in another number;
    where the key
    has no `/ . :` before that, a restatement needs the same tags too. It gets all tags, the higher
    importance and
    the longer life.
    402 at the plan's ceiling; nothing is evicted. The answer does not repeat a `secrets` value.

    Args:
        idempotency_key (str | Unset):
        body (MemoryInputRequest): What POST /api/memory takes.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[MemoryStored | Problem]
    """

    kwargs = _get_kwargs(
        body=body,
        idempotency_key=idempotency_key,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient,
    body: MemoryInputRequest,
    idempotency_key: str | Unset = UNSET,
) -> MemoryStored | Problem | None:
    """Store a memory: 201, or 200 when one with this key was there and is updated

     Store a memory: 201, or 200 when one with this key was there and is updated.

    Fields that are not given keep their value on an update. With `dedupe` and a new key, a memory that
    says the
    same (exactly or restated) is refreshed and answered instead, see `duplicate`; only where its value
    holds a
    sentence (4 plain words) and the keys differ in the date at their end, as `notes/2026-11-28` and
    `notes/2026-11-29` (below `notes/` and the like also in a UUID or hash), not in another number;
    where the key
    has no `/ . :` before that, a restatement needs the same tags too. It gets all tags, the higher
    importance and
    the longer life.
    402 at the plan's ceiling; nothing is evicted. The answer does not repeat a `secrets` value.

    Args:
        idempotency_key (str | Unset):
        body (MemoryInputRequest): What POST /api/memory takes.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        MemoryStored | Problem
    """

    return sync_detailed(
        client=client,
        body=body,
        idempotency_key=idempotency_key,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient,
    body: MemoryInputRequest,
    idempotency_key: str | Unset = UNSET,
) -> Response[MemoryStored | Problem]:
    """Store a memory: 201, or 200 when one with this key was there and is updated

     Store a memory: 201, or 200 when one with this key was there and is updated.

    Fields that are not given keep their value on an update. With `dedupe` and a new key, a memory that
    says the
    same (exactly or restated) is refreshed and answered instead, see `duplicate`; only where its value
    holds a
    sentence (4 plain words) and the keys differ in the date at their end, as `notes/2026-11-28` and
    `notes/2026-11-29` (below `notes/` and the like also in a UUID or hash), not in another number;
    where the key
    has no `/ . :` before that, a restatement needs the same tags too. It gets all tags, the higher
    importance and
    the longer life.
    402 at the plan's ceiling; nothing is evicted. The answer does not repeat a `secrets` value.

    Args:
        idempotency_key (str | Unset):
        body (MemoryInputRequest): What POST /api/memory takes.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[MemoryStored | Problem]
    """

    kwargs = _get_kwargs(
        body=body,
        idempotency_key=idempotency_key,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient,
    body: MemoryInputRequest,
    idempotency_key: str | Unset = UNSET,
) -> MemoryStored | Problem | None:
    """Store a memory: 201, or 200 when one with this key was there and is updated

     Store a memory: 201, or 200 when one with this key was there and is updated.

    Fields that are not given keep their value on an update. With `dedupe` and a new key, a memory that
    says the
    same (exactly or restated) is refreshed and answered instead, see `duplicate`; only where its value
    holds a
    sentence (4 plain words) and the keys differ in the date at their end, as `notes/2026-11-28` and
    `notes/2026-11-29` (below `notes/` and the like also in a UUID or hash), not in another number;
    where the key
    has no `/ . :` before that, a restatement needs the same tags too. It gets all tags, the higher
    importance and
    the longer life.
    402 at the plan's ceiling; nothing is evicted. The answer does not repeat a `secrets` value.

    Args:
        idempotency_key (str | Unset):
        body (MemoryInputRequest): What POST /api/memory takes.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        MemoryStored | Problem
    """

    return (
        await asyncio_detailed(
            client=client,
            body=body,
            idempotency_key=idempotency_key,
        )
    ).parsed
