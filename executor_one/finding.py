"""/dashboard/find: goals, memories, keys, what was learned, pages and receipts by a few letters.

It looks into several rooms, so it stands above them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from accounts.callers import Principal
from accounts.pages import PageView
from executor_one.kit.snapshot import Snapshot
from executor_one.sentences import said
from memory.queries import OPENS, PAST_EVERY_KEY
from memory.ranking import after
from memory.views import address_of

MOST = 8  # of each group
LONGEST = 200  # characters that are looked for
NEWEST = 2_000  # goals, trees and corrections among which is looked
EVENTS = 5_000  # the newest, among which a receipt is looked for
SECRETS = "memory.secrets"  # the permission
PAGES = (
    # (title, further words, address, icon, permission)
    ("Overview", "home health heartbeat state", "/dashboard", "heart-pulse", "state.view"),
    ("Goals", "runs tasks history", "/dashboard/goals", "target", "goals.view"),
    ("New goal", "state run start", "/dashboard/goals/new", "plus", "goals.run"),
    ("Files", "workspace folders download results", "/dashboard/files", "folder", "files.view"),
    ("Memory", "recall remember knowledge", "/dashboard/memory", "brain", "memory.view"),
    ("New memory", "remember store", "/dashboard/memory/new", "plus", "memory.edit"),
    ("Corrections", "fixes healed learned", "/dashboard/corrections", "bandage", "learning.view"),
    ("Teach a correction", "fix", "/dashboard/corrections/new", "plus", "learning.edit"),
    ("Task trees", "plans learned", "/dashboard/trees", "list-tree", "learning.view"),
    ("Usage", "plan limits billing", "/dashboard/usage", "gauge", "usage.view"),
    ("Keys", "api token", "/dashboard/keys", "key-round", "keys.view"),
    ("Credentials", "vault secrets passwords", "/dashboard/credentials", "lock", "credentials.view"),
    ("Webhooks", "events deliveries callbacks", "/dashboard/webhooks", "send", "webhooks.view"),
    ("Team", "people members invite roles", "/dashboard/team", "users", "account.view"),
    ("Settings", "theme times utc password sessions security", "/dashboard/settings", "settings", "account.view"),
    ("API for developers", "dev reference curl", "/dev", "square-terminal", "account.view"),
    ("Docs", "documentation help guide", "/docs", "book-open", "account.view"),
    ("Status", "health up down", "/status", "circle-check", "account.view"),
)
GOALS = f"""
    SELECT id::text, state, description FROM (SELECT id, state, description, created_at FROM goals_goal
        WHERE account_id = $1 ORDER BY created_at DESC, id DESC LIMIT {NEWEST}) newest
    WHERE description ILIKE $2 OR id::text LIKE $3 ORDER BY created_at DESC LIMIT {MOST}"""  # noqa: S608 - numbers of ours
KEYS = f"""
    SELECT id, name, prefix FROM accounts_apikey
    WHERE account_id = $1 AND revoked_at IS NULL AND (name ILIKE $2 OR prefix LIKE $3) ORDER BY name LIMIT {MOST}
