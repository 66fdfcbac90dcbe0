"""What a credential holds is masked in all that its account's tasks print, also where a task does not name it."""

import asyncio
import json
from functools import partial
from types import SimpleNamespace
from uuid import uuid4

import pytest

from accounts import vault
from accounts.models import Credential
from actuators.scrubber import MARK
from events.models import Event
from executor_one.kit.tenancy import account_scope
from goals import claims
from goals.models import Attempt
from runners import masks
from runners.masks import NOTHING, Masks
from tests.goals.test_broken_tries import goal_of  # noqa: F401 - a fixture
from tests.memory.test_secrets import every_value

SECRET = "Sw0rd&fish<42>aaaabbbbccccdddd+/7"
SAVE = {
    "type": "shell",
    "params": {"command": "printf 'token=%s\\n' \"$TOKEN\" > .npmrc", "credentials": ["registry"]},
}
READ = {"type": "file-writer", "params": {"action": "read", "path": ".npmrc"}}


def put(value=SECRET, key="registry"):
    return vault.put(key, "env", {"TOKEN": value}, actor="test")[0]


@pytest.mark.hostile(case=51)
def test_case_51_what_one_task_leaves_in_a_file_no_other_tells(goal_of, member, owner_connection):  # noqa: F811
    with account_scope(member.account):
        put()
    (ended,) = goal_of([SAVE, "cat .npmrc; sleep 0.5; cat .npmrc >&2", READ])
    assert ended["state"] == "completed", ended
    with account_scope(member.account):
        tries = list(Attempt.objects.order_by("started_at"))
        told = json.dumps(list(Event.objects.filter(type="task.output").values_list("data", flat=True)))
    line = f"token={MARK}\n"
    assert [(one.stdout, one.stderr) for one in tries] == [("", ""), (line, line), (line, "")]
    assert told.count(f"token={MARK}") == 2
    assert [place for place, text in every_value(owner_connection) if SECRET in text] == []


class Vault:
    """An account's, for Masks; ``asked`` is how often it was opened."""

    def __init__(self, *values):
        self.asked, self.stamp, self.values = 0, "1", list(values)

    async def load(self, account):
        self.asked += 1
        await asyncio.sleep(0)
        return self.stamp, self.values

    def lease(self, account="one"):
        return SimpleNamespace(account_id=account, vault=self.stamp)


def test_a_vault_is_opened_once_until_it_changes():
    async def go():
        held = Vault("hunter2-one")
        known = Masks(held.load)
        first, second = await asyncio.gather(known.of(held.lease(), []), known.of(held.lease(), ["hunter2-one"]))
        assert first is second
        assert held.asked == 1
        held.stamp, held.values = "2", ["hunter2-two"]
        assert (await known.of(held.lease(), [])).scrub("hunter2-one hunter2-two") == f"hunter2-one {MARK}"
        assert held.asked == 2
        assert (await known.of(held.lease(), ["hunter2-one"])).scrub("hunter2-one hunter2-two") == f"{MARK} {MARK}"
        assert (await known.of(held.lease(), [])).scrub("hunter2-one") == "hunter2-one"
        assert held.asked == 2

    asyncio.run(go())


@pytest.mark.hostile(case=51)
def test_case_51_no_account_s_secrets_are_looked_for_in_what_another_prints():
    async def go():
        mine, theirs = Vault("hunter2-mine"), Vault("hunter2-theirs")
        known = Masks(lambda account: (mine if account == "one" else theirs).load(account))
        for _ in range(2):
            assert (await known.of(mine.lease(), [])).scrub("hunter2-mine hunter2-theirs") == f"{MARK} hunter2-theirs"
            other = await known.of(theirs.lease("two"), [])
            assert other.scrub("hunter2-mine hunter2-theirs") == f"hunter2-mine {MARK}"

    asyncio.run(go())


def test_who_has_no_credential_asks_for_nothing():
    held = Vault()
    held.stamp = ""
    assert asyncio.run(Masks(held.load).of(held.lease(), [])) is NOTHING
    assert held.asked == 0


def test_what_was_not_used_for_longest_is_forgotten(monkeypatch):
    async def go():
        held = Vault("hunter2-one")
        known = Masks(held.load)
        for account in ("one", "two", "one", "three", "one", "two"):
            await known.of(held.lease(account), [])
        return held.asked, len(known._kept), known._forms

    forms = masks.Scrubber(["hunter2-one"]).forms
    monkeypatch.setattr(masks, "KEPT", 2 * forms)
    assert asyncio.run(go()) == (4, 2, 2 * forms)


# --- what a claim says of a vault ------------------------------------------------------------------


def test_a_claim_says_when_a_vault_is_another(member, api):
    def claimed():
        goal = {"description": "x", "semanticPath": ["true"]}
        assert api.post("/api/goals", json.dumps(goal), content_type="application/json").status_code == 201
        (lease,) = claims.claim(uuid4(), 1)
        with account_scope(member.account):
            assert vault.hidden_of(member.account.pk)[0] == lease.vault
        return lease.vault

    def delete(key):
        vault.delete(key, actor="test")

    stamps = [claimed()]
    for change in (
        put,
        put,
        partial(put, "hunter22", "second"),
        partial(delete, "registry"),
        partial(delete, "second"),
    ):
        with account_scope(member.account):
            change()
        stamps.append(claimed())
    assert stamps[0] == stamps[-1] == ""
    assert len({*stamps}) == len(stamps) - 1


def test_what_does_not_open_hides_no_other(member):
    with account_scope(member.account):
        put()
        put("hunter22", "second")
        assert sorted(vault.hidden_of(member.account.pk)[1]) == [SECRET, "hunter22"]
        Credential.objects.filter(key="second").update(sealed=Credential.objects.get(key="registry").sealed)
        assert vault.hidden_of(member.account.pk)[1] == [SECRET]
        assert Credential.objects.get(key="registry").times_used == 0
