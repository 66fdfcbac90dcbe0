"""Making and measuring workspaces."""

import os
import stat
import subprocess

import pytest

from actuators.sandbox import Limits, prepare_workspace
from actuators.sandbox.workspace import measure

ROOT = os.geteuid() == 0


@pytest.fixture
def fresh(place, request):
    root = place / "workspaces" / request.node.name[:60].replace("/", "_")
    root.parent.mkdir(exist_ok=True)
    root.parent.chmod(0o711)
    return root


def test_workspace_is_private_and_its_parents_only_passable(fresh):
    uid = 234_567 if ROOT else None
    made = prepare_workspace(fresh / "deeper", "w1", uid)
    assert made.path == fresh / "deeper" / "w1"
    found = made.path.stat()
    assert stat.S_IMODE(found.st_mode) == 0o700
    assert (found.st_uid, found.st_gid) == ((uid, uid) if ROOT else (os.geteuid(), os.getegid()))
    assert stat.S_IMODE(fresh.stat().st_mode) == 0o711
    assert prepare_workspace(fresh / "deeper", "w1", uid) == made


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "/etc", "a\0b"])
def test_name_that_leads_elsewhere_is_refused(fresh, name):
    with pytest.raises(ValueError, match="name"):
        prepare_workspace(fresh, name, None)


def test_root_is_never_the_owner(fresh):
    with pytest.raises(ValueError, match="root"):
        prepare_workspace(fresh, "w", 0)


@pytest.mark.hostile
def test_symbolic_link_is_refused_as_workspace_and_as_root(fresh, tmp_path):
    fresh.mkdir()
    (fresh / "w").symlink_to(tmp_path)
    with pytest.raises(OSError, match="w"):
        prepare_workspace(fresh, "w", None)
    (fresh / "linked").symlink_to(tmp_path)
    with pytest.raises(OSError, match="linked"):
        prepare_workspace(fresh / "linked", "w", None)
    assert list(tmp_path.iterdir()) == []


def test_file_in_the_way_is_refused(fresh):
    fresh.mkdir()
    (fresh / "w").write_text("")
    with pytest.raises(NotADirectoryError):
        prepare_workspace(fresh, "w", None)


@pytest.mark.hostile(case=7)
@pytest.mark.skipif(not ROOT, reason="only root can make a foreign owner")
def test_directory_of_another_account_is_refused(fresh):
    prepare_workspace(fresh, "w", 234_567)
    with pytest.raises(PermissionError, match="234567"):
        prepare_workspace(fresh, "w", 234_568)


def test_usage_counts_blocks_entries_and_each_hard_link_once(fresh):
    fresh.mkdir()
    (fresh / "a").write_bytes(b"x" * 1_000_000)
    os.link(fresh / "a", fresh / "b")
    (fresh / "d").mkdir()
    (fresh / "d" / "c").write_bytes(b"x" * 500_000)
    (fresh / "outside").symlink_to("/usr")
    os.mkfifo(fresh / "fifo")
    usage = measure(fresh, max_entries=100)
    assert usage.complete
    assert usage.entries == 6
    assert 1_500_000 <= usage.bytes < 1_600_000


def test_sparse_file_counts_what_it_takes(fresh):
    fresh.mkdir()
    with open(fresh / "s", "wb") as file:
        file.truncate(1 << 30)
    assert measure(fresh, max_entries=10).bytes < 100_000


@pytest.mark.hostile(case=18)
def test_too_many_is_incomplete_and_tells_that_it_is(fresh):
    fresh.mkdir()
    for n in range(20):
        (fresh / str(n)).write_text("")
    usage = measure(fresh, max_entries=10)
    assert not usage.complete
    assert usage.entries > 10


@pytest.mark.hostile(case=18)
def test_case_18_all_of_a_deep_tree_is_counted(fresh):
    """Branches at every depth, so that each level has to be found again on the way back."""
    fresh.mkdir()
    here = os.open(fresh, os.O_RDONLY)
    for _ in range(1500):
        for name in ("a", "d", "z"):
            os.mkdir(name, dir_fd=here)
        below = os.open("d", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    with open(os.open("f", os.O_CREAT | os.O_WRONLY, dir_fd=here), "wb") as file:
        file.write(bytes(1_000_000))
    os.close(here)
    before = len(os.listdir("/proc/self/fd"))
    usage = measure(fresh, max_entries=10_000)
    subprocess.run(["rm", "-rf", str(fresh)], check=True)  # pytest's own clearing up is not made for this
    assert (usage.complete, usage.entries) == (True, 4501)
    assert usage.bytes >= 1_000_000
    assert len(os.listdir("/proc/self/fd")) == before


@pytest.mark.essential
@pytest.mark.hostile(case=18)
def test_case_18_directory_that_may_only_be_listed_does_not_hide_its_size(fresh):
    (fresh / "listed" / "inner").mkdir(parents=True)
    (fresh / "listed" / "f").write_bytes(b"x" * 800_000)
    (fresh / "listed" / "inner" / "f").write_bytes(b"x" * 800_000)
    (fresh / "listed").chmod(0o400)
    usage = measure(fresh, max_entries=10)
    assert usage.complete
    assert usage.bytes >= 1_600_000


@pytest.mark.hostile(case=18)
def test_closed_directory_does_not_hide_its_size(fresh):
    (fresh / "closed" / "inner").mkdir(parents=True)
    (fresh / "closed" / "inner" / "f").write_bytes(b"x" * 800_000)
    (fresh / "closed" / "inner").chmod(0)
    (fresh / "closed").chmod(0)
    assert measure(fresh, max_entries=10).bytes >= 800_000


@pytest.mark.parametrize("field", ["wall_s", "memory_bytes", "pids", "output_bytes", "nofile"])
def test_limits_must_be_positive(field):
    with pytest.raises(ValueError, match=field):
        Limits(**{field: 0})
