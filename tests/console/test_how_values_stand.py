"""Lists say states with a word, an icon and a colour, times as long ago with the exact one on hover, ids shortened."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.contrib import admin
from django.contrib.admin.utils import label_for_field, quote
from django.db import models
from django.utils import timezone

from accounts.models import Account, ApiKey
from billing.models import StripeEvent, Subscription
from executor_one.kit import tenancy
from executor_one.kit.tenancy import account_scope
from executor_one.settings import BASE_DIR
from goals.models import Attempt, Goal, Task
from runners.models import Runner


@pytest.fixture
def customer(db, make_member):
    return make_member("customer@example.com", "pro")


def cells(client, address, **query):
    """The rows of a list as lists of their cells' HTML."""
    page = client.get(address, query)
    assert page.status_code == 200
    body = page.content.decode().split('id="result_list"')[1]
    rows = re.findall(r"<tr[^>]*>(.*?)</tr>", body, re.DOTALL)
    return [found for row in rows if (found := re.findall(r"<t[dh][^>]*data-label[^>]*>(.*?)</t[dh]>", row, re.DOTALL))]


def states(client, address, **query):
    """The tone and the word of each state of a list."""
    html = "".join(cell for row in cells(client, address, **query) for cell in row)
    found = re.findall(r'class="state state-(\w+)" data-state="\w+"><svg.*?</svg><span>([^<]+)</span>', html, re.DOTALL)
    return [*found]


def make_goal(account, state, **more):
    ended = {"finished_at": timezone.now()} if state in ("completed", "failed", "cancelled") else {}
    waking = {} if ended else {"wake_at": timezone.now()}
    return Goal.objects.create(account=account, description="do it", state=state, **{**ended, **waking, **more})


def test_goals_wear_the_colour_of_their_state_and_the_healed_their_own(customer, support):
    with account_scope(customer.account):
        for state in Goal.State.values:
            make_goal(customer.account, state)
        make_goal(customer.account, "completed", fixes_applied=1, fixes_worked=1)
    wanted = [(state, state.capitalize()) for state in Goal.State.values]
    assert sorted(states(support, "/admin/goals/goal/")) == sorted([*wanted, ("healed", "Healed")])


def test_tasks_and_attempts_do_too_and_durations_have_a_unit(customer, support):
    now = timezone.now()
    with account_scope(customer.account):
        goal = make_goal(customer.account, "completed")
        task = Task.objects.create(
            account=customer.account, goal=goal, position=0, name="a", actuator="shell", params={}, timeout_ms=1000,
            state="skipped", finished_at=now,
        )  # fmt: skip
        Attempt.objects.create(
            account=customer.account, task=task, number=1, outcome="lost", duration_ms=250_000, params={},
            finished_at=now,
        )  # fmt: skip
    assert states(support, "/admin/goals/task/") == [("skipped", "Skipped")]
    assert states(support, "/admin/goals/attempt/") == [("lost", "Lost")]
    (row,) = cells(support, "/admin/goals/attempt/")
    assert any("4 min 10 s" in cell for cell in row)
    assert f'title="{task.pk}"' in row[0]
    assert f">{task.pk}<" not in row[0]


@pytest.mark.parametrize(
    ("status", "tone", "word"),
    [("active", "completed", "Active"), ("past_due", "failed", "Past due"), ("ended", "cancelled", "Ended")],
)
def test_subscriptions(customer, support, status, tone, word):
    with account_scope(customer.account):
        Subscription.objects.update(status=status)
    assert states(support, "/admin/billing/subscription/") == [(tone, word)]


def test_stripe_events_accounts_runners_and_keys(customer, support):
    now = timezone.now()
    with account_scope(customer.account):
        StripeEvent.objects.create(
            pk="evt_1", account=customer.account, type="x", state="failed", payload={}, created_at=now
        )
        ApiKey.objects.update(revoked_at=now)
        Account.objects.update(suspended_at=now)
    for seen_at in (now, now - timedelta(minutes=1)):
        Runner.objects.create(id=uuid4(), host="h", pid=1, slots=1, sandbox="on", started_at=now, seen_at=seen_at)
    assert states(support, "/admin/billing/stripeevent/") == [("failed", "Failed")]
    assert states(support, "/admin/accounts/account/") == [("failed", "Suspended")]
    assert states(support, "/admin/accounts/apikey/") == [("cancelled", "Revoked")]
    alive, silent = states(support, "/admin/runners/runner/")[::2]
    assert (alive, silent) == (("completed", "Alive"), ("lost", "Silent"))


