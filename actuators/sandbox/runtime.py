"""A directory for what all sandboxes of one runner share; it goes when the runner goes."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from actuators.sandbox.limits import SandboxUnavailable
from actuators.sandbox.process import claim, started

PREFIX = "executor-sandbox"


class RuntimeDirectory:
    """Made at the start, 0755 so that every account's uid may pass; leftovers of dead runners go.

    /run comes first because cleaners of /tmp would take it from a runner that lives for weeks.
    """

    def __init__(self) -> None:
        sweep()
        for place in _places():
            try:
                made = Path(tempfile.mkdtemp(prefix=f".{PREFIX}", dir=place))
            except OSError:
                continue
            made.chmod(0o755)
            self._claim = claim(made)
            # Only now has it a name that others would sweep.
            suffix = made.name.removeprefix(f".{PREFIX}")
            self.path = made.rename(place / f"{PREFIX}.{os.getpid()}.{started(os.getpid())}.{suffix}")
            return
        raise SandboxUnavailable("there is no directory for the sandboxes' root file system")

    def close(self) -> None:
        """Remove it with all that is in it."""
        shutil.rmtree(self.path, ignore_errors=True)
        if self._claim is not None:
            os.close(self._claim)


def sweep() -> int:
    """Remove the directories of dead runners; answers how many."""
    return sum(_sweep(place) for place in _places())


def _places() -> list[Path]:
    if os.geteuid() == 0:
        return [Path("/run"), Path(tempfile.gettempdir())]
    own = os.environ.get("XDG_RUNTIME_DIR")
    return [*([Path(own)] if own else []), Path(tempfile.gettempdir())]


def _sweep(place: Path) -> int:
    """Only what belongs to our uid (in a shared /tmp anybody can make such a name), and what nobody claims."""
    removed = 0
    for left in place.glob(f"{PREFIX}.*.*.*"):
        _, pid, start, _ = left.name.split(".", 3)
        try:
            ours = left.lstat().st_uid == os.geteuid()
        except FileNotFoundError:
            continue
        if not ours or not pid.isdigit() or started(int(pid)) == start:
            continue
        claimed = claim(left)
        if claimed is not None:
            shutil.rmtree(left, ignore_errors=True)
            os.close(claimed)
            removed += 1
    return removed
