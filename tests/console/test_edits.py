"""What staff edit by hand is in a log that only staff read: who, what, from what to what. No customer is told."""

from __future__ import annotations

import pytest
from django.contrib.admin.models import LogEntry
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import ProgrammingError, transaction
from django.urls import reverse

from billing.models import OperatingCost, Plan
from events.models import Event
from executor_one.kit import tenancy
from executor_one.kit.tenancy import account_scope


def form_of(row):
    values = type(row).objects.filter(pk=row.pk).values().get()
    return {name: "" if value is None else value for name, value in values.items() if value is not False}


def newest():
    return LogEntry.objects.latest("pk")


def edit_plan(owner, **changed):
    answer = owner.post("/admin/billing/plan/pro/change/", {**form_of(Plan.objects.get(pk="pro")), **changed})
    assert answer.status_code == 302, answer.content


def test_a_plan(db, owner):
    before = Plan.objects.get(pk="pro").api_keys
    edit_plan(owner, api_keys=7)
    entry = newest()
    assert (entry.user, entry.object_id) == (owner.user, "pro")
    assert entry.get_change_message() == f"api_keys: {before} → 7"
    page = owner.get("/admin/admin/logentry/").content.decode()
    assert f"api_keys: {before} → 7" in page
    assert 'data-state="running"' in page


def test_plans_that_come_as_a_file(db, owner):
    text = (
        "code,name,rank,goals_per_month,parallel_tasks,is_public,websocket,goal_cooldown_seconds\n"
        "team,Team,9,100,2,1,1,0\npro,Professional,1,12,2,1,1,0\n"
    )
    was = Plan.objects.get(pk="pro")
    file = SimpleUploadedFile("plans.csv", text.encode(), "text/csv")
    shown = owner.post("/admin/billing/plan/import/", {"format": "0", "resource": "0", "import_file": file})
    owner.post("/admin/billing/plan/process_import/", shown.context["confirm_form"].initial)
    entries = {entry.object_id: entry for entry in LogEntry.objects.all()}
    assert set(entries) == {"team", "pro"}
    assert "name: 'Team'" in entries["team"].change_message
    assert f"name: {was.name!r} → 'Professional'" in entries["pro"].change_message
    assert f"goals_per_month: {was.goals_per_month!r} → 12" in entries["pro"].change_message
    assert all(entry.user == owner.user for entry in entries.values())


@pytest.mark.parametrize(("field", "value"), [("parallel_tasks", 0), ("goal_cooldown_seconds", 86_401)])
def test_a_plan_that_no_goal_would_ever_end_on_is_refused_in_words(db, owner, field, value):
    before = Plan.objects.values().get(pk="pro")
    answer = owner.post("/admin/billing/plan/pro/change/", {**form_of(Plan.objects.get(pk="pro")), field: value})
    assert (answer.status_code, [*answer.context["adminform"].form.errors]) == (200, [field])
    row = {"rank": 1, "parallel_tasks": 2, "goal_cooldown_seconds": 0, field: value}
    names = ",".join(["code", "name", "is_public", "websocket", *row])
    text = f"{names}\npro,Pro,1,1,{','.join(map(str, row.values()))}\n"
    file = SimpleUploadedFile("plans.csv", text.encode(), "text/csv")
    shown = owner.post("/admin/billing/plan/import/", {"format": "0", "resource": "0", "import_file": file})
    assert "Ensure this value" in shown.content.decode()
    assert "confirm_form" not in shown.context
    assert Plan.objects.values().get(pk="pro") == before


def test_costs_that_come_and_go(db, owner):
    body = {"month": "2026-11-01", "kind": "ai", "name": "the provider", "cents": 1234, "currency": "eur"}
    assert owner.post("/admin/billing/operatingcost/add/", body).status_code == 302
    assert "cents: 1234" in newest().change_message
    cost = OperatingCost.objects.get()
    owner.post(reverse("admin:billing_operatingcost_delete", args=[cost.pk]), {"post": "yes"})
    assert not OperatingCost.objects.exists()
    assert newest().is_deletion()
    assert "name: 'the provider'" in newest().change_message


def test_no_customer_is_told_of_the_installation_s_plans_and_costs(db, owner, make_member):
    """Events without an account are read by all; so what is of no account is no event."""
    member = make_member("customer@example.com")
    edit_plan(owner, api_keys=7)
    with account_scope(member.account):
        assert not Event.objects.filter(actor__startswith="staff:").exists()
    with tenancy.all_accounts(reason="a test looks at the installation's events"):
        assert not Event.objects.filter(account=None).exists()


@pytest.mark.parametrize("wrong", [lambda rows: rows.update(change_message="x"), lambda rows: rows.delete()])
def test_the_log_can_be_added_to_and_not_changed(db, owner, wrong):
    edit_plan(owner, api_keys=7)
    with pytest.raises(ProgrammingError, match="append-only"), transaction.atomic():
        wrong(LogEntry.objects.all())
    assert newest().change_message.endswith("7")