def test_a_job_of_the_queue_waits_runs_or_is_late(db, support):
    from django_q.models import OrmQ

    now = timezone.now()
    for seconds in (-1, 60, -300):
        OrmQ.objects.create(key="executor", payload="x", lock=now + timedelta(seconds=seconds))
    said = states(support, "/admin/django_q/ormq/")
    assert said == [("waiting", "Waiting"), ("running", "Running"), ("failed", "Late")]


def test_a_time_is_told_as_long_ago_with_the_exact_one_on_hover_and_sorts(customer, support):
    now = timezone.now()
    with account_scope(customer.account):
        ApiKey.objects.update(created_at=now - timedelta(hours=3))
        for minutes in (5, 200):
            ApiKey.objects.create(
                account=customer.account, name=f"{minutes}", prefix="exo_a", digest=uuid4().hex, role="viewer",
                created_at=now - timedelta(minutes=minutes),
            )  # fmt: skip
    names = [column if isinstance(column, str) else column.__name__ for column in columns_of(support, ApiKey)]
    at = names.index("created_at")
    for order, wanted in ((f"{at}", ["3 h ago", "3 h ago", "5 min ago"]), (f"-{at}", ["5 min ago", "3 h ago"])):
        rows = cells(support, "/admin/accounts/apikey/", o=order)
        said = [re.findall(r"<time datetime=\"([^\"]+)\" title=\"([^\"]+)\"[^>]*>([^<]+)", row[at])[0] for row in rows]
        assert [words for _, _, words in said][: len(wanted)] == wanted
        assert all(title.endswith("Z") and "T" in title for _, title, _ in said)


def columns_of(client, model):
    request = client.get("/admin/").wsgi_request
    return admin.site._registry[model].get_list_display(request)


def test_no_list_says_a_time_a_state_or_a_duration_bare(support):
    """Whatever is added to a list later: a time goes through the one place that says times, as do ids of other rows."""
    for model in admin.site._registry:
        for column in columns_of(support, model):
            if isinstance(column, str) and not hasattr(admin.site._registry[model], column):
                field = {one.name: one for one in model._meta.get_fields()}.get(column)
                assert not isinstance(field, models.DateTimeField | models.UUIDField), (model, column)
                assert not column.endswith(("_ms", "_seconds")), (model, column)
                assert column not in ("state", "status", "outcome"), (model, column)


