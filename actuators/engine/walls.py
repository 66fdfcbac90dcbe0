"""What every container is made with, whatever a customer asks for. Nothing of a customer's is passed through: the call
is written here from fields that were read, so what is not written here cannot be asked for.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from actuators.engine.endpoint import Owner
from actuators.sandbox import Limits
from actuators.sandbox.limits import MIB

PREFIX = "executor."
NOBODY = "65534:65534"
RUN_BYTES = 8 * MIB
SHM_BYTES = 64 * MIB
LOG_BYTES = MIB
NOWHERE = "192.0.2.1"  # of RFC 5737; asked from inside the container, not by the engine for it
TRY, KEPT, BUILD, IMAGE, NETWORK = "try", "kept", "build", "image", "network"


@dataclass(frozen=True)
class Wanted:
    """A container as a customer asks for it, within what is allowed. ``volumes`` are those that its image declares."""

    image: str
    command: Sequence[str] | None = None
    entrypoint: Sequence[str] | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    workdir: str = ""
    user: str = NOBODY
    network: str = ""  # of the account, by its name at the engine; empty: none
    alias: str = ""
    volumes: Sequence[str] = ()
    is_written: bool = False  # its file system can be changed: files are copied in or out
    is_kept: bool = False  # it outlives the task, so its output is kept


def labels(owner: Owner, kind: str, deadline: float, name: str = "", size: int = 0) -> dict[str, str]:
    """Written on all that is made. All of them always: what an image says of itself must not stand in for one.

    ``size``: bytes that an image holds beside what it was built upon.
    """
    return {
        f"{PREFIX}installation": owner.installation,
        f"{PREFIX}account": owner.account,
        f"{PREFIX}goal": owner.goal,
        f"{PREFIX}task": owner.task,
        f"{PREFIX}runner": owner.runner if kind in (TRY, BUILD) else "",
        f"{PREFIX}kind": kind,
        f"{PREFIX}name": name,
        f"{PREFIX}deadline": str(int(deadline)),
        f"{PREFIX}bytes": str(size),
    }


def of_account(owner: Owner) -> list[str]:
    """The filter that finds what is this account's, and nothing else."""
    return [f"{PREFIX}installation={owner.installation}", f"{PREFIX}account={owner.account}"]


def of_installation(owner: Owner) -> list[str]:
    return [f"{PREFIX}installation={owner.installation}"]


def is_past(said: Mapping[str, str], now: float | None = None) -> bool:
    """Whether its time is over; so is that of what does not say when."""
    deadline = said.get(f"{PREFIX}deadline", "")
    return not deadline.isdigit() or int(deadline) < (time.time() if now is None else now)


def config(wanted: Wanted, limits: Limits, marks: Mapping[str, str]) -> dict[str, Any]:
    """The body of the call that makes the container."""
    made: dict[str, Any] = {
        "Image": wanted.image,
        "Env": [f"{name}={value}" for name, value in wanted.env.items()],
        "User": wanted.user,
        "WorkingDir": wanted.workdir,
        "Labels": dict(marks),
        "Healthcheck": {"Test": ["NONE"]},
        "AttachStdin": False, "OpenStdin": False, "Tty": False,
        "HostConfig": host_config(wanted, limits),
    }  # fmt: skip
    if wanted.command is not None:
        made["Cmd"] = list(wanted.command)
    if wanted.entrypoint is not None:
        made["Entrypoint"] = list(wanted.entrypoint)
    if wanted.network:
        aliases = [wanted.alias] if wanted.alias else []
        made["NetworkingConfig"] = {"EndpointsConfig": {wanted.network: {"Aliases": aliases}}}
    return made


def host_config(wanted: Wanted, limits: Limits) -> dict[str, Any]:
    """The walls. Swap is none, for it equals the memory; a volume that an image declares is in memory instead."""
    scratch = f"rw,exec,nosuid,nodev,mode=1777,size={limits.tmp_bytes}"
    return {
        "NetworkMode": wanted.network or "none",
        "Dns": [NOWHERE] if wanted.network else [],
        "Privileged": False,
        "CapAdd": [], "CapDrop": ["ALL"],
        "SecurityOpt": ["no-new-privileges"],
        "ReadonlyRootfs": not wanted.is_written,
        "Tmpfs": {
            **dict.fromkeys(wanted.volumes, scratch),
            "/run": f"rw,noexec,nosuid,nodev,mode=1777,size={RUN_BYTES}",
            "/tmp": scratch,  # noqa: S108 - the container's own
        },
        "Binds": [], "Mounts": [], "Devices": [], "VolumesFrom": [], "Links": [], "PortBindings": {},
        "PublishAllPorts": False,
        "IpcMode": "private", "CgroupnsMode": "private", "PidMode": "", "UTSMode": "", "UsernsMode": "",
        "Memory": limits.memory_bytes, "MemorySwap": limits.memory_bytes,
        "NanoCpus": limits.cpu_percent * 10_000_000,
        "PidsLimit": limits.pids,
        "ShmSize": min(SHM_BYTES, limits.memory_bytes),
        "OomScoreAdj": 500,
        "Ulimits": [
            {"Name": "nofile", "Soft": limits.nofile, "Hard": limits.nofile},
            {"Name": "fsize", "Soft": limits.file_bytes, "Hard": limits.file_bytes},
            {"Name": "core", "Soft": 0, "Hard": 0},
        ],
        "RestartPolicy": {"Name": "no", "MaximumRetryCount": 0},
        "AutoRemove": False,
        "LogConfig": {"Type": "json-file", "Config": {"max-size": str(LOG_BYTES), "max-file": "1"}}
        if wanted.is_kept else {"Type": "none", "Config": {}},
    }  # fmt: skip
