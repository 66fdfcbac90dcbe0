"""The SDK costs a second and 28 MB: only a process that is asked at /mcp loads it."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
WEB = """
import sys
import executor_one.asgi
from django.urls import get_resolver
assert get_resolver().url_patterns
print(sorted({name.partition(".")[0] for name in sys.modules} & {"mcp", "mcp_server", "starlette", "pydantic"}))
"""


def test_E_R22_the_web_process_starts_without_the_sdk():
    done = subprocess.run([sys.executable, "-c", WEB], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout == "['mcp_server']\n", done.stderr
