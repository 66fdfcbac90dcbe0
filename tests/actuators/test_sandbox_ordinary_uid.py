"""The essential tests once more, by a runner that is an ordinary user and has no cgroup."""

import os
import shutil
import site
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
NOBODY = 65534


def reachable_python():
    """A Python that any uid may start; the one of this test run may live under /root."""
    for name in (sys.executable, "/usr/bin/python3", "/usr/local/bin/python3"):
        path = Path(name).resolve()
        passable = all(parent.stat().st_mode & 0o001 for parent in path.parents if parent.exists())
        if path.exists() and passable and version_of(path) >= (3, 11):
            return str(path)
    return None


def version_of(path):
    code = "import sys; print(*sys.version_info[:2])"
    said = subprocess.run([path, "-c", code], capture_output=True, text=True, check=True).stdout
    return tuple(map(int, said.split()))


@pytest.mark.skipif(os.geteuid() != 0, reason="already an ordinary uid")
def test_essential_tests_hold_for_an_ordinary_uid():
    python, drop = reachable_python(), shutil.which("setpriv")
    if not python or not drop:
        pytest.skip("no Python >= 3.11 that uid 65534 may start, or no setpriv")
    packages = next(path for path in map(Path, site.getsitepackages()) if path.exists())
    argv = [
        *(drop, "--reuid", str(NOBODY), "--regid", str(NOBODY), "--clear-groups"),
        *(python, "-m", "pytest", "-q", "-x", "-m", "essential", "-c", "/dev/null"),
        *("-p", "no:cacheprovider"),
        *("--rootdir", str(HERE), "--confcutdir", str(HERE), str(HERE)),
    ]
    path = os.pathsep.join((str(HERE.parents[1]), str(packages)))
    env = {"PATH": "/usr/bin:/bin", "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}
    env["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # compiled ones may be for another Python than the one found
    done = subprocess.run(argv, env=env, cwd="/", capture_output=True, text=True, timeout=400, check=False)
    print(done.stdout[-6000:], done.stderr[-2000:])
    assert done.returncode == 0
    assert " passed" in done.stdout
