"""Containers on a real engine: what is run, what comes of it, and what is left of it (E16, E-R24)."""

import asyncio
import time
from dataclasses import replace

import pytest

from actuators import docker
from actuators.given import Refused
from tests.actuators.engine import TestEngine

IMAGE = "busybox:test"


@pytest.fixture
def do(engine: TestEngine, tmp_path):
    """``do(action=..., ...)`` for an account with a workspace; ``with_`` holds what it is given otherwise."""

    def run(with_=None, **params):
        return asyncio.run(docker.run(params, engine.given(tmp_path, **(with_ or {}))))

    yield run
    for one in engine.containers():
        with engine.api() as api:
            api.remove_container(one["Id"], force=True, v=True)


def refused(call, **params):
    with pytest.raises(Refused) as reason:
        call(**params)
    return reason.value.code


def test_E16_a_command_runs_and_leaves_nothing(do, engine):
    heard = []
    hear = {"on_output": lambda stream, text: heard.append((stream, text))}
    command = "echo hi $NAME; echo bad >&2; exit 3"
    done = do(hear, action="run", image=IMAGE, command=command, env={"NAME": "Ada"})
    assert (done.exit_code, done.stdout, done.stderr, done.killed) == (3, "hi Ada\n", "bad\n", None)
    assert sorted(heard) == [("stderr", "bad\n"), ("stdout", "hi Ada\n")]
    assert engine.containers() == []


def test_a_list_is_its_program_and_its_arguments(do):
    assert do(action="run", image=IMAGE, command=["echo", "$HOME", "a b"]).stdout == "$HOME a b\n"
    assert refused(do, action="run", image=IMAGE, command=["nope"]) == "cannot_start"


def test_what_fails_after_it_has_run_is_in_doubt(do):
    """Decision 36: nobody runs it again by himself."""
    for doubtful, asked in ((True, {"command": "true", "outputs": ["out"]}), (False, {"command": ["nope"]})):
        with pytest.raises(Refused) as reason:
            do(action="run", image=IMAGE, **asked)
        assert reason.value.in_doubt is doubtful, reason.value


def test_where_it_runs_is_closed(do):
    """The walls as they are seen from inside."""
    done = do(action="run", image=IMAGE, workdir="/tmp", command=(
        "id -u; id -g; pwd; grep -E '^(CapEff|CapBnd|NoNewPrivs|Seccomp):' /proc/self/status | tr -d '\\t'; "
        "ls /sys/class/net; touch /x 2>/dev/null || echo read-only; touch /tmp/x && echo tmp; cat /proc/1/oom_score_adj"
    ))  # fmt: skip
    none = "0" * 16
    assert done.stdout.split() == [
        "65534", "65534", "/tmp", f"CapEff:{none}", f"CapBnd:{none}", "NoNewPrivs:1", "Seccomp:2", "lo", "read-only",
        "tmp", "500",
    ]  # fmt: skip


def test_an_image_that_says_who_it_is_is_somebody_else_all_the_same(do, engine):
    changes = [
        "USER root",
        "VOLUME /data",
        "LABEL executor.account=acc_b executor.deadline=9999999999",
        "CMD id -u; mount",
    ]
    engine.load("busybox:evil", changes)
    done = do(action="run", image="busybox:evil", command="id -u; grep ' /data ' /proc/mounts; sleep 0.2")
    assert done.stdout.startswith("65534\ntmpfs /data tmpfs"), done
    do(action="run", image="busybox:evil", command="sleep 60", detach=True, name="here")
    labels = engine.containers()[0]["Labels"]
    assert labels["executor.account"] == "acc_a"
    assert int(labels["executor.deadline"]) < time.time() + 3600
    with engine.api() as api:
        assert not api.volumes()["Volumes"]


def test_files_go_in_and_come_out(do, tmp_path):
    (tmp_path / "src/deep").mkdir(parents=True)
    (tmp_path / "src/deep/a.txt").write_text("hello")
    (tmp_path / "src/run.sh").write_text("#!/bin/sh\ncat deep/a.txt")
    (tmp_path / "src/run.sh").chmod(0o755)
    (tmp_path / "src/link").symlink_to("run.sh")
    done = do(action="run", image=IMAGE, files=["src"], outputs=["src/out"],
              command="cd src && mkdir -p out/x && ./link > out/x/b.txt && rm deep/a.txt && echo $PWD")  # fmt: skip
    assert (done.exit_code, done.stdout) == (0, "/workspace/src\n"), done
    assert (tmp_path / "src/out/x/b.txt").read_text() == "hello"
    assert (tmp_path / "src/deep/a.txt").exists(), "a copy was changed, not the workspace"
    assert (done.data["files"]["files"], done.data["outputs"]["files"]) == (2, 1)