"""  # noqa: S608
CORRECTIONS = f"""
    SELECT id::text, signature FROM (SELECT id, signature, reason FROM memory_correction
        WHERE account_id = $1 ORDER BY last_used_at DESC, id DESC LIMIT {NEWEST}) newest
    WHERE signature ILIKE $2 OR id::text LIKE $3 OR ($4 AND reason ILIKE $2) LIMIT {MOST}"""  # noqa: S608
TREES = f"""
    SELECT id::text, description FROM (SELECT id, description FROM memory_tasktree
        WHERE account_id = $1 ORDER BY used_at DESC, id DESC LIMIT {NEWEST}) newest
    WHERE description ILIKE $2 OR id::text LIKE $3 LIMIT {MOST}"""  # noqa: S608
RECEIPTS = f"""
    SELECT type, data FROM (SELECT id, type, data, receipt FROM events_event
        WHERE account_id = $1 ORDER BY id DESC LIMIT {EVENTS}) newest
    WHERE receipt = $2 AND type <> 'task.output' ORDER BY id LIMIT {MOST}"""  # noqa: S608
# The most relevant of those whose keys begin so; of a beginning that very many have, among its first NEWEST keys.
MEMORIES = f"""
    SELECT best.key, memory.sealed IS NOT NULL AS is_sealed FROM (
        SELECT memory_id, key, rank FROM (
            SELECT memory_id, key, rank, expires_at FROM memory_memorytag
            WHERE account_id = $1 AND tag = '' AND {OPENS["key"]} AND key >= $2 AND key < $3
            ORDER BY key LIMIT {NEWEST}) first
        WHERE expires_at IS NULL OR expires_at > $4 ORDER BY rank DESC, memory_id DESC LIMIT {MOST - 1}) best
    JOIN memory_memory memory ON memory.id = best.memory_id ORDER BY best.rank DESC, best.memory_id DESC"""  # noqa: S608


@dataclass(frozen=True)
class Match:
    """Where a line of the palette leads."""

    text: str
    href: str
    icon: str
    detail: str = ""
    state: str = ""


@dataclass
class Group:
    """The matches of one kind."""

    name: str
    matches: list[Match] = field(default_factory=list)


class Find(PageView):
    """The command palette: links that match what was typed, grouped; a page of its own without JavaScript."""

    permissions = {"GET": "account.view"}
    template = "find/page.html"
    fragment = "find/_results.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        text = request.GET.get("q", "").replace("\x00", "").strip()[:LONGEST]
        found = [group for group in groups(self.caller, text) if group.matches]
        return self.page({"text": text, "groups": found})


def groups(caller: Principal, text: str) -> Iterator[Group]:
    """What the caller may see of what matches."""
    yield Group("Pages", pages(caller, text))
    if text:
        yield from looked_up(caller, text)


def pages(caller: Principal, text: str) -> list[Match]:
    """The pages that the caller may open; those whose title begins so come first."""
    words = text.casefold().split()
    found = [
        Match(title, address, icon)
        for title, more, address, icon, permission in PAGES
        if caller.may(permission) and all(word in f"{title} {more}".casefold() for word in words)
    ]
    return sorted(found, key=lambda match: not match.text.casefold().startswith(text.casefold()))[:MOST]


def looked_up(caller: Principal, text: str) -> Iterator[Group]:
    """What matches in the database, by one query."""
    holds, begins, account = f"%{escaped(text)}%", f"{escaped(text.lower())}%", caller.account_id
    batch, readers = Snapshot(), list[tuple[str, Callable[[Sequence[Any]], Match]]]()
    if caller.may("goals.view"):
        batch.sql(GOALS, account, holds, begins)
        readers.append(("Goals", goal))
    if caller.may("learning.view"):
        # By its reason only for who may see the secrets in it: what is found tells what it holds.
        batch.sql(CORRECTIONS, account, holds, begins, caller.may(SECRETS))
        readers.append(("Corrections", correction))
        batch.sql(TREES, account, holds, begins)
        readers.append(("Task trees", tree))
    if caller.may("keys.view"):
        batch.sql(KEYS, account, holds, f"{escaped(text)}%")
        readers.append(("Keys", key))
    is_receipt = text.startswith("rcp_")
    if is_receipt:
        batch.sql(RECEIPTS, account, text)
        readers.append(("Receipt", happened))
    sees_memories = caller.may("memory.view") and not is_receipt
    if sees_memories:
        batch.sql(MEMORIES, account, text, after(text) or PAST_EVERY_KEY, timezone.now())
        readers.append(("Memories", memory))
    found = [Group(name, [read(row) for row in rows]) for (name, read), rows in zip(readers, batch.run(), strict=True)]
    if sees_memories:
        found[-1].matches.append(Match(f"Recall what means “{text}”", address_of_recall(text), "search"))
    yield from found


def memory(row: Sequence[Any]) -> Match:
    return Match(row[0], address_of(row[0]), "lock" if row[1] else "brain")


def address_of_recall(text: str) -> str:
    """The page of memory, asked this."""
    return f"/dashboard/memory?{urlencode({'q': text})}"


def goal(row: Sequence[Any]) -> Match:
    return Match(row[2], f"/dashboard/goals/{row[0]}", "target", state=row[1])


def correction(row: Sequence[Any]) -> Match:
    return Match(row[1], f"/dashboard/corrections/{row[0]}", "bandage")


def tree(row: Sequence[Any]) -> Match:
    return Match(row[1], f"/dashboard/trees/{row[0]}", "list-tree")


def key(row: Sequence[Any]) -> Match:
    return Match(row[1], "/dashboard/keys", "key-round", detail=f"{row[2]}…")


def happened(row: Sequence[Any]) -> Match:
    """What a receipt stands for, and where that is."""
    type, data = row[0], json.loads(row[1])
    sentence = said(type, data, {})
    if sentence and sentence.href:
        words = " ".join(part for part in (sentence.before, sentence.link, sentence.after) if part)
        return Match(words, sentence.href, sentence.icon, detail=type)
    address = f"/dashboard/goals/{data['goal']}" if data.get("goal") else "/dashboard"
    return Match(sentence.before if sentence else type.replace(".", " "), address, "history", detail=type)


def escaped(text: str) -> str:
    r"""A text in which LIKE finds nothing special: `50%` -> `50\%`."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
