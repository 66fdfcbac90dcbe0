from http import HTTPStatus
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.memory_list_mode import MemoryListMode
from ...models.problem import Problem
from ...models.recall_page import RecallPage
from ...types import UNSET, Response, Unset


def _get_kwargs(
    *,
    crystallized_only: bool | Unset = UNSET,
    limit: int | Unset = UNSET,
    min_importance: float | Unset = UNSET,
    mode: MemoryListMode | Unset = UNSET,
    offset: int | Unset = UNSET,
    query: str | Unset = UNSET,
    tags: str | Unset = UNSET,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["crystallizedOnly"] = crystallized_only

    params["limit"] = limit

    params["minImportance"] = min_importance

    json_mode: str | Unset = UNSET
    if not isinstance(mode, Unset):
        json_mode = mode

    params["mode"] = json_mode

    params["offset"] = offset

    params["query"] = query

    params["tags"] = tags

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/api/memory",
        "params": params,
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Problem | RecallPage | None:
    if response.status_code == 200:
        response_200 = RecallPage.from_dict(response.json())

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
) -> Response[Problem | RecallPage]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient,
    crystallized_only: bool | Unset = UNSET,
    limit: int | Unset = UNSET,
    min_importance: float | Unset = UNSET,
    mode: MemoryListMode | Unset = UNSET,
    offset: int | Unset = UNSET,
    query: str | Unset = UNSET,
    tags: str | Unset = UNSET,
) -> Response[Problem | RecallPage]:
    """Recall memories by key prefix, tags, importance; by relevance = importance x recency

     Recall memories by key prefix, tags, importance; by relevance = importance x recency.

    Being listed is no access. `meta.total` is the number of matches where `meta.exact` is true; else at
    least so
    many match (counting on would cost more the more is remembered). A `secrets` memory is listed
    without its value.

    With `mode=semantic`, `query` is a question of 1-1,000 characters, in any words. Memories are found
    by what they
    mean, by its words, by the tags it names and as a key's beginning, and come best first; tags,
    crystallizedOnly
    and minImportance restrict them as ever. Each has `why`: `[{"by": "meaning", "similarity": 0.71},
    {"by":
    "words", "words": ["nginx"]}, {"by": "prefix"}, {"by": "tags", "tags": ["infra"]}]`, where
    similarity is a
    cosine. `meta.total` counts what was found: all that matches where `meta.exact` is true. That is
    false where a
    way of finding stopped early (after 200 memories in all; 400 by meaning, 100 by words, 300 by one
    word, 50 by
    prefix, 50 by one tag), after 16 words of the question, or where memories still wait to be read.
    Then at least
    so many match, and no page goes beyond `meta.total`: ask more narrowly; the conditions restrict
    before that. Of
    a `secrets` memory only key and tags are read. 501 where the installation has no model; the message
    says what
    to install.

    Args:
        crystallized_only (bool | Unset):
        limit (int | Unset):
        min_importance (float | Unset):
        mode (MemoryListMode | Unset):
        offset (int | Unset):
        query (str | Unset):
        tags (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | RecallPage]
    """

    kwargs = _get_kwargs(
        crystallized_only=crystallized_only,
        limit=limit,
        min_importance=min_importance,
        mode=mode,
        offset=offset,
        query=query,
        tags=tags,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient,
    crystallized_only: bool | Unset = UNSET,
    limit: int | Unset = UNSET,
    min_importance: float | Unset = UNSET,
    mode: MemoryListMode | Unset = UNSET,
    offset: int | Unset = UNSET,
    query: str | Unset = UNSET,
    tags: str | Unset = UNSET,
) -> Problem | RecallPage | None:
    """Recall memories by key prefix, tags, importance; by relevance = importance x recency

     Recall memories by key prefix, tags, importance; by relevance = importance x recency.

    Being listed is no access. `meta.total` is the number of matches where `meta.exact` is true; else at
    least so
    many match (counting on would cost more the more is remembered). A `secrets` memory is listed
    without its value.

    With `mode=semantic`, `query` is a question of 1-1,000 characters, in any words. Memories are found
    by what they
    mean, by its words, by the tags it names and as a key's beginning, and come best first; tags,
    crystallizedOnly
    and minImportance restrict them as ever. Each has `why`: `[{"by": "meaning", "similarity": 0.71},
    {"by":
    "words", "words": ["nginx"]}, {"by": "prefix"}, {"by": "tags", "tags": ["infra"]}]`, where
    similarity is a
    cosine. `meta.total` counts what was found: all that matches where `meta.exact` is true. That is
    false where a
    way of finding stopped early (after 200 memories in all; 400 by meaning, 100 by words, 300 by one
    word, 50 by
    prefix, 50 by one tag), after 16 words of the question, or where memories still wait to be read.
    Then at least
    so many match, and no page goes beyond `meta.total`: ask more narrowly; the conditions restrict
    before that. Of
    a `secrets` memory only key and tags are read. 501 where the installation has no model; the message
    says what
    to install.

    Args:
        crystallized_only (bool | Unset):
        limit (int | Unset):
        min_importance (float | Unset):
        mode (MemoryListMode | Unset):
        offset (int | Unset):
        query (str | Unset):
        tags (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | RecallPage
    """

    return sync_detailed(
        client=client,
        crystallized_only=crystallized_only,
        limit=limit,
        min_importance=min_importance,
        mode=mode,
        offset=offset,
        query=query,
        tags=tags,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient,
    crystallized_only: bool | Unset = UNSET,
    limit: int | Unset = UNSET,
    min_importance: float | Unset = UNSET,
    mode: MemoryListMode | Unset = UNSET,
    offset: int | Unset = UNSET,
    query: str | Unset = UNSET,
    tags: str | Unset = UNSET,
) -> Response[Problem | RecallPage]:
    """Recall memories by key prefix, tags, importance; by relevance = importance x recency

     Recall memories by key prefix, tags, importance; by relevance = importance x recency.

    Being listed is no access. `meta.total` is the number of matches where `meta.exact` is true; else at
    least so
    many match (counting on would cost more the more is remembered). A `secrets` memory is listed
    without its value.

    With `mode=semantic`, `query` is a question of 1-1,000 characters, in any words. Memories are found
    by what they
    mean, by its words, by the tags it names and as a key's beginning, and come best first; tags,
    crystallizedOnly
    and minImportance restrict them as ever. Each has `why`: `[{"by": "meaning", "similarity": 0.71},
    {"by":
    "words", "words": ["nginx"]}, {"by": "prefix"}, {"by": "tags", "tags": ["infra"]}]`, where
    similarity is a
    cosine. `meta.total` counts what was found: all that matches where `meta.exact` is true. That is
    false where a
    way of finding stopped early (after 200 memories in all; 400 by meaning, 100 by words, 300 by one
    word, 50 by
    prefix, 50 by one tag), after 16 words of the question, or where memories still wait to be read.
    Then at least
    so many match, and no page goes beyond `meta.total`: ask more narrowly; the conditions restrict
    before that. Of
    a `secrets` memory only key and tags are read. 501 where the installation has no model; the message
    says what
    to install.

    Args:
        crystallized_only (bool | Unset):
        limit (int | Unset):
        min_importance (float | Unset):
        mode (MemoryListMode | Unset):
        offset (int | Unset):
        query (str | Unset):
        tags (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | RecallPage]
    """

    kwargs = _get_kwargs(
        crystallized_only=crystallized_only,
        limit=limit,
        min_importance=min_importance,
        mode=mode,
        offset=offset,
        query=query,
        tags=tags,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient,
    crystallized_only: bool | Unset = UNSET,
    limit: int | Unset = UNSET,
    min_importance: float | Unset = UNSET,
    mode: MemoryListMode | Unset = UNSET,
    offset: int | Unset = UNSET,
    query: str | Unset = UNSET,
    tags: str | Unset = UNSET,
) -> Problem | RecallPage | None:
    """Recall memories by key prefix, tags, importance; by relevance = importance x recency

     Recall memories by key prefix, tags, importance; by relevance = importance x recency.

    Being listed is no access. `meta.total` is the number of matches where `meta.exact` is true; else at
    least so
    many match (counting on would cost more the more is remembered). A `secrets` memory is listed
    without its value.

    With `mode=semantic`, `query` is a question of 1-1,000 characters, in any words. Memories are found
    by what they
    mean, by its words, by the tags it names and as a key's beginning, and come best first; tags,
    crystallizedOnly
    and minImportance restrict them as ever. Each has `why`: `[{"by": "meaning", "similarity": 0.71},
    {"by":
    "words", "words": ["nginx"]}, {"by": "prefix"}, {"by": "tags", "tags": ["infra"]}]`, where
    similarity is a
    cosine. `meta.total` counts what was found: all that matches where `meta.exact` is true. That is
    false where a
    way of finding stopped early (after 200 memories in all; 400 by meaning, 100 by words, 300 by one
    word, 50 by
    prefix, 50 by one tag), after 16 words of the question, or where memories still wait to be read.
    Then at least
    so many match, and no page goes beyond `meta.total`: ask more narrowly; the conditions restrict
    before that. Of
    a `secrets` memory only key and tags are read. 501 where the installation has no model; the message
    says what
    to install.

    Args:
        crystallized_only (bool | Unset):
        limit (int | Unset):
        min_importance (float | Unset):
        mode (MemoryListMode | Unset):
        offset (int | Unset):
        query (str | Unset):
        tags (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | RecallPage
    """

    return (
        await asyncio_detailed(
            client=client,
            crystallized_only=crystallized_only,
            limit=limit,
            min_importance=min_importance,
            mode=mode,
            offset=offset,
            query=query,
            tags=tags,
        )
    ).parsed
