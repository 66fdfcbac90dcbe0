"""What an account may take of an engine's disk, on a real engine: outputs that are refused, images that grow."""

import asyncio
import threading
import time

import pytest

from actuators import docker
from actuators.engine import archive, holdings, session
from actuators.engine.reaper import reap
from actuators.given import Refused

pytestmark = pytest.mark.hostile
IMAGE = "busybox:test"
MIB = 1 << 20


@pytest.fixture
def do(engine, tmp_path):
    def run(with_=None, **params):
        return asyncio.run(docker.run(params, engine.given(tmp_path, **(with_ or {}))))

    yield run
    with engine.api() as api:
        for one in api.containers(all=True):
            api.remove_container(one["Id"], force=True, v=True)
        for one in api.images(filters={"label": "executor.account"}):
            api.remove_image(one["Id"], force=True)


def refused(call, *given, **params):
    with pytest.raises(Refused) as reason:
        call(*given, **params)
    return reason.value.code


# --- outputs


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ("MAX_OUTPUT_FILE", "too_large"),
        ("MAX_BYTES", "too_large"),
        ("MAX_OUTPUTS", "too_large"),
        ("", "quota_exceeded"),
    ],
)
def test_case_40_outputs_that_are_refused_half_way_are_refused_at_once(
    do, engine, tmp_path, monkeypatch, changed, code
):
    """The engine has 40 MiB still to send then, and removes no container that it sends something of."""
    if changed:
        monkeypatch.setattr(archive, changed, 0)
    else:
        (tmp_path / "old").write_bytes(b"x" * (60 * MIB))
    holes = "mkdir out; for i in 1 2 3; do dd if=/dev/zero of=out/$i bs=1 count=1 seek=20M 2>/dev/null; done"
    began = time.monotonic()
    limits = {"workspace_bytes": 70 * MIB}
    assert refused(do, limits, action="run", image=IMAGE, outputs=["out"], command=holes) == code
    assert time.monotonic() - began < 8
    assert engine.containers() == []
    assert not [one for one in threading.enumerate() if one.name == "docker"]


# --- images


FROM = "FROM busybox:test\nWORKDIR /d\n"
FILL = "RUN dd if=/dev/zero of=/d/{} bs=1M count={} 2>/dev/null\n"


@pytest.fixture
def build(do, tmp_path):
    """``build(text, tag=..., most=...)``: ``most`` is what an image may hold, in MiB."""

    def call(text, tag="big", most=8):
        (tmp_path / "Dockerfile").write_text(text)
        return do({"workspace_bytes": most * MIB}, action="build", tag=tag)

    return call


def built(engine):
    with engine.api() as api:
        return api.images(all=True, filters={"label": "executor.account"})


def test_case_40_what_all_runs_of_a_build_write_counts_together(do, build, engine):
    hidden = "RUN dd if=/dev/zero of=/d/x bs=1M count=4 2>/dev/null; rm /d/x\n"
    assert build(FROM + FILL.format("a", 3) + hidden).exit_code == 0, "what a RUN deletes itself is in no layer"
    do(action="remove", image="own/big:latest")
    done = build(FROM + FILL.format("same", 5) + FILL.format("same", 5))
    assert (done.killed, done.exit_code) == ("disk", None), "what is written over again is kept below"
    assert (engine.containers(), built(engine)) == ([], [])


def test_a_run_is_ended_while_it_writes_more_than_those_before_it_have_left(build, engine):
    stays = "RUN dd if=/dev/zero of=/d/b bs=1M count=3; sleep 25\n"
    began = time.monotonic()
    done = build(FROM + FILL.format("a", 7) + stays)
    assert (done.killed, time.monotonic() - began < 15) == ("disk", True)
    assert (engine.containers(), built(engine)) == ([], [])


def test_what_is_copied_counts_with_what_runs_write(build, engine, tmp_path):
    (tmp_path / "x").write_bytes(b"x" * (3 * MIB))
    assert refused(build, FROM + FILL.format("a", 6) + "COPY x /d/\n") == "quota_exceeded"
    assert build(FROM + "COPY x /d/\n" + FILL.format("a", 6)).killed == "disk"
    assert (engine.containers(), built(engine)) == ([], [])


def test_case_40_the_images_of_an_account_hold_so_much_together(do, build, engine, monkeypatch):
    monkeypatch.setattr(holdings, "IMAGE_WORKSPACES", 2)
    for tag in ("one", "two"):
        assert build(FROM + FILL.format("a", 6), tag).exit_code == 0
    assert build("FROM own/two\n" + FILL.format("b", 6), "three").killed == "disk"
    assert build("FROM own/two\n" + FILL.format("b", 4), "three").exit_code == 0, "its base counts once"
    assert refused(build, FROM, "four") == "quota_exceeded"
    assert do({"account": "acc_b"}, action="build", tag="four").exit_code == 0
    do(action="remove", image="own/one")
    assert build(FROM, "four").exit_code == 0


def test_an_image_that_another_build_left_no_room_for_is_not_kept(build, engine, monkeypatch):
    found = iter([0, 100 * MIB])
    monkeypatch.setattr(holdings, "image_bytes", lambda *_: next(found))
    assert refused(build, FROM + FILL.format("a", 1)) == "quota_exceeded"
    assert built(engine) == []


def test_an_image_that_lost_its_name_counts_until_it_is_gone(do, build, engine):
    build(FROM + FILL.format("a", 3) + "CMD sleep 60\n")
    do(action="run", image="own/big", detach=True, name="holds")
    build(FROM + FILL.format("a", 2))
    with engine.api() as api:
        assert 5 * MIB <= holdings.image_bytes(api, engine.engine()) < 6 * MIB
    house, later = engine.engine("", goal="", task="", runner=""), time.time() + 700
    assert reap(house, alive=["r1"]).images == 0, "it may be about to get a name"
    do(action="remove", container="holds")
    reap(house, alive=["r1"], now=later)
    with engine.api() as api:
        assert 2 * MIB <= holdings.image_bytes(api, engine.engine()) < 3 * MIB
    assert do(action="run", image="own/big", command="true").exit_code == 0


def test_case_40_who_is_seen_no_longer_is_ended(do, engine, monkeypatch):
    """Else whoever makes an engine slow to count writes without end."""

    def unseen(api, container):
        raise Refused("actuator_unavailable", "It does not answer.")

    monkeypatch.setattr(session, "written", unseen)
    began = time.monotonic()
    assert refused(do, action="run", image=IMAGE, outputs=["x"], command="sleep 20") == "actuator_unavailable"
    assert time.monotonic() - began < 5
    assert engine.containers() == []
