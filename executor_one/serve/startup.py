"""The order in which a system comes up: database, roles, tables, processes, ready."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Mapping, Sequence

from executor_one.serve import probes, sweep
from executor_one.serve.child import RUN, Child, emit
from executor_one.serve.config import ROOT, Config, ConfigError
from executor_one.serve.leash import leashed
from executor_one.serve.postgres import EmbeddedPostgres
from executor_one.serve.prepare import BAD_SETTINGS
from executor_one.serve.provision import (
    APP,
    OWNER,
    WHAT_TO_DO,
    Urls,
    database_of,
    grant_own_rows,
    is_privileged,
    provision,
)
from executor_one.serve.secretfile import derive, load_secrets, write_private
from executor_one.serve.supervisor import Supervisor, say

MANAGE = [sys.executable, str(ROOT / "manage.py")]
CHECKED = "--skip-checks"  # done by `prepare`; once more in each process costs a second of the start
SILENT_HEARTBEAT = 3.5  # seconds without a beat before the heartbeat is replaced; it beats every 0.5
SILENT_RUNNER = 8.0  # seconds without a sign of the runner, which gives one every 2
SILENT_COURIER = 8.0  # seconds without a sign of the courier, which gives one every 2
BOOT = 10.0  # seconds that Django and its workers may take on a busy machine before they are judged
PATIENCE = 5.0  # seconds that a part may still be missing when the rest is ready
SLOW = 60.0  # seconds after which we say why it is not ready yet
# What only start-up may know; children get DATABASE_URL of the application's role.
NOT_FOR_CHILDREN = ("DATABASE_OWNER_URL", "PGPASSWORD", "MAKEFLAGS", "MAKELEVEL", "MFLAGS")
NO_NEWS = re.compile(
    r"System check identified no issues|Operations to perform|Running migrations"
    r"|  Apply all|  No migrations"
)


class StepFailed(Exception):
    """A command of start-up failed and has printed why; `status` is what we end with."""

    def __init__(self, text: str, status: int) -> None:
        super().__init__(text)
        self.status = status


class Stopped(Exception):
    """We were asked to stop while starting."""


class Startup:
    """One run: up() starts everything and returns, `supervisor.run()` watches, down() ends all."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.run_id = str(uuid.uuid4())
        self.secrets = load_secrets(config.data_dir)
        self.secret_key = config.secret_key or self.secrets.secret_key
        self.postgres = None if config.database_url else EmbeddedPostgres(config.data_dir)
        self.supervisor = Supervisor([], self.run_id)

    def up(self) -> None:
        """Everything up to started processes; readiness is announced later, from a thread."""
        self.supervisor.listen()
        self._bury_the_dead()
        self.supervisor.ensure_undertaker()
        if self.postgres is not None:
            self.postgres.start()
            self.supervisor.adopt(self.postgres)
        urls = self._database()
        self._prepare(urls.owner_url)
        write_private(self.config.data_dir / "database-url", urls.app_url + "\n")
        for child in self.children(urls.app_url):
            self.supervisor.add(child)
        threading.Thread(target=self._announce, daemon=True).start()

    def down(self) -> None:
        """End all that up() started, in reverse; nothing of ours is left."""
        self.supervisor.stop()
        if self.postgres is not None:
            self.postgres.stop()

    def children(self, app_url: str) -> list[Child]:
        """The four processes of every installation, in the order in which they start; a fifth where a model plans."""
        config, env = self.config, self._env(app_url)
        listen = ["-b", config.host, "-p", str(config.port), "--no-server-name", "-v", "0"]
        daphne = [sys.executable, "-m", "daphne", *listen, "executor_one.asgi:application"]
        web = Child("web", daphne, env, strikes=3, settle=BOOT)
        web.probe = probes.web_answers(config.address)
        heartbeat = Child("heartbeat", [*MANAGE, "qcluster", CHECKED], env, settle=BOOT)
        heartbeat.probe = probes.row_moves(app_url, probes.PULSE, SILENT_HEARTBEAT, "the pulse")
        runner = Child("runner", [*MANAGE, "runner", CHECKED], env, settle=BOOT, grace=10.0)
        runner.probe = probes.row_moves(
            app_url, probes.RUNNER, SILENT_RUNNER, "its sign of life", [socket.gethostname()[:255]]
        )
        courier = Child("courier", [*MANAGE, "courier", CHECKED], env, settle=BOOT, grace=8.0)
        courier.probe = probes.row_moves(
            app_url, probes.COURIER, SILENT_COURIER, "its sign of life", [socket.gethostname()[:255]]
        )
        planner = Child("planner", [*MANAGE, "planner", CHECKED], env, settle=BOOT)
        return [web, heartbeat, runner, courier, *([planner] if config.has_model else [])]

    # -- steps ------------------------------------------------------------------------------

    def _bury_the_dead(self) -> None:
        """What a run on this data left behind that was killed together with its undertaker."""
        note = self.config.data_dir / "run-id"
        if note.exists():
            sweep.kill(sweep.carrying(f"{RUN}={note.read_text().strip()}"))
        write_private(note, self.run_id + "\n")

    def _database(self) -> Urls:
        """The two logins, after roles, database and privileges are what they should be."""
        given, owner = self.config.database_url, self.config.owner_url
        if self.postgres is not None:
            return provision(
                self.postgres.admin_url,
                app_password=self.secrets.app_password,
                owner_password=self.secrets.owner_password,
                database="executor",
            )
        if owner:
            urls = Urls(owner_url=owner, app_url=given)
            grant_own_rows(urls)
            return urls
        if not is_privileged(given):
            raise ConfigError(f"The login of DATABASE_URL may not create roles. {WHAT_TO_DO}")
        return provision(
            given,
            app_password=derive(self.secret_key, f"role/{APP}"),
            owner_password=derive(self.secret_key, f"role/{OWNER}"),
            database=database_of(given),
        )

    def _env(self, database_url: str) -> dict[str, str]:
        """What a child sees. Sign-up is unlimited where the installation is somebody's own machine."""
        env = {k: v for k, v in self.config.environment.items() if k not in NOT_FOR_CHILDREN}
        env.setdefault("PUBLIC_URL", self.config.address)
        if self.postgres is not None:
            env.setdefault("SIGNUP_RATE", "none")
        return env | {
            "DATABASE_URL": database_url,
            "SECRET_KEY": self.secret_key,
            "EXECUTOR_DATA_DIR": str(self.config.data_dir),
            "PYTHONUNBUFFERED": "1",
            RUN: self.run_id,
        }

    def _prepare(self, owner_url: str) -> None:
        """Check and migrate; what of the output is news is printed. Stopped, or StepFailed."""
        step = Step([sys.executable, "-m", "executor_one.serve.prepare"], self._env(owner_url))
        while (status := step.poll()) is None:
            if self.supervisor.stops_asked:
                raise Stopped
            time.sleep(0.02)
        for line in step.output():
            if line.strip() and not NO_NEWS.match(line):
                emit("prepare", line.encode())
        if status == BAD_SETTINGS:
            raise StepFailed("The settings must be put right first; see above.", status)
        if status != 0:
            raise StepFailed("The tables could not be brought up to date; see above.", 1)

    # -- ready ------------------------------------------------------------------------------

    def _announce(self) -> None:
        """Say once that it is ready; say why not when it takes long."""
        asked = time.monotonic()
        degraded_since: float | None = None
        complain_at = SLOW
        while not self.supervisor.stops_asked:
            report, now = self._health(), time.monotonic()
            if report.get("status") == "degraded":
                degraded_since = degraded_since or now
            if report.get("status") == "healthy" or now - (degraded_since or now) > PATIENCE:
                self.supervisor.ready = True
                print("\n".join(welcome(self.config, report)), flush=True)  # noqa: T201
                return
            if now - asked > complain_at:
                complain_at *= 2
                say(f"not ready yet: {'; '.join(missing(report)) or 'web does not answer'}")
            time.sleep(0.1)

    def _health(self) -> Mapping[str, object]:
        try:
            return probes.health(self.config.address)
        except OSError:
            return {}


