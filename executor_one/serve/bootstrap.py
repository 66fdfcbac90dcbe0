"""Make .venv from uv.lock with nothing but python3: `EXTRAS=meaning,llm python3 .../bootstrap.py [--dev]`

Brings a pinned uv into .venv/bin (verified by SHA-256), then `uv sync --frozen`. When .venv is
already what uv.lock says it returns at once. EXTRAS names optional parts; one that was asked for
once stays, and is brought up to date with the rest. Standard library only, and no syntax newer than
Python 3.6 on the way to the version check, so that an old python3 gets a sentence.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - the very reason of this line
    sys.exit(
        "executor.one needs Python 3.11 or newer and {} is {}.{}.\n"
        "Say which to take: make run PYTHON=python3.12".format(sys.executable, *sys.version_info)
    )

import hashlib
import json
import os
import platform
import subprocess
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
UV_VERSION = "0.13.9"
# By (machine, C library). https://pypi.org/simple/uv/ has the sums; renew both together.
UV_WHEELS = {
    ("x86_64", "glibc"): (
        "manylinux_2_17_x86_64.manylinux2014_x86_64",
        "d7f459fe4fd247d830351c75686d3996ace3c6f3f728eb0e85a30b7ada0cef19",
    ),
    ("x86_64", "musl"): (
        "musllinux_1_1_x86_64",
        "2c45530751517d6c3bbc69a19473f6effe47cce047bede01ffd8af7ea7b36b25",
    ),
    ("aarch64", "glibc"): (
        "manylinux_2_28_aarch64",
        "ecb6028d79dc96fbeafffe5c8af62a7099487ebc05a701e76714eebcffd06375",
    ),
    ("aarch64", "musl"): (
        "manylinux_2_17_aarch64.manylinux2014_aarch64.musllinux_1_1_aarch64",
        "5435c5ce14a56431208ca0996416d310f1598e8c2c8ba707688985a16bb82dbe",
    ),
}
TIMEOUT = 60  # seconds for one answer of the package index


def main(arguments: list[str]) -> None:
    """Bring .venv up to date; `--dev` with the tools for tests, lint and types."""
    dev = "--dev" in arguments
    marker = VENV / ".executor-one.json"
    made = read_marker(marker)
    extras = sorted({*wanted_extras(os.environ.get("EXTRAS", "")), *made.get("extras", [])})
    wanted = {"lock": fingerprint(), "dev": dev, "extras": extras}
    if is_current(made, wanted):
        return
    ensure_venv()
    marker.unlink(missing_ok=True)
    uv = VENV / "bin" / "uv"
    if not has_pinned_uv(uv):
        say(f"fetching uv {UV_VERSION}")
        install_uv(uv)
    say("installing packages" + (" for development" if dev else "".join(f", {extra}" for extra in extras)))
    sync(uv, dev, extras)
    marker.write_text(json.dumps(wanted))


def fingerprint() -> str:
    """One sum over everything that decides what .venv holds."""
    parts = [(ROOT / name).read_bytes() for name in ("uv.lock", "pyproject.toml")]
    return hashlib.sha256(b"\0".join([*parts, UV_VERSION.encode()])).hexdigest()


def read_marker(marker: Path) -> "dict[str, Any]":
    """What .venv was made from; empty when that is not known."""
    try:
        made = json.loads(marker.read_text())
    except (OSError, ValueError):
        return {}
    return made if isinstance(made, dict) else {}


def wanted_extras(raw: str) -> "list[str]":
    """`meaning,llm` or `meaning llm` as a list; exits for one that does not exist."""
    names = raw.replace(",", " ").split()
    if names:
        import tomllib

        project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
        known = sorted(project["optional-dependencies"])
        if wrong := [name for name in names if name not in known]:
            sys.exit(f"There is no extra {wrong[0]}; there are {', '.join(known)}.")
    return names


def is_current(made: "dict[str, Any]", wanted: "dict[str, Any]") -> bool:
    """Whether .venv was made from this lock; one made for development has all extras and serves `make run` too."""
    python = VENV / "bin" / "python"
    enough = bool(made.get("dev")) or (not wanted["dev"] and set(wanted["extras"]) <= set(made.get("extras", [])))
    return bool(made.get("lock") == wanted["lock"] and enough and python.exists())


def ensure_venv() -> None:
    """Make .venv, without pip, where there is none that runs."""
    python = VENV / "bin" / "python"
    if python.exists():  # follows the link: False when that Python was uninstalled
        return
    import venv  # here and below: what every `make` skips is not imported

    say(f"making .venv with Python {platform.python_version()}")
    venv.create(VENV, clear=VENV.exists(), symlinks=True, with_pip=False)


def has_pinned_uv(uv: Path) -> bool:
    """Whether .venv/bin/uv is there and is the version we want."""
    try:
        shown = subprocess.run([str(uv), "--version"], capture_output=True, text=True, check=False)
    except OSError:
        return False
    return shown.stdout.split()[1:2] == [UV_VERSION]


def install_uv(uv: Path) -> None:
    """Put the one file we need of uv's wheel in place, at once or not at all."""
    import io
    import zipfile

    wheel = wheel_by_pip() or wheel_by_http()
    with zipfile.ZipFile(io.BytesIO(wheel)) as archive:
        content = archive.read(f"uv-{UV_VERSION}.data/scripts/uv")
    draft = uv.with_name(".uv-new")
    draft.write_bytes(content)
    draft.chmod(0o755)
    draft.replace(uv)


