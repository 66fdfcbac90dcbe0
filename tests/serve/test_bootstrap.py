"""From python3 alone to .venv: the right uv, and nothing to do the second time."""

import hashlib
import io
import json
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest

from executor_one.serve import bootstrap

ROOT = Path(__file__).parents[2]


def test_each_machine_has_its_wheel_and_an_unknown_one_is_told() -> None:
    name, checksum = bootstrap.wheel_for("x86_64", "glibc")
    assert name.endswith("-manylinux_2_17_x86_64.manylinux2014_x86_64.whl")
    assert len(checksum) == 64
    assert "musllinux" in bootstrap.wheel_for("aarch64", "")[0]
    with pytest.raises(SystemExit, match="No pinned uv for sparc"):
        bootstrap.wheel_for("sparc", "glibc")


def test_another_file_than_the_pinned_one_is_refused() -> None:
    good = hashlib.sha256(b"wheel").hexdigest()
    assert bootstrap.verified(b"wheel", good, "uv.whl") == b"wheel"
    with pytest.raises(SystemExit, match="not the file that was pinned"):
        bootstrap.verified(b"evil", good, "uv.whl")


def test_without_pip_the_index_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    box = io.BytesIO()
    with zipfile.ZipFile(box, "w") as archive:
        archive.writestr(f"uv-{bootstrap.UV_VERSION}.data/scripts/uv", "#!/bin/sh\n")
    wheel = box.getvalue()
    tag = "test"
    monkeypatch.setattr(bootstrap, "wheel_by_pip", lambda: None)
    monkeypatch.setattr(bootstrap, "wheel_for", lambda *_: (f"{tag}.whl", hashlib.sha256(wheel).hexdigest()))
    page = json.dumps({"files": [{"filename": f"{tag}.whl", "url": "https://files/w"}]}).encode()
    asked = []

    def fetch(url: str, accept: str = "") -> bytes:
        asked.append(url)
        return wheel if url == "https://files/w" else page

    monkeypatch.setattr(bootstrap, "fetch", fetch)
    monkeypatch.setenv("UV_DEFAULT_INDEX", "https://mirror/simple/")
    bootstrap.install_uv(tmp_path / "uv")
    assert (tmp_path / "uv").read_text() == "#!/bin/sh\n"
    assert (tmp_path / "uv").stat().st_mode & 0o111
    assert asked == ["https://mirror/simple/uv/", "https://files/w"]


@pytest.mark.parametrize(
    ("made", "wanted", "current"),
    [
        ({"lock": "a", "dev": True}, {"lock": "a", "dev": False, "extras": []}, True),
        ({"lock": "a", "dev": True}, {"lock": "a", "dev": False, "extras": ["meaning"]}, True),
        ({"lock": "a", "dev": False}, {"lock": "a", "dev": True, "extras": []}, False),
        ({"lock": "a", "dev": True}, {"lock": "b", "dev": False, "extras": []}, False),
        ({"lock": "a", "dev": False}, {"lock": "a", "dev": False, "extras": ["meaning"]}, False),
        ({"lock": "a", "dev": False, "extras": ["llm", "meaning"]}, {"lock": "a", "dev": False, "extras": []}, True),
        ({}, {"lock": "a", "dev": False, "extras": []}, False),
    ],
)
def test_it_is_skipped_only_when_the_lock_is_the_same_and_nothing_more_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, made: dict[str, Any], wanted: dict[str, Any], current: bool
) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python").touch()
    marker = tmp_path / "marker"
    marker.write_text(json.dumps(made))
    monkeypatch.setattr(bootstrap, "VENV", tmp_path)
    assert bootstrap.is_current(bootstrap.read_marker(marker), wanted) is current
    (tmp_path / "bin" / "python").unlink()  # that Python was uninstalled
    assert not bootstrap.is_current(bootstrap.read_marker(marker), wanted)


@pytest.mark.parametrize("written", ["", "[]", "{", None])
def test_a_marker_that_cannot_be_read_means_nothing_is_known(tmp_path: Path, written: str | None) -> None:
    if written is not None:
        (tmp_path / "marker").write_text(written)
    assert bootstrap.read_marker(tmp_path / "marker") == {}


def test_extras_are_those_of_the_project() -> None:
    assert bootstrap.wanted_extras("") == []
    assert bootstrap.wanted_extras("meaning,llm") == bootstrap.wanted_extras(" meaning  llm ") == ["meaning", "llm"]
    with pytest.raises(SystemExit, match="There is no extra menaing; there are llm, meaning"):
        bootstrap.wanted_extras("menaing")


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """What is run, instead of running it."""
    ran: list[list[str]] = []

    def run(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        ran.append(command)
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(subprocess, "run", run)
    return ran


def test_running_never_removes_the_tools_of_development(commands: list[list[str]]) -> None:
    bootstrap.sync(Path("uv"), dev=False, extras=["llm", "meaning"])
    bootstrap.sync(Path("uv"), dev=True, extras=["meaning"])
    assert all("--frozen" in command for command in commands)
    assert {"--inexact", "--no-dev", "--extra=llm", "--extra=meaning"} <= set(commands[0])
    assert "--no-dev" not in commands[1]
    assert "--all-extras" in commands[1]


def test_an_extra_that_was_asked_for_once_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, commands: list[list[str]]
) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python").touch()
    monkeypatch.setattr(bootstrap, "VENV", tmp_path)
    monkeypatch.setattr(bootstrap, "has_pinned_uv", lambda _: True)
    for asked, lock in (("meaning", "a"), ("", "a"), ("", "b")):
        monkeypatch.setenv("EXTRAS", asked)
        monkeypatch.setattr(bootstrap, "fingerprint", lambda lock=lock: lock)
        bootstrap.main([])
    assert ["--extra=meaning" in command for command in commands] == [True, True]  # and once nothing to do
    assert bootstrap.read_marker(tmp_path / ".executor-one.json")["extras"] == ["meaning"]


def test_an_old_python_gets_a_sentence(tmp_path: Path) -> None:
    script = (ROOT / "executor_one/serve/bootstrap.py").read_text()
    old = tmp_path / "old.py"
    old.write_text(f"import sys\nsys.version_info = (3, 9, 2, 'final', 0)\n{script}")
    done = subprocess.run([sys.executable, str(old)], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "needs Python 3.11 or newer" in done.stderr
    assert "is 3.9." in done.stderr
    assert "Traceback" not in done.stderr


def test_with_nothing_to_do_it_takes_no_time(tmp_path: Path) -> None:
    for name in ("uv.lock", "pyproject.toml"):
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    copy = tmp_path / "executor_one" / "serve" / "bootstrap.py"
    copy.parent.mkdir(parents=True)
    copy.write_bytes((ROOT / "executor_one/serve/bootstrap.py").read_bytes())
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / "bin" / "python").symlink_to(sys.executable)
    both = [(tmp_path / name).read_bytes() for name in ("uv.lock", "pyproject.toml")]
    lock = hashlib.sha256(b"\0".join([*both, bootstrap.UV_VERSION.encode()])).hexdigest()
    (tmp_path / ".venv" / ".executor-one.json").write_text(json.dumps({"lock": lock, "dev": False}))
    times = []
    for _ in range(5):
        started = time.monotonic()
        subprocess.run([sys.executable, "-I", str(copy)], check=True)
        times.append(time.monotonic() - started)
    assert min(times) < 0.3  # 0.04 on an idle machine