def test_a_page_says_the_exact_time_and_how_long_ago(customer, support):
    with account_scope(customer.account):
        goal = make_goal(customer.account, "failed", error_code="exit_code")
    page = support.get(f"/admin/goals/goal/{goal.pk}/change/").content.decode()
    assert re.search(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC, <time", page)
    assert 'class="state state-failed"' in page


def luminance(colour):
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize(("theme", "surfaces"), [(":root", ("#ffffff", "#f9fafb")), (".dark", ("#101828", "#1e2939"))])
def test_the_colours_of_states_can_be_read_on_the_console_s_surfaces(theme, surfaces):
    sheet = (BASE_DIR / "static" / "css" / "console.css").read_text()
    block = sheet[sheet.index(f"{theme} {{") :].split("}")[0]
    colours = re.findall(r"--state-(\w+): (#\w{6})", block)
    assert {name for name, _ in colours} == {"waiting", "running", "healed", "completed", "failed"}
    for name, colour in colours:
        for surface in surfaces:
            light, dark = sorted((luminance(colour), luminance(surface)), reverse=True)
            assert (light + 0.05) / (dark + 0.05) >= 4.5, (theme, name, surface)


def test_the_console_loads_those_colours(db, support):
    assert "/static/css/console.css" in support.get("/admin/").content.decode()


def test_no_heading_is_the_model_s_word(db, support):
    """Of lists, their filters and pages alike: a name of a field is for the code."""
    said, request = set(), support.get("/admin/").wsgi_request
    for model, screen in admin.site._registry.items():
        said |= {label_for_field(column, model, screen) for column in columns_of(support, model)}
        said |= {label_for_field(name, model, screen) for name in screen.get_fields(request, model())}
        with tenancy.all_accounts(reason="a test looks"):
            said |= {one.title for one in screen.get_changelist_instance(request).filter_specs}
    assert len(said) > 80
    assert not {str(one) for one in said if re.search(r" at$|_|period end|^tick count", str(one), re.IGNORECASE)}
    assert {"Made", "Ends", "Paid until", "Received"} <= said


def test_a_long_note_of_stripe_s_is_one_line_in_the_list_and_whole_on_its_page(customer, support):
    note = "Unavailable: " + "Stripe does not answer. " * 10
    with account_scope(customer.account):
        StripeEvent.objects.create(
            pk="evt_1", account=customer.account, type="x", state="failed", note=note, payload={},
            created_at=timezone.now(),
        )  # fmt: skip
    (row,) = cells(support, "/admin/billing/stripeevent/")
    (cell,) = [one for one in row if "Unavailable" in one]
    assert len(re.sub(r"<[^>]+>", "", cell).strip()) <= 45
    assert f'title="{note}"' in cell
    assert note.strip() in support.get("/admin/billing/stripeevent/evt_5F1/change/").content.decode()


def test_each_row_of_a_list_leads_to_its_own_page(customer, support):
    """Where the first column is the account's name, that leads to the account, and the next one to the row."""
    html = cells(support, "/admin/billing/subscription/")[0]
    assert re.findall(r'href="([^"]+)"', html[0]) == [f"/admin/accounts/account/{quote(customer.id)}/change/"]
    (there,) = re.findall(r'href="(/admin/billing/subscription/[^"]+)"', html[1])
    assert support.get(there).status_code == 200


def test_a_limit_that_is_none_is_unlimited_and_no_is_no_failure(db, support):
    rows = {row[0]: row for row in cells(support, "/admin/billing/plan/")}
    enterprise = next("".join(row) for first, row in rows.items() if "Enterprise" in first)
    assert "unlimited" in enterprise
    assert "close" not in enterprise  # the icon of a red cross


def test_a_page_names_the_account_and_its_id(customer, support):
    with account_scope(customer.account):
        goal = make_goal(customer.account, "failed", error_code="exit_code")
    page = support.get(f"/admin/goals/goal/{goal.pk}/change/").content.decode()
    assert f'title="{customer.id}">{customer.account.name}</a>' in page
    assert f">{customer.id}</code>" in page


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("/admin/memory/memory/", "There are no memories yet."),
        ("/admin/accounts/apikey/?q=nobody", "No API key matches what you look for."),
        ("/admin/admin/logentry/", "There are no edits yet."),
    ],
)
def test_an_empty_list_says_so_in_words(db, support, address, words):
    assert words in support.get(address).content.decode()


def test_no_list_has_a_wrong_plural(support):
    for model in admin.site._registry:
        many = str(model._meta.verbose_name_plural)
        assert not re.search(r"(ys|sss|xs|chs)$", many.replace("keys", "").replace("days", "")), many


def test_a_list_shows_the_beginning_of_long_words_and_no_half_of_a_secret(customer, support):
    """Masked before it is cut: cut first, the rest of an address's password would look like any word."""
    secret = f"{'x' * 50} postgres://admin:hunter2-hunter2-hunter2@db/x"
    with account_scope(customer.account):
        goal = make_goal(customer.account, "failed", error_code="e", error=secret)
        Goal.objects.filter(pk=goal.pk).update(description=f"{'long ' * 30}")
    html = "".join(cells(support, "/admin/goals/goal/")[0])
    assert "hunter2" not in html
    assert "…" in html
    assert "long " * 17 not in html
    assert "long " * 17 in support.get(f"/admin/goals/goal/{goal.pk}/change/").content.decode()