def wheel_by_pip() -> "bytes | None":
    """The wheel by pip, which knows this machine's index, proxy and certificates; or None."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        pins = " ".join(f"--hash=sha256:{checksum}" for _, checksum in UV_WHEELS.values())
        requirements = Path(folder) / "requirements.txt"
        requirements.write_text(f"uv=={UV_VERSION} {pins}\n")
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
        command += [
            "--only-binary=:all:",
            "--require-hashes",
            "-d",
            folder,
            "-r",
            str(requirements),
        ]
        if subprocess.run(command, stderr=subprocess.DEVNULL, check=False).returncode != 0:
            return None
        return next(Path(folder).glob("uv-*.whl")).read_bytes()


def wheel_by_http() -> bytes:
    """The wheel from the package index over HTTPS, checked against our sum."""
    name, checksum = wheel_for(platform.machine(), platform.libc_ver()[0])
    index = os.environ.get("UV_DEFAULT_INDEX") or os.environ.get("PIP_INDEX_URL")
    page = f"{(index or 'https://pypi.org/simple').rstrip('/')}/uv/"
    files = json.loads(fetch(page, "application/vnd.pypi.simple.v1+json"))["files"]
    url = next((file["url"] for file in files if file["filename"] == name), None)
    if url is None:
        sys.exit(f"{page} does not offer {name}.")
    return verified(fetch(url), checksum, name)


def wheel_for(machine: str, libc: str) -> "tuple[str, str]":
    """File name and sum of uv's wheel for this machine; exits for one that we do not know."""
    key = (machine, "glibc" if libc == "glibc" else "musl")
    if key not in UV_WHEELS:
        sys.exit(f"No pinned uv for {machine}: put uv {UV_VERSION} at {VENV / 'bin' / 'uv'} yourself.")
    tag, checksum = UV_WHEELS[key]
    return f"uv-{UV_VERSION}-py3-none-{tag}.whl", checksum


def verified(content: bytes, checksum: str, name: str) -> bytes:
    """The content, or the end of the program when it is not what was pinned."""
    found = hashlib.sha256(content).hexdigest()
    if found != checksum:
        sys.exit(f"{name} is not the file that was pinned (SHA-256 {found}).")
    return content


def fetch(url: str, accept: str = "*/*") -> bytes:
    """The body of one GET, or one sentence why not. The URL is PyPI's or the owner's own index."""
    from urllib.request import Request, urlopen

    try:
        with urlopen(Request(url, headers={"Accept": accept}), timeout=TIMEOUT) as answer:  # noqa: S310
            return bytes(answer.read())
    except OSError as error:
        sys.exit(f"Cannot fetch {url}: {error}")


def sync(uv: Path, dev: bool, extras: "list[str]") -> None:
    """Install exactly the lock for development; `make run` adds to .venv and removes nothing."""
    choice = ["--all-groups", "--all-extras"] if dev else ["--no-dev", "--inexact"]
    choice += [] if dev else [f"--extra={extra}" for extra in extras]
    environment = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    environment |= {"UV_PROJECT_ENVIRONMENT": str(VENV), "UV_PYTHON_DOWNLOADS": "never"}
    command = [
        str(uv),
        "sync",
        "--frozen",
        "--quiet",
        "--compile-bytecode",  # once, not at each start where Python is told to keep none
        *choice,
        "--python",
        str(VENV / "bin" / "python"),
    ]
    done = subprocess.run(command, cwd=ROOT, env=environment, check=False)
    if done.returncode != 0:
        sys.exit("The packages could not be installed; see above.")


def say(text: str) -> None:
    """Progress goes to stderr: stdout belongs to the command that make runs next."""
    print(f"bootstrap: {text}", file=sys.stderr, flush=True)  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1:])
