"""What an account has at an engine: its containers, its images, its network. What is another's is not there at all."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from actuators.engine import images, walls
from actuators.engine.client import is_absent
from actuators.engine.endpoint import Engine
from actuators.engine.images import Image
from actuators.given import Refused

SHORTEST_ID = 12
MOST_KEPT = 5  # detached containers of one account
MOST_IMAGES = 10  # images of its own
IMAGE_WORKSPACES = 4  # what its built images hold together, in workspaces
NETWORK_SECONDS = 3600
# A bridge that the engine's host has no address on: nobody to talk to but one's own containers.
BRIDGE = {"com.docker.network.bridge.inhibit_ipv4": "true"}


@dataclass(frozen=True)
class Found:
    """An image that may be run: its id, and what it says of itself."""

    id: str
    name: str
    config: Mapping[str, Any]

    @property
    def volumes(self) -> list[str]:
        return sorted(self.config.get("Volumes") or {})


def container(api: Any, engine: Engine, name: str) -> dict[str, Any]:
    """The account's container of this name or id. Refused, in the same words, for none and for somebody else's."""
    for one in api.containers(all=True, filters={"label": walls.of_account(engine.owner)}):
        said = one["Labels"]
        if said.get(f"{walls.PREFIX}kind") != walls.KEPT:
            continue
        if said.get(f"{walls.PREFIX}name") == name or (len(name) >= SHORTEST_ID and one["Id"].startswith(name)):
            return dict(one)
    raise Refused("container_unknown", f"There is no container {name}.")


def kept(api: Any, engine: Engine) -> int:
    """How many detached containers the account has."""
    only = [*walls.of_account(engine.owner), f"{walls.PREFIX}kind={walls.KEPT}"]
    return len(api.containers(all=True, filters={"label": only}))


def image(api: Any, engine: Engine, text: str) -> Found:
    """The image that a customer names: one of its own, or one that the operator allows and that is there.

    Refused: image_forbidden, image_unknown.
    """
    if own := images.own(text, engine.owner.mark):
        return own_image(api, engine, own, text)
    asked = images.parse(text)
    refuse_forbidden(engine, asked, text)
    found = _inspected(api, images.pulled(asked, engine.owner.mark))
    if found and not is_own(found, engine):
        found = None
    found = found or _inspected(api, asked)
    if found is None:
        raise Refused("image_unknown", f"The image {text} is not on the engine: pull it first.")
    return Found(found["Id"], text, found.get("Config") or {})


def own_image(api: Any, engine: Engine, own: Image, text: str) -> Found:
    found = _inspected(api, own)
    if found is None or not is_own(found, engine):
        raise Refused("image_unknown", f"There is no image {text}.")
    return Found(found["Id"], text, found.get("Config") or {})


def refuse_forbidden(engine: Engine, asked: Image, text: str) -> None:
    if not images.is_allowed(asked, engine.images):
        known = ", ".join(map(str, engine.images)) or "none"
        raise Refused("image_forbidden", f"The image {text} is not among those that may be run here: {known}.")


def own_images(api: Any, engine: Engine) -> list[dict[str, Any]]:
    """The images of the account's own that have a name."""
    house = f"{images.HOUSE}/{engine.owner.mark}/"
    return [one for one in api.images() if any(tag.startswith(house) for tag in one.get("RepoTags") or ())]


def image_bytes(api: Any, engine: Engine) -> int:
    """What the images that the account built hold together, each beside what it was built upon.

    Those without a name count as well: they have lost it to a newer one, and something is made of them.
    """
    only = [*walls.of_account(engine.owner), f"{walls.PREFIX}kind={walls.IMAGE}"]
    return sum(_bytes(one) for one in api.images(all=True, filters={"label": only}))


def _bytes(built: Mapping[str, Any]) -> int:
    """All of it where its label says nothing."""
    said = built["Labels"].get(f"{walls.PREFIX}bytes", "")
    return int(said) if said.isdigit() else int(built["Size"])


def is_own(inspected: Mapping[str, Any], engine: Engine) -> bool:
    """Whether an image is this account's: by its label, or, for a pulled one, which has none, by its name."""
    names = inspected.get("RepoTags") or ()
    if any(name.startswith(f"{images.HOUSE}/{engine.owner.mark}/pulled/") for name in names):
        return True
    said = (inspected.get("Config") or {}).get("Labels") or {}
    return all(label in {f"{name}={value}" for name, value in said.items()} for label in walls.of_account(engine.owner))


def network(api: Any, engine: Engine) -> str:
    """The name of the account's private network, made when it is not there."""
    from docker.errors import APIError

    name = f"executor-{engine.owner.mark}"
    marks = walls.labels(engine.owner, walls.NETWORK, time.time() + NETWORK_SECONDS)
    labels = walls.of_account(engine.owner)
    if any(one["Name"] == name for one in api.networks(filters={"label": labels})):
        return name
    try:
        api.create_network(name, driver="bridge", internal=True, check_duplicate=True, options=BRIDGE, labels=marks)
    except APIError as error:
        if error.status_code != 409:  # somebody made it since
            raise
    return name


def is_there(api: Any, named: Image) -> bool:
    """Whether the engine has an image of exactly this name, whoever may run it."""
    return _inspected(api, named) is not None


def _inspected(api: Any, named: Image) -> dict[str, Any] | None:
    from docker.errors import APIError

    try:
        return dict(api.inspect_image(str(named)))
    except APIError as error:
        if is_absent(error):
            return None
        raise
