"""Audit streams over HTTP: what may be asked for, what is shown, who may, and what is told of it."""

import json
from pathlib import Path

import pytest

from events.models import Event
from executor_one.kit.tenancy import account_scope
from tests.webhooks.streaming import TOKEN, row_of
from webhooks import actions as webhooks
from webhooks.streams.actions import MOST

STREAMS = "/api/v1/audit/streams"
JSON = {"content_type": "application/json"}
HEC = {"name": "ours", "kind": "splunk_hec", "url": "https://splunk.example.com", "secret": TOKEN}
NAME = {"name": "ours"}


def told(account):
    with account_scope(account):
        return [(one.type, one.data) for one in Event.objects.filter(type__startswith="audit_stream.").order_by("seq")]


def post(client, **body):
    answer = client.post(STREAMS, body, **JSON)
    return answer.status_code, json.loads(answer.content)


def test_A14_a_stream_is_made_shown_changed_and_deleted(api, member):
    status, made = post(api, **HEC)
    assert status == 201
    assert made["id"].startswith("ast_")
    assert made["url"] == "https://splunk.example.com/services/collector/event"
    assert (made["state"], made["types"], made["hasSecret"], made["sent"]) == ("ok", ["*"], True, 0)
    address = f"{STREAMS}/{made['id']}"
    assert json.loads(api.get(address).content)["behind"] == 1, "the event of its making"
    changed = api.patch(address, {"name": "theirs", "isActive": False}, **JSON)
    assert (changed.json()["name"], changed.json()["state"]) == ("theirs", "paused")
    assert [one["id"] for one in json.loads(api.get(STREAMS).content)["data"]] == [made["id"]]
    assert api.delete(address).status_code == 204
    assert api.get(address).status_code == 404
    kinds = [kind for kind, _ in told(member.account)]
    assert kinds == ["audit_stream.created", "audit_stream.updated", "audit_stream.deleted"]
    assert told(member.account)[0][1]["host"] == "splunk.example.com"
    assert told(member.account)[1][1]["fields"] == ["name", "isActive"]


def test_a_secret_is_nowhere_but_sealed(api, member, caplog):
    caplog.set_level("DEBUG")
    status, made = post(api, **HEC)
    assert status == 201
    other = api.patch(f"{STREAMS}/{made['id']}", {"secret": f"{TOKEN}-2"}, **JSON)
    answers = [made, other.json(), api.get(STREAMS).json(), api.get(f"{STREAMS}/{made['id']}").json()]
    assert TOKEN not in json.dumps(answers)
    assert TOKEN not in json.dumps(told(member.account))
    assert TOKEN not in caplog.text
    assert TOKEN.encode() not in bytes(row_of(member.account).sealed)
    assert told(member.account)[-1][1]["fields"] == ["secret"]


@pytest.mark.parametrize(
    ("field", "body"),
    [
        ("url", {"kind": "splunk_hec", "secret": "x"}),
        ("secret", {"kind": "splunk_hec", "url": "https://a.example"}),
        ("secret", {"kind": "splunk_hec", "url": "https://a.example", "secret": "two words"}),
        ("secret", {"kind": "splunk_hec", "url": "https://a.example", "secret": "x\r\nHost: b"}),
        ("secret", {"kind": "http_json", "url": "https://a.example", "secret": "x\r\nHost: b"}),
        ("secret", {"kind": "http_json", "url": "https://a.example", "secret": "Bearer \u00e9"}),
        ("url", {"kind": "http_json", "url": "http://a.example"}),
        ("url", {"kind": "http_json", "url": "https://127.0.0.1"}),
        ("url", {"kind": "http_json", "url": "https://169.254.169.254/latest"}),
        ("url", {"kind": "http_json", "url": "https://a.example:8088"}),
        ("format", {"kind": "http_json", "url": "https://a.example", "format": "xml"}),
        ("host", {"kind": "http_json", "url": "https://a.example", "host": "a.example"}),
        ("host", {"kind": "syslog"}),
        ("port", {"kind": "syslog", "host": "a.example"}),
        ("port", {"kind": "syslog", "host": "a.example", "port": 514}),
        ("host", {"kind": "syslog", "host": "10.0.0.1", "port": 443}),
        ("host", {"kind": "syslog", "host": "0x7f.1", "port": 443}),
        ("protocol", {"kind": "syslog", "host": "a.example", "port": 443, "protocol": "tcp"}),
        ("secret", {"kind": "syslog", "host": "a.example", "port": 443, "secret": "x"}),
        ("kind", {"kind": "kafka"}),
        ("path", {"kind": "file", "path": "/etc/passwd"}),
        ("types", {"kind": "http_json", "url": "https://a.example", "types": ["no.such"]}),
        ("types", {"kind": "http_json", "url": "https://a.example", "types": []}),
        ("start", {"kind": "http_json", "url": "https://a.example", "start": "middle"}),
    ],
)
def test_what_makes_no_target_is_400_and_named(api, field, body, tmp_path, settings):
    settings.AUDIT_STREAM_DIR = tmp_path
    status, answer = post(api, **NAME, **body)
    assert (status, list(answer["errors"])) == (400, [field])


