"""All of a workspace is deleted by one path, whatever its account put there: it locks nobody out for ever. E_R24."""

import contextlib
import os
import threading
import time
from pathlib import Path

import pytest

from actuators import file_writer
from actuators.given import Refused
from tests.actuators.test_file_writer_hostile import act, victim  # noqa: F401


def fill_with_names_that_are_no_text(root):
    """At the top, where no path that is text can name them: files, a link, and a tree that is closed."""
    top = os.fsencode(root)
    for name in (b"\xf0", b"\xff\xfe", b"a\xc3", b"\xed\xa0\x80"):
        Path(os.fsdecode(os.path.join(top, name))).write_text("")
        os.makedirs(os.path.join(top, name + b"d", b"\xf1", b"in"))
        os.symlink(top + b"/..", os.path.join(top, name + b"l"))
        os.symlink(top + b"/..", os.path.join(top, name + b"d", b"l"))
        os.chmod(os.path.join(top, name + b"d"), 0)
    os.mkfifo(os.path.join(top, b"\xf2"))
    (root / "text").write_text("")


@pytest.mark.hostile
@pytest.mark.essential
def test_case_18_a_workspace_of_names_that_are_no_text_is_emptied(act, victim):  # noqa: F811
    fill_with_names_that_are_no_text(act.root)
    act.root.chmod(0o500)
    outcome = act("delete", ".", recursive=True)
    assert (outcome.data["deleted"], outcome.stdout) == (True, "Emptied the workspace.\n")
    assert os.listdir(act.root) == []
    assert victim.read_text() == "orig"
    again = act("delete", ".", recursive=True)
    assert (again.data["deleted"], again.stdout) == (False, "The workspace was empty.\n")
    act("write", "a", content="new")
    assert (act.root / "a").read_text() == "new"


@pytest.mark.hostile
@pytest.mark.essential
def test_case_11_case_18_who_filled_the_workspace_with_names_that_are_no_text_is_not_locked_out(act, house, request):  # noqa: F811
    account = f"h-{abs(hash(request.node.name))}"
    code = "import os\nopen('s', 'w')\nfor i in range(300): os.link('s', b'\\xf0%d' % i)"
    made = house.run(f'/usr/bin/python3 -c "{code}"', account=account)
    assert (made.exit_code, made.stderr, len(os.listdir(act.root))) == (0, "", 301)
    refused = house.run("echo ran", account=account, workspace_files=100)
    assert (refused.killed, refused.stdout) == ("disk", "")
    assert "file-writer" in refused.stderr
    assert "path `.`" in refused.stderr
    act("delete", ".", recursive=True, limits={"workspace_files": 100})
    outcome = house.run("echo ran; ls -A", account=account, workspace_files=100)
    assert (outcome.killed, outcome.stdout) == (None, "ran\n")


@pytest.mark.hostile
@pytest.mark.essential
def test_the_workspace_is_emptied_by_no_other_path_and_only_with_recursive(act):  # noqa: F811
    (act.root / "a").write_text("kept")
    for fields in ({}, {"recursive": False}):
        assert "recursive" in file_writer.check({"action": "delete", "path": ".", **fields})
    for path in ("", "./.", "./", "/", "..", "./..", "a/.."):
        assert "path" in file_writer.check({"action": "delete", "path": path, "recursive": True}), path
    for action in ("read", "write", "append", "mkdir"):
        assert "path" in file_writer.check({"action": action, "path": "."})
    assert (act.root / "a").read_text() == "kept"


@pytest.mark.hostile
@pytest.mark.essential
def test_workspace_that_somebody_fills_while_it_is_emptied_is_left_in_time(act):  # noqa: F811
    stop = threading.Event()

    def fill():
        for n in iter(int, 1):
            if stop.is_set():
                return
            with contextlib.suppress(OSError):
                (act.root / f"d{n}" / "in").mkdir(parents=True)
                os.symlink(act.root.parent, act.root / f"d{n}" / "l")

    thread = threading.Thread(target=fill)
    thread.start()
    began = time.monotonic()
    try:
        for _ in range(20):
            with contextlib.suppress(Refused):
                act("delete", ".", recursive=True, limits={"wall_s": 2})
    finally:
        stop.set()
        thread.join()
    assert time.monotonic() - began < 60
    assert act.root.parent.is_dir()
    act("delete", ".", recursive=True)
    assert os.listdir(act.root) == []