class Step:
    """A command that runs to its end, on a leash; its output is kept and read afterwards."""

    def __init__(self, argv: Sequence[str], env: Mapping[str, str]) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the object
        self._process = subprocess.Popen(
            leashed(argv),
            stdin=subprocess.DEVNULL,
            stdout=self._file,
            stderr=subprocess.STDOUT,
            env=env,
            cwd=ROOT,
            start_new_session=True,
        )

    def poll(self) -> int | None:
        """As Popen.poll."""
        return self._process.poll()

    def output(self) -> list[str]:
        """All lines, after the end."""
        self._file.seek(0)
        return self._file.read().decode(errors="replace").splitlines()


def missing(report: Mapping[str, object]) -> list[str]:
    """`name: message` of every part that is not well."""
    parts = report.get("checks")
    if not isinstance(parts, list):
        return []
    return [f"{part.get('name')}: {part.get('message')}" for part in parts if not part.get("ok")]


def welcome(config: Config, report: Mapping[str, object]) -> list[str]:
    """The line that says it is ready, and what to do next."""
    url, json_ = config.address, "-H 'Content-Type: application/json'"
    lines = [f"executor.one is ready at {url}"]
    if report.get("status") == "degraded":
        lines.append(f"  but degraded: {'; '.join(missing(report))}")
    account = '{"email": "you@example.com", "password": "choose-a-long-one"}'
    goal = '{"description": "My first goal", "semanticPath": ["echo hello"]}'
    return [
        *lines,
        "  Open it in a browser, sign up, and watch a first goal. Or from a terminal:",
        f"  1. your key:   curl -X POST {url}/api/auth/register {json_} -d '{account}'",
        f"  2. first goal: curl -X POST {url}/api/goals {json_} -H 'Authorization: Bearer exo_...' -d '{goal}'",
        f"  3. its state:  curl {url}/api/goals/THE_ID -H 'Authorization: Bearer exo_...'   (Ctrl-C here stops all)",
    ]


__all__ = ["Startup", "StepFailed", "Stopped", "missing", "welcome"]
