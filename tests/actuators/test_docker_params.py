"""What the docker actuator is told: what it takes, and all else by its name. No engine is asked (E16)."""

import pytest

from actuators import docker, registry
from actuators.engine import dockerfile, images
from actuators.engine.endpoint import engine_of, engines_of
from actuators.engine.params import PARAMS
from actuators.given import Refused

RUN = {"action": "run", "image": "busybox:test"}


def test_E_R24_it_is_an_actuator_like_the_others():
    assert registry.actuator("docker") is docker
    assert (docker.NAME, docker.EFFECT) == ("docker", "external")
    assert set(PARAMS["properties"]) == set(docker.PARAMS["properties"])


@pytest.mark.parametrize(
    ("action", "effect"),
    [("run", "external"), ("exec", "external"), ("build", "external"), ("logs", "pure"), ("pull", "idempotent"),
     ("stop", "idempotent"), ("remove", "idempotent")],
)  # fmt: skip
def test_what_a_second_try_may_do_twice(action, effect):
    assert docker.effect_of({"action": action}) == effect


@pytest.mark.parametrize(
    "params",
    [
        RUN,
        RUN | {"command": "echo hi", "env": {"A": ""}, "workdir": "/app", "user": "1000", "network": "private"},
        RUN | {"command": ["echo", ""], "detach": True, "name": "web", "lifeMs": 1000, "engine": "main"},
        RUN | {"files": ["."], "outputs": ["dist"], "memoryMiB": 64, "cpus": 0.5, "pids": 10},
        {"action": "exec", "container": "web", "command": ["ls"]},
        {"action": "logs", "container": "0123456789ab", "tail": 1},
        {"action": "stop", "container": "web", "graceSeconds": 0},
        {"action": "remove", "container": "web"},
        {"action": "remove", "image": "own/shop:1"},
        {"action": "remove", "image": "ghcr.io/owner/name:1"},
        {"action": "pull", "image": "ghcr.io/owner/name", "credential": "ghcr"},
        {"action": "build", "tag": "shop:1", "context": "app", "dockerfile": "app/Dockerfile.test"},
    ],
)
def test_what_it_takes(params):
    assert docker.check(params) == {}


# Every field of the engine's API, of its SDK and of its command line that opens a wall.
FORBIDDEN = {
    "privileged": True, "binds": ["/:/h"], "volumes": ["/:/h"], "mounts": [{"Type": "bind"}], "devices": ["/dev/kmsg"],
    "device_requests": [], "device_cgroup_rules": ["a *:* rwm"], "cap_add": ["ALL"], "capAdd": ["SYS_ADMIN"],
    "network_mode": "host", "networkMode": "container:x", "pid_mode": "host", "ipc_mode": "host", "uts_mode": "host",
    "userns_mode": "host", "cgroupns": "host", "security_opt": ["seccomp=unconfined"], "runtime": "runc",
    "sysctls": {"net.ipv4.ip_forward": "1"}, "volumes_from": ["x"], "cgroup_parent": "/", "links": ["x:y"],
    "restart": "always", "restart_policy": {"Name": "always"}, "ports": {"80": 80}, "publish_all_ports": True,
    "extra_hosts": {"a": "1.2.3.4"}, "dns": ["1.1.1.1"], "group_add": ["0"], "oom_kill_disable": True,
    "tmpfs": {"/x": ""}, "ulimits": [], "storage_opt": {"size": "1T"}, "hostConfig": {"Privileged": True},
    "HostConfig": {"Binds": ["/:/h"]}, "Privileged": True, "labels": {"executor.account": "acc_b"}, "entrypoint": "sh",
    "host": "tcp://10.0.0.1:2375", "base_url": "unix:///run/docker.sock", "log_config": {}, "init": True,
    "stdin_open": True, "healthcheck": {}, "buildargs": {}, "remote": "http://x/y.tar", "auth_config": {},
}  # fmt: skip


@pytest.mark.hostile
@pytest.mark.parametrize("name", FORBIDDEN)
@pytest.mark.parametrize("action", ["run", "exec", "build"])
def test_E16_case_38_no_wall_has_a_field(action, name):
    params = {
        "run": RUN,
        "exec": {"action": "exec", "container": "web", "command": "ls"},
        "build": {"action": "build", "tag": "a"},
    }
    assert docker.check(params[action] | {name: FORBIDDEN[name]}) == {name: "Unknown field."}