def test_syslog_goes_where_the_operator_has_allowed_the_port(api, settings):
    settings.OUTBOUND_PORTS = [443, 6514]
    status, made = post(api, **NAME, kind="syslog", host="logs.example.com")
    assert (status, made["port"], made["protocol"]) == (201, 6514, "tls")


def test_files_are_501_until_the_operator_has_set_a_folder(api, settings, tmp_path):
    assert post(api, **NAME, kind="file")[0] == 501
    settings.AUDIT_STREAM_DIR = tmp_path
    assert post(api, **NAME, kind="file")[0] == 201
    assert list(Path(tmp_path).iterdir()) == [], "the web writes nothing"


def test_the_ceiling_is_five(api):
    assert [post(api, **HEC)[0] for _ in range(MOST + 1)] == [201] * MOST + [409]


def test_a_kept_secret_does_not_follow_to_another_server(api):
    _, made = post(api, **HEC)
    address = f"{STREAMS}/{made['id']}"
    refused = api.patch(address, {"url": "https://evil.example.com"}, **JSON)
    assert (refused.status_code, list(refused.json()["errors"])) == (400, ["secret"])
    assert api.patch(address, {"url": "https://splunk.example.com/elsewhere"}, **JSON).status_code == 200
    moved = api.patch(address, {"url": "https://evil.example.com", "secret": "theirs"}, **JSON)
    assert moved.status_code == 200


def test_a_field_of_another_kind_cannot_be_changed(api):
    _, made = post(api, **HEC)
    for body in ({"host": "a.example"}, {"kind": "syslog"}, {"cursor": 0}, {"start": "beginning"}, {"secret": ""}):
        assert api.patch(f"{STREAMS}/{made['id']}", body, **JSON).status_code == 400, body


def test_who_may_not_read_the_log_makes_no_stream(member, client_for):
    from accounts.models import ApiKey

    client = client_for(member.account)
    with account_scope(member.account):
        ApiKey.objects.filter(name="test").update(scopes=["audit.edit"])
    assert post(client, **HEC)[0] == 403
    assert post(client_for(member.account, role="developer"), **HEC)[0] == 403


def test_a_test_needs_a_stream_that_is_not_paused(api, member):
    _, made = post(api, **HEC)
    address = f"{STREAMS}/{made['id']}"
    assert api.post(f"{address}/test").status_code == 202
    assert told(member.account)[-1] == ("audit_stream.tested", {"stream": made["id"]})
    api.patch(address, {"isActive": False}, **JSON)
    assert api.post(f"{address}/test").status_code == 409


def test_another_master_key_seals_the_secrets_of_streams_too(api, member, settings):
    post(api, **HEC)
    before = bytes(row_of(member.account).sealed)
    settings.CREDENTIAL_KEYS = ["another", *settings.CREDENTIAL_KEYS]
    assert webhooks.reseal() == (1, [])
    assert bytes(row_of(member.account).sealed) != before
    assert webhooks.reseal() == (0, [])
