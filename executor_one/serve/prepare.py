"""`python -m executor_one.serve.prepare`: check the settings, then migrate, in one process.

Two commands would load Django twice, which is two of the seconds that a start may take. It is a
child like the others: only main() imports Django. Ends with 2 when a check fails.
"""

from __future__ import annotations

import os
import sys

BAD_SETTINGS = 2


def main() -> None:
    """Both commands as manage.py runs them: named problems, no traceback."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "executor_one.settings")
    from django.core.management import execute_from_command_line

    try:
        execute_from_command_line(["manage.py", "check"])
    except SystemExit:
        sys.exit(BAD_SETTINGS)
    execute_from_command_line(["manage.py", "migrate", "--no-input", "--skip-checks"])


if __name__ == "__main__":
    main()
