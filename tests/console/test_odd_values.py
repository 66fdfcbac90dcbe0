"""What nobody would type into the console's addresses and forms: refused or sent back in words, never a broken page."""

from __future__ import annotations

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import models
from django.urls import reverse

from billing.models import Plan
from tests.console.test_every_screen import fill, name_of, screens

HUGE = "9" * 20
# By lookup; the empty one is the name alone. Date parts are asked of every field: what has none refuses them.
ODD = {
    "__year": ("0", "99999", "-1", "x", "²", HUGE),
    "__month": ("0", HUGE),
    "__day": ("-1", HUGE),
    "__gte": ("x", HUGE, "9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00"),
    "__exact": ("x", HUGE),
    "__isnull": ("x",),
    "__isempty": ("x",),
    "": ("x", HUGE),
}
EVERYWHERE = [
    {"p": HUGE},
    {"p": "-1"},
    {"o": HUGE},
    {"o": "x.-.1"},
    {"q": HUGE},
    {"q": "'\"\\"},
    {"all": "x"},
    {"e": "x"},
]


def names_of(screen):
    """Every name that its list may be filtered by."""
    for one in screen.list_filter:
        one = one[0] if isinstance(one, tuple) else one
        yield getattr(one, "parameter_name", one)
    yield from (*screen.linked_by, *([screen.date_hierarchy] if screen.date_hierarchy else []))


def questions(screen):
    yield from EVERYWHERE
    for name in names_of(screen):
        for how, values in ODD.items():
            yield from ({f"{name}{how}": value} for value in values)
    if screen.date_hierarchy:
        for month in ("0", "13", HUGE):
            yield {f"{screen.date_hierarchy}__year": "2026", f"{screen.date_hierarchy}__month": month}
        yield {f"{screen.date_hierarchy}__{part}": "31" if part == "day" else "2" for part in ("year", "month", "day")}


@pytest.mark.parametrize("model", screens(), ids=lambda model: model._meta.label)
def test_no_list_breaks_on_an_odd_value(db, make_member, owner, model):
    fill(make_member("customer@example.com"))
    address = reverse(f"admin:{name_of(model)}_changelist")
    for question in questions(admin.site._registry[model]):
        assert owner.get(address, question).status_code in (200, 302, 400), question


def test_a_date_that_is_none_is_sent_back_and_a_right_one_filters(db, owner):
    address = reverse("admin:accounts_user_changelist")
    assert owner.get(address, {"verified_at__year": "0"})["Location"] == f"{address}?e=1"
    assert owner.get(address, {"verified_at__year": "2026"}).status_code == 200
    assert owner.get(f"{address}?e=1").status_code == 200


def of_each_field():
    for model in screens():
        for field in model._meta.get_fields():
            yield model, field


def test_the_choices_of_no_field_break(db, support):
    seen = set()
    for model, field in of_each_field():
        asked = {"app_label": model._meta.app_label, "model_name": model._meta.model_name, "field_name": field.name}
        status = support.get("/admin/autocomplete/", {**asked, "term": "x"}).status_code
        assert status in (200, 403, 404), asked
        if isinstance(field, models.fields.reverse_related.ForeignObjectRel):
            assert status in (403, 404), asked
        seen.add(status)
    assert 200 in seen


@pytest.mark.parametrize(
    "asked",
    [
        {}, {"app_label": "x"}, {"app_label": "accounts", "model_name": "x", "field_name": "x"},
        {"app_label": "accounts", "model_name": "apikey", "field_name": "created_by", "page": "x"},
        {"app_label": "accounts", "model_name": "apikey", "field_name": "created_by", "page": HUGE},
    ],
)  # fmt: skip
def test_nor_a_question_that_names_none(db, support, asked):
    assert support.get("/admin/autocomplete/", asked).status_code in (403, 404)


@pytest.fixture
def brought(db, owner):
    """The hidden fields of a file of plans that was shown and not confirmed yet."""
    text = "code,name,rank,parallel_tasks,is_public,websocket,goal_cooldown_seconds\nteam,Team,9,2,1,1,0\n"
    file = SimpleUploadedFile("plans.csv", text.encode(), "text/csv")
    shown = owner.post("/admin/billing/plan/import/", {"format": "0", "resource": "0", "import_file": file})
    return shown.context["confirm_form"].initial


ODD_FILES = [{"format": one} for one in ("", "99", "-1", "x", "²", "3", HUGE)]
ODD_FILES += [{"resource": one} for one in ("99", "x", "-1")]
ODD_FILES += [{"import_file_name": one} for one in ("", "unknown", "../../etc/passwd")]


@pytest.mark.parametrize("odd", ODD_FILES, ids=str)
def test_a_file_that_was_not_brought_is_not_written(owner, brought, odd):
    answer = owner.post("/admin/billing/plan/process_import/", {**brought, **odd}, follow=True)
    assert answer.status_code == 200
    assert "Bring it again" in answer.content.decode()
    assert not Plan.objects.filter(pk="team").exists()
    assert not LogEntry.objects.exists()
    owner.post("/admin/billing/plan/process_import/", brought)
    assert Plan.objects.filter(pk="team").exists(), "and the right one still is"


@pytest.mark.parametrize("what", ["import", "export"])
@pytest.mark.parametrize("odd", [{"format": "99"}, {"format": "x"}, {"resource": "99"}, {"resource": "x"}], ids=str)
def test_nor_does_the_form_before_it_break(db, owner, what, odd):
    file = SimpleUploadedFile("plans.csv", b"code,name\n", "text/csv")
    body = {"format": "0", "resource": "0", "import_file": file, **odd}
    assert owner.post(f"/admin/billing/plan/{what}/", body).status_code == 200


@pytest.mark.parametrize("what", ["import", "process_import", "export"])
def test_who_may_not_still_gets_403(db, support, what):
    assert support.post(f"/admin/billing/plan/{what}/", {}).status_code == 403
    assert support.get("/admin/billing/plan/process_import/").status_code == 405
