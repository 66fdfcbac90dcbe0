"""The file-writer does what it is asked, and says why when it does not. E16, E_R24."""

import base64
import json
import os
import stat

import pytest

from actuators import file_writer
from actuators.given import Given, Refused
from actuators.sandbox import Limits

ROOT = os.geteuid() == 0
pytestmark = pytest.mark.essential


@pytest.fixture
def act(house, request):
    """``act(action, path, ...)`` in a workspace of this test's own; ``act.root`` is its directory."""
    workspace = house.account(f"f-{abs(hash(request.node.name))}")

    def act(action, path, *, limits=None, **fields):
        given = Given(workspace, Limits(**(limits or {})), house.sandboxes)
        return house.do(file_writer.run({"action": action, "path": path, **fields}, given))

    act.root = workspace.path
    act.uid = workspace.host_uid if ROOT else os.geteuid()
    return act


def mode_of(path):
    return stat.S_IMODE(path.lstat().st_mode)


def refusal(code):
    return pytest.raises(Refused, check=lambda error: error.code == code)


def test_E16_text_is_written_and_read_back(act):
    wrote = act("write", "notes/deep/a.txt", content="grüß\n")
    assert (wrote.exit_code, wrote.killed) == (0, None)
    assert wrote.data == {"action": "write", "path": "notes/deep/a.txt", "bytes": 7, "size": 7}
    read = act("read", "notes/deep/a.txt")
    assert (read.stdout, read.stdout_truncated) == ("grüß\n", False)
    assert read.data["encoding"] == "utf-8"
    assert read.data["size"] == 7


def test_E_R24_what_is_written_belongs_to_the_account_and_a_command_finds_it(act, house, request):
    act("write", "made/run.sh", content="echo from a file\n", mode="755")
    act("append", "made/log", content="x")
    act("mkdir", "made/empty")
    for name in ("made", "made/run.sh", "made/log", "made/empty"):
        assert (act.root / name).stat().st_uid == act.uid
        assert (act.root / name).stat().st_gid == (act.uid if ROOT else os.getegid())
    ran = house.run("./made/run.sh; rm -r made", account=act.root.name)
    assert (ran.stdout, ran.stderr, ran.exit_code) == ("from a file\n", "", 0)


def test_bytes_that_are_no_text_go_and_come_in_base64(act):
    raw = b"\x89PNG\xff\xfe"
    act("write", "b", contentBase64=base64.b64encode(raw).decode())
    assert (act.root / "b").read_bytes() == raw
    read = act("read", "b")
    assert (base64.b64decode(read.stdout), read.data["encoding"]) == (raw, "base64")
    act("write", "b", content="text with \0 in it")
    assert act("read", "b").data["encoding"] == "base64"


@pytest.mark.parametrize("unit", [b"x", "ä".encode(), b"\xff"])
def test_long_file_is_read_up_to_64_kib_and_says_so(act, unit):
    (act.root / "long").write_bytes(b"a" + unit * 100_000)
    read = act("read", "long")
    assert read.stdout_truncated
    assert read.data["truncated"] is True
    assert read.data["size"] == 1 + len(unit) * 100_000
    assert 40_000 < len(read.stdout.encode()) <= 65536
    json.dumps(read.data)


def test_write_replaces_and_keeps_the_mode_unless_told_otherwise(act):
    act("write", "f", content="one")
    assert mode_of(act.root / "f") == 0o644
    (act.root / "f").chmod(0o6750)
    act("write", "f", content="two")
    assert mode_of(act.root / "f") == 0o750  # and no longer setuid
    act("write", "f", content="", mode="0600")
    assert (mode_of(act.root / "f"), (act.root / "f").read_text()) == (0o600, "")
    assert os.listdir(act.root) == ["f"]


def test_append_adds_to_a_file_and_makes_a_missing_one(act):
    assert act("append", "logs/l", content="one\n").data["size"] == 4
    assert act("append", "logs/l", content="two\n", mode="600").data == {
        "action": "append", "path": "logs/l", "bytes": 4, "size": 8,
    }  # fmt: skip
    assert (act.root / "logs/l").read_text() == "one\ntwo\n"
    assert mode_of(act.root / "logs/l") == 0o600


