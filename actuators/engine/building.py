"""Building an image of a workspace. All of it blocks.

Not by the engine's builder: that one runs a RUN as root, with capabilities and without a limit of processes, fetches
what a Dockerfile names, and leaves its containers unmarked. Here every RUN is a container like any other, behind the
same walls, and what it leaves is committed.
"""

from __future__ import annotations

import contextlib
import os
import stat
import time
from collections.abc import Mapping, Sequence
from typing import Any

from actuators.beneath import closing, open_beneath, open_regular, opened, parts_of, refusing
from actuators.engine import dockerfile, holdings, images, walls
from actuators.engine.archive import Packer, Piece, Told
from actuators.engine.dockerfile import Copy, Recipe, Run
from actuators.engine.running import SPARE_SECONDS, made, share, to_its_end
from actuators.engine.session import Heard, Session, written
from actuators.engine.walls import NOBODY, Wanted
from actuators.given import Given, Refused
from actuators.sandbox import Limits, Outcome
from actuators.sandbox.limits import MIB

IMAGE_SECONDS = 30 * 86_400  # after which an image of an account's own is removed
NOTHING = ["/bin/true"]


class Failed(Exception):
    """A RUN ended with this exit code, or for its memory."""

    def __init__(self, code: int, memory: bool) -> None:
        super().__init__(code)
        self.code, self.memory = code, memory


def build(params: Mapping[str, Any], given: Given, session: Session, heard: Heard) -> Outcome:
    """Build ``own/<tag>`` of a directory of the workspace. A RUN that fails is an Outcome with its exit code."""
    began = time.monotonic()
    own = images.own(f"own/{params['tag']}", session.engine.owner.mark)
    assert own is not None, "check() lets no other through"
    with session.asking() as api:
        base: list[holdings.Found] = []

        def workdir_of(name: str) -> str:
            base.append(_base(api, session, name))
            return str(base[0].config.get("WorkingDir") or "")

        recipe = dockerfile.parse(_text(params, given, session), workdir_of)
        _refuse_too_many(api, session, str(own))
        builder = Builder(api, given, session, heard, share(params, given.limits))
        builder.context = "" if params.get("context", ".") == "." else params["context"]
        try:
            image = builder.build(recipe, base[0])
            _refuse_too_large(api, given, session, image)
            replaced = _tagged(api, str(own))
            api.tag(image, own.place, own.tag)
        except Failed as failed:
            return heard.outcome(failed.code, began, {}, killed="memory" if failed.memory else None)
        finally:
            builder.clear()
        if replaced and replaced != image:
            _forget(api, replaced)
        size = api.inspect_image(image).get("Size")
    data = {"image": f"own/{own.repository.partition('/')[2]}:{own.tag}", "id": image, "bytes": size}
    told = builder.told
    return heard.outcome(0, began, data | ({"leftOut": told.left_out, "leftOutCount": told.left} if told.left else {}))


class Builder:
    """Layer upon layer: copies and then a RUN, in a container that is committed.

    What all of them have written counts together: an engine keeps each, also what the next one deletes.
    """

    def __init__(self, api: Any, given: Given, session: Session, heard: Heard, limits: Limits) -> None:
        self._api, self._given, self._session, self._heard, self._limits = api, given, session, heard, limits
        self._between: list[str] = []
        self._recipe, self._base = Recipe(), holdings.Found("", "", {})
        self._most = _room(api, given, session)
        self._written = 0
        self.context = ""
        self.told = Told()

    def build(self, recipe: Recipe, base: holdings.Found) -> str:
        """The id of the image."""
        self._recipe, self._base = recipe, base
        image, copies = base.id, list[Copy]()
        for step in recipe.steps:
            if isinstance(step, Copy):
                copies.append(step)
                continue
            image = self._layer(image, copies, step, walls.BUILD)
            self._between.append(image)
            copies = []
        return self._layer(image, copies, None, walls.IMAGE)

    def clear(self) -> None:
        """Remove what came between, unless the image is made of it: then it goes with the image."""
        for image in reversed(self._between):
            _forget(self._api, image)

    def _layer(self, image: str, copies: Sequence[Copy], run: Run | None, kind: str) -> str:
        user = (run.user if run else "") or NOBODY
        env = run.env if run else {}
        wanted = Wanted(
            image, entrypoint=list(run.argv) if run else NOTHING, command=[], env=env,
            workdir=run.workdir if run else "", user=user, is_written=True, volumes=self._base.volumes,
        )  # fmt: skip
        deadline = time.time() + self._session.left + SPARE_SECONDS
        marks = walls.labels(self._session.engine.owner, walls.BUILD, deadline)
        with made(self._api, self._session, walls.config(wanted, self._limits, marks)) as container:
            self._copy(container, copies)
            if run:
                self._run(container)
            self._session.look()
            self._written += written(self._api, container)
            if self._written > self._most:  # since it was last looked at
                self._session.end("disk")
                self._session.look()
            return str(self._api.commit(container, conf=self._settled(kind))["Id"])

    def _run(self, container: str) -> None:
        with self._session.watching_disk(self._api, container, self._most - self._written):
            code, memory = to_its_end(self._api, container, self._session, self._heard)
        if code or memory:
            raise Failed(code, memory)

    def _copy(self, container: str, copies: Sequence[Copy]) -> None:
        if not copies:
            return
        packer = Packer(self._given.workspace, NOBODY, self._session.until)
        packer.told = self.told
        try:
            for copy in copies:
                if not copy.sources:
                    packer.add_directory(copy.place)
                for source in copy.sources:
                    self._pack(packer, copy, source)
            self._api.put_archive(container, "/", packer.finished())
        finally:
            packer.close()
        if self._written + written(self._api, container) > self._most:
            raise Refused("quota_exceeded", f"With what is copied the image has more than {self._most // MIB} MiB.")

    def _pack(self, packer: Packer, copy: Copy, source: str) -> None:
        path = "/".join([*parts_of(self.context), *parts_of(source)]) or "."
        if _is_directory(self._given, path):
            packer.add(Piece(path, copy.place))
        else:
            name = parts_of(source)[-1]
            place = f"{copy.place}/{name}".lstrip("/") if copy.into or not copy.place else copy.place
            packer.add(Piece(path, place))

    def _settled(self, kind: str) -> dict[str, Any]:
        """What the image says of itself. All of it is said, or it would say what its container did."""
        recipe, base = self._recipe, self._base
        command, entrypoint = recipe.command, recipe.entrypoint
        if entrypoint is None:
            entrypoint = base.config.get("Entrypoint") or []
            command = (base.config.get("Cmd") or []) if command is None else command
        if not command and not entrypoint:
            command = ["/bin/sh"]
        seconds = IMAGE_SECONDS if kind == walls.IMAGE else self._session.left + SPARE_SECONDS
        marks = walls.labels(self._session.engine.owner, kind, time.time() + seconds, size=self._written)
        env = [f"{name}={value}" for name, value in recipe.env.items()]
        named = {*recipe.env}
        env += [one for one in base.config.get("Env") or () if one.partition("=")[0] not in named]
        return {
            "Cmd": command or [], "Entrypoint": entrypoint, "Env": env, "User": recipe.user or NOBODY,
            "WorkingDir": recipe.workdir or "/", "Labels": recipe.labels | marks,
            "ExposedPorts": {port: {} for port in recipe.ports}, "Healthcheck": {"Test": ["NONE"]},
        }  # fmt: skip


