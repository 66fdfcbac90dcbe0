"""Images that an account builds of its workspace, on a real engine: what they become, and what a build cannot do."""

import asyncio

import pytest

from actuators import docker
from actuators.given import Refused

BUILD = {"action": "build", "tag": "shop:1"}


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


@pytest.fixture
def refused(do, tmp_path):
    """``refused(lines)``: the code and the words with which a Dockerfile is refused."""

    def build(*lines, **more):
        (tmp_path / "Dockerfile").write_text("\n".join(lines))
        with pytest.raises(Refused) as reason:
            do(**BUILD | more)
        return reason.value.code, str(reason.value)

    return build


def test_E16_a_workspace_becomes_an_image_of_its_account(do, engine, tmp_path):
    (tmp_path / "app/src").mkdir(parents=True)
    (tmp_path / "app/src/name").write_text("Ada")
    (tmp_path / "app/Dockerfile").write_text(
        "# syntax=docker/dockerfile:1\nFROM busybox:test\nENV GREETING=hello \\\n    WHO='the world'\n"
        "WORKDIR /made\nRUN touch mine\nWORKDIR /app\n"
        'COPY src .\nRUN cp name made && id -u > who\nCOPY src/name /opt/other\nUSER 1000\nLABEL a=b\nEXPOSE 80\n'
        'CMD ["/bin/sh", "-c", "id -u; pwd; cat made who /opt/other; echo $GREETING"]\n'
    )  # fmt: skip
    done = do(**BUILD, context="app")
    assert (done.exit_code, done.data["image"]) == (0, "own/shop:1"), done
    ran = do(action="run", image="own/shop:1")
    assert ran.stdout.split() == ["65534", "/app", "Ada65534", "Adahello"], ran
    with engine.api() as api:
        config = api.inspect_image(done.data["id"])["Config"]
        labels = config["Labels"]
        assert (config["User"], labels["a"], labels["executor.account"]) == ("1000:1000", "b", "acc_a")
        assert engine.containers() == []
    assert do(action="remove", image="own/shop:1").data == {"removed": True}
    assert do(action="remove", image="own/shop:1").data == {"removed": False}
    with engine.api() as api:
        assert api.images(all=True, filters={"label": "executor.account"}) == [], "what came between is gone too"


def test_a_run_that_fails_ends_the_build(do, engine, tmp_path):
    (tmp_path / "Dockerfile").write_text("FROM busybox:test\nRUN echo before\nRUN echo no >&2; exit 4\n")
    done = do(**BUILD)
    assert (done.exit_code, done.stdout, done.stderr) == (4, "before\n", "no\n")
    with engine.api() as api:
        assert (engine.containers(), api.images(all=True, filters={"label": "executor.account"})) == ([], [])


@pytest.mark.hostile
def test_a_run_has_the_walls_of_every_container(do, tmp_path):
    (tmp_path / "Dockerfile").write_text(
        "FROM busybox:test\nRUN id -u; ls /sys/class/net; grep -E 'CapEff|NoNewPrivs' /proc/self/status | tr -d '\\t'\n"
        "RUN touch /bin/x || echo closed\n"
    )
    done = do(**BUILD)
    assert done.stdout.split() == ["65534", "lo", "CapEff:" + "0" * 16, "NoNewPrivs:1", "closed"], done


@pytest.mark.hostile
@pytest.mark.parametrize("command", ["f() { f | f & }; f; sleep 30", "trap '' TERM; while true; do sleep 1; done"])
def test_a_run_is_killed_at_its_time(do, engine, tmp_path, command):
    (tmp_path / "Dockerfile").write_text(f"FROM busybox:test\nRUN {command}\n")
    done = do({"wall_s": 3.0}, **BUILD, pids=30)
    assert done.killed == "timeout" or done.exit_code
    with engine.api() as api:
        assert (engine.containers(), api.images(filters={"label": "executor.account"})) == ([], [])


@pytest.mark.hostile
def test_a_link_in_the_context_is_not_followed(do, tmp_path):
    (tmp_path / "host").write_text("secret of the host")
    app = tmp_path / "app"
    app.mkdir()
    for name, target in {"a": "/etc/passwd", "b": "../host", "c": "./inside"}.items():
        (app / name).symlink_to(target)
    (app / "inside").write_text("mine")
    (app / "Dockerfile").write_text("FROM busybox:test\nCOPY . /x\nCMD cd /x; ls; cat c; cat /etc/passwd ../host x/a\n")
    done = do(**BUILD, context="app")
    assert done.data["leftOutCount"] == 2
    ran = do(action="run", image="own/shop:1")
    assert ran.stdout.split() == ["Dockerfile", "c", "inside", "mine"], ran
    (app / "Dockerfile").write_text("FROM busybox:test\nCOPY a /x\n")
    with pytest.raises(Refused) as reason:
        do(**BUILD, context="app")
    assert reason.value.code == "outside_workspace"