def test_append_takes_setuid_away(act):
    act("append", "s", content="#!/bin/sh\n", mode="755")
    (act.root / "s").chmod(0o4755)
    act("append", "s", content="id\n")
    assert mode_of(act.root / "s") == 0o755


def test_directory_is_made_once_and_deleted_when_empty(act):
    assert act("mkdir", "a/b", mode="0700").data["created"] is True
    assert act("mkdir", "a/b").data["created"] is False
    assert (mode_of(act.root / "a"), mode_of(act.root / "a/b")) == (0o755, 0o700)
    with refusal("not_empty"):
        act("delete", "a")
    assert act("delete", "a/b").data["deleted"] is True
    assert act("delete", "a/b").data["deleted"] is False
    assert act("delete", "a", recursive=True).data["deleted"] is True
    assert os.listdir(act.root) == []


def test_without_parents_a_missing_directory_is_refused(act):
    for action in ("write", "append"):
        with refusal("not_found"):
            act(action, "no/f", content="", parents=False)
    with refusal("not_found"):
        act("mkdir", "no/d", parents=False)
    assert os.listdir(act.root) == []


def test_what_is_in_the_way_is_named(act):
    act("write", "file", content="")
    act("mkdir", "dir")
    for action, path, code in [
        ("write", "file/below", "not_a_directory"),
        ("mkdir", "file", "not_a_directory"),
        ("delete", "file/below", "not_a_directory"),
        ("read", "missing", "not_found"),
        ("read", "dir", "not_a_file"),
    ]:
        with refusal(code):
            act(action, path, **({"content": "x"} if action == "write" else {}))


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({}, "action", "required"),
        ({"action": "read"}, "path", "required"),
        ({"action": "chown", "path": "a"}, "action", "one of"),
        ({"action": ["read"], "path": "a"}, "action", "one of"),
        ({"action": "write", "path": "a"}, "content", "Exactly one"),
        ({"action": "write", "path": "a", "content": "", "contentBase64": ""}, "content", "Exactly one"),
        ({"action": "write", "path": "a", "content": 5}, "content", "string"),
        ({"action": "write", "path": "a", "content": "\ud800"}, "content", "Unicode"),
        ({"action": "write", "path": "a", "contentBase64": "?"}, "contentBase64", "base64"),
        ({"action": "write", "path": "a", "contentBase64": "ä"}, "contentBase64", "Unicode"),
        ({"action": "write", "path": "a", "content": "", "mode": "4755"}, "mode", "octal"),
        ({"action": "write", "path": "a", "content": "", "mode": 644}, "mode", "octal"),
        ({"action": "write", "path": "a", "content": "", "parents": "yes"}, "parents", "true or false"),
        ({"action": "write", "path": "a", "content": "", "recursive": True}, "recursive", "not take"),
        ({"action": "read", "path": "a", "content": ""}, "content", "not take"),
        ({"action": "read", "path": "a", "owner": "root"}, "owner", "Unknown"),
        ({"action": "read", "path": 7}, "path", "string"),
        ({"action": "delete", "path": "./"}, "path", "workspace itself"),
    ],
)
def test_wrong_parameters_are_named(house, fields, field, words):
    assert words in file_writer.check(fields)[field]
    with pytest.raises(ValueError, match=field):
        house.do(file_writer.run(fields, Given(house.account("a"), Limits(), house.sandboxes)))


def test_it_says_what_a_second_try_may_do_twice():
    assert (file_writer.NAME, file_writer.EFFECT) == ("file-writer", "external")
    said = {action: file_writer.effect_of({"action": action}) for action in file_writer.TAKES}
    assert said == {
        "write": "idempotent", "append": "external", "mkdir": "idempotent", "delete": "idempotent", "read": "pure",
    }  # fmt: skip
    assert file_writer.effect_of({}) == "external"
    assert file_writer.PARAMS["additionalProperties"] is False
