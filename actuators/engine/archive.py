"""Files between a workspace and a container, as archives: read by descriptor, unpacked with distrust. It blocks."""

from __future__ import annotations

import contextlib
import io
import os
import posixpath
import stat
import tarfile
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import IO

from actuators.beneath import MAX_DEPTH, check_path, closing, open_beneath, open_regular, opened, parts_of, refusing
from actuators.files import Place, Until
from actuators.given import Refused
from actuators.sandbox import Limits, Workspace
from actuators.sandbox.limits import MIB
from actuators.sandbox.workspace import measure

MAX_ENTRIES = 20_000
MAX_BYTES = 256 * MIB
MAX_OUTPUTS = 2000
MAX_OUTPUT_FILE = 64 * MIB
RECOUNT_BYTES = 32 * MIB
MOST_TOLD = 20
DIRECTORY_MODE = 0o755


@dataclass
class Told:
    """What was copied, and what was left out, of which the first are named."""

    files: int = 0
    bytes: int = 0
    left_out: list[str] = field(default_factory=list)
    left: int = 0

    def leave(self, name: str, why: str) -> None:
        self.left += 1
        if len(self.left_out) < MOST_TOLD:
            self.left_out.append(f"{name}: {why}")


@dataclass(frozen=True)
class Piece:
    """Something of a workspace and what it is called in the container: ``place`` without a slash at its beginning."""

    path: str
    place: str


class Packer:
    """An archive of files of a workspace, which all belong to one uid in it.

    Nothing is opened by a path that somebody may change meanwhile, and no link is followed: one that stays within what
    is copied goes along as a link, any other is left out.
    """

    def __init__(self, workspace: Workspace, user: str, until: Until) -> None:
        self.told = Told()
        self._workspace, self._until = workspace, until
        self._uid, self._gid = map(int, user.split(":"))
        self._entries = 0
        self._directories: set[str] = set()
        self._spool: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - whoever asked for it closes it
        self._tar = tarfile.open(  # noqa: SIM115 - finished() closes it
            fileobj=self._spool, mode="w", format=tarfile.PAX_FORMAT
        )

    def add_directory(self, place: str) -> None:
        """A directory of its own; the container's root stays as it is."""
        if place and place not in self._directories:
            self._directories.add(place)
            self._add(self._entry(place, tarfile.DIRTYPE, DIRECTORY_MODE))

    def add(self, piece: Piece) -> None:
        """Refused where it is not there, leads through a link, or is more than is copied."""
        with refusing(piece.path), opened(self._workspace) as top:
            path = "/".join(parts_of(piece.path)) or "."
            with closing(open_beneath(top, path, os.O_PATH | os.O_NOFOLLOW)) as handle:
                kind = os.fstat(handle).st_mode
            if stat.S_ISDIR(kind):
                self.add_directory(piece.place)
                with closing(open_beneath(top, path, os.O_RDONLY | os.O_DIRECTORY)) as fd:
                    self._walk(fd, piece.place, piece.place, 0)
            else:
                with closing(open_regular(top, path, os.O_RDONLY)) as fd:
                    self._add_file(fd, piece.place)

    def finished(self) -> IO[bytes]:
        """The archive, from its beginning. Whoever takes it closes it."""
        self._tar.close()
        self._spool.seek(0)
        return self._spool

    def close(self) -> None:
        self._spool.close()

    def _walk(self, fd: int, place: str, root: str, depth: int) -> None:
        if depth > MAX_DEPTH:
            raise Refused("too_large", f"The files are nested deeper than {MAX_DEPTH} directories.")
        for name in sorted(os.listdir(fd)):
            self._until.look("nothing was run")
            inner = f"{place}/{name}".lstrip("/")
            try:
                self._add_any(fd, name, inner, root, depth)
            except FileNotFoundError:
                continue  # gone since
            except PermissionError:
                self.told.leave(_shown(inner), "closed by its permissions")

    def _add_any(self, above: int, name: str, place: str, root: str, depth: int) -> None:
        found = os.stat(name, dir_fd=above, follow_symlinks=False)
        if stat.S_ISDIR(found.st_mode):
            with closing(open_beneath(above, name, os.O_RDONLY | os.O_DIRECTORY)) as fd:
                self._add(self._entry(place, tarfile.DIRTYPE, stat.S_IMODE(found.st_mode) & 0o777))
                self._walk(fd, place, root, depth + 1)
        elif stat.S_ISREG(found.st_mode):
            with closing(open_regular(above, name, os.O_RDONLY)) as fd:
                self._add_file(fd, place)
        elif stat.S_ISLNK(found.st_mode):
            self._add_link(os.readlink(name, dir_fd=above), place, root)
        else:
            self.told.leave(_shown(place), "no file")

    def _add_file(self, fd: int, place: str) -> None:
        found = os.fstat(fd)
        self.told.bytes += found.st_size
        if self.told.bytes > MAX_BYTES:
            raise Refused("too_large", f"The files have more than {MAX_BYTES // MIB} MiB.")
        self.told.files += 1
        entry = self._entry(place, tarfile.REGTYPE, stat.S_IMODE(found.st_mode) & 0o777)
        entry.size, entry.mtime = found.st_size, int(found.st_mtime)
        with os.fdopen(os.dup(fd), "rb") as content:
            try:
                self._add(entry, content)
            except OSError as error:
                raise Refused("file_error", f"{_shown(place)} changed while it was read.") from error

    def _add_link(self, target: str, place: str, root: str) -> None:
        there = posixpath.normpath(posixpath.join(posixpath.dirname(place), target))
        stays = f"{there}/".startswith(f"{root}/") if root else there.partition("/")[0] != ".."
        if target.startswith("/") or not stays:
            self.told.leave(_shown(place), "a link that leads out")
        else:
            entry = self._entry(place, tarfile.SYMTYPE, 0o777)
            entry.linkname = target
            self._add(entry)

    def _entry(self, place: str, kind: bytes, mode: int) -> tarfile.TarInfo:
        entry = tarfile.TarInfo(place)
        entry.type, entry.mode, entry.uid, entry.gid = kind, mode, self._uid, self._gid
        return entry

    def _add(self, entry: tarfile.TarInfo, content: IO[bytes] | None = None) -> None:
        self._entries += 1
        if self._entries > MAX_ENTRIES:
            raise Refused("too_large", f"These are more than {MAX_ENTRIES} files and directories.")
        self._tar.addfile(entry, content)


