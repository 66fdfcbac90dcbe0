"""`manage.py check` in many environments for the price of one start: a fork of a process that has loaded everything.

Each line that it is given is a JSON object of variables; it answers one of {"status": ..., "said": ...}.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from typing import Any

from django.conf import settings
from django.core.management import execute_from_command_line
from django.utils.functional import empty

CHECK = ["manage.py", "check"]


def check(variables: dict[str, str]) -> int:
    """What a new process would do, but for importing what does not depend on the environment."""
    from executor_one import environment

    os.environ.update(variables)
    environment.problems.clear()
    del sys.modules["executor_one.settings"]
    settings._wrapped = empty
    try:
        execute_from_command_line(CHECK)
    except SystemExit as end:
        return int(end.code or 0)
    return 0


def in_a_fork(variables: dict[str, str]) -> dict[str, Any]:
    with tempfile.TemporaryFile() as said:
        child = os.fork()
        if not child:
            status = 70  # what a traceback ends with
            try:
                os.dup2(said.fileno(), 1)
                os.dup2(said.fileno(), 2)
                status = check(variables)
            except BaseException:  # noqa: BLE001 - whatever it is, the test should read it
                sys.excepthook(*sys.exc_info())
            finally:
                sys.stdout.flush()
                sys.stderr.flush()
                os._exit(status)
        _, ended = os.waitpid(child, 0)
        said.seek(0)
        return {"status": os.waitstatus_to_exitcode(ended), "said": said.read().decode()}


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "executor_one.settings"
    answers, sys.stdout = sys.stdout, sys.stderr
    execute_from_command_line(CHECK)  # loads what a check needs
    for line in sys.stdin:
        answers.write(json.dumps(in_a_fork(json.loads(line))) + "\n")
        answers.flush()
