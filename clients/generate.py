"""Make the generated parts of the clients from docs/reference/openapi.yaml: `make clients`.

    python clients/generate.py [--check] [LANGUAGE ...]

With `--check` nothing is written: it ends with 1 when what is committed differs from what the document gives. A
language is an entry of LANGUAGES: each folder of it that is generated, and a function that writes what belongs there
into an empty one.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

CLIENTS = Path(__file__).parent
DOCUMENT = CLIENTS.parent / "docs" / "reference" / "openapi.yaml"
PYTHON = CLIENTS / "python"
PACKAGE = PYTHON / "src" / "executor_one_client"
TYPESCRIPT = CLIENTS / "typescript"
STAMP = "made-from.txt"
IGNORED = {"__pycache__"}


class Language(NamedTuple):
    """What is generated for one language."""

    folder: Path  # replaced as a whole
    write: Callable[[Path], None]
    needs: str = ""  # a program without which it can only be checked


def version() -> str:
    """The API's, and so every client's."""
    found = re.search(r"^  version: (\S+)$", DOCUMENT.read_text(), re.MULTILINE)
    if not found:
        sys.exit(f"{DOCUMENT} has no version.")
    return found[1].strip("'\"")


# --- Python ----------------------------------------------------------------------------------------


def python_operations(folder: Path) -> None:
    """Operations and models by openapi-python-client; whatever it would leave out is an error."""
    made = folder / "made"
    run(
        sys.executable, "-m", "openapi_python_client", "generate", "--path", str(DOCUMENT), "--meta", "none",
        "--config", str(PYTHON / "generator.yaml"), "--output-path", str(made), "--fail-on-warning",
    )  # fmt: skip
    for one in made.iterdir():
        one.rename(folder / one.name)
    made.rmdir()
    (folder / "version.py").write_text(
        f'"""The version of the API that this was made for."""\n\nVERSION = "{version()}"\n'
    )


# What the synchronous code says instead; in this order.
SYNCHRONOUS = (
    (r"\basync (def|with|for)\b", r"\1"),
    (r"\bawait ", ""),
    (r"\bAsync(?=[A-Z])", ""),
    (r"\b__a(enter|exit|iter|next)__\b", r"__\1__"),
    (r"\ba(close|read|iter_bytes)\b", r"\1"),
    (r"\basyncio\b", "time"),
    (r"\basynccontextmanager\b", "contextmanager"),
    (r"\bexecutor_one_client\.aio\b", "executor_one_client.sync"),
)


def python_synchronous(folder: Path) -> None:
    """The synchronous client out of the asynchronous one, which is written by hand: they cannot differ."""
    for source in sorted((PACKAGE / "aio").glob("*.py")):
        text = source.read_text()
        for pattern, instead in SYNCHRONOUS:
            text = re.sub(pattern, instead, text)
        note = f"# Made by `make clients` out of aio/{source.name}: change that one.\n"
        (folder / source.name).write_text(note + text)
    style = ("--isolated", "--no-cache", "--quiet", "--target-version=py311", "--line-length=120")
    first_party = 'lint.isort.known-first-party=["executor_one_client"]'
    run("ruff", "check", "--fix-only", "--select=I", "--config", first_party, *style, str(folder))
    run("ruff", "format", *style, str(folder))


# --- TypeScript ------------------------------------------------------------------------------------


def typescript_operations(folder: Path) -> None:
    """Operations and types by @hey-api/openapi-ts; without its tools what is committed, stamped anew.

    The stamp tells the document and the files that were made of it, so that also where nothing can be made it is seen
    that either was changed alone.
    """
    for name in ("package.json", "package-lock.json"):
        said = json.loads((TYPESCRIPT / name).read_text())["version"]
        if said != version():
            sys.exit(f"clients/typescript/{name} has version {said}, and the API {version()}: write that there.")
    if install_typescript_tools():
        run(
            "npm", "run", "--silent", "generate", "--prefix", str(TYPESCRIPT), OPENAPI=str(DOCUMENT), OUTPUT=str(folder)
        )  # fmt: skip
    else:
        print("!! NOT MADE, only compared by its stamp: clients/typescript; install node 20 or newer with npm")  # noqa: T201
        shutil.copytree(
            TYPESCRIPT / "src" / "generated", folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns(STAMP)
        )
    digest = hashlib.sha256()
    for name, content in sorted(files(folder).items()):
        digest.update(f"{name} {len(content)}\n".encode() + content)
    document = hashlib.sha256(DOCUMENT.read_bytes()).hexdigest()
    (folder / STAMP).write_text(f"openapi.yaml {document}\nthese files {digest.hexdigest()}\n")


def install_typescript_tools() -> bool:
    """What clients/typescript/package-lock.json names, unless it is there; False where it cannot be had.

    NODE=required (CI) makes that an error.
    """
    installed = TYPESCRIPT / "node_modules" / ".of-lock"
    lock = hashlib.sha256((TYPESCRIPT / "package-lock.json").read_bytes()).hexdigest()
    if installed.exists() and installed.read_text() == lock and shutil.which("npm"):
        return True
    command = ("npm", "ci", "--no-audit", "--no-fund", "--prefix", str(TYPESCRIPT))
    if shutil.which("npm") is None or subprocess.run(command, stdout=subprocess.DEVNULL, check=False).returncode != 0:
        if os.environ.get("NODE") == "required":
            sys.exit("clients/typescript: npm is missing, or `npm ci` fails there.")
        return False
    installed.write_text(lock)
    return True


LANGUAGES: dict[str, tuple[Language, ...]] = {
    "python": (
        Language(PACKAGE / "_generated", python_operations),
        Language(PACKAGE / "sync", python_synchronous),
    ),
    "typescript": (Language(TYPESCRIPT / "src" / "generated", typescript_operations, needs="npm"),),
}


# --- what all of them have in common ---------------------------------------------------------------


def run(*command: str, **environment: str) -> None:
    """Run a generator, with the tools that are installed beside this Python; what it says is shown when it fails."""
    tools = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", "")))
    done = subprocess.run(
        command, env=os.environ | {"PATH": tools} | environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, check=False,
    )  # fmt: skip
    if done.returncode != 0:
        sys.exit(f"{done.stdout}\n{command[0]} ended with {done.returncode}.")


def files(folder: Path) -> dict[str, bytes]:
    """Path -> content of everything in it."""
    found = (one for one in folder.rglob("*") if one.is_file() and not IGNORED & set(one.parts))
    return {str(one.relative_to(folder)): one.read_bytes() for one in found}


def replace(folder: Path, made: dict[str, bytes]) -> None:
    """Put what was made in the folder's place."""
    shutil.rmtree(folder, ignore_errors=True)
    for name, content in made.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)


