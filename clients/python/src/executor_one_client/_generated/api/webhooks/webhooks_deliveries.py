from http import HTTPStatus
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.paginated_delivery_list import PaginatedDeliveryList
from ...models.problem import Problem
from ...models.webhooks_deliveries_state import (
    WebhooksDeliveriesState,
)
from ...types import UNSET, Response, Unset


def _get_kwargs(
    *,
    from_: str | Unset = UNSET,
    limit: int | Unset = UNSET,
    offset: int | Unset = UNSET,
    state: WebhooksDeliveriesState | Unset = UNSET,
    to: str | Unset = UNSET,
    type_: str | Unset = UNSET,
    webhook: str | Unset = UNSET,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["from"] = from_

    params["limit"] = limit

    params["offset"] = offset

    json_state: str | Unset = UNSET
    if not isinstance(state, Unset):
        json_state = state

    params["state"] = json_state

    params["to"] = to

    params["type"] = type_

    params["webhook"] = webhook

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/api/v1/webhooks/deliveries",
        "params": params,
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> PaginatedDeliveryList | Problem | None:
    if response.status_code == 200:
        response_200 = PaginatedDeliveryList.from_dict(response.json())

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
) -> Response[PaginatedDeliveryList | Problem]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient,
    from_: str | Unset = UNSET,
    limit: int | Unset = UNSET,
    offset: int | Unset = UNSET,
    state: WebhooksDeliveriesState | Unset = UNSET,
    to: str | Unset = UNSET,
    type_: str | Unset = UNSET,
    webhook: str | Unset = UNSET,
) -> Response[PaginatedDeliveryList | Problem]:
    """What was sent or waits to be, the newest first; each is kept for 30 days

     What was sent or waits to be, the newest first; each is kept for 30 days.

    Args:
        from_ (str | Unset):
        limit (int | Unset):
        offset (int | Unset):
        state (WebhooksDeliveriesState | Unset):
        to (str | Unset):
        type_ (str | Unset):
        webhook (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[PaginatedDeliveryList | Problem]
    """

    kwargs = _get_kwargs(
        from_=from_,
        limit=limit,
        offset=offset,
        state=state,
        to=to,
        type_=type_,
        webhook=webhook,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient,
    from_: str | Unset = UNSET,
    limit: int | Unset = UNSET,
    offset: int | Unset = UNSET,
    state: WebhooksDeliveriesState | Unset = UNSET,
    to: str | Unset = UNSET,
    type_: str | Unset = UNSET,
    webhook: str | Unset = UNSET,
) -> PaginatedDeliveryList | Problem | None:
    """What was sent or waits to be, the newest first; each is kept for 30 days

     What was sent or waits to be, the newest first; each is kept for 30 days.

    Args:
        from_ (str | Unset):
        limit (int | Unset):
        offset (int | Unset):
        state (WebhooksDeliveriesState | Unset):
        to (str | Unset):
        type_ (str | Unset):
        webhook (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        PaginatedDeliveryList | Problem
    """

    return sync_detailed(
        client=client,
        from_=from_,
        limit=limit,
        offset=offset,
        state=state,
        to=to,
        type_=type_,
        webhook=webhook,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient,
    from_: str | Unset = UNSET,
    limit: int | Unset = UNSET,
    offset: int | Unset = UNSET,
    state: WebhooksDeliveriesState | Unset = UNSET,
    to: str | Unset = UNSET,
    type_: str | Unset = UNSET,
    webhook: str | Unset = UNSET,
) -> Response[PaginatedDeliveryList | Problem]:
    """What was sent or waits to be, the newest first; each is kept for 30 days

     What was sent or waits to be, the newest first; each is kept for 30 days.

    Args:
        from_ (str | Unset):
        limit (int | Unset):
        offset (int | Unset):
        state (WebhooksDeliveriesState | Unset):
        to (str | Unset):
        type_ (str | Unset):
        webhook (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[PaginatedDeliveryList | Problem]
    """

    kwargs = _get_kwargs(
        from_=from_,
        limit=limit,
        offset=offset,
        state=state,
        to=to,
        type_=type_,
        webhook=webhook,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient,
    from_: str | Unset = UNSET,
    limit: int | Unset = UNSET,
    offset: int | Unset = UNSET,
    state: WebhooksDeliveriesState | Unset = UNSET,
    to: str | Unset = UNSET,
    type_: str | Unset = UNSET,
    webhook: str | Unset = UNSET,
) -> PaginatedDeliveryList | Problem | None:
    """What was sent or waits to be, the newest first; each is kept for 30 days

     What was sent or waits to be, the newest first; each is kept for 30 days.

    Args:
        from_ (str | Unset):
        limit (int | Unset):
        offset (int | Unset):
        state (WebhooksDeliveriesState | Unset):
        to (str | Unset):
        type_ (str | Unset):
        webhook (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        PaginatedDeliveryList | Problem
    """

    return (
        await asyncio_detailed(
            client=client,
            from_=from_,
            limit=limit,
            offset=offset,
            state=state,
            to=to,
            type_=type_,
            webhook=webhook,
        )
    ).parsed
