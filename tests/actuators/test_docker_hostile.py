"""Who means harm, at a real engine: cases 38 to 40 of what was found, and what else came to mind (E16)."""

import asyncio
import contextlib
import io
import tarfile
import time
from dataclasses import replace

import pytest

from actuators import docker
from actuators.engine import archive
from actuators.engine.archive import Outputs, Told, unpack
from actuators.engine.endpoint import Owner
from actuators.engine.reaper import reap
from actuators.files import Until
from actuators.given import Refused
from actuators.sandbox import Limits, Workspace
from tests.actuators.test_docker_params import FORBIDDEN

pytestmark = pytest.mark.hostile
IMAGE = "busybox:test"
DEAF = "trap '' TERM INT HUP; echo deaf; while true; do sleep 1; done"


@pytest.fixture
def do(engine, tmp_path):
    def run(with_=None, **params):
        return asyncio.run(docker.run(params, engine.given(tmp_path, **(with_ or {}))))

    yield run
    for one in engine.containers():
        with engine.api() as api:
            api.remove_container(one["Id"], force=True, v=True)


def refused(call, *given, **params):
    with pytest.raises(Refused) as reason:
        call(*given, **params)
    return reason.value.code, str(reason.value)


def test_E16_case_38_what_opens_a_wall_makes_no_container(do, engine):
    with engine.api() as api:
        before = api.images(all=True)
    for name, value in FORBIDDEN.items():
        for params in ({"action": "run", "image": IMAGE, "command": "true"}, {"action": "build", "tag": "x"}):
            with pytest.raises(ValueError, match=f"{name}: Unknown field"):
                do(**params, **{name: value})
    assert refused(do, action="run", image="alpine:3", command="true")[0] == "image_forbidden"
    with engine.api() as api:
        assert (api.containers(all=True), api.images(all=True), api.volumes()["Volumes"] or []) == ([], before, [])


def test_E16_case_38_what_is_made_has_its_walls(do, engine):
    """As the engine itself says of it, with every field that a customer may give."""
    do(action="run", image=IMAGE, command="sleep 60", detach=True, name="a", network="private", user="1000",
       env={"A": "b"}, workdir="/tmp", memoryMiB=64, cpus=0.5, pids=20)  # fmt: skip
    with engine.api() as api:
        found = api.inspect_container(engine.containers()[0]["Id"])
        network = api.networks(names=[found["HostConfig"]["NetworkMode"]])[0]
    host = found["HostConfig"]
    for name in ("Binds", "Mounts", "Devices", "DeviceRequests", "CapAdd", "VolumesFrom", "Links", "PortBindings",
                 "Privileged", "PidMode", "UTSMode", "UsernsMode", "Sysctls", "GroupAdd", "ExtraHosts",
                 "PublishAllPorts", "CgroupParent", "OomKillDisable", "AutoRemove"):  # fmt: skip
        assert not host.get(name), (name, host.get(name))
    assert (host["CapDrop"], host["SecurityOpt"], host["ReadonlyRootfs"]) == (["ALL"], ["no-new-privileges"], True)
    assert (host["Memory"], host["MemorySwap"], host["NanoCpus"], host["PidsLimit"]) == (
        64 << 20,
        64 << 20,
        5 * 10**8,
        20,
    )
    assert (host["IpcMode"], host["CgroupnsMode"], host["RestartPolicy"]["Name"]) == ("private", "private", "no")
    assert host["LogConfig"] == {"Type": "json-file", "Config": {"max-size": "1048576", "max-file": "1"}}
    assert (found["Mounts"], found["Config"]["User"]) == ([], "1000:1000")
    assert network["Internal"] is True


def test_E16_case_39_another_account_s_is_not_there(do, engine):
    theirs = do({"account": "acc_b"}, action="run", image=IMAGE, command="sleep 60", detach=True, name="web")
    full = engine.containers()[0]["Id"]
    elsewhere = {"owner": {"goal": "x"}, "account": "acc_a"}
    for name in (theirs.data["container"], full, "web", f"executor-{engine.engine('acc_b').owner.mark}-web"):
        absent = "f" * len(name)
        for params in ({"action": "exec", "command": "true"}, {"action": "logs"}, {"action": "stop"}):
            code, text = refused(do, elsewhere, **params, container=name)
            assert (code, text.replace(name, absent)) == refused(do, elsewhere, **params, container=absent)
        assert (
            do(action="remove", container=name).data == do(action="remove", container=absent).data == {"removed": False}
        )
    assert do({"account": "acc_b"}, action="exec", container="web", command="echo mine").stdout == "mine\n"
    other_house = replace(engine.engine("acc_b"), owner=Owner("elsewhere", "acc_b"))
    assert reap(other_house, alive=()).containers == 0, "another installation's on the same engine"


