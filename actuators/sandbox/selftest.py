"""The sandbox proves itself from inside, once at every start of a runner."""

from __future__ import annotations

import os
from pathlib import Path

from actuators.sandbox.limits import Outcome, SandboxUnavailable
from actuators.sandbox.workspace import Workspace, prepare_workspace

WALL_S = 10.0
PROBE_UID = 299_999  # when root: a host uid that no account is given
PASSED = "sandbox-proven"

# Every line names what is broken when it is false; the shell stops at the first.
PROBE = rf"""
must() {{ why=$1; shift; "$@" || {{ echo "$why"; exit 1; }}; }}
not() {{ ! "$@"; }}
few_processes() {{ set -- /proc/[0-9]*; test $# -le 6; }}
only_loopback() {{ test "$(grep -c : /proc/net/dev)" -le 1; }}
status() {{ grep -q "^$1:[[:space:]]*$2\$" /proc/self/status; }}
write() {{ (: >"$1") 2>/dev/null; }}
nested() {{ unshare -U true 2>/dev/null; }}
must 'processes of the host are visible' few_processes
must '/etc/shadow is visible' test ! -e /etc/shadow
must '/root is visible' test ! -e /root
must '/usr can be written' not write /usr/probe
must '/ can be written' not write /probe
must 'the workspace cannot be written' write /workspace/probe
must 'a network interface is visible' only_loopback
must 'user namespaces can be nested' not nested
must 'seccomp is off' status Seccomp 2
must 'privileges can be gained' status NoNewPrivs 1
must 'capabilities are held' status CapEff 0000000000000000
must 'capabilities can be regained' status CapBnd 0000000000000000
must 'the core size is not zero' test "$(ulimit -c)" = 0
echo {PASSED}
"""


def workspace_in(place: Path) -> Workspace:
    """A workspace for the proof, below the runner's own runtime directory."""
    uid = PROBE_UID if os.geteuid() == 0 else None
    return prepare_workspace(place / "proof", "workspace", uid)


def judge(outcome: Outcome, workspace: Workspace) -> None:
    """Raise SandboxUnavailable unless every line held, inside and as seen from outside."""
    said = (outcome.stdout.strip() or outcome.stderr.strip())[:300]
    if outcome.exit_code != 0 or said != PASSED:
        why = said or f"exit {outcome.exit_code}, killed {outcome.killed}"
        raise SandboxUnavailable(f"the sandbox failed its self-test: {why}")
    owner = (workspace.path / "probe").stat().st_uid
    if owner == 0 or owner != (workspace.host_uid or os.geteuid()):
        raise SandboxUnavailable(f"the sandbox failed its self-test: it runs as host uid {owner}")
