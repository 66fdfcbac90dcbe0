"""Events as plain sentences: what the overview says happened. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

Data = Mapping[str, Any]
BILLING = "/dashboard/billing"
WEBHOOKS = "/dashboard/webhooks"
NAMED = 90  # characters of a goal's description


@dataclass(frozen=True)
class Sentence:
    """`before`, a link, `after`; in the colour and with the icon of a state."""

    icon: str
    state: str
    before: str
    link: str = ""
    href: str = ""
    after: str = ""


def goal_link(data: Data, named: Mapping[str, str]) -> dict[str, str]:
    """The link to the goal that an event concerns, by its description where it is known."""
    goal = str(data.get("goal", ""))
    text = named.get(goal) or str(data.get("description") or "a goal")
    return {"link": text if len(text) <= NAMED else f"{text[:NAMED]}…", "href": f"/dashboard/goals/{goal}"}


def _goal(icon: str, state: str, before: str, after: str = "") -> Callable[[Data, Mapping[str, str]], Sentence]:
    return lambda data, named: Sentence(icon, state, before, **goal_link(data, named), after=after)


def _plain(icon: str, before: str, href: str, link: str) -> Callable[[Data, Mapping[str, str]], Sentence]:
    return lambda data, named: Sentence(icon, "", before, link, href)


def _created(data: Data, named: Mapping[str, str]) -> Sentence:
    if data.get("kind") == "direct":
        return Sentence("terminal", "", "Ran directly:", **goal_link(data, named))
    return Sentence("target", "", "Tries again:" if data.get("retryOf") else "Stated:", **goal_link(data, named))


def _failed(data: Data, named: Mapping[str, str]) -> Sentence:
    code = str(data.get("error") or "").replace("_", " ")
    return Sentence("circle-x", "failed", "Failed:", **goal_link(data, named), after=f"({code})" if code else "")


def _recorded(data: Data, named: Mapping[str, str]) -> Sentence:
    return Sentence("history", "", f"An entry of the activity log: {str(data.get('action') or '')[:NAMED]}")


HEALED_BY = {
    "known_fix": "with a known fix", "backoff": "by waiting a little", "alternative": "in another way",
}  # fmt: skip


def _corrected(data: Data, named: Mapping[str, str]) -> Sentence:
    how = HEALED_BY.get(str(data.get("rung")), "")
    return Sentence("bandage", "healed", "Corrects a task of", **goal_link(data, named), after=how)


def _memory(before: str) -> Callable[[Data, Mapping[str, str]], Sentence]:
    def told(data: Data, named: Mapping[str, str]) -> Sentence:
        key = str(data.get("key") or "")
        href = f"/dashboard/memory/item?{urlencode({'key': key})}" if key else "/dashboard/memory"
        return Sentence("brain", "", before, key or "a memory", href)

    return told


def _correction(before: str) -> Callable[[Data, Mapping[str, str]], Sentence]:
    return lambda data, named: Sentence(
        "bandage", "healed", before, "a correction", f"/dashboard/corrections/{data.get('correction', '')}"
    )


def _tree(before: str) -> Callable[[Data, Mapping[str, str]], Sentence]:
    return lambda data, named: Sentence(
        "list-tree", "healed", before, "a task tree", f"/dashboard/trees/{data.get('taskTree', '')}"
    )


def _credential(before: str) -> Callable[[Data, Mapping[str, str]], Sentence]:
    return lambda data, named: Sentence(
        "lock", "", before, str(data.get("credential") or "a credential"), "/dashboard/credentials"
    )


def _egress(data: Data, named: Mapping[str, str]) -> Sentence:
    hosts = data.get("hosts") or []
    what = f"{len(hosts)} host{'' if len(hosts) == 1 else 's'}" if hosts else "no network"
    return Sentence("network", "", "Commands may reach", what, "/dashboard/settings")


def _forgotten(icon: str, text: str) -> Callable[[Data, Mapping[str, str]], Sentence]:
    return lambda data, named: Sentence(icon, "", text)


def _plan(data: Data, named: Mapping[str, str]) -> Sentence:
    return Sentence("trending-up", "", "The plan is now", str(data.get("to", "")).capitalize(), BILLING)


def _credit(how: str) -> Callable[[Data, Mapping[str, str]], Sentence]:
    return lambda data, named: Sentence(
        "credit-card", "", f"{data.get('llmCalls')} model calls were {how}.", "Plan and billing", BILLING
    )


def _high(data: Data, named: Mapping[str, str]) -> Sentence:
    return Sentence("gauge", "", f"{data.get('percent')} % of a limit is used:", "Usage", "/dashboard/usage")


def _stopped(data: Data, named: Mapping[str, str]) -> Sentence:
    known = {"runner_lost": "Its runner was lost:", "actuator_failed": "A fault of ours ended it:"}
    words = known.get(str(data.get("code")), "No sandbox, so nothing runs:")
    return Sentence("triangle-alert", "failed", words, **goal_link(data, named))


SENTENCES: dict[str, Callable[[Data, Mapping[str, str]], Sentence]] = {
    "goal.created": _created,
    "goal.planner_fallback": _goal("info", "", "Planned by keywords, because the model gave no usable plan:"),
    "goal.replanned": _goal("git-branch", "", "A new plan for"),
    "goal.completed": _goal("circle-check", "completed", "Completed:"),
    "goal.failed": _failed,
    "goal.cancelled": _goal("circle-slash", "cancelled", "Cancelled:"),
    "correction.applied": _corrected,
    "correction.taught": _correction("Somebody taught"),
    "correction.crystallized": _correction("Proven and permanent:"),
    "correction.retired": _correction("Failed too often, so it is retired:"),
    "correction.deleted": _forgotten("bandage", "A correction was forgotten"),
    "taskTree.crystallized": _tree("Made permanent:"),
    "taskTree.deleted": _forgotten("list-tree", "A task tree was forgotten"),
    "memory.stored": _memory("Remembered"),
    "memory.updated": _memory("Remembers anew"),
    "memory.crystallized": _memory("Made permanent:"),
    "memory.deleted": _forgotten("brain", "A memory was forgotten"),
    "memory.collected": _forgotten("archive", "What nobody needs any more was collected"),
    "plan.changed": _plan,
    "activity.recorded": _recorded,
    "usage.high": _high,
    "invoice.paid": _plain("credit-card", "A payment came.", BILLING, "Plan and billing"),
    "invoice.payment_failed": _plain("triangle-alert", "A payment failed.", BILLING, "Plan and billing"),
    "stripe.replayed": _plain("refresh-cw", "Staff asked Stripe again about a payment.", BILLING, "Plan and billing"),
    "charge.refunded": _plain("credit-card", "A payment was refunded.", BILLING, "Plan and billing"),
    "credit.bought": _credit("bought"),
    "credit.given": _credit("given by the staff of this installation"),
    "credit.refunded": _plain("credit-card", "Money for model calls was paid back.", BILLING, "Plan and billing"),
    "credit.payment_failed": _plain("triangle-alert", "The payment for a package failed.", BILLING, "Plan and billing"),
    "account.suspended": _forgotten("ban", "This account was suspended"),
    "account.resumed": _forgotten("circle-check", "This account was let in again"),
    "staff.looked_in": _forgotten("eye", "Staff began to look at this account as one of its people sees it"),
    "staff.edited_person": _forgotten("user", "Staff changed something of a person"),
    "staff.left": _forgotten("eye", "Staff stopped looking at this account"),
    "executor.error": _stopped,
    "key.created": _plain("key-round", "A new", "/dashboard/keys", "API key"),
    "key.revoked": _plain("key-round", "Revoked:", "/dashboard/keys", "an API key"),
    "key.updated": _plain("key-round", "Changed:", "/dashboard/keys", "an API key"),
    "key.paused": _plain("key-round", "Paused:", "/dashboard/keys", "an API key"),
    "key.resumed": _plain("key-round", "Works again:", "/dashboard/keys", "an API key"),
    "key.deleted": _plain("key-round", "Deleted:", "/dashboard/keys", "an API key"),
    "key.rotated": _plain("key-round", "Has a new secret:", "/dashboard/keys", "an API key"),
    "credential.created": _credential("Put into the vault:"),
    "credential.updated": _credential("Changed in the vault:"),
    "credential.read": _credential("Somebody was shown the credential"),
    "credential.used": _credential("A task was given the credential"),
    "credential.deleted": _credential("Deleted from the vault:"),
    "webhook.created": _plain("bell", "Events are sent to a new", WEBHOOKS, "webhook"),
    "webhook.updated": _plain("bell", "Somebody changed a", WEBHOOKS, "webhook"),
    "webhook.rotated": _plain("key-round", "Has a new secret:", WEBHOOKS, "a webhook"),
    "webhook.disabled": _plain("ban", "Its receiver is gone, so it is off:", WEBHOOKS, "a webhook"),
    "webhook.dead": _plain("triangle-alert", "Its receiver has not answered for a day:", WEBHOOKS, "a webhook"),
    "webhook.tested": _plain("bell", "A test was sent to a", WEBHOOKS, "webhook"),
    "webhook.redelivered": _plain("refresh-cw", "Sends an event again to a", WEBHOOKS, "webhook"),
    "webhook.deleted": _forgotten("bell", "A webhook was deleted"),
    "audit_stream.created": _forgotten("send", "Events go to one more system that keeps logs"),
    "audit_stream.updated": _forgotten("send", "An audit stream was changed"),
    "audit_stream.tested": _forgotten("send", "An audit stream was tested"),
    "audit_stream.failing": _forgotten("triangle-alert", "The target of an audit stream takes nothing"),
    "audit_stream.recovered": _forgotten("circle-check", "The target of an audit stream takes events again"),
    "audit_stream.deleted": _forgotten("send", "An audit stream was deleted"),
    "account.egress_changed": _egress,
    "account.renamed": _plain("house", "This account has a new name.", "/dashboard/settings", "Settings"),
    "invitation.created": _plain("mail", "Somebody was invited to the", "/dashboard/team", "team"),
    "invitation.revoked": _plain("mail", "An invitation was taken back.", "/dashboard/team", "Team"),
    "member.joined": _plain("users", "Somebody joined the", "/dashboard/team", "team"),
    "member.removed": _plain("users", "Somebody left the", "/dashboard/team", "team"),
    "member.role_changed": _plain("users", "Somebody has another role in the", "/dashboard/team", "team"),
    "user.email_changed": _plain("mail", "Somebody has a new address.", "/dashboard/settings", "Settings"),
    "account.registered": _plain("house", "This account began.", "/dashboard/settings", "Settings"),
    "session.started": _plain("user", "Somebody signed in.", "/dashboard/settings", "Sessions"),
    "factor.added": _plain("shield-check", "Somebody set up a second factor.", "/dashboard/settings", "Settings"),
    "factor.removed": _plain("lock", "Somebody removed a second factor.", "/dashboard/settings", "Settings"),
    "password.changed": _plain("lock", "A password was changed.", "/dashboard/settings", "Sessions"),
}


def said(type: str, data: Data, named: Mapping[str, str]) -> Sentence | None:
    """The sentence of an event; None for what is told elsewhere. `named`: {goal's id: its description}."""
    make = SENTENCES.get(type)
    return make(data, named) if make else None
