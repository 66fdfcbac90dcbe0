"""The file-writer's quota where what is replaced frees nothing: no name is believed to be the last one. E_R24."""

import asyncio
import os
import threading

import pytest

from actuators import file_writer, files
from actuators.given import Given, Refused
from actuators.sandbox import BareShell, Limits, Workspace
from actuators.sandbox.workspace import measure

KIB = 1 << 10
QUOTA = 64 * KIB
pytestmark = pytest.mark.hostile


@pytest.fixture
def act(tmp_path):
    """A workspace of 64 KiB without a sandbox: what runs in one is watched elsewhere."""
    root = tmp_path / "workspace"
    root.mkdir()
    given = Given(Workspace(root, None), Limits(workspace_bytes=QUOTA), BareShell())

    def act(action, path, size=0, **fields):
        if action in ("write", "append"):
            fields["content"] = "x" * size
        return asyncio.run(file_writer.run({"action": action, "path": path, **fields}, given))

    act.root = root
    act.used = lambda: measure(root, max_entries=1000).bytes
    return act


def refused():
    return pytest.raises(Refused, check=lambda error: error.code == "quota_exceeded")


def links(act, count=20):
    names = [f"l{n}" for n in range(count)]
    for name in names:
        os.link(act.root / "a", act.root / name)
    return names


def test_case_25_writing_over_one_of_several_links_frees_nothing(act):
    act("write", "a", 32 * KIB)
    for name in links(act):
        if act.used() + 32 * KIB > QUOTA:
            with refused():
                act("write", name, 32 * KIB)
        else:
            act("write", name, 32 * KIB)
    assert act.used() <= QUOTA
    assert (act.root / "l1").stat().st_ino == (act.root / "a").stat().st_ino  # what was refused is as it was


def test_case_25_appending_to_one_of_several_links_is_counted_once(act):
    act("write", "a", 32 * KIB)
    links(act, 3)
    act("append", "l1", 16 * KIB)
    assert (act.root / "a").stat().st_size == 48 * KIB
    with refused():
        act("append", "l2", 20 * KIB)


HOLDER = """python3 -I -c "
import os, time
held = {}
while True:
    try: fd = os.open('a', os.O_RDONLY)
    except OSError: continue
    inode = os.fstat(fd).st_ino
    if inode in held: os.close(fd)
    else: held[inode] = fd
    time.sleep(0.005)
" """


@pytest.mark.essential
def test_case_25_who_holds_what_is_replaced_is_charged_with_it(house):
    """The file-writer cannot see who has a file open. Who watches the command that has does."""
    workspace, limits = house.account("holds-replaced"), Limits(workspace_bytes=16 << 20, wall_s=8)
    given = Given(workspace, limits, house.sandboxes)
    content = "x" * (4 << 20)
    written = {"action": "write", "path": "a", "content": content}

    async def both():
        command = asyncio.create_task(house.sandboxes.run(HOLDER, workspace=workspace, limits=limits))
        count = 0
        while not command.done() and count < 100:
            await file_writer.run(written, given)
            count += 1
            await asyncio.sleep(0.05)
        return await command, count

    outcome, count = house.do(both())
    assert (outcome.killed, count < 20) == ("disk", True)


def test_case_25_a_hole_frees_nothing(act):
    act("write", "a", 48 * KIB)
    for n in range(3):
        with open(act.root / f"hole{n}", "wb") as hole:
            hole.truncate(1 << 30)
        with refused():
            act("write", f"hole{n}", 32 * KIB)
    assert act.used() <= QUOTA


@pytest.mark.parametrize("size", [40 * KIB, 32 * KIB])
def test_case_25_who_gives_it_another_name_meanwhile_has_won_nothing(act, monkeypatch, size):
    act("write", "a", 40 * KIB)
    real = os.rename

    def rename(draft, name, **where):
        os.link(act.root / "a", act.root / "kept")
        return real(draft, name, **where)

    monkeypatch.setattr(files.os, "rename", rename)
    with refused():
        act("write", "a", size)
    assert os.listdir(act.root) == ["kept"]
    assert (act.root / "kept").stat().st_size == 40 * KIB  # the old one, whole


def test_case_25_another_file_in_the_place_of_the_one_that_was_counted_frees_nothing(act, monkeypatch):
    act("write", "a", 40 * KIB)
    act("write", "small", 1)
    real = files.Place._refuse_growth

    def swapped(place, *args, **named):
        real(place, *args, **named)
        os.rename(act.root / "a", act.root / "kept")
        os.rename(act.root / "small", act.root / "a")

    monkeypatch.setattr(files.Place, "_refuse_growth", swapped)
    with refused():
        act("write", "a", 40 * KIB)
    assert os.listdir(act.root) == ["kept"]


def test_case_25_another_name_is_no_reason_to_refuse_what_there_is_room_for(act, monkeypatch):
    act("write", "a", 40 * KIB)
    real = os.rename

    def rename(draft, name, **where):
        os.truncate(act.root / "a", 4 * KIB)
        os.link(act.root / "a", act.root / "kept")
        return real(draft, name, **where)

    monkeypatch.setattr(files.os, "rename", rename)
    act("write", "a", 40 * KIB)
    assert sorted(os.listdir(act.root)) == ["a", "kept"]


def test_case_25_who_is_far_over_the_quota_can_only_delete(act):
    """Blocks that files share are counted for each: replaced one by one they would all come onto the disk."""
    for n in range(3):
        (act.root / f"f{n}").write_bytes(b"x" * QUOTA)
    with refused():
        act("write", "f0", 1)
    act("delete", "f0")
    act("write", "f1", QUOTA // 2)
    act("delete", "f2")
    act("write", "f1", QUOTA // 4)
    assert act.used() <= QUOTA


@pytest.mark.parametrize("action", ["write", "append"])
def test_case_25_what_is_being_written_is_counted_before_it_is_there(act, monkeypatch, action):
    writing, go_on = threading.Event(), threading.Event()
    real = files._write_all

    def slow(fd, content):
        writing.set()
        assert go_on.wait(10)
        real(fd, content)

    monkeypatch.setattr(files, "_write_all", slow)
    first = threading.Thread(target=act, args=("write", "a", 40 * KIB))
    first.start()
    try:
        assert writing.wait(10)
        with refused():
            act(action, "b", 40 * KIB)
    finally:
        go_on.set()
        first.join()
    assert os.listdir(act.root) == ["a"]
    act(action, "b", 8 * KIB)
