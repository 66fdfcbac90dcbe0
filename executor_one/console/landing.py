"""What operators see first: what moves, what fails, what waits; each number leads to the rows behind it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Min
from django.urls import reverse
from django.utils import timezone
from django_q.models import OrmQ

from accounts.models import Account
from billing.models import StripeEvent, Subscription
from billing.queries import paying_by_plan
from executor_one.health import heartbeat
from executor_one.kit import money
from executor_one.kit.templatetags.look import duration
from goals import withheld
from goals.models import Goal, Pulse, Task
from goals.queries import failed_task, with_failed_task
from goals.telling import words
from runners.models import Runner, heard_since

LATELY = timedelta(hours=24)
SHOWN = 8
RECENT = 5  # newest accounts

# What is looked for most comes first.
SIDEBAR = [
    (
        "Work",
        [
            ("Goals", "goals_goal"),
            ("Tasks", "goals_task"),
            ("Attempts", "goals_attempt"),
            ("Runners", "runners_runner"),
            ("Executors", "goals_executorstate"),
            ("Samples", "goals_statesample"),
            ("Heartbeat", "goals_pulse"),
            ("Webhooks", "webhooks_webhookendpoint"),
            ("Deliveries", "webhooks_webhookdelivery"),
            ("Audit streams", "webhooks_auditstream"),
            ("Couriers", "webhooks_courier"),
        ],
    ),
    (
        "Customers",
        [
            ("Accounts", "accounts_account"),
            ("People", "accounts_user"),
            ("Members", "accounts_membership"),
            ("Invitations", "accounts_invitation"),
            ("API keys", "accounts_apikey"),
            ("Credentials", "accounts_credential"),
            ("Data keys", "accounts_datakey"),
            ("Tokens", "accounts_sessiontoken"),
            ("Mailed links", "accounts_onetimetoken"),
        ],
    ),
    (
        "Money",
        [
            ("Plans", "billing_plan"),
            ("Packages", "billing_package"),
            ("Calls beside plans", "billing_credit"),
            ("Credit entries", "billing_creditentry"),
            ("Subscriptions", "billing_subscription"),
            ("Costs", "billing_operatingcost"),
            ("Usage", "billing_usagecounter"),
            ("Usage mails", "billing_usagenotice"),
            ("Stripe events", "billing_stripeevent"),
        ],
    ),
    (
        "Knowledge",
        [
            ("Memories", "memory_memory"),
            ("Corrections", "memory_correction"),
            ("Task trees", "memory_tasktree"),
            ("Registry", "memory_tally"),
        ],
    ),
    (
        "Record",
        [
            ("Events", "events_event"),
            ("Signed heads", "events_head"),
            ("Queue", "django_q_ormq"),
            ("Failed jobs", "django_q_failure"),
            ("Edits by staff", "admin_logentry"),
            ("Looks by staff", "accounts_look"),
        ],
    ),
]


def seen() -> dict[str, Any]:
    """The numbers of the landing page, for an open scope of all accounts; about a dozen statements, all by index."""
    now = timezone.now()
    pulse = Pulse.objects.filter(pk=1).first()
    failing = Goal.objects.filter(state=Goal.State.FAILED, finished_at__gte=now - LATELY).order_by("-finished_at")
    return {
        "states": states(),
        "failing": [
            (goal, words(withheld.error_of_goal(goal.error_code, goal.error, failed_task(goal)), 200))
            for goal in with_failed_task(failing.select_related("account"))[:SHOWN]
        ],
        "failing_count": failing.count(),
        "failing_link": link("goals_goal", f"state__exact=failed&finished_at__gte={(now - LATELY):%Y-%m-%dT%H:%M:%SZ}"),
        "waiting": waiting(now),
        "runners": [
            (runner, runner.seen_at >= heard_since(now)) for runner in Runner.objects.order_by("-seen_at")[:SHOWN]
        ],
        "heartbeat": heartbeat_said(pulse, now),
        "heartbeat_link": link("goals_pulse"),
        "newest": list(Account.objects.order_by("-created_at")[:RECENT]),
        "trouble": StripeEvent.objects.filter(state=StripeEvent.State.FAILED).count(),
        "trouble_link": link("billing_stripeevent", "state__exact=failed"),
        "revenue": revenue(),
        "past_due": Subscription.objects.filter(Subscription.MISSING).count(),
        "past_due_link": link("billing_subscription", "payment=missing"),
    }


def link(model: str, query: str = "") -> str:
    """The list of a model, filtered."""
    return reverse(f"admin:{model}_changelist") + (f"?{query}" if query else "")


def states() -> list[dict[str, Any]]:
    """Open goals by state."""
    counts = dict(Goal.objects.filter(state__in=Goal.OPEN).values_list("state").annotate(Count("pk")))
    return [
        {"state": state, "count": counts.get(state, 0), "link": link("goals_goal", f"state__exact={state}")}
        for state in Goal.OPEN
    ]


def waiting(now: datetime) -> list[dict[str, Any]]:
    """How long the oldest of each queue waits, in seconds; None for an empty one."""
    released = Task.objects.filter(state=Task.State.RELEASED).aggregate(first=Min("released_at"), count=Count("pk"))
    jobs = OrmQ.objects.aggregate(first=Min("lock"), count=Count("pk"))
    over = Task.objects.filter(state=Task.State.RUNNING, lease_until__lt=now).count()
    queues = [
        ("Tasks that wait for a runner", released, link("goals_task", "state__exact=released")),
        ("Jobs that wait for the heartbeat", jobs, link("django_q_ormq")),
    ]
    rows = [
        {
            "name": name,
            "count": found["count"],
            "ms": max(0.0, (now - found["first"]).total_seconds() * 1000) if found["first"] else None,
            "link": there,
        }
        for name, found, there in queues
    ]
    return [
        *rows,
        {"name": "Leases that are over", "count": over, "ms": None, "link": link("goals_task", "lease=over")},
    ]


def heartbeat_said(pulse: Pulse | None, now: datetime) -> dict[str, Any]:
    """Whether the heartbeat lives, in words, and how fast it ticked since a reading of its own (Pulse)."""
    rate, seconds = pulse.rate(now) if pulse else (None, 0.0)
    silent = f"silent for {duration((now - pulse.pulsed_at).total_seconds() * 1000)}" if pulse else "not begun yet"
    is_alive = heartbeat(pulse, now)["ok"]
    return {
        "ok": is_alive,
        "said": "alive" if is_alive else silent,
        "rate": rate,
        "ms": seconds * 1000,
    }


def revenue() -> list[dict[str, Any]]:
    """MRR by plan, as words and a link."""
    return [
        {
            **row,
            "said": money.said(row["cents"], row["currency"]),
            "link": link("billing_subscription", f"paid_plan__code__exact={row['code']}&payment=comes"),
        }
        for row in paying_by_plan()
    ]


def navigation(request: Any) -> list[dict[str, Any]]:
    """The console's sidebar."""
    return [
        {"title": title, "items": [{"title": name, "link": link(model)} for name, model in items]}
        for title, items in SIDEBAR
    ]