def generate(language: Language, *, check: bool) -> list[str]:
    """Make one folder; with `check` only say which of its files differ."""
    if language.needs and not check and shutil.which(language.needs) is None:
        sys.exit(f"{language.folder.relative_to(CLIENTS.parent)} cannot be made without {language.needs}.")
    with tempfile.TemporaryDirectory() as temporary:
        language.write(Path(temporary))
        made = files(Path(temporary))
    committed = files(language.folder)
    differing = [name for name in sorted(made.keys() | committed.keys()) if made.get(name) != committed.get(name)]
    if differing and not check:
        replace(language.folder, made)
    return [str((language.folder / name).relative_to(CLIENTS.parent)) for name in differing]


def main() -> None:
    """The command."""
    arguments = argparse.ArgumentParser(description="Make the generated parts of the clients.")
    arguments.add_argument("--check", action="store_true", help="write nothing; fail when something would change")
    arguments.add_argument("languages", nargs="*", metavar="LANGUAGE", help=", ".join(LANGUAGES))
    chosen = arguments.parse_args()
    if unknown := set(chosen.languages) - set(LANGUAGES):
        arguments.error(f"there is no {', '.join(sorted(unknown))}")
    differing = [
        name
        for language in chosen.languages or LANGUAGES
        for one in LANGUAGES[language]
        for name in generate(one, check=chosen.check)
    ]
    if differing and chosen.check:
        shown = "\n".join(f"  {name}" for name in differing[:10])
        sys.exit(f"{len(differing)} files differ from what the document gives:\n{shown}\nRun: make clients")
    print(f"clients: {len(differing)} files changed" if differing else "clients: as the document gives them")  # noqa: T201


if __name__ == "__main__":
    main()
