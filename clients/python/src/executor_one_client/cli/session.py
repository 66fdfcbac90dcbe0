"""What the commands ask of the library: one method for each, which answers the API's own JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self, cast
from urllib.parse import urlsplit

import httpx

from executor_one_client import profile
from executor_one_client._generated.api.auth import (
    auth_account,
    auth_keys_create,
    auth_keys_list,
    auth_keys_revoke,
    auth_keys_rotate,
    auth_me,
    auth_usage,
)
from executor_one_client._generated.api.corrections import corrections_list
from executor_one_client._generated.api.goals import goals_history, goals_list
from executor_one_client._generated.api.memory import memory_delete, memory_list, memory_retrieve, memory_store
from executor_one_client._generated.models.key_input_request import KeyInputRequest
from executor_one_client._generated.models.memory_input_request import MemoryInputRequest
from executor_one_client._generated.models.rotate_input_request import RotateInputRequest
from executor_one_client.asking import given
from executor_one_client.cli import answers
from executor_one_client.cli.exits import Exit, Stop
from executor_one_client.cli.failures import IS_IT_RIGHT
from executor_one_client.cli.printing import say
from executor_one_client.cli.text import duration, moment, one_line
from executor_one_client.errors import Forbidden, RateLimited
from executor_one_client.retrying import Retrying
from executor_one_client.shapes import NOTHING, OBJECT, Shape, fits
from executor_one_client.sse import Reconnecting
from executor_one_client.sync.client import Client

Data = dict[str, Any]
CUT = "Some output was longer than the plan keeps, and is cut."
NOT_OURS = f"What answered is not executor.one's API. {IS_IT_RIGHT}"


@dataclass(frozen=True)
class Heard:
    """An event of a goal, and when it happened."""

    type: str
    data: Data
    at: datetime | None


class Session:
    """A client that is signed in: with `url` and `key`, else with what the environment or the profile says.

    Stop(NOT_ALLOWED) where there is no key, Stop(USAGE) where the address or the key cannot be one.
    """

    def __init__(self, *, url: str = "", key: str = "") -> None:
        try:
            found = profile.find(key or None, url or None)
            _ = httpx.URL(found.url), urlsplit(found.url).port  # whether it can be one at all
        except (ValueError, httpx.InvalidURL) as error:
            raise Stop(Exit.USAGE, one_line(error)) from None
        if not found.api_key:
            raise Stop(Exit.NOT_ALLOWED, f"Nobody is signed in at {found.url}. Sign in: exo login")
        self.url = found.url
        self._is_closed = False
        self.client = Client(api_key=found.api_key, base_url=found.url, on_retry=self._say_that_it_waits)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._is_closed = True
        self.client.close()

    def _say_that_it_waits(self, news: Retrying) -> None:
        if isinstance(news.error, RateLimited):
            why = one_line(news.error.message).partition(". ")[0].rstrip(".")
            say(f"{why}; waiting {duration(news.pause)}, as the server asks.")
        elif news.failed == 1 and not self._is_closed:  # once is enough; what we cut off ourselves is no trouble
            say(f"{one_line(news.error).rstrip('.')}; trying again.")

    # --- whose key it is ---

    def me(self) -> Data:
        """The caller: account id, role, permissions."""
        return document(self.client.call(auth_me), answers.ME)

    def who(self) -> Data:
        """The same with the account's name and plan, where this key may see them. Stop where something else answers."""
        who = self.me()
        try:
            account = document(self.client.call(auth_account), answers.ACCOUNT)
        except Forbidden:
            account = {"name": "", "plan": ""}
        return who | {"account": account["name"] or who["accountId"], "plan": account["plan"]}

    # --- goals ---

    def create_goal(self, description: str, fields: Data) -> Data:
        """State a goal; the answer has its id."""
        deadline = fields.get("deadline")
        at = moment(deadline)
        if deadline and at is None:
            raise Stop(Exit.USAGE, f"{one_line(deadline)} is no time: one looks like 2026-12-31T18:00:00+01:00.")
        return self.client.goals.create(
            description,
            steps=fields.get("semanticPath"),
            priority=fields["priority"],
            deadline=at,
            self_correct=fields["selfCorrect"],
        ).data

    def goal(self, id: str) -> Data:
        """A goal."""
        return document(self.client.goals.get(id).data, answers.GOAL_SHOWN)

    def goals(self, *, state: str | None, search: str | None, limit: int, offset: int) -> Data:
        """A page of goals."""
        wanted: Any = {"state": given(state), "search": given(search)}
        return document(self.client.call(goals_list, limit=limit, offset=offset, **wanted), answers.GOALS)

    def tasks(self, goal: str) -> list[Data]:
        """All tasks of a goal, in order."""
        return cast(list[Data], checked(self.client.goals.tasks(goal), answers.TASKS))

    def is_cut(self, goal: str) -> bool:
        """Whether its tasks printed more than is kept."""
        return is_cut(self.tasks(goal))

    def history(self, goal: str) -> Data:
        """The goal, its tasks and its events."""
        return document(self.client.call(goals_history, cast(Any, goal)), answers.HISTORY)

    def cancel(self, goal: str, reason: str) -> Data:
        """Cancel a goal; the answer is the goal."""
        return self.client.goals.cancel(goal, reason=reason).data

    def events(self, goal: str) -> Iterator[Heard]:
        """What happens to a goal, from its first event to its last, over breaks of the connection; they are told."""
        outage = Outage()
        for event in self.client.events(goal=goal, on_reconnect=outage.begins):
            outage.ends()
            yield Heard(event.type, event.data, moment(event.timestamp))

    # --- memories, keys, and what was used ---

    def memories(
        self, *, query: str | None, tags: list[str] | None, limit: int, offset: int, mode: str | None = None
    ) -> Data:
        """A page of memories."""
        wanted: Any = {"query": given(query), "mode": given(mode), "tags": given(",".join(tags or []) or None)}
        return document(self.client.call(memory_list, limit=limit, offset=offset, **wanted), answers.MEMORIES)

    def memory(self, key: str) -> Data:
        """The memory with this key. `audit` is an address of its own, but where it is said to be a key."""
        return document(self.client.call(memory_retrieve, key, exact=given(True if key == "audit" else None)))

    def remember(self, key: str, value: Any, fields: Data) -> Data:
        """Store a memory; what is not given of it stays as it was."""
        said = {name: one for name, one in fields.items() if one is not None}
        body = MemoryInputRequest(value=value, key=key, **said)
        return document(self.client.call(memory_store, body=body), answers.STORED)

    def forget(self, key: str) -> None:
        """Delete a memory."""
        checked(self.client.call(memory_delete, key), NOTHING)

    def keys(self, *, limit: int, offset: int) -> Data:
        """A page of keys, masked."""
        return document(self.client.call(auth_keys_list, limit=limit, offset=offset), answers.KEYS)

    def create_key(self, fields: Data) -> Data:
        """Make a key; only this answer has it."""
        try:
            body = KeyInputRequest.from_dict({name: one for name, one in fields.items() if one is not None})
        except (TypeError, ValueError) as error:  # a scope or a time that cannot be one
            raise Stop(Exit.USAGE, f"{one_line(error, 500)}") from None
        return document(self.client.call(auth_keys_create, body=body), answers.KEY_MADE)

    def rotate_key(self, id: str, grace_hours: int) -> Data:
        """Make a key in the place of another."""
        body = RotateInputRequest(grace_hours=grace_hours)
        return document(self.client.call(auth_keys_rotate, id, body=body), answers.KEY_MADE)

    def revoke_key(self, id: str) -> None:
        """End a key."""
        checked(self.client.call(auth_keys_revoke, id), NOTHING)

    def corrections(self, *, limit: int, offset: int) -> Data:
        """A page of corrections."""
        return document(self.client.call(corrections_list, limit=limit, offset=offset), answers.CORRECTIONS)

    def usage(self) -> Data:
        """Each counter with its limit."""
        return document(self.client.call(auth_usage), answers.USAGE)


