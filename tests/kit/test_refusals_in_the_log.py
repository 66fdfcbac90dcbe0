"""What this installation does not have is refused, not logged as an error; what is down is one line of a warning."""

from __future__ import annotations

import logging

import pytest
from django.test import Client

from accounts.models import User
from executor_one.kit.errors import handle


def errors(caplog):
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR]


def warnings(caplog):
    return [record.getMessage() for record in caplog.records if record.name == "executor_one.kit.errors"]


@pytest.fixture
def no_stripe(db, settings):
    settings.STRIPE_SECRET_KEY = ""


@pytest.mark.parametrize("name", ["checkout", "portal", "change-plan", "webhook"])
def test_nothing_for_sale_is_no_error(api, no_stripe, caplog, name):
    assert api.post(f"/api/billing/{name}", {"tier": "pro"}, content_type="application/json").status_code == 501
    assert errors(caplog) == []
    assert warnings(caplog) == []


def test_nor_on_the_page(member, no_stripe, caplog):
    client = Client()
    client.force_login(User.objects.get(), backend="django.contrib.auth.backends.ModelBackend")
    assert client.post("/dashboard/billing/portal").status_code == 501
    assert errors(caplog) == []


def test_a_part_that_is_down_is_a_warning_with_the_receipt(api, caplog, settings):
    settings.STRIPE_SECRET_KEY, settings.STRIPE_API_BASE = "sk_test_1", "http://127.0.0.1:9"  # nobody listens
    answer = api.post("/api/billing/portal", {}, content_type="application/json")
    assert answer.status_code == 503, answer.content
    assert errors(caplog) == []
    (line,) = warnings(caplog)
    assert answer.json()["receipt"] in line


def test_a_fault_of_ours_still_is_an_error(caplog):
    answer = handle(RuntimeError("a bug"), {})
    assert answer.status_code == 500
    assert not hasattr(answer, "_has_been_logged")
    assert any("unexpected error" in line for line in errors(caplog))
