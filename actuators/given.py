"""What an actuator is given for one try besides its params, and how it refuses. Plain values, alike for every one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Any, Protocol

from actuators.sandbox import Limits, OnOutput, Outcome, Workspace

Resolve = Callable[[str, int], Iterable[str]]
"""From a host and a port to addresses, as text. It may block, and raises OSError where there are none."""


class Shell(Protocol):
    """Whoever runs commands: ``Sandboxes``, or ``BareShell`` by the operator's explicit choice."""

    async def run(
        self,
        command: str,
        *,
        workspace: Workspace,
        limits: Limits = ...,
        env: Mapping[str, str] = ...,
        on_output: OnOutput | None = ...,
        egress: Path | None = ...,
    ) -> Outcome: ...


@dataclass(frozen=True)
class Secret:
    """An opened credential, for one try alone.

    ``hosts`` are those that it may be sent to: ``api.example.com``, or ``*.example.com`` for every name below it;
    without any it goes nowhere. ``values`` by kind: bearer {token}, basic {username, password}, header {name, value},
    database {username, password}, registry {username, password}, env {NAME: value, ...}.
    """

    kind: str
    hosts: tuple[str, ...]
    values: Mapping[str, str] = field(repr=False)

    @property
    def hidden(self) -> list[str]:
        """What must not be read in an answer: all but who it is of."""
        told = () if self.kind == "env" else ("username", "name")
        return [value for name, value in self.values.items() if name not in told]


@dataclass(frozen=True)
class Reach:
    """Where what leaves the house may go. ``exceptions`` are private networks that the operator lets everybody reach.

    ``ports`` are those that can be dialled, none means the actuator's own. ``authorities``, in PEM, are trusted for
    TLS besides the public ones, for such networks have their own. ``resolve`` looks a host up, none means the system.
    ``account`` is whose tries these are: what can be used up (look-ups that nobody answers) is counted for each.
    """

    ports: frozenset[int] = frozenset()
    exceptions: tuple[IPv4Network | IPv6Network, ...] = ()
    authorities: str = ""
    resolve: Resolve | None = None
    account: str = ""


@dataclass(frozen=True)
class Given:
    """One try's surroundings. ``secrets`` are those that the params name, by their id; ``engines`` those of docker.

    ``egress`` is the way out of the sandbox that the account's commands have, if any (actuators.outbound.egress).
    ``task`` is whose try it is, the same for every one of its tries: for whoever can tell a repeat by it.
    """

    workspace: Workspace
    limits: Limits
    shell: Shell
    env: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, Secret] = field(default_factory=dict)
    reach: Reach = Reach()
    engines: Mapping[str, Any] = field(default_factory=dict)
    on_output: OnOutput | None = None
    egress: Path | None = None
    task: str = ""


class Refused(Exception):
    """The actuator would not, or could not: ``code`` is one word for a program, the text is for people.

    Nothing was done when it is raised, unless it is ``in_doubt``: then nobody knows, and the text says so.
    """

    def __init__(self, code: str, message: str, *, in_doubt: bool = False) -> None:
        super().__init__(message)
        self.code = code
        self.in_doubt = in_doubt
