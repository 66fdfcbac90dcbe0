"""`python -m executor_one.serve`, which is `make run`: install nothing, start everything, keep it up.

Ends with 0 when it was asked to stop, 2 when something of the owner's must be put right first, and
1 when a part of the system cannot start.
"""

from __future__ import annotations

import errno
import fcntl
import logging
import os
import socket
import sys

from executor_one.serve.child import emit
from executor_one.serve.config import Config, ConfigError, current
from executor_one.serve.postgres import PostgresError
from executor_one.serve.provision import ProvisionError
from executor_one.serve.startup import Startup, StepFailed, Stopped
from executor_one.serve.supervisor import StartupFailed, say


def main() -> int:
    """Run until asked to stop; the exit status."""
    logging.basicConfig(level=logging.INFO, handlers=[_Lines()])
    try:
        config = current()
        lock = claim(config)
    except (ConfigError, OSError) as error:
        say(str(error))
        return 2
    try:
        return serve(Startup(config))
    finally:
        os.close(lock)


def serve(startup: Startup) -> int:
    """Bring it up, watch it, take it down, whatever happened in between."""
    status = 0
    try:
        startup.up()
        startup.supervisor.run()
    except Stopped:
        pass
    except (ConfigError, ProvisionError) as error:
        say(str(error))
        status = 2
    except StepFailed as error:
        say(str(error))
        status = error.status
    except (PostgresError, StartupFailed) as error:
        say(str(error))
        status = 1
    finally:
        startup.down()
    return status


def claim(config: Config) -> int:
    """Be the only one on this data folder and find the port free; the lock's descriptor."""
    config.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = os.open(config.data_dir / "run.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.read(lock, 20).decode().strip() or "?"
        raise ConfigError(
            f"executor.one runs already on {config.data_dir} (process {holder}); stop it first "
            "or set EXECUTOR_DATA_DIR and PORT."
        ) from None
    os.ftruncate(lock, 0)
    os.pwrite(lock, f"{os.getpid()}\n".encode(), 0)
    demand_free_port(config.host, config.port)
    return lock


def demand_free_port(host: str, port: int) -> None:
    """Raise ConfigError when nobody could listen there."""
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            why = f"Port {port} of {host} is in use; set PORT to another one."
        else:
            why = f"Cannot listen on {host}:{port}: {error.strerror}."
        raise ConfigError(why) from None


class _Lines(logging.Handler):
    """Our log lines among those of the children."""

    def emit(self, record: logging.LogRecord) -> None:
        emit("executor", record.getMessage().encode())


if __name__ == "__main__":
    sys.exit(main())
