"""What a killed process leaves, and that nothing else is ever cleared up."""

import os
import shutil
import subprocess
import sys
import tempfile
import textwrap
import time
from pathlib import Path

import pytest

import actuators
from actuators.drafts import draft_name, remove_abandoned
from actuators.sandbox import Sandboxes, runtime
from actuators.sandbox.cgroups import Cgroups
from actuators.sandbox.process import claim, started

ROOT = os.geteuid() == 0
REPOSITORY = Path(actuators.__file__).parents[1]
NOBODY_S = ".executor.4194305.1."  # above the kernel's highest process id
pytestmark = [pytest.mark.hostile, pytest.mark.essential]


@pytest.fixture
def workspaces(place):
    made = place / f"left{time.monotonic_ns()}"
    made.mkdir()
    yield made
    subprocess.run(["chmod", "-R", "u+rwX", str(made)], check=False)
    shutil.rmtree(made)


def abandoned(number):
    return f"{NOBODY_S}{number:016x}.new"


def test_drafts_of_processes_that_are_gone_are_removed_in_every_workspace(workspaces):
    for name in ("a", "b", os.fsdecode(b"c\n\xff")):
        (workspaces / name).mkdir()
        (workspaces / name / abandoned(1)).write_text("half")
        (workspaces / name / "mine").write_text("whole")
    assert remove_abandoned(workspaces, 0) == 3
    assert {tuple(os.listdir(workspace)) for workspace in workspaces.iterdir()} == {("mine",)}


def test_nothing_young_or_alive_or_unlike_a_draft_is_removed(workspaces):
    home = workspaces / "a"
    home.mkdir()
    (home / draft_name()).write_text("being written")  # by us, who live
    (home / "d").mkdir()
    (home / "d" / abandoned(1)).write_text("not where drafts are")
    (home / abandoned(2)).mkdir()
    (home / abandoned(3)).symlink_to(home / "d" / abandoned(1))
    os.mkfifo(home / abandoned(4))
    for name in (".executor.x.1.0000000000000000.new", abandoned(5) + "x", "x" + abandoned(6), abandoned(7) + "\n"):
        (home / name).write_text("somebody's own")
    before = sorted(os.listdir(home))
    assert remove_abandoned(workspaces, 0) == 0
    (home / abandoned(8)).write_text("young")
    assert remove_abandoned(workspaces) == 0
    os.utime(home / abandoned(8), (0, 0))  # its owner's word is not its age
    assert remove_abandoned(workspaces) == 0
    assert sorted(os.listdir(home)) == sorted([*before, abandoned(8)])


def test_case_18_workspaces_that_cannot_be_read_or_lead_elsewhere_are_left(workspaces, tmp_path):
    (tmp_path / abandoned(1)).write_text("not ours")
    (workspaces / "link").symlink_to(tmp_path)
    (workspaces / abandoned(2)).write_text("no workspace")
    (workspaces / "closed").mkdir()
    (workspaces / "closed" / abandoned(3)).write_text("")
    (workspaces / "closed").chmod(0)
    (workspaces / "open").mkdir()
    (workspaces / "open" / abandoned(4)).write_text("")
    assert remove_abandoned(workspaces, 0) == (2 if ROOT else 1)
    assert (tmp_path / abandoned(1)).exists()
    assert (workspaces / abandoned(2)).exists()
    assert remove_abandoned(workspaces / "not there", 0) == 0


def test_writer_killed_in_the_middle_leaves_the_old_file_and_a_draft_that_is_cleared_up(workspaces):
    uid = 299_997 if ROOT else None
    code = f"""
        import os, sys, time
        sys.path.insert(0, {str(REPOSITORY)!r})
        from pathlib import Path
        from actuators import files
        from actuators.sandbox import Limits, prepare_workspace
        workspace = prepare_workspace(Path({str(workspaces)!r}), "w", {uid})
        place = files.Place(workspace, Limits(), files.Until(time.monotonic() + 60))
        place.write("d/f", b"old", mode=None, parents=True)
        os.fsync = lambda fd: (print("written", flush=True), time.sleep(60))
        place.write("d/f", b"new" * 100_000, mode=None, parents=True)
    """
    process = subprocess.Popen([sys.executable, "-c", textwrap.dedent(code)], stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "written\n"
    home = workspaces / "w"
    assert remove_abandoned(workspaces, 0) == 0  # it lives
    assert len(os.listdir(home)) == 2
    process.kill()
    process.wait()
    process.stdout.close()
    assert remove_abandoned(workspaces, 0) == 1
    assert os.listdir(home) == ["d"]
    assert os.listdir(home / "d") == ["f"]
    assert (home / "d" / "f").read_text() == "old"


# ---------------------------------------------------------------- what all sandboxes of a runner share


@pytest.fixture
def left_behind():
    """A directory as a dead runner's: its process is not there."""
    place = Path(tempfile.gettempdir()) / f"{runtime.PREFIX}.4194305.1.{time.monotonic_ns()}"
    (place / "root" / "deep").mkdir(parents=True)
    (place / "root" / "deep" / "link").symlink_to("/usr")
    (place / "root" / "deep").chmod(0o500 if ROOT else 0o700)
    yield place
    shutil.rmtree(place, ignore_errors=True)


def test_directory_of_a_dead_runner_goes_and_one_that_somebody_claims_stays(left_behind):
    """A runner in another container has a number that means nothing here, but its claim does."""
    claimed = claim(left_behind)
    runtime.sweep()
    assert left_behind.exists()
    os.close(claimed)
    runtime.sweep()
    assert not left_behind.exists()
    assert Path("/usr/bin").exists()


def test_directory_of_a_living_runner_stays_whatever_its_claim(left_behind):
    mine = left_behind.with_name(f"{runtime.PREFIX}.{os.getpid()}.{started(os.getpid())}.x{time.monotonic_ns()}")
    left_behind.rename(mine)
    try:
        runtime.sweep()
        assert mine.exists()
    finally:
        shutil.rmtree(mine)


def test_link_with_such_a_name_is_neither_followed_nor_removed(left_behind, tmp_path):
    (tmp_path / "kept").write_text("")
    shutil.rmtree(left_behind)
    left_behind.symlink_to(tmp_path)
    try:
        runtime.sweep()
        assert left_behind.is_symlink()
        assert (tmp_path / "kept").exists()
    finally:
        left_behind.unlink()


@pytest.mark.skipif(not ROOT, reason="only root can make another's directory")
def test_directory_of_another_user_stays(left_behind):
    os.chown(left_behind, 65534, 65534)
    runtime.sweep()
    assert left_behind.exists()


def test_cgroup_of_a_dead_runner_goes_and_one_that_somebody_claims_stays():
    cgroups = Cgroups.discover()
    if cgroups is None:
        pytest.skip("NOT TESTED: no cgroup may be made here")
    tops = [path for _, path in cgroups.tops]
    left = [top.with_name(f"executor.4194305.1.{time.monotonic_ns()}") for top in tops]
    try:
        for top in left:
            top.mkdir()
        claims = [claim(top) for top in left]
        cgroups.sweep()
        assert all(top.exists() for top in left)
        for claimed in claims:
            os.close(claimed)
        assert cgroups.sweep() >= len(left)
        assert not any(top.exists() for top in left)
        assert all(top.exists() for top in tops)
    finally:
        cgroups.close()


def test_a_running_house_clears_up_without_a_start(house, left_behind):
    assert isinstance(house.sandboxes, Sandboxes)
    assert house.do(house.sandboxes.sweep()) >= 1
    assert not left_behind.exists()
    assert house.run("echo fine").stdout == "fine\n"