@pytest.mark.hostile
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("network", "host"), ("network", "container:0123456789ab"), ("network", "bridge"), ("network", ["private"]),
        ("user", "0"), ("user", "root"), ("user", "0:0"), ("user", "1000:0"), ("user", "65535"), ("user", "01"),
        ("user", 0), ("user", "1000\n"),
        ("workdir", "/proc/self/fd/8"), ("workdir", "/sys"), ("workdir", "/dev/fd/8"),
        ("workdir", "/a/../proc"), ("workdir", "//proc/self"), ("workdir", "/./proc"), ("workdir", "app"),
        ("image", "busybox:test\n"), ("image", "Busybox"), ("image", "-x"),
        ("image", "executor.invalid/x/y:1"), ("image", "own/../x"), ("image", "own/a/b"), ("image", ["busybox"]),
        ("image", "busybox:*"), ("files", ["../x"]), ("files", ["/etc/passwd"]), ("files", "src"), ("files", [1]),
        ("outputs", ["a/../../b"]), ("outputs", []), ("command", []), ("command", [""]), ("command", ["a\0b"]),
        ("command", "\ud800"), ("command", {"a": 1}), ("command", "x" * 70_000), ("env", {"A=B": "c"}),
        ("env", {"A": 1}), ("env", {"A": "\0"}), ("env", ["A=B"]), ("memoryMiB", 0), ("memoryMiB", -1),
        ("memoryMiB", True), ("memoryMiB", 64.5), ("cpus", 0), ("cpus", float("nan")), ("pids", -1), ("engine", "a/b"),
    ],
)  # fmt: skip
def test_a_field_holds_nothing_else(field, value):
    assert list(docker.check(RUN | {field: value})) == [field]


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({}, "action"), ({"action": "kill"}, "action"), ({"action": ["run"]}, "action"), ({"action": "run"}, "image"),
        ({"action": "exec", "container": "x"}, "command"), ({"action": "logs"}, "container"),
        ({"action": "remove"}, "container"), ({"action": "remove", "container": "a", "image": "own/b"}, "container"),
        ({"action": "remove", "image": "executor.invalid/x/y:1"}, "image"),
        ({"action": "pull", "image": "own/a"}, "image"),
        ({"action": "logs", "container": "a", "command": "ls"}, "command"), (RUN | {"name": "web"}, "name"),
        (RUN | {"detach": True, "files": ["."]}, "files"), (RUN | {"detach": 1}, "detach"),
        (RUN | {"detach": True, "lifeMs": 3_600_001}, "lifeMs"), ({"action": "build"}, "tag"),
        ({"action": "build", "tag": "a/b"}, "tag"), ({"action": "build", "tag": "a:b:c"}, "tag"),
        ({"action": "build", "tag": "a", "context": "../x"}, "context"),
        ({"action": "stop", "container": "a", "graceSeconds": 31}, "graceSeconds"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(params, field):
    assert list(docker.check(params)) == [field]


def test_what_a_task_is_called():
    assert docker.title(RUN | {"command": ["echo", "hi"]}) == "run busybox:test: echo hi"
    assert docker.title({"action": "build", "tag": "shop:1"}) == "build shop:1"


@pytest.mark.parametrize(
    ("allowed", "asked", "answer"),
    [
        ("python:3.12", "python:3.12", True), ("python:3.12", "docker.io/library/python:3.12", True),
        ("python:3.*", "python:3.12-slim", True), ("python:3.*", "python:4", False), ("python:3.*", "python:3", False),
        ("python:3.*", "evil/python:3.1", False), ("python:3.*", "ghcr.io/python:3.1", False),
        ("python", "python", True),
        ("python", "python:3", False), ("python:*", "python@sha256:" + "a" * 64, False),
        ("python@sha256:" + "a" * 64, "python@sha256:" + "a" * 64, True),
        ("python@sha256:" + "a" * 64, "python@sha256:" + "b" * 64, False),
        ("localhost:5000/x:1", "localhost/x:1", False),
        ("docker.io/owner/x:1", "owner/x:1", True), ("a:1, b:2", "b:2", True), ("", "python", False),
        ("python:3.1", "python:3x1", False),
    ],
)  # fmt: skip
def test_which_images_the_operator_allows(allowed, asked, answer):
    assert images.is_allowed(images.parse(asked), images.patterns(allowed)) is answer


@pytest.mark.parametrize(
    "text", ["*", "py*:3", "*/x:1", "python:3@sha256:" + "a" * 64, "python@sha256:12", "a b:1", ":1"]
)
def test_what_an_operator_cannot_allow(text):
    with pytest.raises(ValueError):
        images.patterns(text)


def test_where_an_engine_is():
    local, far = engines_of("main=unix:///run/docker.sock, far=tcp://engine.example.com?certs=/etc/far")
    assert (local.name, local.url, local.certificates) == ("main", "unix:///run/docker.sock", None)
    assert (far.url, str(far.certificates)) == ("tcp://engine.example.com:2376", "/etc/far")


@pytest.mark.parametrize(
    "text",
    ["main=tcp://10.0.0.1:2375", "main=tcp://h:2376?certs=", "main=tcp://h?certs=/a&verify=no", "main=http://h:2375",
     "main=ssh://h", "unix:///run/docker.sock", "main=unix://run/docker.sock", "Main=unix:///x", "main=",
     "main=tcp://me:pw@h?certs=/a"],
)  # fmt: skip
def test_an_engine_without_tls_is_none(text):
    with pytest.raises(ValueError):
        engine_of(text)


def test_two_engines_do_not_share_a_name():
    with pytest.raises(ValueError, match="main is there twice"):
        engines_of("main=unix:///a,main=unix:///b")


@pytest.mark.hostile
@pytest.mark.parametrize("instruction", ["RUN", "CMD", "ENTRYPOINT", "COPY"])
def test_case_63_lists_in_lists_by_the_thousand_are_a_bad_dockerfile(instruction):
    with pytest.raises(Refused, match="Line 2: A list holds texts") as refused:
        dockerfile.parse(f"FROM busybox\n{instruction} {'[' * 30_000}", lambda base: "/")
    assert refused.value.code == "bad_dockerfile"