def test_E16_case_40_who_ignores_to_be_stopped_is_killed(do, engine):
    began = time.monotonic()
    done = do({"wall_s": 3.0}, action="run", image=IMAGE, command=DEAF)
    assert (done.killed, done.exit_code, done.stdout) == ("timeout", None, "deaf\n")
    assert time.monotonic() - began < 6
    assert engine.containers() == []
    do(action="run", image=IMAGE, command=DEAF, detach=True, name="deaf")
    assert do(action="stop", container="deaf", graceSeconds=1).data["exitCode"] == 137


def test_E16_case_40_a_fork_bomb_stays_within_its_processes(do, engine):
    bomb = "f() { f | f & }; f; sleep 30"
    done = do({"wall_s": 3.0}, action="run", image=IMAGE, command=bomb, pids=30)
    assert done.killed == "timeout" or done.exit_code, done
    assert engine.containers() == []
    assert do(action="run", image=IMAGE, command="echo well").stdout == "well\n"


def test_E16_case_40_who_takes_too_much_memory_is_killed(do, engine):
    done = do(action="run", image=IMAGE, command="tail /dev/zero", memoryMiB=16)
    assert (done.killed, done.exit_code) == ("memory", None)
    full = do(
        action="run", image=IMAGE, command="cat /dev/zero > /dev/shm/x; cat /dev/zero > /tmp/x; echo $?", memoryMiB=32
    )
    assert full.killed == "memory" or "No space" in full.stderr
    assert engine.containers() == []


def test_a_flood_is_cut_off(do, engine):
    done = do({"output_bytes": 1024}, action="run", image=IMAGE, command="yes")
    assert (done.killed, len(done.stdout), done.stdout_truncated) == ("output", 1024, True)
    do(action="run", image=IMAGE, command="sleep 60", detach=True, name="kept")
    done = do({"output_bytes": 1024}, action="exec", container="kept", command="yes")
    assert done.killed == "output"
    assert engine.containers() == [], "there is no other way to kill what was run in it"


def test_who_fills_the_disk_is_killed(do, engine):
    most = {"workspace_bytes": 8 << 20, "file_bytes": 64 << 20}
    fill = "i=0; while true; do dd if=/dev/zero of=f$i bs=1M count=4 2>/dev/null; i=$((i+1)); sleep 0.1; done"
    done = do(most, action="run", image=IMAGE, outputs=["x"], command=fill)
    assert done.killed == "disk"
    done = do({"file_bytes": 1 << 20}, action="run", image=IMAGE, outputs=["."], command="cat /dev/zero > big; true")
    assert done.data["outputs"]["bytes"] == 1 << 20
    assert engine.containers() == []


def test_a_cancelled_try_leaves_nothing(engine, tmp_path):
    async def cancel(after, **params):
        running = asyncio.create_task(docker.run({"action": "run", "image": IMAGE, **params}, engine.given(tmp_path)))
        await asyncio.sleep(after)
        began = time.monotonic()
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        return time.monotonic() - began

    for after in (0, 0.05, 0.2, 0.4, 0.6, 1.5):  # also while it is only made, or being started
        assert asyncio.run(cancel(after, command=DEAF)) < 2
        assert engine.containers() == []
    asyncio.run(cancel(0.1, command=DEAF, detach=True))
    assert engine.containers() == []


def test_E16_case_40_the_reaper_takes_what_a_killed_runner_left(do, engine, tmp_path):
    """A runner that is killed can remove nothing: its labels say for whom, until when, and by whom it was made."""
    do(action="run", image=IMAGE, command=DEAF, detach=True, name="kept", network="private", lifeMs=5000)
    left = abandoned(engine, tmp_path)
    house = engine.engine("", goal="", task="", runner="")
    assert reap(house, alive=["r1"]).containers == 0
    assert reap(house, alive=[]).containers == 1, "its runner is dead; what is kept has its own time"
    assert [one["Labels"]["executor.name"] for one in engine.containers()] == ["kept"], left
    done = reap(house, alive=["r1"], now=time.time() + 120)
    assert (done.containers, done.networks >= 1) == (1, True)
    with engine.api() as api:
        assert (api.containers(all=True), api.networks(filters={"label": "executor.installation"})) == ([], [])


