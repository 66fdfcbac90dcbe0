"""Folders for servers."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

MakeFolder = Callable[[], Path]


@pytest.fixture(scope="session")
def make_folder() -> Iterator[MakeFolder]:
    """A new folder at each call. Not tmp_path: every pytest that starts closes its parent to others again,
    and as root the server is another user."""
    made = []

    def make() -> Path:
        folder = Path(tempfile.mkdtemp(prefix="executor-serve-"))
        made.append(folder)
        return folder

    yield make
    for folder in made:
        shutil.rmtree(folder, ignore_errors=True)