def document(answer: object, shape: Shape = OBJECT) -> Data:
    """The answer, which is a JSON object as all of the API's are; Stop where something else answered."""
    return cast(Data, checked(answer, shape))


def checked(answer: object, shape: Shape) -> object:
    """The answer, which has this shape; Stop where something else answered."""
    if not fits(answer, shape):
        raise Stop(Exit.UNAVAILABLE, NOT_OURS)
    return answer


def is_cut(tasks: Iterable[Data]) -> bool:
    """Whether a try of these printed more than is kept."""
    outputs = (one["output"] for task in tasks for one in task["attempts"])
    return any(output.get("stdoutTruncated") or output.get("stderrTruncated") for output in outputs)


class Outage:
    """A stream that breaks off is said once, and so is its going on."""

    def __init__(self) -> None:
        self.lasts = False

    def begins(self, news: Reconnecting) -> None:
        """The library is going to connect again."""
        if "429" in news.reason:
            say(f"Too many requests; waiting {duration(news.pause)}, as the server asks.")
            return
        if not self.lasts:
            reason = one_line(news.reason, 120).rstrip(".")
            say(f"The connection broke off: {reason}. It goes on where it was, once the server is back.")
        self.lasts = True

    def ends(self) -> None:
        """An event came."""
        if self.lasts:
            say("Connected again; nothing was missed.")
        self.lasts = False


def remember_profile(url: str, key: str) -> Path:
    """Keep them for the next commands; the file is the owner's only."""
    return profile.write(profile.Profile(url, key))


def forget_profile() -> Path | None:
    """Delete what was kept, and say where it was; None for nothing."""
    path = profile.path()
    try:
        path.unlink()
    except FileNotFoundError:
        return None
    return path
