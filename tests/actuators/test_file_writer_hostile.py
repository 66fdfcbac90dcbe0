"""The file-writer where the account means harm: links, races, traps, floods, depth. E_R24."""

import base64
import contextlib
import ctypes
import errno
import os
import resource
import socket
import stat
import subprocess
import threading
import time
from pathlib import Path

import pytest

from actuators import beneath, file_writer, files
from actuators.given import Given, Refused
from actuators.sandbox import Limits, Workspace

ROOT = os.geteuid() == 0
RENAME_EXCHANGE = 2
libc = ctypes.CDLL(None, use_errno=True)
pytestmark = [pytest.mark.hostile, pytest.mark.essential]


@pytest.fixture
def act(house, request):
    workspace = house.account(f"h-{abs(hash(request.node.name))}")

    def act(action, path, *, limits=None, workspace=workspace, **fields):
        if action in ("write", "append"):
            fields.setdefault("content", "evil")
        given = Given(workspace, Limits(**(limits or {})), house.sandboxes)
        return house.do(file_writer.run({"action": action, "path": path, **fields}, given))

    act.root = workspace.path
    act.workspace = workspace
    return act


@pytest.fixture
def victim(act):
    """A file beside the workspace, in reach of ``..``."""
    file = act.root.parent / f"victim-{act.root.name}"
    file.write_text("orig")
    file.chmod(0o666)
    return file


def refusal(*codes):
    return pytest.raises(Refused, check=lambda error: error.code in codes)


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("../x", "'..'"), ("a/../../x", "'..'"), ("a/..", "'..'"), ("/etc/x", "relative"), ("", "itself"),
        ("a\0b", "NUL"), ("n" * 300, "300 bytes"), ("a/" * 3000, "6000 bytes"), ("d/" * 201, "201 names"),
        ("\udcff", "Unicode"), ("ä" * 128, "256 bytes"),
    ],
)  # fmt: skip
def test_case_21_path_that_leads_elsewhere_is_wrong_for_every_action(path, words):
    for action in file_writer.TAKES:
        assert words in file_writer.check({"action": action, "path": path})["path"]


def test_case_22_links_are_not_followed_and_only_replaced(act, victim):
    links = {"l": "/etc/passwd", "v": f"../{victim.name}", "loop": "loop", "magic": "/proc/self/root/etc/passwd"}
    for name, target in links.items():
        (act.root / name).symlink_to(target)
        for action in ("read", "append", "mkdir"):
            with refusal("outside_workspace", "not_a_directory"):
                act(action, name)
        act("write", name)
        assert (act.root / name).read_text() == "evil"
        assert not (act.root / name).is_symlink()
    assert victim.read_text() == "orig"
    assert Path("/etc/passwd").read_text().startswith("root")


def test_case_22_no_directory_is_reached_through_a_link(act, victim):
    (act.root / "up").symlink_to("..")
    (act.root / "here").symlink_to(".")
    (act.root / "f").write_text("mine")
    for action in ("read", "write", "append", "mkdir", "delete"):
        for path in (f"up/{victim.name}", "here/f", "up/new/f"):
            with refusal("outside_workspace", "not_a_directory"):
                act(action, path)
    act("delete", "up", recursive=True)
    assert not (act.root / "up").is_symlink()
    assert victim.read_text() == "orig"


def test_recursive_delete_removes_links_and_not_what_they_point_to(act, victim):
    (act.root / "d").mkdir()
    (act.root / "d" / "up").symlink_to("../..")
    (act.root / "d" / "v").symlink_to(f"../../{victim.name}")
    act("delete", "d", recursive=True)
    assert os.listdir(act.root) == []
    assert victim.read_text() == "orig"


@contextlib.contextmanager
def swapping(one, other):
    """Exchange two names as fast as the machine can."""
    stop = threading.Event()

    def swap():
        while not stop.is_set():
            libc.renameat2(-100, bytes(one), -100, bytes(other), RENAME_EXCHANGE)

    thread = threading.Thread(target=swap)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def test_case_23_directory_swapped_for_a_link_during_2000_writes(act, victim, monkeypatch):
    monkeypatch.setattr(os, "fsync", lambda fd: None)  # the disk's own time proves nothing here
    (act.root / "race").mkdir()
    (act.root / "lnk").symlink_to("..")
    place = files.Place(act.workspace, Limits(), files.Until(time.monotonic() + 60))
    ends = []
    with swapping(act.root / "race", act.root / "lnk"):
        for _ in range(2000):
            ends.append(end_of(place.write, f"race/{victim.name}", b"evil", mode=None, parents=True))
            assert victim.read_text() == "orig"
    assert {*ends} <= {"done", "outside_workspace", "not_a_directory"}
    assert 20 < ends.count("done") < 1980
    left = [name for inner in ("race", "lnk") for name in os.listdir(act.root / inner) if name.endswith(".new")]
    assert left == []


