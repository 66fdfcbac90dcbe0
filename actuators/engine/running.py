"""Containers: run one to its end or let it run on, run something in it, read, stop and remove it. All of it blocks."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from actuators.beneath import parts_of
from actuators.engine import archive, holdings, images, walls
from actuators.engine.archive import Outputs, Packer, Piece, Told
from actuators.engine.client import words
from actuators.engine.params import DEFAULT_LIFE_MS, user_of
from actuators.engine.session import Ended, Heard, Session, remove
from actuators.engine.walls import Wanted
from actuators.given import Given, Refused
from actuators.sandbox import Limits, Outcome
from actuators.sandbox.limits import MIB

WORKSPACE = "workspace"
SHELL = ("/bin/sh", "-c")
SPARE_SECONDS = 30  # after which the reaper takes what a try should have removed itself
PAUSE = 0.05
PIECE_BYTES = 256 * 1024  # of an archive, held at once


def run(params: Mapping[str, Any], given: Given, session: Session, heard: Heard) -> Outcome:
    """Make a container, run it, and remove it; or leave it running, for as long as it may."""
    began = time.monotonic()
    limits = share(params, given.limits)
    with session.asking() as api:
        found = holdings.image(api, session.engine, params["image"])
        wanted = wanted_of(params, found)
        if params.get("network") == "private":
            wanted = replace(wanted, network=holdings.network(api, session.engine))
        if params.get("detach"):
            return _keep(api, params, wanted, limits, session, heard)
        told = Told()
        with made(api, session, walls.config(wanted, limits, _marks(session, walls.TRY))) as container:
            if "files" in params:
                told = put_files(api, container, params["files"], wanted.user, given, session)
            elif wanted.is_written:
                _put(api, container, lambda packer: packer.add_directory(WORKSPACE), wanted.user, given, session)
            with watched(api, container, wanted, given.limits, session):
                code, memory = to_its_end(api, container, session, heard)
            data = {"container": container[:12], "image": params["image"]} | _copied("files", told)
            if memory:
                return heard.outcome(code, began, data, killed="memory")
            if "outputs" in params:
                data |= _copied("outputs", get_files(api, container, params["outputs"], given, session))
            return heard.outcome(code, began, data)


def share(params: Mapping[str, Any], limits: Limits) -> Limits:
    """The limits of one container. Refused where more is asked for than the task has."""
    asked = {
        "memory_bytes": params.get("memoryMiB", 0) * MIB,
        "pids": params.get("pids", 0),
        "cpu_percent": round(params.get("cpus", 0) * 100),
    }
    for name, value in asked.items():
        if value > getattr(limits, name):
            raise Refused("over_limit", f"More than a task may use was asked for: {name} is {getattr(limits, name)}.")
    less = replace(limits, **{name: value for name, value in asked.items() if value})
    return replace(less, tmp_bytes=min(less.tmp_bytes, less.memory_bytes))


def wanted_of(params: Mapping[str, Any], found: holdings.Found) -> Wanted:
    command, entrypoint = argv_of(params.get("command"))
    is_written = "files" in params or "outputs" in params
    return Wanted(
        image=found.id, command=command, entrypoint=entrypoint, env=params.get("env", {}),
        workdir=params.get("workdir") or (f"/{WORKSPACE}" if is_written else ""),
        user=user_of(params.get("user", walls.NOBODY)), alias=params.get("name", ""), volumes=found.volumes,
        is_written=is_written, is_kept=bool(params.get("detach")),
    )  # fmt: skip


def argv_of(command: str | list[str] | None) -> tuple[list[str] | None, list[str] | None]:
    """(command, entry point): a text is the image's shell's, a list its entry point's, None is the image's own."""
    if isinstance(command, str):
        return [command], list(SHELL)
    return (None if command is None else list(command)), None


def _marks(session: Session, kind: str, name: str = "", seconds: float | None = None) -> dict[str, str]:
    left = session.left + SPARE_SECONDS if seconds is None else seconds
    return walls.labels(session.engine.owner, kind, time.time() + left, name)


@contextlib.contextmanager
def made(api: Any, session: Session, config: Mapping[str, Any], name: str | None = None) -> Iterator[str]:
    """A container that is gone afterwards, whatever happens."""
    container = create(api, config, name)
    try:
        session.hold(container)
        yield container
    finally:
        remove(api, container)
        session.release(container)


def create(api: Any, config: Mapping[str, Any], name: str | None) -> str:
    from docker.errors import APIError

    try:
        return str(api.create_container_from_config(dict(config), name)["Id"])
    except APIError as error:
        if name and error.status_code == 409:
            raise Refused("exists", "You have a container of this name: remove it first.") from error
        if error.status_code == 400:
            raise Refused("cannot_start", f"The container cannot be made: {words(error)}") from error
        raise


def start(api: Any, container: str, session: Session) -> None:
    """Refused, cannot_start, where there is no such program, for one."""
    from docker.errors import APIError

    session.look()
    session.began = True
    try:
        api.start(container)
    except APIError as error:
        session.began = False  # the engine's own no: nothing has run
        session.look()
        if error.status_code in (400, 404, 500):
            raise Refused("cannot_start", f"The container cannot be started: {words(error)}") from error
        raise


def to_its_end(api: Any, container: str, session: Session, heard: Heard) -> tuple[int, bool]:
    """Start it and hear it until it ends: (exit code, whether its memory was not enough)."""
    stream = api.attach(container, stdout=True, stderr=True, stream=True, demux=True)
    with contextlib.closing(stream):
        start(api, container, session)
        for stdout, stderr in stream:
            heard.hear(stdout, stderr)
    code = int(api.wait(container, timeout=session.left + 5)["StatusCode"])
    session.look()
    state = api.inspect_container(container)["State"]
    return code, bool(state.get("OOMKilled"))


@contextlib.contextmanager
def watched(api: Any, container: str, wanted: Wanted, limits: Limits, session: Session) -> Iterator[None]:
    """What can be written is counted meanwhile; memory has its own limit."""
    if not wanted.is_written:
        yield
        return
    with session.watching_disk(api, container, limits.workspace_bytes):
        yield


# --- files


def put_files(api: Any, container: str, paths: Iterable[str], user: str, given: Given, session: Session) -> Told:
    """Copy these of the workspace to the same places in /workspace."""

    def add(packer: Packer) -> None:
        packer.add_directory(WORKSPACE)
        for path in paths:
            above = WORKSPACE
            for name in parts_of(path)[:-1]:
                above = f"{above}/{name}"
                packer.add_directory(above)
            packer.add(Piece(path, "/".join([WORKSPACE, *parts_of(path)])))

    return _put(api, container, add, user, given, session)


def _put(api: Any, container: str, add: Any, user: str, given: Given, session: Session) -> Told:
    packer = Packer(given.workspace, user, session.until)
    try:
        add(packer)
        api.put_archive(container, "/", packer.finished())
    finally:
        packer.close()
    return packer.told


def get_files(api: Any, container: str, paths: Iterable[str], given: Given, session: Session) -> Told:
    """Copy these of /workspace to the same places in the workspace. Refused, output_missing, where one is not there."""
    from docker.errors import APIError

    told, place = Told(), Outputs(given.workspace, given.limits, session.until)
    for path in paths:
        where = "/".join(["", WORKSPACE, *parts_of(path)])
        try:
            with archived(api, container, where) as stream:
                archive.unpack(stream, path, place, told, session.until)
        except APIError as error:
            if error.status_code == 404:
                raise Refused("output_missing", f"There is no {path!r} in /{WORKSPACE} when it ended.") from error
            raise
    return told


@contextlib.contextmanager
def archived(api: Any, container: str, where: str) -> Iterator[Iterator[bytes]]:
    """The engine's archive of this place. It ends with us, read or not: an engine removes no container that it still
    sends something of. Not the SDK's own call, which leaves it open and waits for ever for the next piece.
    """
    address = api._url("/containers/{0}/archive", container)
    answer = api._get(address, params={"path": where}, headers={"Accept-Encoding": "identity"}, stream=True)
    with contextlib.closing(answer):
        api._raise_for_status(answer)
        yield answer.iter_content(PIECE_BYTES)


def _copied(name: str, told: Told) -> dict[str, Any]:
    if not (told.files or told.left):
        return {}
    found: dict[str, Any] = {"files": told.files, "bytes": told.bytes}
    return {name: found | ({"leftOut": told.left_out, "leftOutCount": told.left} if told.left else {})}


# --- those that stay


def _keep(
    api: Any, params: Mapping[str, Any], wanted: Wanted, limits: Limits, session: Session, heard: Heard
) -> Outcome:
    """Start it and let it be. It is removed by its deadline, whoever is there then."""
    began, seconds = time.monotonic(), params.get("lifeMs", DEFAULT_LIFE_MS) / 1000
    name = params.get("name", "")
    marks = _marks(session, walls.KEPT, name, seconds)
    called = f"executor-{session.engine.owner.mark}-{name}" if name else None
    container = create(api, walls.config(wanted, limits, marks), called)
    try:
        session.hold(container)
        if holdings.kept(api, session.engine) > holdings.MOST_KEPT:
            raise Refused("quota_exceeded", f"An account has {holdings.MOST_KEPT} detached containers at most.")
        start(api, container, session)
        session.look()
    except BaseException:
        remove(api, container)
        raise
    finally:
        session.release(container)
    data = {
        "container": container[:12],
        "name": name or None,
        "image": params["image"],
        "lifeMs": round(seconds * 1000),
    }
    return heard.outcome(0, began, data)


def execute(params: Mapping[str, Any], given: Given, session: Session, heard: Heard) -> Outcome:
    """Run a command in a container of the account's. What is out of time there ends with its container: an engine has
    no other way to kill it."""
    began = time.monotonic()
    with session.asking() as api:
        found = holdings.container(api, session.engine, params["container"])
        command, shell = argv_of(params["command"])
        with refusing_stopped(params["container"]):
            made = api.exec_create(
                found["Id"], [*(shell or ()), *(command or ())], stdout=True, stderr=True, privileged=False,
                user=user_of(params.get("user", walls.NOBODY)), environment=params.get("env") or None,
                workdir=params.get("workdir"),
            )  # fmt: skip
        session.hold(found["Id"])
        session.began = True
        try:
            stream = api.exec_start(made["Id"], stream=True, demux=True)
            with contextlib.closing(stream):
                for stdout, stderr in stream:
                    heard.hear(stdout, stderr)
            code = _exit_code(api, made["Id"], session)
        except Ended:
            remove(api, found["Id"])
            raise
        finally:
            session.release(found["Id"])
    return heard.outcome(code, began, {"container": found["Id"][:12]})


@contextlib.contextmanager
def refusing_stopped(name: str) -> Iterator[None]:
    from docker.errors import APIError

    try:
        yield
    except APIError as error:
        if error.status_code == 409:
            raise Refused("not_running", f"The container {name} does not run.") from error
        raise


def _exit_code(api: Any, made: str, session: Session) -> int:
    while (state := api.exec_inspect(made))["Running"]:  # it closed its output and goes on
        session.look()
        time.sleep(PAUSE)
    session.look()
    return int(state["ExitCode"] if state["ExitCode"] is not None else 137)


def logs(params: Mapping[str, Any], given: Given, session: Session, heard: Heard) -> Outcome:
    """What a container of the account's has printed."""
    began = time.monotonic()
    with session.asking() as api:
        found = holdings.container(api, session.engine, params["container"])
        tail = params.get("tail", 1000)
        heard.hear(api.logs(found["Id"], stdout=True, stderr=False, tail=tail), None)
        heard.hear(None, api.logs(found["Id"], stdout=False, stderr=True, tail=tail))
        state = api.inspect_container(found["Id"])["State"]
    data = {"container": found["Id"][:12], "running": bool(state["Running"])}
    return heard.outcome(0, began, data | ({} if state["Running"] else {"exitCode": state["ExitCode"]}))


