"""Who comes in at /mcp, and what they see there. What is said inside is in tests/live/test_mcp.py."""

from types import SimpleNamespace

import pytest

from accounts import staffing
from billing.actions import set_plan
from billing.models import Plan
from executor_one.kit.tenancy import account_scope
from mcp_server.tools import TOOLS
from tests.pages.visitors import visitor

pytestmark = pytest.mark.django_db
READING = [tool.name for tool in TOOLS.values() if tool.method == "GET"]
LIST = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}


def say(client, **headers):
    return client.post("/mcp", LIST, content_type="application/json", headers=headers)


def test_E_R22_a_key_of_an_owner_sees_every_tool(api):
    answer = say(api)
    assert (answer.status_code, answer.tools) == (200, list(TOOLS))
    assert answer["Cache-Control"] == "no-store"
    assert answer["X-Receipt"].startswith("rcp_")


def test_E_R22_who_proves_nothing_is_told_how(anonymous):
    answer = say(anonymous)
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Bearer")
    assert answer.json()["message"] == "Say who you are: Authorization: Bearer exo_..."


def test_E_R22_a_session_of_the_dashboard_is_nobody_here(member):
    person = visitor(member)
    assert person.get("/api/auth/me").status_code == 200
    assert say(person).status_code == 401


def test_E_R22_a_suspended_account_is_kept_out(api, member):
    with account_scope(member.account):
        staffing.suspend(member.account, why="unpaid", by=SimpleNamespace(actor="test"))
    answer = say(api)
    assert (answer.status_code, "suspended" in answer.json()["message"]) == (403, True)


def test_E_R22_a_key_above_the_plan_sees_what_reads(api, member, client_of):
    body = {"name": "second"}
    second = api.post("/api/auth/keys", body, content_type="application/json").json()["apiKey"]
    Plan.objects.create(code="small", name="Small", rank=7, api_keys=1)
    with account_scope(member.account):
        set_plan(member.account, "small", actor="test")
    assert say(api).tools == list(TOOLS)
    assert say(client_of(second)).tools == READING


def test_E_R22_a_viewer_sees_what_reads(member, client_for):
    assert say(client_for(member.account, "viewer")).tools == READING


def test_E_R22_an_idempotency_key_of_the_message_itself_keeps_nothing(api):
    assert {say(api, **{"Idempotency-Key": "k"}).status_code for _ in range(2)} == {200}


def test_E_R22_an_unknown_parameter_is_refused(api):
    answer = api.post("/mcp?key=exo_1", LIST, content_type="application/json")
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["key"])
