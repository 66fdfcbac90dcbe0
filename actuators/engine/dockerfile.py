"""Reading a Dockerfile: the part of its language that a build here knows; whatever else it says is refused. Pure."""

from __future__ import annotations

import json
import posixpath
import re
import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from actuators.beneath import check_path, parts_of
from actuators.engine.params import MAX_ENV_BYTES, VARIABLE, check_user, check_workdir, user_of
from actuators.given import Refused

MAX_BYTES = 64 * 1024
MAX_STEPS = 100
LABEL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,98}[A-Za-z0-9])?")
PORT = re.compile(r"[1-9][0-9]{0,4}(?:/(?:tcp|udp))?")
ESCAPE = re.compile(r"(?i)#\s*escape\s*=")
SHELL = ["/bin/sh", "-c"]
# Directories of every image, which stay whose they are.
SYSTEM = {
    "", "bin", "boot", "etc", "home", "lib", "lib64", "media", "mnt", "opt", "root", "run", "sbin", "srv", "tmp",
    "usr", "var",
}  # fmt: skip


@dataclass(frozen=True)
class Copy:
    """Of the context to a place in the image. A directory's content goes into ``place``, and so do several sources.

    Without a source it is a WORKDIR: the place is made, and belongs to who copies.
    """

    sources: tuple[str, ...]
    place: str
    into: bool


@dataclass(frozen=True)
class Run:
    """A command, with what had been said of its surroundings by then."""

    argv: tuple[str, ...]
    env: dict[str, str]
    workdir: str
    user: str


@dataclass
class Recipe:
    """What a Dockerfile says: its base, its steps in order, and what the image is told for those who run it.

    What is None is the base's own.
    """

    base: str = ""
    steps: list[Copy | Run] = field(default_factory=list)
    env: dict[str, str] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    ports: list[str] = field(default_factory=list)
    workdir: str = ""
    user: str = ""
    command: list[str] | None = None
    entrypoint: list[str] | None = None


def parse(text: str, base_workdir: Callable[[str], str]) -> Recipe:
    """The recipe, or Refused, bad_dockerfile, with the line. ``base_workdir`` is told FROM's image.

    The comments at its beginning that choose a front end of BuildKit say nothing here: none is fetched.
    """
    if len(text.encode()) > MAX_BYTES:
        raise Refused("bad_dockerfile", f"It has more than {MAX_BYTES} bytes.")
    recipe = Recipe()
    for count, (number, instruction, rest) in enumerate(_instructions(text)):
        try:
            if count == MAX_STEPS:
                raise ValueError(f"These are more than {MAX_STEPS} instructions.")
            _read(recipe, instruction, rest)
        except ValueError as wrong:
            raise Refused("bad_dockerfile", f"Line {number}: {wrong}") from wrong
        if instruction == "FROM":
            recipe.workdir = base_workdir(recipe.base)
    if not recipe.base:
        raise Refused("bad_dockerfile", "There is no FROM in it.")
    return recipe


def _read(recipe: Recipe, instruction: str, rest: str) -> None:
    if (instruction == "FROM") == bool(recipe.base):
        raise ValueError("There is exactly one FROM, and it comes first.")
    if instruction not in READERS:
        raise ValueError(f"{instruction} is not known here: {', '.join(READERS)} are.")
    READERS[instruction](recipe, rest)


def _instructions(text: str) -> Iterator[tuple[int, str, str]]:
    """(line, INSTRUCTION, the rest) of each; one goes on after a backslash at the end of its line."""
    held, began = "", 0
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.strip()
        if ESCAPE.match(line):
            raise Refused("bad_dockerfile", f"Line {number}: another sign to go on with is not known here.")
        if not line or line.startswith("#"):
            continue
        began = began or number
        if line.endswith("\\"):
            held += line[:-1] + " "
            continue
        whole = held + line
        instruction, _, rest = whole.partition(" ")
        yield began, instruction.upper(), rest.strip()
        held, began = "", 0
    if held:
        raise Refused("bad_dockerfile", f"Line {began}: it does not end.")


def _plain(text: str) -> str:
    if "$" in text:
        raise ValueError("Variables are not put in here: write it out.")
    if any(ord(sign) < 32 for sign in text):
        raise ValueError("There is a control character in it.")
    return text


def _from(recipe: Recipe, rest: str) -> None:
    words = _plain(rest).split()
    if len(words) != 1 or words[0].startswith("-"):
        raise ValueError("FROM takes one image and nothing else; there are no stages.")
    recipe.base = words[0]


