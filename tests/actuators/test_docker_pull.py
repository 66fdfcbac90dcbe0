"""Pulling from a registry that wants to know who asks: whose image it is then, and where the password goes."""

import asyncio
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from actuators import docker
from actuators.given import Refused, Secret
from tests.actuators.engine import rootfs

PORT = 5000
IMAGE = f"localhost:{PORT}/shop/app:1"
ALLOWED = f"localhost:{PORT}/shop/app:*"
SECRET = "swordfish-of-the-registry"
WHO = {"username": "ada", "password": SECRET, "serveraddress": f"localhost:{PORT}"}


@pytest.fixture(scope="module")
def registry(engine):
    """In the engine's own network, where alone it is reached without TLS: on its loopback."""
    (engine.place / "rootfs.tar").write_bytes(rootfs())
    script = Path(__file__).with_name("registry_server.py")
    serving = subprocess.Popen([
        "nsenter", "--target", child_of(engine.pid), "--net", sys.executable, str(script), str(PORT),
        str(engine.place / "rootfs.tar"),
    ], stdout=subprocess.PIPE)  # fmt: skip
    assert serving.stdout.readline() == b"listening\n"
    yield
    serving.kill()
    serving.wait()


def child_of(pid):
    """The first process in the engine's namespaces, as this one numbers it."""
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[0]


@pytest.fixture
def do(engine, registry, tmp_path):
    def run(account="acc_a", secrets=None, images="", **params):
        given = engine.given(tmp_path, account, images=f"{ALLOWED},{images}")
        return asyncio.run(docker.run(params, replace(given, secrets=secrets or {})))

    yield run
    with engine.api() as api:
        for one in api.images():
            if not any(name.startswith("busybox") for name in one["RepoTags"] or ()):
                api.remove_image(one["Id"], force=True)


def secret(hosts=("localhost",), kind="registry", password=SECRET):
    return {"reg": Secret(kind, hosts, {"username": "ada", "password": password})}


def refused(call, *arguments, **params):
    with pytest.raises(Refused) as reason:
        call(*arguments, **params)
    assert SECRET not in str(reason.value)
    return reason.value.code


@pytest.mark.hostile
def test_what_a_credential_pulled_is_its_account_s_alone(do, engine):
    done = do(secrets=secret(), action="pull", image=IMAGE, credential="reg")
    assert done.data["image"] == IMAGE
    assert do(action="run", image=IMAGE).stdout == "private\n"
    assert refused(do, "acc_b", action="run", image=IMAGE) == "image_unknown"
    with engine.api() as api:
        names = [name for one in api.images() for name in one["RepoTags"] or ()]
    assert IMAGE not in names


@pytest.mark.hostile
def test_case_39_what_a_credential_pulled_is_nobody_else_s_by_its_digest_either(do, engine):
    """Where the operator allows an image by its digest, which is no secret."""
    do(secrets=secret(), action="pull", image=IMAGE, credential="reg")
    with engine.api() as api:
        digest = api.inspect_distribution(IMAGE, auth_config=WHO)["Descriptor"]["digest"]
    exact = f"localhost:{PORT}/shop/app@{digest}"
    assert refused(do, "acc_b", images=exact, action="run", image=exact) == "image_unknown"
    do(secrets=secret(), images=exact, action="pull", image=exact, credential="reg")
    assert do(images=exact, action="run", image=exact).stdout == "private\n"
    assert refused(do, "acc_b", images=exact, action="run", image=exact) == "image_unknown"


def test_what_a_credential_pulled_can_be_removed_by_its_account_alone(do, engine):
    do(secrets=secret(), action="pull", image=IMAGE, credential="reg")
    assert do("acc_b", action="remove", image=IMAGE).data == {"removed": False}
    assert do(action="run", image=IMAGE).stdout == "private\n"
    assert do(action="remove", image=IMAGE).data == {"removed": True}
    assert do(action="remove", image=IMAGE).data == {"removed": False}
    with engine.api() as api:
        assert all(name.startswith("busybox") for one in api.images() for name in one["RepoTags"] or ["none"])
    assert do(action="remove", image="busybox:test").data == {"removed": False}, "the operator's"


@pytest.mark.hostile
@pytest.mark.parametrize(
    ("secrets", "named", "code"),
    [
        (None, {}, "pull_failed"),
        (secret(password="guess-of-the-password"), {"credential": "reg"}, "pull_failed"),
        (secret(hosts=("ghcr.io",)), {"credential": "reg"}, "credential_host"),
        (secret(hosts=()), {"credential": "reg"}, "credential_host"),
        (secret(kind="database"), {"credential": "reg"}, "credential_kind"),
        (None, {"credential": "reg"}, "credential_unknown"),
    ],
)
def test_who_has_no_right_gets_nothing(do, engine, secrets, named, code):
    assert refused(do, secrets=secrets, action="pull", image=IMAGE, **named) == code
    with engine.api() as api:
        assert all(name.startswith("busybox") for one in api.images() for name in one["RepoTags"] or ())
