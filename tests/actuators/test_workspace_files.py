"""Looking into a workspace, for the API."""

import os

import pytest

from actuators.beneath import closing
from actuators.given import Refused
from actuators.workspace_files import list_files, open_file

pytestmark = pytest.mark.essential


@pytest.fixture
def workspace(house, request):
    return house.account(f"w-{abs(hash(request.node.name))}")


def refusal(code):
    return pytest.raises(Refused, check=lambda error: error.code == code)


def test_directory_is_listed_by_name_with_what_each_is(workspace):
    (workspace.path / "b").write_text("12345")
    (workspace.path / "a").mkdir()
    (workspace.path / "c").symlink_to("/etc/passwd")
    os.mkfifo(workspace.path / "d")
    listing = list_files(workspace)
    assert [(entry.name, entry.kind) for entry in listing.entries] == [
        ("a", "directory"), ("b", "file"), ("c", "link"), ("d", "other"),
    ]  # fmt: skip
    assert listing.entries[1].size == 5
    assert listing.entries[1].modified == (workspace.path / "b").stat().st_mtime
    assert listing.after is None
    assert list_files(workspace, "a").entries == ()


def test_pages_follow_each_other_without_gap_or_repetition(workspace):
    for n in range(25):
        (workspace.path / f"f{n:02}").touch()
    seen, after = [], ""
    while after is not None:
        page = list_files(workspace, "", limit=10, after=after)
        seen += [entry.name for entry in page.entries]
        after = page.after
    assert seen == [f"f{n:02}" for n in range(25)]
    assert list_files(workspace, "", limit=25).after is None


def test_name_that_is_not_utf_8_is_shown_and_breaks_nothing(workspace):
    os.close(os.open(os.fsencode(workspace.path) + b"/bad\xff\n", os.O_CREAT))
    assert [entry.name for entry in list_files(workspace).entries] == ["bad\\xff\n"]


def test_file_is_opened_with_its_size(workspace):
    (workspace.path / "d").mkdir()
    (workspace.path / "d" / "f").write_bytes(b"content")
    file = open_file(workspace, "d/f")
    with closing(file.fd):
        assert (file.size, os.read(file.fd, 100)) == (7, b"content")
        with pytest.raises(OSError, match="Bad file descriptor"):
            os.write(file.fd, b"x")


@pytest.mark.hostile
def test_case_22_nothing_outside_is_listed_or_opened(workspace):
    (workspace.path / "up").symlink_to("..")
    (workspace.path / "l").symlink_to("/etc/passwd")
    os.mkfifo(workspace.path / "fifo")
    for path in ("up", "l"):
        with pytest.raises(Refused) as refused:
            list_files(workspace, path)
        assert refused.value.code in ("outside_workspace", "not_a_directory")
        with refusal("outside_workspace"):
            open_file(workspace, path)
    for path, code in [
        ("up/x", "outside_workspace"),
        ("fifo", "not_a_file"),
        ("no", "not_found"),
        ("../x", "bad_path"),
    ]:
        with refusal(code):
            open_file(workspace, path)
    for path in ("..", "/etc", "a/../..", "a\0"):
        with refusal("bad_path"):
            list_files(workspace, path)
    with refusal("not_a_file"):
        os.mkdir(workspace.path / "d")
        open_file(workspace, "d")
