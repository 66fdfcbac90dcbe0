from http import HTTPStatus
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.goal_created import GoalCreated
from ...models.goal_input_request import GoalInputRequest
from ...models.problem import Problem
from ...types import UNSET, Response, Unset


def _get_kwargs(
    *,
    body: GoalInputRequest,
    wait: int | Unset = UNSET,
    idempotency_key: str | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    if not isinstance(idempotency_key, Unset):
        headers["Idempotency-Key"] = idempotency_key

    params: dict[str, Any] = {}

    params["wait"] = wait

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/api/goals",
        "params": params,
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> GoalCreated | Problem | None:
    if response.status_code == 201:
        response_201 = GoalCreated.from_dict(response.json())

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

    if response.status_code == 422:
        response_422 = Problem.from_dict(response.json())

        return response_422

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
) -> Response[GoalCreated | Problem]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient,
    body: GoalInputRequest,
    wait: int | Unset = UNSET,
    idempotency_key: str | Unset = UNSET,
) -> Response[GoalCreated | Problem]:
    """State a goal; it is decomposed into tasks and run. With `wait` the answer is the goal as it ended

     State a goal; it is decomposed into tasks and run. With `wait` the answer is the goal as it ended.

    Args:
        wait (int | Unset):
        idempotency_key (str | Unset):
        body (GoalInputRequest): What POST /api/goals takes.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[GoalCreated | Problem]
    """

    kwargs = _get_kwargs(
        body=body,
        wait=wait,
        idempotency_key=idempotency_key,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient,
    body: GoalInputRequest,
    wait: int | Unset = UNSET,
    idempotency_key: str | Unset = UNSET,
) -> GoalCreated | Problem | None:
    """State a goal; it is decomposed into tasks and run. With `wait` the answer is the goal as it ended

     State a goal; it is decomposed into tasks and run. With `wait` the answer is the goal as it ended.

    Args:
        wait (int | Unset):
        idempotency_key (str | Unset):
        body (GoalInputRequest): What POST /api/goals takes.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        GoalCreated | Problem
    """

    return sync_detailed(
        client=client,
        body=body,
        wait=wait,
        idempotency_key=idempotency_key,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient,
    body: GoalInputRequest,
    wait: int | Unset = UNSET,
    idempotency_key: str | Unset = UNSET,
) -> Response[GoalCreated | Problem]:
    """State a goal; it is decomposed into tasks and run. With `wait` the answer is the goal as it ended

     State a goal; it is decomposed into tasks and run. With `wait` the answer is the goal as it ended.

    Args:
        wait (int | Unset):
        idempotency_key (str | Unset):
        body (GoalInputRequest): What POST /api/goals takes.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[GoalCreated | Problem]
    """

    kwargs = _get_kwargs(
        body=body,
        wait=wait,
        idempotency_key=idempotency_key,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient,
    body: GoalInputRequest,
    wait: int | Unset = UNSET,
    idempotency_key: str | Unset = UNSET,
) -> GoalCreated | Problem | None:
    """State a goal; it is decomposed into tasks and run. With `wait` the answer is the goal as it ended

     State a goal; it is decomposed into tasks and run. With `wait` the answer is the goal as it ended.

    Args:
        wait (int | Unset):
        idempotency_key (str | Unset):
        body (GoalInputRequest): What POST /api/goals takes.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        GoalCreated | Problem
    """

    return (
        await asyncio_detailed(
            client=client,
            body=body,
            wait=wait,
            idempotency_key=idempotency_key,
        )
    ).parsed
