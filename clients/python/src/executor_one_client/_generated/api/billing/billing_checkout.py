from http import HTTPStatus
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.address import Address
from ...models.problem import Problem
from ...models.tier_input_request import TierInputRequest
from ...types import UNSET, Response, Unset


def _get_kwargs(
    *,
    body: TierInputRequest,
    idempotency_key: str | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    if not isinstance(idempotency_key, Unset):
        headers["Idempotency-Key"] = idempotency_key

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/api/billing/checkout",
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Address | Problem | None:
    if response.status_code == 200:
        response_200 = Address.from_dict(response.json())

        return response_200

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

    if response.status_code == 501:
        response_501 = Problem.from_dict(response.json())

        return response_501

    if response.status_code == 503:
        response_503 = Problem.from_dict(response.json())

        return response_503

    if client.raise_on_unexpected_status:
        raise errors.UnexpectedStatus(response.status_code, response.content)
    else:
        return None


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[Address | Problem]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient,
    body: TierInputRequest,
    idempotency_key: str | Unset = UNSET,
) -> Response[Address | Problem]:
    """Where to pay for a plan the first time; asked again, the same session while it is open

     Where to pay for a plan the first time; asked again, the same session while it is open.

    409 with a paid subscription (change-plan then), or for a plan that allows no more. 501 without
    Stripe.

    Args:
        idempotency_key (str | Unset):
        body (TierInputRequest): A plan by its code.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Address | Problem]
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
    body: TierInputRequest,
    idempotency_key: str | Unset = UNSET,
) -> Address | Problem | None:
    """Where to pay for a plan the first time; asked again, the same session while it is open

     Where to pay for a plan the first time; asked again, the same session while it is open.

    409 with a paid subscription (change-plan then), or for a plan that allows no more. 501 without
    Stripe.

    Args:
        idempotency_key (str | Unset):
        body (TierInputRequest): A plan by its code.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Address | Problem
    """

    return sync_detailed(
        client=client,
        body=body,
        idempotency_key=idempotency_key,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient,
    body: TierInputRequest,
    idempotency_key: str | Unset = UNSET,
) -> Response[Address | Problem]:
    """Where to pay for a plan the first time; asked again, the same session while it is open

     Where to pay for a plan the first time; asked again, the same session while it is open.

    409 with a paid subscription (change-plan then), or for a plan that allows no more. 501 without
    Stripe.

    Args:
        idempotency_key (str | Unset):
        body (TierInputRequest): A plan by its code.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Address | Problem]
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
    body: TierInputRequest,
    idempotency_key: str | Unset = UNSET,
) -> Address | Problem | None:
    """Where to pay for a plan the first time; asked again, the same session while it is open

     Where to pay for a plan the first time; asked again, the same session while it is open.

    409 with a paid subscription (change-plan then), or for a plan that allows no more. 501 without
    Stripe.

    Args:
        idempotency_key (str | Unset):
        body (TierInputRequest): A plan by its code.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Address | Problem
    """

    return (
        await asyncio_detailed(
            client=client,
            body=body,
            idempotency_key=idempotency_key,
        )
    ).parsed
