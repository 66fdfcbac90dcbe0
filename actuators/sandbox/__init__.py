"""Customers' commands, each in a sandbox of its own: see ``Sandboxes``."""

from actuators.sandbox.bare import BareShell
from actuators.sandbox.capture import OnOutput
from actuators.sandbox.limits import Killed, Limits, Outcome, SandboxLost, SandboxUnavailable
from actuators.sandbox.pool import Sandboxes
from actuators.sandbox.workspace import Workspace, prepare_workspace

__all__ = [
    "BareShell",
    "Killed",
    "Limits",
    "OnOutput",
    "Outcome",
    "SandboxLost",
    "SandboxUnavailable",
    "Sandboxes",
    "Workspace",
    "prepare_workspace",
]
