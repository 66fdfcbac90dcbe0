"""Run a plan's tasks the way a runner does: `sh -c`, in a workspace that is HOME as well."""

import os
import subprocess
import sys
from pathlib import Path

from goals.planning import plan


def run_command(command, workspace, **env):
    """One shell command in the workspace, with an environment that holds nothing of ours."""
    clean = {
        # The interpreter itself before any shim of it, which takes 0.3 s to find it.
        "PATH": f"{sys.base_prefix}/bin:{os.environ['PATH']}",
        "HOME": str(workspace),
        "LC_ALL": "C.UTF-8",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CEILING_DIRECTORIES": str(Path(workspace).parent),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    return subprocess.run(
        ["sh", "-c", command],
        cwd=workspace,
        env={**clean, **{name: str(value) for name, value in env.items()}},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def run_goal(description, workspace, **env):
    """Plan a description and run its tasks in order up to the first that fails; the last result."""
    for task in plan(description).tasks:
        result = run_command(task.params["command"], workspace, **env)
        if result.returncode:
            break
    return result
