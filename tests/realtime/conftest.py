"""One web process for the tests of sockets and streams."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.realtime.installation import Follower, Web


@pytest.fixture(scope="session")
def web(fresh_database: Callable[[str], Any], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    """One web process for all tests that leave it whole."""
    made = Web(fresh_database("realtime"), tmp_path_factory.mktemp("web") / "log")
    yield made
    made.end(signal.SIGKILL)


@pytest.fixture
def follower(web: Web) -> Iterator[Follower]:
    made = web.member()
    yield made
    made.close()
