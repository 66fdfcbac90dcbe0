"""The files of a workspace over the API: listed, downloaded, and nothing of anybody else's."""

import asyncio
import os
from urllib.parse import quote

import pytest


@pytest.fixture
def folder(settings, tmp_path, member):
    """The account's workspace, as a runner makes it."""
    settings.WORKSPACES_DIR = tmp_path / "workspaces"
    made = settings.WORKSPACES_DIR / member.account.workspace
    made.mkdir(parents=True)
    return made


def names(answer):
    assert answer.status_code == 200, answer.content
    return [one["name"] for one in answer.json()["data"]]


def test_a_workspace_without_tasks_is_empty(api, settings, tmp_path):
    settings.WORKSPACES_DIR = tmp_path / "none"
    assert api.get("/api/workspace/files").json() == {"data": [], "after": None}
    assert api.get("/api/workspace/files", {"path": "out"}).status_code == 404


def test_a_folder_is_listed_by_name_in_pages(api, folder):
    (folder / "out").mkdir()
    for name in ("b", "a", "ü"):
        (folder / "out" / name).write_text("1234")
    (folder / "out" / "link").symlink_to("/etc/passwd")
    assert names(api.get("/api/workspace/files")) == ["out"]
    found = api.get("/api/workspace/files", {"path": "out", "limit": 2}).json()
    assert [(one["name"], one["kind"], one["size"]) for one in found["data"]] == [("a", "file", 4), ("b", "file", 4)]
    assert found["after"] == "b"
    rest = api.get("/api/workspace/files", {"path": "out", "after": "b"}).json()
    assert [(one["name"], one["kind"]) for one in rest["data"]] == [("link", "link"), ("ü", "file")]
    assert rest["after"] is None


def test_a_file_is_downloaded_byte_for_byte_and_never_shown(api, folder):
    whole = os.urandom(600_000)
    (folder / "a b").mkdir()
    (folder / "a b" / "päge.html").write_bytes(whole)
    answer = api.get(f"/api/workspace/files/{quote('a b/päge.html')}")
    assert b"".join(answer.streaming_content) == whole
    assert answer.headers["Content-Length"] == "600000"
    assert answer.headers["Content-Disposition"] == "attachment; filename*=UTF-8''p%C3%A4ge.html"
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert "sandbox" in answer.headers["Content-Security-Policy"]


def sent(answer):
    """What a server is told to send of an answer that goes on, message by message."""
    told = []

    async def receive():
        await asyncio.Event().wait()

    async def send(message):
        told.append(message)

    asyncio.run(answer.send({"type": "http", "method": "GET"}, receive, send))
    answer.close()
    return told


@pytest.mark.parametrize("content", [b"", b"x", b"y" * 600_000], ids=len)
def test_a_file_is_sent_whole_with_its_headers_first_also_when_it_is_empty(api, folder, content):
    (folder / "file").write_bytes(content)
    first, *rest = sent(api.get("/api/workspace/files/file"))
    assert (first["type"], first["status"]) == ("http.response.start", 200)
    assert dict(first["headers"])[b"Content-Length"] == str(len(content)).encode()
    assert {message["type"] for message in rest} == {"http.response.body"}
    assert b"".join(message.get("body", b"") for message in rest) == content
    assert not rest[-1].get("more_body")


@pytest.mark.parametrize("name", ["two\nlines", "\n", "a\r", "ok/"], ids=ascii)
def test_a_file_of_any_name_is_downloaded_by_it(api, folder, name):
    (folder / name.rstrip("/")).write_text("there")
    answer = api.get(f"/api/workspace/files/{quote(name)}")
    assert answer.status_code == 200
    assert b"".join(answer.streaming_content) == b"there"
    assert answer.headers["Content-Disposition"] == f"attachment; filename*=UTF-8''{quote(name.rstrip('/'))}"


@pytest.mark.hostile
@pytest.mark.parametrize("path", ["link", "linked/passwd", "out", "pipe", "none", "none/none", "a.txt/b"])
def test_case_22_what_is_no_regular_file_inside_is_not_there(api, folder, path):
    (folder / "a.txt").write_text("x")
    (folder / "link").symlink_to("/etc/passwd")
    (folder / "linked").symlink_to("/etc")
    (folder / "out").mkdir()
    os.mkfifo(folder / "pipe")
    assert api.get(f"/api/workspace/files/{path}").status_code == 404


@pytest.mark.hostile
@pytest.mark.parametrize("path", ["../x", "/etc/passwd", "a/../../x", "a\0b", "n" * 300, "a/" * 3000, ".."])
def test_case_21_a_path_that_leads_out_is_refused(api, folder, path):
    assert api.get("/api/workspace/files", {"path": path}).status_code == 400
    assert api.get(f"/api/workspace/files/{quote(path, safe='')}").status_code in (400, 404)


def test_another_account_has_files_of_its_own(api, folder, make_member, client_for):
    (folder / "mine.txt").write_text("mine")
    other = client_for(make_member("two@example.com").account)
    assert names(other.get("/api/workspace/files")) == []
    assert other.get("/api/workspace/files/mine.txt").status_code == 404


def test_a_viewer_sees_none(member, client_for, folder):
    assert client_for(member.account, "viewer").get("/api/workspace/files").status_code == 403
    assert client_for(member.account, "operator").get("/api/workspace/files").status_code == 200
