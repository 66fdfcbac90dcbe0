"""Signed-in people for the tests of the pages, and what a page costs."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

from django.db import connection
from django.test import Client

from accounts.models import Membership
from executor_one.kit.tenancy import account_scope

MOST_QUERIES = 12
TRANSACTIONS = {"BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE"}
HTMX = {"HX-Request": "true"}


def visitor(member: Any, role: str = "owner") -> Client:
    """The person of an account, signed in on the dashboard, with this role."""
    with account_scope(member.id):
        membership = Membership.objects.select_related("user").get()
        membership.role = role
        membership.save(update_fields=["role"])
    client = Client()
    client.force_login(membership.user)
    return client


def told(answer: Any) -> str:
    """The words of a page, without its tags."""
    text = re.sub(r"<(script|style)\b.*?</\1>", " ", answer.content.decode(), flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", text).split())


def queries(client: Client, path: str, **headers: str) -> int:
    """How many statements a page sends once it is warm, as Postgres itself answers each of them on the wire.

    Several in one message are several. What begins and ends a transaction asks nothing.
    """
    assert client.get(path, headers=headers).status_code == 200
    with statements() as sent:
        assert client.get(path, headers=headers).status_code == 200
    return len(sent)


@contextmanager
def statements() -> Iterator[list[str]]:
    """The kinds of statements that are sent meanwhile, as `queries` counts them."""
    wire: Any = connection.connection.pgconn
    sent: list[str] = []
    with tempfile.TemporaryFile() as told:
        wire.trace(told.fileno())
        try:
            yield sent
        finally:
            wire.untrace()
        told.seek(0)
        done = re.findall(r'CommandComplete\t "([A-Z]+)', told.read().decode())
        sent += [one for one in done if one not in TRANSACTIONS]


def forms(answer: Any) -> set[str]:
    """Where the forms of a page post to, but for those of its frame."""
    frame = {"/logout", "/dashboard/account", "/dashboard/settings/times"}
    found = re.findall(r'<form[^>]*method="post"[^>]*action="([^"]*)"', answer.content.decode())
    return {*found} - frame


def same_page(one: Any, other: Any) -> bool:
    """Whether two answers say the same, but for what each answer has of its own: its receipt and its form's token."""
    pages = []
    for answer in (one, other):
        text = answer.content.decode().replace(answer.headers["X-Receipt"], "")
        pages.append(re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", text))
    return pages[0] == pages[1]


def remember(api: Any, key: str, value: Any, **more: Any) -> None:
    """A new memory through the API."""
    answer = api.post("/api/memory", {"key": key, "value": value, **more}, content_type="application/json")
    assert answer.status_code == 201, answer.content


def item(key: str) -> str:
    """The page of a memory."""
    return f"/dashboard/memory/item?{urlencode({'key': key})}"
