"""Fetching an image that the operator allows, with the account's own credential where its registry wants one."""

from __future__ import annotations

import base64
import contextlib
import json
import time
from collections.abc import Iterator, Mapping
from typing import Any

from actuators.engine import holdings, images
from actuators.engine.client import is_absent, words
from actuators.engine.images import Image
from actuators.engine.session import Heard, Session
from actuators.given import Given, Refused, Secret
from actuators.outbound.names import matches
from actuators.sandbox import Outcome

STALL_SECONDS = 60.0


def pull(params: Mapping[str, Any], given: Given, session: Session, heard: Heard) -> Outcome:
    """Refused: image_forbidden, pull_failed; credential_unknown, credential_kind, credential_host, quota_exceeded.

    What only a credential could pull is called by a name of the account's own, and by its digest: whoever has none
    cannot run it, though the operator allows its name.
    """
    began = time.monotonic()
    asked = images.parse(params["image"])
    holdings.refuse_forbidden(session.engine, asked, params["image"])
    secret = _secret(params, given, asked)
    with session.asking() as api:
        if secret is None:
            _fetch(api, asked, {}, session)
            name = asked
        else:
            name = images.pulled(asked, session.engine.owner.mark)
            own = {tag for one in holdings.own_images(api, session.engine) for tag in one["RepoTags"]}
            if str(name) not in own and len(own) >= holdings.MOST_IMAGES:
                raise Refused("quota_exceeded", f"An account has {holdings.MOST_IMAGES} images of its own at most.")
            _fetch_privately(api, asked, name, secret, session)
        found = api.inspect_image(str(name))
    return heard.outcome(0, began, {"image": params["image"], "id": found["Id"], "bytes": found.get("Size")})


def _secret(params: Mapping[str, Any], given: Given, asked: Image) -> dict[str, str] | None:
    """Who asks, as a registry wants it."""
    key = params.get("credential")
    if key is None:
        return None
    secret: Secret | None = given.secrets.get(key)
    if secret is None:
        raise Refused("credential_unknown", f"There is no credential {key}.")
    if secret.kind != "registry":
        raise Refused("credential_kind", f"The credential {key} is of kind {secret.kind}; a registry takes registry.")
    if not matches(asked.host, secret.hosts):
        known = ", ".join(secret.hosts) or "no host"
        raise Refused("credential_host", f"The credential is for {known}, not for {asked.host}.")
    return {
        "username": secret.values["username"],
        "password": secret.values["password"],
        "serveraddress": asked.registry,
    }


def _fetch_privately(api: Any, asked: Image, name: Image, secret: dict[str, str], session: Session) -> None:
    """By its digest, which gives it no tag that others run; then it gets the account's name and keeps that alone.

    A digest is no secret, and an operator may allow an image by it: it stays where who has no credential had pulled it.
    """
    digest = asked.digest or _digest(api, asked, secret)
    exact = Image(asked.registry, asked.repository, digest=digest)
    was_there = holdings.is_there(api, exact)
    _fetch(api, exact, secret, session)
    try:
        api.tag(str(exact), name.place, name.tag)
    finally:
        if not was_there:
            _unname(api, exact)


def _unname(api: Any, exact: Image) -> None:
    from docker.errors import APIError

    try:
        api.remove_image(str(exact))
    except APIError as error:
        if not is_absent(error):  # another try of the account's may have done it
            raise


def _digest(api: Any, asked: Image, secret: dict[str, str]) -> str:
    from docker.errors import APIError

    try:
        return str(api.inspect_distribution(str(asked), auth_config=secret)["Descriptor"]["digest"])
    except APIError as error:
        raise Refused("pull_failed", f"The registry did not give {asked}: {words(error)}") from error


def _fetch(api: Any, asked: Image, secret: dict[str, str], session: Session) -> None:
    from docker.errors import APIError

    who = base64.urlsafe_b64encode(json.dumps(secret).encode()).decode()
    headers = {"X-Registry-Auth": who} if secret else {}
    place = {"fromImage": asked.place, "tag": asked.digest or asked.tag}
    try:
        answer = api.post(
            api._url("/images/create"), params=place, headers=headers, stream=True, timeout=(10, STALL_SECONDS)
        )
        with contextlib.closing(answer):
            api._raise_for_status(answer)
            for said in _lines(answer, session):
                if "error" in said:
                    raise Refused("pull_failed", f"The image {asked} was not pulled: {str(said['error'])[:500]}")
    except APIError as error:
        raise Refused("pull_failed", f"The image {asked} was not pulled: {words(error)}") from error


def _lines(answer: Any, session: Session) -> Iterator[dict[str, Any]]:
    """What the engine says of its progress, one JSON object a line."""
    for line in answer.iter_lines(decode_unicode=False):
        session.look()
        if line:
            with contextlib.suppress(ValueError, RecursionError):
                yield json.loads(line)
