"""Names of images: one strict spelling, the operator's list of those that may be run, and those of an account's own."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

LONGEST = 255
PART = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
REPOSITORY = re.compile(rf"{PART}(?:/{PART})*")
REGISTRY = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::[0-9]{1,5})?")
TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
TAG_PATTERN = re.compile(r"[A-Za-z0-9_*][A-Za-z0-9_.*-]{0,127}")
DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
OWN = re.compile(rf"own/({PART})(?::([A-Za-z0-9_][A-Za-z0-9_.-]{{0,127}}))?")
DOCKER_HUB = "docker.io"
HOUSE = "executor.invalid"  # the registry of what is an account's own: RFC 2606 says that it never exists


@dataclass(frozen=True)
class Image:
    """A name in full: ``docker.io/library/python:3.12``, or one that ends in ``@sha256:...``. ``tag`` or ``digest``."""

    registry: str
    repository: str
    tag: str = ""
    digest: str = ""

    def __str__(self) -> str:
        return f"{self.place}@{self.digest}" if self.digest else f"{self.place}:{self.tag}"

    @property
    def place(self) -> str:
        return f"{self.registry}/{self.repository}"

    @property
    def host(self) -> str:
        """The registry without its port: where a credential would go."""
        return self.registry.rpartition(":")[0] or self.registry


Pattern = Image
"""An image that may be run; ``*`` in its tag stands for any characters."""


def parse(text: str, tags: re.Pattern[str] = TAG) -> Image:
    """An image as people name it, in full. ValueError where it is none; without a tag it is ``latest``."""
    if len(text) > LONGEST:
        raise ValueError(f"A name of an image has at most {LONGEST} characters.")
    place, at, digest = text.partition("@")
    first, slash, rest = place.partition("/")
    is_registry = bool(slash) and ("." in first or ":" in first or first == "localhost")
    registry, path = (first, rest) if is_registry else (DOCKER_HUB, place)
    repository, colon, tag = path.partition(":")
    if registry == DOCKER_HUB and "/" not in repository:
        repository = f"library/{repository}"
    if not REGISTRY.fullmatch(registry) or not REPOSITORY.fullmatch(repository) or registry == HOUSE:
        raise ValueError("This is no name of an image, like python:3.12 or ghcr.io/owner/name@sha256:...")
    if at:
        if colon or not DIGEST.fullmatch(digest):
            raise ValueError("After @ comes sha256: with 64 digits, and there is no tag besides.")
        return Image(registry, repository, digest=digest)
    if colon and not tags.fullmatch(tag):
        raise ValueError("This is no tag of an image.")
    return Image(registry, repository, tag=tag or "latest")


def pattern(text: str) -> Pattern:
    """What an operator allows: one image, or ``python:3.*``. The repository is always named in full.

    A star stands in a tag alone: whoever can push a tag to that repository can push any, so nothing is given away.
    """
    return parse(text, TAG_PATTERN)


def patterns(text: str) -> list[Pattern]:
    """A comma-separated list of them."""
    return [pattern(word.strip()) for word in text.split(",") if word.strip()]


def is_allowed(image: Image, allowed: Iterable[Pattern]) -> bool:
    """Whether the operator lets customers run this one."""
    return any(_covers(one, image) for one in allowed)


def _covers(one: Pattern, image: Image) -> bool:
    if one.place != image.place or bool(one.digest) != bool(image.digest):
        return False
    if one.digest:
        return one.digest == image.digest
    return bool(re.fullmatch(".*".join(map(re.escape, one.tag.split("*"))), image.tag))


def own(text: str, mark: str) -> Image | None:
    """The image that an account built and calls ``own/name:tag``; None where the text does not begin so."""
    if not text.startswith("own/"):
        return None
    found = OWN.fullmatch(text)
    if not found or len(text) > LONGEST:
        raise ValueError("An image of your own is called own/name:tag, in small letters.")
    return Image(HOUSE, f"{mark}/{found[1]}", tag=found[2] or "latest")


def pulled(image: Image, mark: str) -> Image:
    """What an account calls an image that only its credential could pull: nobody else can run it by its name."""
    where = image.registry.replace(":", "-")
    return Image(HOUSE, f"{mark}/pulled/{where}/{image.repository}", tag=image.tag or image.digest[7:])