def _exec_form(rest: str) -> list[str] | None:
    """The list of a JSON form, None where it is a shell's text."""
    if not rest.startswith("["):
        return None
    try:
        found = json.loads(rest)
    except ValueError:
        return None
    except RecursionError:  # lists in lists, thousands deep
        found = None
    if not found or not all(isinstance(one, str) for one in found):
        raise ValueError("A list holds texts, one at least.")
    return [str(one) for one in found]


def _argv(rest: str) -> list[str]:
    if not rest or rest.startswith("--"):
        raise ValueError("It needs a command, and takes no options.")
    if "\0" in rest:
        raise ValueError("There is a NUL character in it.")
    return _exec_form(rest) or [*SHELL, rest]


def _run(recipe: Recipe, rest: str) -> None:
    recipe.steps.append(Run(tuple(_argv(rest)), dict(recipe.env), recipe.workdir, recipe.user))


def _cmd(recipe: Recipe, rest: str) -> None:
    recipe.command = _argv(rest)


def _entrypoint(recipe: Recipe, rest: str) -> None:
    recipe.entrypoint = _argv(rest)
    recipe.command = recipe.command or []


def _copy(recipe: Recipe, rest: str) -> None:
    words = _exec_form(rest) or rest.split()
    if len(words) < 2 or any(word.startswith("--") for word in words):
        raise ValueError("COPY takes what and where to, and no options; what is copied belongs to 65534.")
    *sources, target = map(_plain, words)
    for source in sources:
        inside = source.lstrip("/") or "."
        problem = None if inside == "." else check_path(inside)
        if problem or set("*?[") & set(source):
            raise ValueError(problem or "Names are not matched here: name the files, or their directory.")
    where = posixpath.normpath(posixpath.join(recipe.workdir or "/", target))
    if problem := check_workdir(where):
        raise ValueError(problem)
    into = target.endswith("/") or target in (".", "./") or len(sources) > 1
    recipe.steps.append(Copy(tuple(source.lstrip("/") or "." for source in sources), "/".join(parts_of(where)), into))


def _env(recipe: Recipe, rest: str) -> None:
    recipe.env |= _pairs(rest, VARIABLE)
    if sum(len(name) + len(value) for name, value in recipe.env.items()) > MAX_ENV_BYTES:
        raise ValueError("These are too many variables.")


def _label(recipe: Recipe, rest: str) -> None:
    found = _pairs(rest, LABEL)
    if any(name.lower().startswith("executor.") for name in found):
        raise ValueError("Labels that begin with executor. are not yours to give.")
    recipe.labels |= found


def _pairs(rest: str, named: re.Pattern[str]) -> dict[str, str]:
    """name=value name="another value", or the old form with one name and its value behind a space."""
    words = shlex.split(_plain(rest))
    if words and "=" not in words[0]:
        words = [f"{words[0]}={rest.partition(' ')[2].strip()}"]
    pairs = [word.partition("=") for word in words]
    if not pairs or not all(equals and named.fullmatch(name) for name, equals, _ in pairs):
        raise ValueError("It takes name=value.")
    return {name: value for name, _, value in pairs}


def _workdir(recipe: Recipe, rest: str) -> None:
    where = posixpath.normpath(posixpath.join(recipe.workdir or "/", _plain(rest)))
    if not rest or (problem := check_workdir(where)):
        raise ValueError("It takes a path." if not rest else problem or "")
    recipe.workdir = where
    place = "/".join(parts_of(where))
    if place not in SYSTEM:
        recipe.steps.append(Copy((), place, True))


def _user(recipe: Recipe, rest: str) -> None:
    if problem := check_user(rest):
        raise ValueError(problem)
    recipe.user = user_of(rest)


def _expose(recipe: Recipe, rest: str) -> None:
    if not rest or not all(PORT.fullmatch(word) for word in rest.split()):
        raise ValueError("It takes ports.")
    recipe.ports += [word if "/" in word else f"{word}/tcp" for word in rest.split()]


READERS: dict[str, Callable[[Recipe, str], None]] = {
    "FROM": _from, "RUN": _run, "COPY": _copy, "ENV": _env, "WORKDIR": _workdir, "USER": _user, "CMD": _cmd,
    "ENTRYPOINT": _entrypoint, "LABEL": _label, "EXPOSE": _expose,
}  # fmt: skip