def end_of(work, *args, **fields):
    """The code it was refused with, or "done"."""
    try:
        work(*args, **fields)
    except Refused as error:
        return error.code
    return "done"


def test_case_23_directory_swapped_for_a_link_during_deletes(act, victim):
    place = files.Place(act.workspace, Limits(), files.Until(time.monotonic() + 60))
    for n in range(100):
        race, link = act.root / f"race{n}", act.root / f"link{n}"
        (race / "in").mkdir(parents=True)
        (race / victim.name).write_text("")
        (race / "in" / victim.name).write_text("")
        link.symlink_to("..")
        with swapping(race, link):
            end_of(place.delete, f"race{n}", recursive=True)
    assert victim.read_text() == "orig"


def test_case_24_what_is_no_file_is_refused_at_once(act, monkeypatch):
    os.mkfifo(act.root / "fifo")
    (act.root / "dir").mkdir()
    monkeypatch.chdir(act.root)  # the path of a socket may only be short
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("sock")
    names = ["fifo", "dir", "sock"]
    if ROOT:
        os.mknod(act.root / "null", stat.S_IFCHR | 0o666, os.makedev(1, 3))
        names.append("null")
    for action in ("read", "write", "append"):
        for name in names:
            began = time.monotonic()
            with refusal("not_a_file"):
                act(action, name)
            assert time.monotonic() - began < 0.5
    assert stat.S_ISFIFO((act.root / "fifo").stat().st_mode)
    for name in names:
        assert act("delete", name).data["deleted"] is True


def test_case_24_fifo_with_a_reader_is_refused_too(act):
    os.mkfifo(act.root / "fifo")
    reader = os.open(act.root / "fifo", os.O_RDONLY | os.O_NONBLOCK)
    with beneath.closing(reader), refusal("not_a_file"):
        act("append", "fifo")


def test_case_25_content_above_the_cap_is_wrong():
    problems = file_writer.check({"action": "write", "path": "a", "content": "ä" * (5 * 2**20 + 1)})
    assert "10485762 bytes" in problems["content"]
    raw = base64.b64encode(b"x" * (10 * 2**20 + 1)).decode()
    assert (
        "10485761 bytes" in file_writer.check({"action": "write", "path": "a", "contentBase64": raw})["contentBase64"]
    )


def test_case_25_workspace_full_by_count_refuses_growth_and_lets_less_be_written(act):
    act("write", "f", content="x" * 50_000)
    tight = {"workspace_bytes": 60_000}
    for action in ("write", "append"):
        with refusal("quota_exceeded"):
            act(action, "g", content="x" * 20_000, limits=tight)
    with refusal("quota_exceeded"):
        act("append", "f", content="x" * 20_000, limits=tight)
    act("write", "f", content="y" * 55_000, limits=tight)
    act("write", "f", content="z", limits={"workspace_bytes": 30_000})
    assert os.listdir(act.root) == ["f"]
    assert (act.root / "f").read_text() == "z"


def test_case_25_too_many_files_refuse_growth_however_deep_they_are(act):
    for n in range(5):
        act("write", f"f{n}", content="")
    for action in ("write", "append", "mkdir"):
        with refusal("quota_exceeded"):
            act(action, "one-more", limits={"workspace_files": 5})
    act("write", "f1", content="x", limits={"workspace_files": 5})
    act("delete", "f2", limits={"workspace_files": 4})
    deepen(act.root, 300)
    act("write", "new", limits={"workspace_files": 310})
    with refusal("quota_exceeded"):
        act("write", "newer", limits={"workspace_files": 300})


