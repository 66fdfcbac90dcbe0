"""Talking to an engine. The SDK is loaded when the first engine is asked: it takes 0.2 s. All of this blocks."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from importlib import import_module
from typing import Any

from actuators.engine.endpoint import Engine
from actuators.given import Refused

SECONDS = 30.0  # for one answer of the engine
MOST_WORDS = 500
OLDEST = "1.41"  # of the API; then the engine is asked for its own


@contextlib.contextmanager
def connected(engine: Engine, seconds: float = SECONDS) -> Iterator[Any]:
    """A client of this engine, and nothing of the runner's own: no proxy, no sign-in of its user goes along."""
    docker: Any = import_module("docker")  # whose types are none

    with refusing(engine):
        folder = engine.certificates
        tls: Any = False
        if folder:
            pair = (str(folder / "cert.pem"), str(folder / "key.pem"))
            tls = docker.tls.TLSConfig(client_cert=pair, ca_cert=str(folder / "ca.pem"), verify=True)
        api = docker.APIClient(base_url=engine.url, version=OLDEST, timeout=seconds, tls=tls)
        api.trust_env, api._auth_configs, api._general_configs = False, docker.auth.load_config(config_dict={}), {}
        api._version = api._retrieve_server_version()
        try:
            yield api
        finally:
            api.close()


@contextlib.contextmanager
def refusing(engine: Engine) -> Iterator[None]:
    """What goes wrong with the engine becomes a Refused: actuator_unavailable, or engine_error with its words."""
    from docker.errors import APIError, DockerException
    from requests.exceptions import RequestException
    from urllib3.exceptions import HTTPError

    try:
        yield
    except APIError as error:
        raise Refused("engine_error", f"The engine {engine.name} refused: {words(error)}") from error
    except (DockerException, RequestException, HTTPError, OSError) as error:
        raise Refused("actuator_unavailable", f"The engine {engine.name} does not answer.") from error


def words(error: Any) -> str:
    """What an engine says of a refusal, without what it cannot be stored with."""
    said = str(error.explanation or error)
    with contextlib.suppress(ValueError, KeyError, TypeError, RecursionError):
        said = str(json.loads(said)["message"])
    return said.replace("\0", "")[:MOST_WORDS]


def is_absent(error: Any) -> bool:
    return bool(error.status_code == 404)