@pytest.mark.hostile
@pytest.mark.parametrize(
    ("lines", "code"),
    [
        (["FROM alpine:3"], "image_forbidden"), (["FROM scratch"], "image_forbidden"),
        (["FROM ${BASE}"], "bad_dockerfile"), (["ARG A=busybox:test", "FROM $A"], "bad_dockerfile"),
        (["FROM busybox:test", "FROM alpine:3"], "bad_dockerfile"), (["FROM busybox:test AS a"], "bad_dockerfile"),
        (["FROM --platform=x busybox:test"], "bad_dockerfile"), (["# escape=`", "FROM busybox:test"], "bad_dockerfile"),
        (["FROM own/other:1"], "image_unknown"), (["FROM executor.invalid/x/y:1"], "bad_dockerfile"),
        ([""], "bad_dockerfile"),
        (["FROM busybox:test", "ADD http://10.0.0.1/x /x"], "bad_dockerfile"),
        (["FROM busybox:test", "COPY --from=alpine:3 / /"], "bad_dockerfile"),
        (["FROM busybox:test", "COPY ../../etc/passwd /x"], "bad_dockerfile"),
        (["FROM busybox:test", "COPY x /proc/self/fd/8"], "bad_dockerfile"),
        (["FROM busybox:test", "WORKDIR /proc/self/fd/8"], "bad_dockerfile"),
        (["FROM busybox:test", "WORKDIR /a", "WORKDIR ../proc/self"], "bad_dockerfile"),
        (["FROM busybox:test", "RUN --mount=type=bind,source=/,target=/h ls /h"], "bad_dockerfile"),
        (["FROM busybox:test", "RUN --network=host ls"], "bad_dockerfile"),
        (["FROM busybox:test", "USER 0"], "bad_dockerfile"),
        (["FROM busybox:test", "USER root"], "bad_dockerfile"),
        (["FROM busybox:test", "ONBUILD RUN id"], "bad_dockerfile"),
        (["FROM busybox:test", "VOLUME /x"], "bad_dockerfile"), (["FROM busybox:test", "RUN a \\"], "bad_dockerfile"),
        (["FROM busybox:test", "LABEL executor.account=acc_b"], "bad_dockerfile"),
        (["FROM busybox:test", "LABEL a.b=c", "HEALTHCHECK CMD id"], "bad_dockerfile"),
        (["FROM busybox:test", *["RUN true"] * 100], "bad_dockerfile"),
    ],
)  # fmt: skip
def test_what_a_dockerfile_cannot_say(refused, engine, lines, code):
    with engine.api() as api:
        before = api.images(all=True)
        assert refused(*lines)[0] == code
        assert (api.containers(all=True), api.images(all=True)) == ([], before)


@pytest.mark.hostile
def test_a_base_that_wants_something_of_who_builds_on_it_is_refused(refused, engine):
    engine.load("busybox:evil-base", ["ONBUILD RUN id"])
    code, words = refused("FROM busybox:evil-base", "RUN true")
    assert (code, "ONBUILD" in words) == ("bad_dockerfile", True)


@pytest.mark.hostile
def test_an_image_is_its_account_s_alone(do, refused, tmp_path):
    (tmp_path / "Dockerfile").write_text("FROM busybox:test\nCMD echo mine\n")
    do({"account": "acc_b"}, **BUILD)
    for params in ({"action": "run", "image": "own/shop:1"}, {"action": "run", "image": "own/absent:1"}):
        with pytest.raises(Refused) as reason:
            do(**params)
        assert str(reason.value) == f"There is no image {params['image']}."
    assert refused("FROM own/shop:1", "RUN true", tag="copy")[0] == "image_unknown"
    assert do(action="remove", image="own/shop:1").data == {"removed": False}
    assert do({"account": "acc_b"}, action="run", image="own/shop:1").stdout == "mine\n"


def test_an_account_has_few_images_and_a_new_one_takes_the_old_one_s_place(do, engine, tmp_path, monkeypatch):
    monkeypatch.setattr("actuators.engine.holdings.MOST_IMAGES", 1)
    for words in ("one", "two"):
        (tmp_path / "Dockerfile").write_text(f"FROM busybox:test\nCMD echo {words}\n")
        do(**BUILD)
    assert do(action="run", image="own/shop:1").stdout == "two\n"
    with engine.api() as api:
        assert len(api.images(filters={"label": "executor.account=acc_a"})) == 1
    with pytest.raises(Refused) as reason:
        do(action="build", tag="other")
    assert reason.value.code == "quota_exceeded"