def abandoned(engine, tmp_path):
    """A container of a process that was killed with SIGKILL while it ran it."""
    import os
    import signal

    child = os.fork()
    if not child:
        asyncio.run(docker.run({"action": "run", "image": IMAGE, "command": DEAF}, engine.given(tmp_path)))
        os._exit(0)
    until = time.monotonic() + 10
    while not any(one["State"] == "running" and one["Labels"]["executor.kind"] == "try" for one in engine.containers()):
        assert time.monotonic() < until
        time.sleep(0.05)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return [one["Labels"] for one in engine.containers()]


# --- archives


def test_outputs_that_lead_elsewhere_are_left_there(do, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "secret").write_text("old")
    (tmp_path / "out/evil").symlink_to(tmp_path / "secret")
    done = do(
        action="run", image=IMAGE, outputs=["out"],
        command="mkdir out && cd out && ln -s /etc/passwd link && ln -s ../../../x up && ln link hard; mkfifo pipe; "
        "echo new > evil; echo good > good; chmod 4755 good",
    )  # fmt: skip
    assert done.exit_code == 0
    assert (tmp_path / "secret").read_text() == "old"
    assert sorted(one.name for one in (tmp_path / "out").iterdir()) == ["evil", "good"]
    assert (tmp_path / "out/good").stat().st_mode & 0o7777 == 0o755
    assert done.data["outputs"]["leftOutCount"] == 4


def packed(*entries):
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w") as tar:
        for name, changes, content in entries:
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            for field, value in changes.items():
                setattr(entry, field, value)
            tar.addfile(entry, io.BytesIO(content) if len(content) == entry.size else None)
    return [data.getvalue()]


@pytest.mark.parametrize(
    ("entries", "code"),
    [
        ([("out/../../x", {}, b"x")], "bad_archive"), ([("/etc/x", {}, b"x")], "bad_archive"),
        ([("../x", {}, b"x")], "bad_archive"),
        ([("out", {"type": tarfile.SYMTYPE, "linkname": ".."}, b""), ("out/x", {}, b"x")], None),
        ([("out/d", {"type": tarfile.CHRTYPE, "devmajor": 1}, b"")], None),
        ([("out/h", {"type": tarfile.LNKTYPE, "linkname": "/etc/passwd"}, b"")], None),
        ([("out/big", {"size": 65 << 20}, b"")], "too_large"),
        ([(f"out/{'d/' * 300}x", {}, b"x")], None), ([("out/" + "n" * 300, {}, b"x")], None),
        ([(f"out/{number}", {}, b"") for number in range(21)], "too_large"),
    ],
)  # fmt: skip
def test_an_engine_that_lies_writes_nothing_outside(tmp_path, monkeypatch, entries, code):
    monkeypatch.setattr(archive, "MAX_OUTPUTS", 20)
    inside = tmp_path / "workspace"
    inside.mkdir()
    until, told = Until(time.monotonic() + 20), Told()
    place = Outputs(Workspace(inside, None), Limits(), until)
    if code:
        with pytest.raises(Refused) as reason:
            unpack(packed(*entries), "out", place, told, until)
        assert reason.value.code == code
    else:
        unpack(packed(*entries), "out", place, told, until)
        assert told.left == 1
    assert [one.name for one in tmp_path.iterdir()] == ["workspace"]
    assert not any(one.is_symlink() for one in inside.rglob("*"))


def test_a_truncated_archive_is_said(tmp_path):
    until = Until(time.monotonic() + 20)
    place = Outputs(Workspace(tmp_path, None), Limits(), until)
    whole = packed(("out/a", {}, b"x" * 5000))[0]
    for cut in (100, 600, 3000):
        with pytest.raises(Refused) as reason:
            unpack([whole[:cut]], "out", place, Told(), until)
        assert reason.value.code == "bad_archive"


def test_outputs_that_do_not_fit_are_refused(do, tmp_path):
    (tmp_path / "old").write_bytes(b"x" * 600_000)
    command = "head -c 900000 /dev/zero > new"
    code, _ = refused(do, {"workspace_bytes": 1 << 20}, action="run", image=IMAGE, outputs=["new"], command=command)
    assert code == "quota_exceeded"
    assert [one.name for one in tmp_path.iterdir()] == ["old"]


def test_outputs_of_many_runs_at_once_fit_together(tmp_path, monkeypatch):
    """Each counted when there was room for all of its own."""
    monkeypatch.setattr(archive, "RECOUNT_BYTES", 50_000)
    until, written = Until(time.monotonic() + 20), 0
    places = [Outputs(Workspace(tmp_path, None), Limits(workspace_bytes=400_000), until) for _ in range(5)]
    for number in range(50):
        with contextlib.suppress(Refused):
            places[number % 5].write(f"f{number}", b"x" * 20_000, mode=None, parents=True)
            written += 20_000
    assert 300_000 < written <= 400_000 + 5 * 50_000
