from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.problem import Problem
from ...models.receipt import Receipt
from ...types import Response


def _get_kwargs(
    receipt: str,
) -> dict[str, Any]:

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/api/v1/audit/receipts/{receipt}".format(
            receipt=quote(str(receipt), safe=""),
        ),
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Problem | Receipt | None:
    if response.status_code == 200:
        response_200 = Receipt.from_dict(response.json())

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
) -> Response[Problem | Receipt]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    receipt: str,
    *,
    client: AuthenticatedClient,
) -> Response[Problem | Receipt]:
    """What the request with this X-Receipt was and did: who asked, with which key, its events, goals

     What the request with this X-Receipt was and did: who asked, with which key, its events, goals.

    404 where nothing is known of it here: it is another account's, or it only read something more than
    a week ago.

    Args:
        receipt (str):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | Receipt]
    """

    kwargs = _get_kwargs(
        receipt=receipt,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    receipt: str,
    *,
    client: AuthenticatedClient,
) -> Problem | Receipt | None:
    """What the request with this X-Receipt was and did: who asked, with which key, its events, goals

     What the request with this X-Receipt was and did: who asked, with which key, its events, goals.

    404 where nothing is known of it here: it is another account's, or it only read something more than
    a week ago.

    Args:
        receipt (str):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | Receipt
    """

    return sync_detailed(
        receipt=receipt,
        client=client,
    ).parsed


async def asyncio_detailed(
    receipt: str,
    *,
    client: AuthenticatedClient,
) -> Response[Problem | Receipt]:
    """What the request with this X-Receipt was and did: who asked, with which key, its events, goals

     What the request with this X-Receipt was and did: who asked, with which key, its events, goals.

    404 where nothing is known of it here: it is another account's, or it only read something more than
    a week ago.

    Args:
        receipt (str):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | Receipt]
    """

    kwargs = _get_kwargs(
        receipt=receipt,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    receipt: str,
    *,
    client: AuthenticatedClient,
) -> Problem | Receipt | None:
    """What the request with this X-Receipt was and did: who asked, with which key, its events, goals

     What the request with this X-Receipt was and did: who asked, with which key, its events, goals.

    404 where nothing is known of it here: it is another account's, or it only read something more than
    a week ago.

    Args:
        receipt (str):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | Receipt
    """

    return (
        await asyncio_detailed(
            receipt=receipt,
            client=client,
        )
    ).parsed
