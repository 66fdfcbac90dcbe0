"""The launcher's own surroundings: its mounts, and the cgroups its children are born in."""

import os
from pathlib import Path

import pytest

from actuators.sandbox import Limits

ROOT = os.geteuid() == 0
HAS_UNIFIED = ROOT and "cgroup2" in Path("/proc/self/mountinfo").read_text()


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
