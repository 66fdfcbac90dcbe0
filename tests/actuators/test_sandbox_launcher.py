"""The launcher's own surroundings: its mounts, and the cgroups its children are born in."""

import os
import subprocess
from pathlib import Path

import pytest

from actuators.sandbox import Limits, SandboxUnavailable

ROOT = os.geteuid() == 0
HAS_UNIFIED = ROOT and "cgroup2" in Path("/proc/self/mountinfo").read_text()


def mounted(pid):
    lines = Path(f"/proc/{pid}/mountinfo").read_text().splitlines()
    return {(line.split()[4], line.partition(" - ")[2].split()[0]) for line in lines}


@pytest.mark.skipif(not ROOT, reason="only root has a mount namespace to give")
def test_launcher_sheds_the_kernels_interfaces_and_the_host_keeps_them(house):
    before = mounted(os.getpid())
    left = mounted(house.sandboxes._launcher.pid)
    assert {kind for _, kind in left}.isdisjoint({"cgroup", "cgroup2", "devpts", "sysfs", "mqueue"})
    assert {"/", "/proc", "/dev"} <= {place for place, _ in left}
    assert mounted(os.getpid()) == before
    assert any(kind == "sysfs" for _, kind in before)


@pytest.mark.skipif(not ROOT, reason="only root may mount")
def test_workspace_mounted_behind_the_launchers_back_is_refused(new_house):
    house = new_house()
    workspace = house.account("late")
    mount = ["mount", "-t", "tmpfs", "-o", f"mode=700,uid={workspace.host_uid}", "late", str(workspace.path)]
    if subprocess.run(mount, check=False).returncode:
        pytest.skip("no tmpfs can be mounted here")
    try:
        if any(place == str(workspace.path) for place, _ in mounted(house.sandboxes._launcher.pid)):
            assert house.run("echo seen >file; cat file", account="late").stdout == "seen\n"
            return
        with pytest.raises(SandboxUnavailable, match="mounted after"):
            house.run("true", account="late")
    finally:
        subprocess.run(["umount", str(workspace.path)], check=True)


@pytest.mark.skipif(not HAS_UNIFIED, reason="no cgroup v2 on this machine")
def test_sandbox_is_in_its_group_in_every_hierarchy_also_after_a_kill(new_house):
    house = new_house()
    for _ in range(2):  # the group of a killed run must not harm the next
        assert house.run("sleep 5", wall_s=0.2).killed == "timeout"
        assert house.run("echo fine").stdout == "fine\n"
        house.wait_until_waiting(1)
        house.rest(0.3)
        (box,) = house.sandboxes._idle.values()
        outer = children(house.sandboxes._launcher.pid)
        assert len(outer) == 1
        for pid in (*outer, *children(outer[0])):
            for line in Path(f"/proc/{pid}/cgroup").read_text().splitlines():
                _, controllers, path = line.split(":")
                if controllers in ("", "memory", "pids", "cpu"):
                    assert path.endswith(f"/{box.group.name}"), line


def children(pid):
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@pytest.mark.skipif(not HAS_UNIFIED, reason="no cgroup v2 on this machine")
def test_group_emptied_by_a_kill_is_not_used_again(house):
    cgroups, limits = house.sandboxes._cgroups, Limits(nofile=99)
    group = cgroups.take(limits)
    assert group.reusable
    group.kill()
    assert not group.reusable
    assert not cgroups.give_back(group, limits)
    group.destroy()


@pytest.mark.skipif(not HAS_UNIFIED, reason="no cgroup v2 on this machine")
def test_group_of_a_sandbox_that_only_waited_is_used_again(new_house):
    house = new_house(warm_max=1)
    for account in "ab":
        house.run("true", account=account)
        house.rest(0.4)
    kept = [group for groups in house.sandboxes._cgroups._idle.values() for group in groups]
    assert kept
    assert all(group.reusable for group in kept)
    taken = {box.group.name for box in house.sandboxes._live}
    assert len(taken) == 1
    assert len(kept) + len(taken) <= 3  # no more than were ever needed at once
