"""Every type of event: what it says, and what its data holds. docs/reference/events.md is made of it (`make schema`).

Ids are strings, numbers are numbers. No field holds a secret or a command; words of customers are cut and masked. What
a task prints is told as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

GOAL = {"goal": "the goal's id"}
TASK = {**GOAL, "task": "the task's id"}
TRY = {**TASK, "attempt": "the number of the try, from 1"}
ENDED = {
    **TRY,
    "name": "what the task is called",
    "durationMs": "how long the try took, in milliseconds",
    "exitCode": "of its command, a number; null when it had none",
}
CORRECTION = {"correction": "the correction's id"}
TREE = {"taskTree": "the task tree's id"}
MEMORY = {
    "memory": "the memory's id",
    "key": "its key",
    "learnedFrom?": "the goal that had taught it to the executor, when a customer takes it over",
}
USER = {"user": "the person's id"}
FACTOR = {**USER, "kind": "totp (an app), webauthn (a passkey) or recovery_codes"}
KEY = {"key": "the API key's id"}
CREDENTIAL = {"credential": "the credential's key"}
PUT = {**CREDENTIAL, "kind": "bearer, basic, header, database, registry or env", "hosts": "where it may go, a list"}
WEBHOOK = {"webhook": "the webhook's id"}
DELIVERY = {**WEBHOOK, "delivery": "the delivery's id, as in the header Webhook-Id"}
STREAM = {"stream": "the audit stream's id"}
INVITATION = {"invitation": "the invitation's id"}
INVOICE = {
    "invoice": "the invoice's id at Stripe",
    "amountCents": "in the currency's smallest unit",
    "currency": "its code in lower case",
}
CREDIT = {
    "package": "the package's slug",
    "paymentIntent": "the payment's id at Stripe",
    "currency": "its code in lower case",
    "left": "how many model calls the account has now beyond its plan",
}
RUNNER = {"runner": "the runner's id"}
OPTIONAL = "?"  # ends the name of a field that is not always there


@dataclass(frozen=True)
class Kind:
    """One type of event. `is_shared`: it happened to the installation, and every account reads it."""

    says: str
    data: Mapping[str, str]
    is_shared: bool = False


EVENTS = {
    "executor.booted": Kind(
        "A runner is there and can run commands.",
        {
            **RUNNER,
            "slots": "how many tasks it runs side by side",
            "sandbox": "on; off where the operator runs commands without one",
        },
        is_shared=True,
    ),
    "executor.shutting_down": Kind("A runner stops; others take over what it worked on.", RUNNER, is_shared=True),
    "executor.error": Kind(
        "Something of ours failed, not the customer's command: a task, or a runner that every account is told of.",
        {
            "code": "sandbox_unavailable, actuator_failed (a fault of ours), or runner_lost after the last try",
            "message": "what that means",
            "goal?": "the goal's id, where a task failed for it",
            "task?": "the task's id, where it failed for it",
            "runner?": "the runner's id, where it started without a sandbox",
        },
        is_shared=True,
    ),
    "goal.created": Kind(
        "A goal was stated.",
        {
            **GOAL,
            "kind": "goal; direct for one action by POST /api/execute",
            "description": "its first 200 characters, secrets masked; of a direct one the type of its action",
            "retryOf?": "the goal that it goes on with",
        },
    ),
    "goal.planned": Kind(
        "A goal was broken into tasks.", {**GOAL, "tasks": "how many, a number", "planner": "which planner made them"}
    ),
    "goal.planner_fallback": Kind(
        "The language model did not plan a goal; the keyword planner does.",
        {**GOAL, "reason": "limit_reached, timeout, refused, rate_limited, invalid_answer, no_answer or the like"},
    ),
    "goal.progress": Kind(
        "A task of a goal is completed, and others are left.",
        {
            **GOAL,
            "progress": "completed share of the tasks, 0-1",
            "tasksCompleted": "how many are completed, a number",
            "tasksTotal": "how many there are, a number",
        },
    ),
    "goal.replanned": Kind("A task from a task tree failed; the goal is planned anew.", TASK),
    "goal.completed": Kind("All tasks of a goal are completed.", GOAL),
    "goal.failed": Kind(
        "A goal ended without being reached.",
        {**GOAL, "error": "its code", "message": "why, the first 500 characters, secrets masked"},
    ),
    "goal.cancelled": Kind(
        "A goal was cancelled.",
        {**GOAL, "error": "cancelled", "reason?": "why, where whoever cancelled it said so, secrets masked"},
    ),
    "task.started": Kind(
        "A runner began a try of a task.",
        {
            **TRY,
            "name": "what the task is called; a command by its program alone, a direct execution by its actuator",
            "actuator": "what runs it",
        },
    ),
    "task.output": Kind(
        "What a task printed, while it runs or right before its end; 64 KiB a stream and try at most.",
        {
            **TRY,
            "stream": "stdout or stderr",
            "text": "what came, whole lines where there are any",
            "offset": "how many characters of this try's stream came before it",
        },
    ),
    "task.completed": Kind("A task is completed.", ENDED),
    "task.failed": Kind(
        "A task failed for good. A try that is corrected is told by correction.applied instead.",
        {**ENDED, "code": "exit_code, timeout, ...", "message": "why, the first 500 characters, secrets masked"},
    ),
    "task.cancelled": Kind("A try was killed because its goal ended.", TRY),
    "task.lost": Kind("The runner of a try is gone; it is tried again, three times at most.", TRY),
    "task.lease_released": Kind("Staff took a try from its runner; it is tried again.", TRY),
    "correction.applied": Kind(
        "A try failed, and the task is tried again differently.",
        {
            **TASK,
            "attempt": "the number of the try that failed",
            "rung": "known_fix, backoff or alternative",
            "wait": "seconds until the next try",
            "correction?": "the id of the correction that it applies",
            "fix?": "the name of that fix in the catalogue",
        },
    ),
    "correction.taught": Kind("A customer taught a fix for a failure.", CORRECTION),
    "correction.crystallized": Kind("A correction is permanent now.", CORRECTION),
    "correction.retired": Kind("A correction is not applied any more: it failed too often.", CORRECTION),
    "correction.deleted": Kind("A correction was deleted.", CORRECTION),
    "taskTree.crystallized": Kind("A task tree is permanent now.", TREE),
    "taskTree.deleted": Kind("A task tree was deleted.", TREE),
    "memory.stored": Kind("A memory was made.", MEMORY),
    "memory.updated": Kind("A memory was changed.", MEMORY),
    "memory.crystallized": Kind("A memory is permanent now.", MEMORY),
    "memory.deleted": Kind("A memory was deleted.", {"memory": "the memory's id", "key": "its key"}),
    "memory.collected": Kind(
        "What need not be kept was deleted; each field says how many, and is absent for none.",
        {
            "expired?": "memories whose time was over",
            "worthless?": "memories that the executor wrote and nobody read",
            "corrections?": "corrections retired long ago",
            "trees?": "task trees that were of no use",
        },
    ),
    "account.registered": Kind("An account was made.", {"account": "the account's id"}),
    "user.verified": Kind("A person's address is verified.", USER),
    "session.started": Kind("A person signed in.", USER),
    "session.ended": Kind("A person signed out.", USER),
    "factor.added": Kind("A person has one more second factor.", FACTOR),
    "factor.removed": Kind("A person has a second factor less; new recovery codes remove the old.", FACTOR),
    "password.changed": Kind("A person set a new password; their sessions ended.", USER),
    "key.created": Kind("An API key was made.", KEY),
    "key.updated": Kind(
        "An API key was given another name, description or other scopes.", {**KEY, "changed": "which of them, a list"}
    ),
    "key.paused": Kind("An API key is refused until it is resumed.", KEY),
    "key.resumed": Kind("An API key that was paused works again.", KEY),
    "key.revoked": Kind("An API key was revoked.", KEY),
    "key.deleted": Kind("An API key was revoked for good, and nobody is shown it any more.", KEY),
    "key.rotated": Kind(
        "Another API key was made in the place of one.",
        {**KEY, "replacedBy": "the new key's id", "graceSeconds": "how long the old one still works; 0: it has ended"},
    ),
    "credential.created": Kind("A credential was put into the vault.", PUT),
    "credential.updated": Kind("A credential was given other values, kind, hosts or description.", PUT),
    "credential.read": Kind("Somebody was shown what a credential holds.", CREDENTIAL),
    "credential.used": Kind(
        "A task was given a credential; told for a goal's first use of it, and again after another goal's.",
        {**CREDENTIAL, **TASK},
    ),
    "credential.deleted": Kind("A credential was deleted.", CREDENTIAL),
    "webhook.created": Kind(
        "Events are sent to one more address.",
        {**WEBHOOK, "host": "of the address", "types": "what is sent there, a list"},
    ),
    "webhook.updated": Kind("A webhook was changed.", {**WEBHOOK, "fields": "which of it: url, types, ..., a list"}),
    "webhook.rotated": Kind(
        "A webhook has another secret.",
        {**WEBHOOK, "graceSeconds": "how long the old one signs too, a number; 0: it has ended"},
    ),
    "webhook.disabled": Kind(
        "Its receiver said that it is gone (410): nothing is sent to a webhook any more.",
        {**WEBHOOK, "why": "in words"},
    ),
    "webhook.dead": Kind(
        "A delivery was given up after a day of tries; told once until one succeeds again.",
        {**DELIVERY, "host": "of the address", "error": "why the last try failed"},
    ),
    "webhook.tested": Kind("A test was sent to a webhook.", DELIVERY),
    "webhook.redelivered": Kind("A delivery is sent once more, because somebody asked for it.", DELIVERY),
    "webhook.deleted": Kind("A webhook was deleted.", WEBHOOK),
    "audit_stream.created": Kind(
        "Events go to one more system that keeps logs.",
        {
            **STREAM,
            "name": "what it is called",
            "kind": "splunk_hec, http_json, syslog or file",
            "host": "of the target; empty for a file",
            "types": "what goes there, a list",
            "after": "the seq behind which it begins, a number",
        },
    ),
    "audit_stream.updated": Kind(
        "An audit stream was changed.", {**STREAM, "fields": "which of it: name, types, isActive, url, ..., a list"}
    ),
    "audit_stream.tested": Kind("Somebody asked for this event, to see it arrive through an audit stream.", STREAM),
    "audit_stream.failing": Kind(
        "The target of an audit stream has taken nothing for a minute; told once until it takes something again.",
        {**STREAM, "since": "when the first try failed", "error": "why the last one failed"},
    ),
    "audit_stream.recovered": Kind(
        "The target of an audit stream takes events again; nothing was left out.",
        {**STREAM, "since": "when the first try had failed"},
    ),
    "audit_stream.deleted": Kind(
        "An audit stream was deleted.", {**STREAM, "after": "the seq of the last event that was taken, a number"}
    ),
    "account.renamed": Kind("The account has another name.", {"account": "the account's id"}),
    "account.egress_changed": Kind(
        "What the account's commands may reach was changed.",
        {"account": "the account's id", "hosts": "the hosts, a list; empty: no network", "before": "the list before"},
    ),
    "account.suspended": Kind(
        "Staff keep the account out.", {"account": "the account's id", "reason": "why, in words; may be empty"}
    ),
    "account.resumed": Kind("Staff let the account in again.", {"account": "the account's id"}),
    "staff.looked_in": Kind(
        "Staff began to see the account as one of its people does.",
        {**USER, "writes": "whether they could change things"},
    ),
    "staff.edited_person": Kind(
        "Staff changed something of a person by hand.",
        {**USER, "fields": "which: is_active, is_staff, ..."},
    ),
    "staff.left": Kind(
        "And ended it.",
        {**USER, "how": "left, or over: its time, its session, their role, or the person's password or account"},
    ),
    "user.email_changed": Kind("A person has another e-mail address.", USER),
    "member.joined": Kind("A person joined the account.", {**USER, "role": "as what"}),
    "member.role_changed": Kind(
        "A member has another role.", {**USER, "from": "the role before", "to": "the role now"}
    ),
    "member.removed": Kind("A person left the account, or was taken out.", USER),
    "invitation.created": Kind("Somebody was invited.", {**INVITATION, "role": "as what"}),
    "invitation.revoked": Kind("An invitation was taken back.", INVITATION),
    "usage.high": Kind(
        "80 or 100 % of a limit of the plan is used; told once a month each.",
        {
            "limit": "its name, as in GET /api/billing/usage",
            "used": "how much is used, a number",
            "allowed": "the limit, a number",
            "percent": "80 or 100",
        },
    ),
    "invoice.paid": Kind("A payment came.", INVOICE),
    "invoice.payment_failed": Kind(
        "A payment failed.", {**INVOICE, "graceUntil": "until when the plan stays all the same; null where it does not"}
    ),
    "stripe.replayed": Kind(
        "Staff had one of Stripe's events followed once more; what was told of it before is not told again.",
        {"stripeEvent": "its id at Stripe", "type": "what it says: invoice.paid, ..."},
    ),
    "charge.refunded": Kind(
        "Money was paid back.",
        {
            "charge": "the payment's id at Stripe",
            "amountCents": "all that was paid back of it, in the currency's smallest unit",
            "currency": "its code in lower case",
            "isWhole": "whether that is all that was paid",
        },
    ),
    "credit.bought": Kind(
        "A package was paid: its model calls are there.",
        {**CREDIT, "llmCalls": "how many came", "amountCents": "what was paid"},
    ),
    "credit.payment_failed": Kind(
        "The payment for a package was refused; nothing changes.",
        {"package": CREDIT["package"], "paymentIntent": CREDIT["paymentIntent"]},
    ),
    "credit.refunded": Kind(
        "Money for a package was paid back, and unused model calls went with it.",
        {**CREDIT, "llmCalls": "how many went; 0 where all were used", "amountCents": "what was paid back now"},
    ),
    "credit.given": Kind(
        "Staff gave the account model calls.",
        {"llmCalls": "how many", "left": CREDIT["left"], "why": "as staff put it"},
    ),
    "activity.recorded": Kind(
        "A client wrote an entry of the activity log.",
        {
            "actorType": "agent, system or user, as the client says",
            "actorId": "who did it, as the client says; of a user a member or an API key of the account",
            "action": "what was done, as the client says",
            "entityType": "to what kind of thing; null where that was not said",
            "entityId": "to which; null where that was not said",
            "metadata": "the client's object, 16 KiB at most, what looks like a secret masked",
            "assertedBy": "who wrote the entry: key:... or user:...",
        },
    ),
    "plan.changed": Kind("The account is on another price plan.", {"from": "the code before", "to": "the code now"}),
}
