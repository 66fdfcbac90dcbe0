"""The TypeScript client as somebody has it who installed it: packed as its README says, in a project of their own."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, Queue
from typing import Any

import pytest

from clients.generate import install_typescript_tools

PACKAGE = Path(__file__).parents[2] / "clients" / "typescript"
README = (PACKAGE / "README.md").read_text()
MISSING = "NODE IS MISSING, so the TypeScript client was NOT tested: install node 20 or newer with npm"
TSC = PACKAGE / "node_modules" / ".bin" / "tsc"
OPTIONS = {
    "strict": True,
    "target": "ES2022",
    "module": "NodeNext",
    "lib": ["ES2022", "DOM", "DOM.Iterable"],
    "types": [],
}


def blocks(language: str) -> list[str]:
    """The README's samples."""
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def need_node() -> None:
    """Skip aloud without Node; NODE=required (CI) makes that a failure."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        if os.environ.get("NODE") == "required":
            pytest.fail(MISSING)
        pytest.skip(MISSING)


def run(*command: str, cwd: Path, **environment: str) -> str:
    """What it prints. A command that fails is shown with all that it said."""
    done = subprocess.run(
        command, cwd=cwd, env=os.environ | environment, capture_output=True, text=True, timeout=170, check=False
    )
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}\n{done.stderr}"
    return done.stdout


class Project:
    """A folder with the package installed, from which programs are run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        assert install_typescript_tools()
        commands = blocks("sh")[0].splitlines()
        assert commands == ["cd clients/typescript", "npm ci", "npm pack"], "what is done here is what the README says"
        run("npm", "pack", "--pack-destination", str(folder), cwd=PACKAGE)
        (self.tarball,) = folder.glob("*.tgz")
        (folder / "package.json").write_text('{"name": "mine", "private": true, "type": "module"}')
        run("npm", "install", "--offline", "--no-audit", "--no-fund", str(self.tarball), cwd=folder)

    @property
    def installed(self) -> Path:
        return self.folder / "node_modules" / "executor-one-client"

    def compile(self, **programs: str) -> None:
        """TypeScript programs, held against the package's types by `tsc --strict`, those of the package included."""
        for name, text in programs.items():
            (self.folder / f"{name}.ts").write_text(text)
        settings = {"compilerOptions": OPTIONS, "files": [f"{name}.ts" for name in programs]}
        (self.folder / "tsconfig.json").write_text(json.dumps(settings))
        run(str(TSC), cwd=self.folder)

    def script(self, text: str) -> Path:
        """A JavaScript program that begins with the client."""
        path = self.folder / f"script-{hashlib.sha256(text.encode()).hexdigest()[:12]}.mjs"
        path.write_text(f'import * as exo from "executor-one-client";\nconst {{ Client }} = exo;\n{SAY}{text}')
        return path

    def says(self, text: str, **environment: str) -> list[Any]:
        """What a program says, by `say(...)`, until it ends by itself."""
        printed = run("node", str(self.script(text)), cwd=self.folder, **environment)
        return [json.loads(line) for line in printed.split("\n") if line]

    @contextmanager
    def running(self, text: str, **environment: str) -> Iterator[Listened]:
        """A program that is listened to while it runs."""
        process = subprocess.Popen(
            ["node", str(self.script(text))], cwd=self.folder, env=os.environ | environment, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        try:
            yield Listened(process)
        finally:
            process.kill()
            process.wait(10)


SAY = "const say = (what) => process.stdout.write(JSON.stringify(what) + '\\n');\n"


class Listened:
    """What a running program says, line by line."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.heard: list[Any] = []
        self._lines: Queue[str | None] = Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(line)
        self._lines.put(None)

    def until(self, wanted: Callable[[Any], object], seconds: float = 40) -> Any:
        """The first thing from now on that is wanted."""
        while True:
            try:
                line = self._lines.get(timeout=seconds)
            except Empty:
                raise AssertionError(f"nothing more was said: {self.heard}") from None
            assert line is not None, f"it ended: {self.heard}"
            try:
                self.heard.append(json.loads(line))
            except ValueError:
                raise AssertionError(f"{line}{self.process.stdout and self.process.stdout.read()}") from None
            if wanted(self.heard[-1]):
                return self.heard[-1]

    def end(self, seconds: float = 40) -> list[Any]:
        """All that it said, when it has ended by itself and well."""
        while (line := self._lines.get(timeout=seconds)) is not None:
            self.heard.append(json.loads(line))
        assert self.process.wait(10) == 0
        return self.heard
