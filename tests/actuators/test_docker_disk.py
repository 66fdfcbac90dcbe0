"""What an account may take of an engine's disk, on a real engine: outputs that are refused, images that grow."""

import asyncio
import threading
import time

import pytest

from actuators import docker
from actuators.engine import archive
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
def test_outputs_that_are_refused_half_way_are_refused_at_once(do, engine, tmp_path, monkeypatch, changed, code):
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