def test_an_output_that_is_not_there_is_said(do):
    assert refused(do, action="run", image=IMAGE, command="true", outputs=["dist"]) == "output_missing"


def test_less_than_the_task_has_can_be_asked_for_and_no_more(do):
    assert refused(do, action="run", image=IMAGE, command="true", memoryMiB=513) == "over_limit"
    assert refused(do, action="run", image=IMAGE, command="true", cpus=2) == "over_limit"
    done = do(action="run", image=IMAGE, memoryMiB=16, pids=9,
              command="cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/pids/pids.max "
              "|| cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/pids.max")  # fmt: skip
    assert done.stdout.split() == [str(16 << 20), "9"]


def test_one_that_stays_is_used_and_removed(do, engine):
    started = do(action="run", image=IMAGE, detach=True, name="web", command="echo up; sleep 60")
    assert (started.exit_code, started.data["name"]) == (0, "web")
    by_id = started.data["container"]
    done = do(action="exec", container="web", command="echo $A; id -u; exit 7", env={"A": "b"}, workdir="/tmp")
    assert (done.exit_code, done.stdout) == (7, "b\n65534\n")
    told = do(action="logs", container=by_id)
    assert (told.stdout, told.data["running"]) == ("up\n", True)
    assert do(action="stop", container="web", graceSeconds=0).data["exitCode"] == 137
    assert do(action="logs", container="web").data == {"container": by_id, "running": False, "exitCode": 137}
    assert refused(do, action="exec", container="web", command="true") == "not_running"
    assert do(action="remove", container="web").data == {"removed": True}
    assert do(action="remove", container="web").data == {"removed": False}
    assert engine.containers() == []


def test_a_name_is_for_one_and_an_account_has_few(do, engine):
    do(action="run", image=IMAGE, command="sleep 60", detach=True, name="web")
    assert refused(do, action="run", image=IMAGE, command="true", detach=True, name="web") == "exists"
    for _ in range(4):
        do(action="run", image=IMAGE, command="sleep 60", detach=True)
    assert refused(do, action="run", image=IMAGE, command="true", detach=True) == "quota_exceeded"
    assert len(engine.containers()) == 5


def test_neighbours_of_a_private_network_meet_and_nobody_else(do):
    serve = "while true; do echo yes | nc -l -p 80; done"
    do(action="run", image=IMAGE, command=serve, detach=True, name="web", network="private")
    ask = "nc -w 2 web 80 </dev/null || echo nobody"
    assert do(action="run", image=IMAGE, command=f"sleep 0.3; {ask}", network="private").stdout == "yes\n"
    other = do(
        {"account": "acc_b"}, action="run", image=IMAGE, command=ask.replace(" web ", " 172.18.0.2 "), network="private"
    )
    assert other.stdout == "nobody\n"
    outside = (
        "for i in 172.18.0.1 10.0.0.1 169.254.169.254 1.1.1.1; do nc -w 1 $i 80 </dev/null && echo reached; done; true"
    )
    assert do(action="run", image=IMAGE, command=outside, network="private").stdout == ""


def test_an_image_has_to_be_there(do):
    assert refused(do, action="run", image="python:3.99", command="true") == "image_unknown"
    assert refused(do, action="pull", image="busybox:evil-absent") == "pull_failed"


def test_where_no_engine_answers_it_says_so(engine, tmp_path):
    given = engine.given(tmp_path)
    gone = {"main": replace(given.engines["main"], url=f"unix://{tmp_path}/none")}
    for engines, named in (({}, {}), (gone, {}), (given.engines, {"engine": "other"})):
        changed = replace(given, engines=engines)
        with pytest.raises(Refused) as reason:
            asyncio.run(docker.run({"action": "run", "image": IMAGE, **named}, changed))
        assert reason.value.code == "actuator_unavailable"