@contextlib.contextmanager
def file_size_limit(size):
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("action", ["write", "append"])
def test_case_25_failing_half_way_leaves_the_old_file_whole(act, action):
    act("write", "f", content="old")
    for name in ("f", "new"):
        with file_size_limit(100_000), refusal("too_large"):
            act(action, name, content="x" * 200_000)
    assert os.listdir(act.root) == ["f"]
    assert (act.root / "f").read_text() == "old"


@pytest.mark.skipif(not ROOT, reason="a full disk of one's own takes a mount")
@pytest.mark.parametrize("action", ["write", "append"])
def test_case_25_full_disk_half_way_leaves_the_old_file_whole(act, action):
    disk = act.root.parent / f"disk-{act.root.name}"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=256k", "none", disk], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"NOT TESTED: no mount here: {mounted.stderr!r}")
    try:
        os.chown(disk, act.workspace.host_uid, act.workspace.host_uid)
        small = Workspace(disk, act.workspace.host_uid)
        act("write", "f", content="old", workspace=small)
        for name in ("f", "new"):
            with refusal("quota_exceeded"):
                act(action, name, content="x" * 400_000, workspace=small)
        assert os.listdir(disk) == ["f"]
        assert (disk / "f").read_text() == "old"
    finally:
        subprocess.run(["umount", disk], check=True)


def deepen(root, levels):
    """Directories in one another, deeper than a path can say."""
    fd = os.open(root, os.O_RDONLY)
    for _ in range(levels):
        os.mkdir("d" * 20, dir_fd=fd)
        below = os.open("d" * 20, os.O_RDONLY, dir_fd=fd)
        os.close(fd)
        fd = below
    os.close(os.open("leaf", os.O_CREAT | os.O_WRONLY, dir_fd=fd))
    os.close(fd)


def test_case_18_tree_1500_deep_is_deleted(act):
    (act.root / "t").mkdir()
    deepen(act.root / "t", 1500)
    assert act("delete", "t", recursive=True).data["deleted"] is True
    assert os.listdir(act.root) == []


def test_case_18_closed_directories_and_odd_names_are_deleted(act):
    tree = os.fsencode(act.root / "t")
    for name in (b"new\nline", b"bad\xff\xfe", b"esc\x1b[2J", b"-rf", b"*"):
        os.makedirs(os.path.join(tree, name, b"in", b"ner"))
        Path(os.fsdecode(os.path.join(tree, name, b"in", b"f"))).write_text("")
        os.chmod(os.path.join(tree, name, b"in", b"ner"), 0)
        os.chmod(os.path.join(tree, name, b"in"), 0)
        os.chmod(os.path.join(tree, name), 0o500)
    os.mkfifo(os.path.join(tree, b"fifo"))
    os.chmod(tree, 0)
    act("delete", "t", recursive=True)
    assert os.listdir(act.root) == []


def test_delete_that_takes_too_long_stops_and_a_second_try_goes_on(act):
    for n in range(30):
        (act.root / "t" / str(n) / "in").mkdir(parents=True)
    with refusal("timeout"):
        act("delete", "t", recursive=True, limits={"wall_s": 1e-9})
    assert (act.root / "t").is_dir()
    act("delete", "t", recursive=True)
    assert os.listdir(act.root) == []


def test_case_16_nothing_written_is_ever_root_s_or_setuid(act):
    for mode in ("4755", "2755", "1777", "07777", "-1", "0o755"):
        assert "mode" in file_writer.check({"action": "write", "path": "a", "content": "", "mode": mode})
    act("write", "a/b", mode="777")
    for path in (act.root / "a", act.root / "a" / "b"):
        assert path.stat().st_mode & 0o7000 == 0
        assert path.stat().st_uid == (act.workspace.host_uid if ROOT else os.geteuid())


def test_kernel_without_openat2_is_refused_and_nothing_is_touched(act, monkeypatch):
    (act.root / "f").write_text("old")
    for answer in (errno.ENOSYS, errno.EPERM):  # an old kernel's, and an old container filter's
        monkeypatch.setattr(beneath, "OPENAT2", 100_000)
        monkeypatch.setattr(ctypes, "get_errno", lambda answer=answer: answer)
        for action in ("read", "write", "append", "delete", "mkdir"):
            with refusal("actuator_unavailable"):
                act(action, "f" if action != "mkdir" else "d/e")
    assert os.listdir(act.root) == ["f"]
    assert (act.root / "f").read_text() == "old"
