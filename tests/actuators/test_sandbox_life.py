"""The life of sandboxes: waiting ones, cancelled ones, parallel ones, and what a crash leaves."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

import actuators.sandbox
from actuators.sandbox import Limits, Sandboxes, prepare_workspace

REPOSITORY = Path(actuators.sandbox.__file__).parents[2]
ROOT = os.geteuid() == 0


def our_cgroups(pid=None):
    pattern = f"**/executor.{pid or os.getpid()}.*"
    while True:
        try:
            return [path for path in Path("/sys/fs/cgroup").glob(pattern) if path.is_dir()]
        except FileNotFoundError:  # another runner's went away while we looked
            continue


# ---------------------------------------------------------------- one run after another


@pytest.mark.essential
def test_files_persist_between_runs_and_nothing_else_does(house):
    house.run("cd /tmp; export LEFT=1; echo kept >/workspace/kept; echo x >/tmp/x; umask 077",
              env={"GIVEN": "1"}, account="steps")  # fmt: skip
    outcome = house.run("pwd; cat kept; echo [$LEFT$GIVEN]; ls /tmp; umask", account="steps")
    assert outcome.stdout == "/workspace\nkept\n[]\n0022\n"


@pytest.mark.essential
def test_live_output_arrives_while_the_run_lasts(house):
    heard = []
    began = time.monotonic()
    outcome = house.run(
        "echo one; sleep 0.3; echo two >&2; sleep 0.3",
        on_output=lambda stream, text: heard.append((stream, text, time.monotonic() - began)),
    )
    assert [(stream, text) for stream, text, _ in heard] == [("stdout", "one\n"), ("stderr", "two\n")]
    assert heard[0][2] < 0.3 < heard[1][2] < 0.6
    assert outcome.stdout == "one\n"


def test_listener_that_fails_does_not_disturb_the_run(house):
    def fail(stream, text):
        raise RuntimeError("listener is broken")

    assert house.run("echo a; sleep 0.05; echo b", on_output=fail).stdout == "a\nb\n"


# ---------------------------------------------------------------- waiting sandboxes


@pytest.mark.essential
def test_waiting_sandbox_serves_the_next_run_once(new_house, running):
    house = new_house()
    house.run("true")
    house.wait_until_waiting(1)
    (first,) = house.sandboxes._idle.values()
    assert house.run("echo second").stdout == "second\n"
    assert first.ended.done()
    house.wait_until_waiting(1)
    (second,) = house.sandboxes._idle.values()
    assert second is not first


@pytest.mark.hostile(case=7)
@pytest.mark.essential
def test_waiting_sandbox_of_one_account_never_serves_another(new_house):
    house = new_house()
    house.run("echo of-a >mine", account="a")
    house.wait_until_waiting(1)
    (waiting,) = house.sandboxes._idle.values()
    assert house.run("ls; echo of-b >mine", account="b").stdout == ""
    assert not waiting.ended.done()
    assert house.run("cat mine", account="a").stdout == "of-a\n"
    assert waiting.ended.done()


@pytest.mark.hostile
@pytest.mark.essential
def test_waiting_sandbox_is_wholly_confined_before_its_command(new_house):
    house = new_house()
    house.run("true")
    house.wait_until_waiting(1)
    house.rest(0.3)
    me = os.getpid()
    family = descendants(house.sandboxes._launcher.pid)
    shells = [pid for pid in family if b"/bin/sh" in cmdline(pid)[:8]]
    assert len(shells) == 1, [cmdline(pid) for pid in family]
    status = Path(f"/proc/{shells[0]}/status").read_text()
    owner = house.account("a").host_uid or os.geteuid()
    assert f"Uid:\t{owner}\t" in status
    assert "Seccomp:\t2" in status
    assert "NoNewPrivs:\t1" in status
    assert "CapEff:\t0000000000000000" in status
    for namespace in ("net", "pid", "mnt", "user", "ipc", "uts", "cgroup"):
        inside, ours = (os.readlink(f"/proc/{pid}/ns/{namespace}") for pid in (shells[0], me))
        assert inside != ours
    limits = Path(f"/proc/{shells[0]}/limits").read_text()
    assert f"Max processes             {Limits().pids}" in limits
    if house.sandboxes.features["cgroup"] != "none":
        assert "executor." in Path(f"/proc/{shells[0]}/cgroup").read_text()


def descendants(pid):
    found = []
    for thread in Path(f"/proc/{pid}/task").iterdir():
        for child in (thread / "children").read_text().split():
            found += [int(child), *descendants(int(child))]
    return found


def cmdline(pid):
    return Path(f"/proc/{pid}/cmdline").read_bytes()


def test_other_limits_get_a_sandbox_of_their_own(new_house):
    house = new_house()
    house.run("true")
    house.wait_until_waiting(1)
    (waiting,) = house.sandboxes._idle.values()
    assert house.run("ulimit -n", nofile=77).stdout == "77\n"
    assert not waiting.ended.done()
    assert house.run("ulimit -n", wall_s=3.0, output_bytes=99).stdout == "1024\n"
    assert waiting.ended.done()  # what we watch ourselves does not make a difference


def test_at_most_so_many_wait_and_the_longest_unused_goes(new_house, gone):
    house = new_house(warm_max=2)
    for account in "abcd":
        house.run("true", account=account)
        house.rest(0.05)
    house.wait_until_waiting(2)
    waiting = {Path(birth.path).name for birth in house.sandboxes._idle}
    assert waiting == {"c", "d"}


def test_waiting_sandbox_is_thrown_away_after_its_time(new_house):
    house = new_house(warm_seconds=0.3)
    house.run("true")
    house.wait_until_waiting(1)
    (waiting,) = house.sandboxes._idle.values()
    house.rest(0.6)
    assert house.sandboxes.features["waiting"] == "0"
    assert waiting.ended.done()
    assert house.run("echo again").stdout == "again\n"


@pytest.mark.slow
def test_run_after_seventy_idle_seconds_works(new_house):
    house = new_house()
    house.run("true")
    house.rest(70)
    assert house.sandboxes.features["waiting"] == "0"
    assert house.run("echo still here").stdout == "still here\n"


def test_killed_waiting_sandbox_is_not_used(new_house):
    house = new_house()
    house.run("true")
    house.wait_until_waiting(1)
    house.rest(0.2)
    for pid in descendants(house.sandboxes._launcher.pid):
        with contextlib.suppress(ProcessLookupError):  # the first takes the others with it
            os.kill(pid, signal.SIGKILL)
    house.rest(0.2)
    assert house.run("echo fresh").stdout == "fresh\n"


def test_workspace_made_anew_is_not_seen_through_an_old_sandbox(new_house):
    house = new_house()
    house.run("echo old >file")
    house.wait_until_waiting(1)
    house.rest(0.3)  # it waits on the shelf before it is built
    old = house.account("a")
    old.path.rename(old.path.with_name("moved"))
    assert prepare_workspace(old.path.parent, old.path.name, old.host_uid) == old
    assert house.run("ls").stdout == ""


# ---------------------------------------------------------------- cancelling, parallel runs


@pytest.mark.hostile(case=2)
@pytest.mark.essential
def test_cancelling_kills_grandchildren_within_a_second(house, gone, running):
    async def cancel():
        command = "(sh -c 'setsid sleep 31.4159' & ) ; sleep 31.4159"
        run = asyncio.ensure_future(
            house.sandboxes.run(command, workspace=house.account("a"), limits=Limits(wall_s=60))
        )
        while len(running("sleep 31.4159")) < 2:
            await asyncio.sleep(0.02)
        began = time.monotonic()
        run.cancel()
        with pytest.raises(asyncio.CancelledError):
            await run
        assert time.monotonic() - began < 0.5

    house.do(cancel())
    assert gone("31.4159", 1.0)


@pytest.mark.essential
def test_cancelling_gives_no_grace_and_keeps_what_was_printed(house, gone):
    """docs/decisions/0028-cancelling-is-forced.md"""
    heard = []

    async def cancel():
        command = "trap 'echo trapped' TERM; trap '' HUP INT; echo begun; sleep 27.1828; sleep 27.1828"
        run = house.sandboxes.run(
            command,
            workspace=house.account("a"),
            limits=Limits(wall_s=60),
            on_output=lambda _, text: heard.append(text),
        )
        task = asyncio.ensure_future(run)
        while not heard:
            await asyncio.sleep(0.02)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    house.do(cancel())
    assert gone("27.1828", 1.0)
    house.rest(0.2)
    assert heard == ["begun\n"]


def test_cancelling_at_any_moment_leaves_nothing(new_house, gone):
    house = new_house()

    async def many():
        for step in range(24):
            run = asyncio.ensure_future(house.sandboxes.run("sleep 29.7979", workspace=house.account("a")))
            await asyncio.sleep(step * 0.002)
            run.cancel()
            await asyncio.gather(run, return_exceptions=True)

    house.do(many())
    house.rest(0.3)
    assert gone("29.7979", 1.0)
    assert not house.sandboxes._live - set(house.sandboxes._idle.values())
    assert house.run("echo fine").stdout == "fine\n"


@pytest.mark.essential
def test_eight_accounts_in_parallel_do_not_mix_or_block(house):
    async def slot(number):
        workspace = house.account(f"p{number}")
        for turn in range(4):
            command = f"echo {number}-{turn} >>log; echo {number}; tail -n 1 log"
            outcome = await house.sandboxes.run(command, workspace=workspace)
            assert outcome.stdout == f"{number}\n{number}-{turn}\n", outcome

    async def all_slots():
        async with asyncio.timeout(20):
            await asyncio.gather(*(slot(number) for number in range(8)))

    house.do(all_slots())


@pytest.mark.hostile(case=20)
def test_fifty_runs_at_once_of_one_account_all_end(house):
    async def storm():
        runs = (house.sandboxes.run(f"echo {n}", workspace=house.account("storm")) for n in range(50))
        async with asyncio.timeout(30):
            return await asyncio.gather(*runs)

    assert [outcome.stdout for outcome in house.do(storm())] == [f"{n}\n" for n in range(50)]


@pytest.mark.hostile(case=1)
def test_fork_bomb_of_one_account_does_not_stop_another(house):
    async def both():
        bomb = asyncio.ensure_future(
            house.sandboxes.run(
                "b(){ b|b & }; b; sleep 9",
                workspace=house.account("bomber"),
                limits=Limits(wall_s=2.5, pids=64),
            )
        )
        await asyncio.sleep(0.3)
        outcome = await house.sandboxes.run("echo fine", workspace=house.account("calm"))
        assert not bomb.done()
        await bomb
        return outcome

    outcome = house.do(both())
    assert outcome.stdout == "fine\n"
    assert outcome.duration_ms < 2000


@pytest.mark.essential
def test_runs_leave_no_process_descriptor_or_cgroup_behind(new_house):
    house = new_house(warm_max=0)
    house.run("true")
    house.rest(0.2)
    before = (len(os.listdir("/proc/self/fd")), len(descendants(os.getpid())), len(our_cgroups()))
    for n in range(20):
        house.run("yes | head -c 100000; exit 1" if n % 2 else "exit 0")
    house.rest(0.3)
    after = (len(os.listdir("/proc/self/fd")), len(descendants(os.getpid())), len(our_cgroups()))
    assert after == before


# ---------------------------------------------------------------- stopping, dying


@pytest.mark.essential
def test_stop_leaves_no_process_cgroup_or_directory(place, running, gone):
    script = supervisor(place, "await asyncio.sleep(0.2); task.cancel(); await sandboxes.stop()")
    done = subprocess.run(script, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 0, done.stderr
    pid = int(done.stdout.split()[0])
    assert gone("sleep 42.4242")
    assert our_cgroups(pid) == []
    assert not list(Path("/run").glob(f"executor-sandbox.{pid}.*"))
    assert not list(Path("/tmp").glob(f"executor-sandbox.{pid}.*"))


def supervisor(place, then):
    """The command line of a runner process that has one command running, then does ``then``."""
    code = f"""
        import asyncio, os, sys
        sys.path.insert(0, {str(REPOSITORY)!r})
        from pathlib import Path
        from actuators.sandbox import Limits, Sandboxes, prepare_workspace
        async def main():
            sandboxes = Sandboxes()
            await sandboxes.start()
            workspace = prepare_workspace(Path({str(place)!r}), "sup", {299_998 if ROOT else None})
            command = "setsid sleep T & sleep T".replace("T", "42." + "4242")
            run = sandboxes.run(command, workspace=workspace, limits=Limits(wall_s=60))
            task = asyncio.ensure_future(run)
            await asyncio.sleep(0.3)
            print(os.getpid(), sandboxes._launcher.pid, flush=True)
            {then}
        asyncio.run(main())
    """
    return [sys.executable, "-c", textwrap.dedent(code)]


@pytest.mark.hostile(case=4)
@pytest.mark.essential
@pytest.mark.parametrize("victim", ["runner", "launcher"])
def test_sandbox_is_gone_a_second_after_kill_9_of_the(victim, place, gone, running):
    process = subprocess.Popen(supervisor(place, "await asyncio.sleep(50)"), stdout=subprocess.PIPE, text=True)
    try:
        pids = dict(zip(("runner", "launcher"), map(int, process.stdout.readline().split()),
                        strict=True))  # fmt: skip
        assert len(running("sleep 42.4242")) >= 2
        os.kill(pids[victim], signal.SIGKILL)
        assert gone("sleep 42.4242", 1.0)
        assert victim == "launcher" or gone("launcher_process.py " + str(pids["runner"]), 1.0)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


@pytest.mark.hostile(case=4)
def test_next_start_removes_what_a_crashed_runner_left(place, house, gone):
    process = subprocess.Popen(supervisor(place, "await asyncio.sleep(50)"), stdout=subprocess.PIPE, text=True)
    pid = int(process.stdout.readline().split()[0])
    process.kill()
    process.wait()
    process.stdout.close()
    assert gone("sleep 42.4242")
    if house.sandboxes.features["cgroup"] != "none":
        assert our_cgroups(pid)
    ours = len(our_cgroups())

    async def start_and_stop():
        sandboxes = Sandboxes()
        await sandboxes.start()
        await sandboxes.stop()

    house.do(start_and_stop())
    assert our_cgroups(pid) == []
    assert len(our_cgroups()) == ours  # those of living runners are spared
    assert not [d for d in ("/run", "/tmp") if list(Path(d).glob(f"executor-sandbox.{pid}.*"))]
