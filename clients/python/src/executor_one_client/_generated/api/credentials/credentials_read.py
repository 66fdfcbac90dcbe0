from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.credential_shown import CredentialShown
from ...models.problem import Problem
from ...types import Response


def _get_kwargs(
    credential_key: str,
) -> dict[str, Any]:

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/api/credentials/{credential_key}".format(
            credential_key=quote(str(credential_key), safe=""),
        ),
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> CredentialShown | Problem | None:
    if response.status_code == 200:
        response_200 = CredentialShown.from_dict(response.json())

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
) -> Response[CredentialShown | Problem]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    credential_key: str,
    *,
    client: AuthenticatedClient,
) -> Response[CredentialShown | Problem]:
    """A credential with what it holds; each time is an event, `credential.read`

     A credential with what it holds; each time is an event, `credential.read`.

    For admins and owners. A key needs the scope credentials.read by name besides: `*` does not include
    it. 429
    after 60 a minute; 500 where what is stored was changed or moved; 503 where the key that wraps it is
    missing.

    Args:
        credential_key (str):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[CredentialShown | Problem]
    """

    kwargs = _get_kwargs(
        credential_key=credential_key,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    credential_key: str,
    *,
    client: AuthenticatedClient,
) -> CredentialShown | Problem | None:
    """A credential with what it holds; each time is an event, `credential.read`

     A credential with what it holds; each time is an event, `credential.read`.

    For admins and owners. A key needs the scope credentials.read by name besides: `*` does not include
    it. 429
    after 60 a minute; 500 where what is stored was changed or moved; 503 where the key that wraps it is
    missing.

    Args:
        credential_key (str):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        CredentialShown | Problem
    """

    return sync_detailed(
        credential_key=credential_key,
        client=client,
    ).parsed


async def asyncio_detailed(
    credential_key: str,
    *,
    client: AuthenticatedClient,
) -> Response[CredentialShown | Problem]:
    """A credential with what it holds; each time is an event, `credential.read`

     A credential with what it holds; each time is an event, `credential.read`.

    For admins and owners. A key needs the scope credentials.read by name besides: `*` does not include
    it. 429
    after 60 a minute; 500 where what is stored was changed or moved; 503 where the key that wraps it is
    missing.

    Args:
        credential_key (str):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[CredentialShown | Problem]
    """

    kwargs = _get_kwargs(
        credential_key=credential_key,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    credential_key: str,
    *,
    client: AuthenticatedClient,
) -> CredentialShown | Problem | None:
    """A credential with what it holds; each time is an event, `credential.read`

     A credential with what it holds; each time is an event, `credential.read`.

    For admins and owners. A key needs the scope credentials.read by name besides: `*` does not include
    it. 429
    after 60 a minute; 500 where what is stored was changed or moved; 503 where the key that wraps it is
    missing.

    Args:
        credential_key (str):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        CredentialShown | Problem
    """

    return (
        await asyncio_detailed(
            credential_key=credential_key,
            client=client,
        )
    ).parsed
