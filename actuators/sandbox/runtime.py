"""A directory for what all sandboxes of one runner share; it goes when the runner goes."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from actuators.sandbox.limits import SandboxUnavailable
from actuators.sandbox.process import started

PREFIX = "executor-sandbox"


class RuntimeDirectory:
    """Made at the start, 0755 so that every account's uid may pass; leftovers of dead runners go.

    /run comes first because cleaners of /tmp would take it from a runner that lives for weeks.
    """

    def __init__(self) -> None:
        me = f"{PREFIX}.{os.getpid()}.{started(os.getpid())}."
        for place in _places():
            _sweep(place)
            try:
                self.path = Path(tempfile.mkdtemp(prefix=me, dir=place))
            except OSError:
                continue
            self.path.chmod(0o755)
            return
        raise SandboxUnavailable("there is no directory for the sandboxes' root file system")

    def close(self) -> None:
        """Remove it with all that is in it."""
        shutil.rmtree(self.path, ignore_errors=True)


def _places() -> list[Path]:
    if os.geteuid() == 0:
        return [Path("/run"), Path(tempfile.gettempdir())]
    own = os.environ.get("XDG_RUNTIME_DIR")
    return [*([Path(own)] if own else []), Path(tempfile.gettempdir())]


def _sweep(place: Path) -> None:
    """Only what belongs to our uid: in a shared /tmp anybody can make such a name."""
    for left in place.glob(f"{PREFIX}.*.*.*"):
        _, pid, start, _ = left.name.split(".", 3)
        try:
            ours = left.lstat().st_uid == os.geteuid()
        except FileNotFoundError:
            continue
        if ours and pid.isdigit() and started(int(pid)) != start:
            shutil.rmtree(left, ignore_errors=True)