class Outputs(Place):
    """A workspace into which many files come at once: what is added is reckoned, and now and then all is counted.

    Others write meanwhile, of whom only a count tells: they go over the quota by RECOUNT_BYTES each at most.
    """

    def __init__(self, workspace: Workspace, limits: Limits, until: Until) -> None:
        super().__init__(workspace, limits, until)
        self._count()

    def _count(self) -> None:
        limits = self._limits
        usage = measure(self._workspace.path, max_entries=limits.workspace_files)
        self._free = limits.workspace_bytes - usage.bytes if usage.complete else 0
        self._slots = limits.workspace_files - usage.entries if usage.complete else 0
        self._uncounted = 0

    def _refuse_growth(self, path: str, size: int, *, replaces: bool, others: int = 0) -> None:
        if self._uncounted > RECOUNT_BYTES:
            self._count()
        self._uncounted += size
        self._free -= size
        self._slots -= 1
        if self._free < others or self._slots < 0:
            raise Refused("quota_exceeded", f"{path!r} was not written: the workspace is full.")


def unpack(stream: Iterable[bytes], path: str, place: Place, told: Told, until: Until) -> None:
    """Write the files of an engine's archive to ``path`` in the workspace; the archive calls its root by one name.

    Files and directories only. Links, devices and all else are left out; a name that leads out is refused whole.
    """
    try:
        with tarfile.open(fileobj=_Reader(stream), mode="r|") as tar:
            for number, entry in enumerate(tar):
                until.look("some of the files were copied")
                if number >= MAX_ENTRIES:
                    raise Refused("too_large", f"{path!r} holds more than {MAX_ENTRIES} files and directories.")
                _unpack_one(tar, entry, path, place, told)
    except (tarfile.TarError, EOFError, UnicodeError) as error:
        raise Refused("bad_archive", f"What the engine sent of {path!r} cannot be read.") from error


def _unpack_one(tar: tarfile.TarFile, entry: tarfile.TarInfo, path: str, place: Place, told: Told) -> None:
    if entry.name.startswith("/") or ".." in entry.name.split("/"):
        raise Refused("bad_archive", f"What the engine sent of {path!r} leads out of it.")
    inside = parts_of(entry.name)[1:]  # the first name is that of the root
    target = "/".join([*parts_of(path), *inside])
    if not target:
        return
    if (problem := check_path(target)) is not None:
        told.leave(_shown(target), problem)
    elif entry.isdir():
        place.mkdir(target, mode=entry.mode & 0o777 | 0o700, parents=True)
    elif entry.isreg() and not entry.issparse():
        _unpack_file(tar, entry, target, place, told)
    else:
        told.leave(target, "a link" if entry.issym() or entry.islnk() else "no file")


def _unpack_file(tar: tarfile.TarFile, entry: tarfile.TarInfo, target: str, place: Place, told: Told) -> None:
    told.files += 1
    told.bytes += entry.size
    if entry.size > MAX_OUTPUT_FILE or told.bytes > MAX_BYTES or told.files > MAX_OUTPUTS:
        most = f"{MAX_OUTPUTS} files, {MAX_OUTPUT_FILE // MIB} MiB each, {MAX_BYTES // MIB} MiB together"
        raise Refused("too_large", f"{target!r} is beyond what is copied: {most}.")
    content = tar.extractfile(entry)
    with contextlib.closing(content or io.BytesIO()) as data:
        place.write(target, data.read(), mode=entry.mode & 0o777, parents=True)


class _Reader(io.RawIOBase):
    """A stream of pieces, read as a file."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces: Iterator[bytes] = iter(pieces)
        self._held = b""

    def read(self, size: int = -1) -> bytes:
        while not self._held:
            piece = next(self._pieces, None)
            if piece is None:
                return b""
            self._held = piece
        out, self._held = self._held[:size], self._held[size:]
        return out


def _shown(name: str) -> str:
    return os.fsencode(name).decode(errors="backslashreplace").replace("\0", "")