def _base(api: Any, session: Session, name: str) -> holdings.Found:
    """FROM's image: one that could be run as well. What it would do when it is built upon is refused."""
    try:
        found = holdings.image(api, session.engine, name)
    except ValueError as wrong:
        raise Refused("bad_dockerfile", f"FROM {name}: {wrong}") from wrong
    if found.config.get("OnBuild"):
        raise Refused("bad_dockerfile", f"The image {name} has instructions for those who build upon it (ONBUILD).")
    return found


def _text(params: Mapping[str, Any], given: Given, session: Session) -> str:
    context = params.get("context", ".")
    path = params.get("dockerfile") or "/".join([*parts_of(context), "Dockerfile"])
    with (
        refusing(path),
        opened(given.workspace) as top,
        closing(open_regular(top, "/".join(parts_of(path)), os.O_RDONLY)) as fd,
        open(fd, "rb", closefd=False) as file,
    ):
        raw = file.read(dockerfile.MAX_BYTES + 1)
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        raise Refused("bad_dockerfile", f"{path!r} is not UTF-8.") from error


def _is_directory(given: Given, path: str) -> bool:
    with (
        refusing(path),
        opened(given.workspace) as top,
        closing(open_beneath(top, path, os.O_PATH | os.O_NOFOLLOW)) as fd,
    ):
        return stat.S_ISDIR(os.fstat(fd).st_mode)


def _refuse_too_many(api: Any, session: Session, name: str) -> None:
    own = {tag for one in holdings.own_images(api, session.engine) for tag in one["RepoTags"]}
    if name not in own and len(own) >= holdings.MOST_IMAGES:
        raise Refused("quota_exceeded", f"An account has {holdings.MOST_IMAGES} images of its own at most: remove one.")


def _room(api: Any, given: Given, session: Session) -> int:
    """Bytes that an image may hold beside its base. Refused, quota_exceeded, where its account has none left."""
    most = given.limits.workspace_bytes
    left = holdings.IMAGE_WORKSPACES * most - holdings.image_bytes(api, session.engine)
    if left <= 0:
        raise Refused("quota_exceeded", _too_large(given))
    return min(most, left)


def _refuse_too_large(api: Any, given: Given, session: Session, image: str) -> None:
    """Another build may have ended meanwhile."""
    if holdings.image_bytes(api, session.engine) > holdings.IMAGE_WORKSPACES * given.limits.workspace_bytes:
        _forget(api, image)
        raise Refused("quota_exceeded", _too_large(given))


def _too_large(given: Given) -> str:
    most = holdings.IMAGE_WORKSPACES * given.limits.workspace_bytes // MIB
    return f"The images of an account hold {most} MiB together at most, beside their bases: remove one."


def _tagged(api: Any, name: str) -> str | None:
    """The id of the image that has this name now."""
    from docker.errors import APIError

    with contextlib.suppress(APIError):
        return str(api.inspect_image(name)["Id"])
    return None


def _forget(api: Any, image: str) -> None:
    """Remove an image unless something is made of it."""
    from docker.errors import APIError

    with contextlib.suppress(APIError):
        api.remove_image(image)