def stop(params: Mapping[str, Any], given: Given, session: Session, heard: Heard) -> Outcome:
    """Ask it to end, and kill it after its grace. It is still there, with what it printed."""
    began = time.monotonic()
    with session.asking() as api:
        found = holdings.container(api, session.engine, params["container"])
        api.stop(found["Id"], timeout=min(params.get("graceSeconds", 5), int(session.left)))
        state = api.inspect_container(found["Id"])["State"]
    return heard.outcome(0, began, {"container": found["Id"][:12], "exitCode": state["ExitCode"]})


def take_away(params: Mapping[str, Any], given: Given, session: Session, heard: Heard) -> Outcome:
    """Remove a container, running or not, or an image that the account built, or pulled with its credential.

    What is not there is no error.
    """
    began = time.monotonic()
    with session.asking() as api:
        try:
            if "container" in params:
                gone = remove(api, holdings.container(api, session.engine, params["container"])["Id"])
            else:
                gone = _remove_image(api, params["image"], session)
        except Refused as reason:
            if reason.code not in ("container_unknown", "image_unknown"):
                raise
            gone = False
    return heard.outcome(0, began, {"removed": gone})


def _remove_image(api: Any, text: str, session: Session) -> bool:
    mark = session.engine.owner.mark
    own = images.own(text, mark) or images.pulled(images.parse(text), mark)
    holdings.own_image(api, session.engine, own, text)
    api.remove_image(str(own))
    return True
