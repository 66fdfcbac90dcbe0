"""The examples of our documents: found in the Markdown, typed by a reader's shell, compared with what is printed."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
FENCE = re.compile(r"[ >]*(```+|~~~+)")
INDENTED = 4  # columns beyond the text around it make a block without a fence
ITEM = re.compile(r" *(?:[-*+]|\d+[.)]) +")
END = "<<end of answer>>"


@dataclass(frozen=True)
class Block:
    """One code block of a page."""

    page: str
    line: int
    text: str

    @property
    def first(self) -> str:
        return self.text.partition("\n")[0]

    def __str__(self) -> str:
        return f"{self.page}:{self.line} `{self.first}`"


def pages() -> list[str]:
    """Every document: those of the root, of docs, and each README."""
    found = {*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("[!.]*/**/README.md")}
    found = {file for file in found if "node_modules" not in file.parts}
    return sorted(str(file.relative_to(ROOT)) for file in found)


def blocks(page: str, text: str | None = None) -> list[Block]:
    """The code blocks of a page, fenced or indented, those in list items included."""
    text = (ROOT / page).read_text() if text is None else text
    return [
        Block(page, line, textwrap.dedent("\n".join(lines)).strip("\n"))
        for line, lines in _runs(text.expandtabs(4).splitlines())
    ]


def _runs(lines: list[str]) -> Iterator[tuple[int, list[str]]]:
    """(number of the first line, lines) of each block; blank lines inside an indented one belong to it."""
    around, at = 0, 0  # the column where the text around begins
    while at < len(lines):
        line, start = lines[at], at
        if fence := FENCE.match(line):
            at += 1
            while at < len(lines) and not lines[at].lstrip(" >").startswith(fence[1]):
                at += 1
            yield start + 2, lines[start + 1 : at]
        elif _deep(line, around) and not (at and lines[at - 1].strip()):
            while at < len(lines) and (_deep(lines[at], around) or not lines[at].strip()):
                at += 1
            yield start + 1, lines[start:at]
            continue
        elif item := ITEM.match(line):
            around = item.end()
        elif line.strip():
            around = min(around, len(line) - len(line.lstrip()))
        at += 1


def _deep(line: str, around: int) -> bool:
    return bool(line.strip()) and len(line) - len(line.lstrip()) >= around + INDENTED


def like(printed: Any, real: Any) -> bool:
    """Whether an answer is what is printed; `...` stands for further members, or for the rest of a text."""
    if isinstance(printed, dict) and isinstance(real, dict):
        named = printed.keys() - {"..."}
        complete = named <= real.keys() if "..." in printed else named == real.keys()
        return complete and all(like(printed[name], real[name]) for name in named)
    if isinstance(printed, list) and isinstance(real, list):
        return len(printed) == len(real) and all(map(like, printed, real))
    if isinstance(printed, str) and isinstance(real, str):
        return bool(re.fullmatch(".+".join(map(re.escape, printed.split("..."))), real, re.DOTALL))
    return bool(printed == real)


def printed_json(text: str) -> Any:
    return json.loads(re.sub(r",\s*\.\.\.\s*}", ', "...": "..."}', text))


def commands(paragraph: str) -> list[str]:
    """The commands of a paragraph: one goes on in the next line after a backslash, or while a quote is open."""
    found = [""]
    for line in paragraph.split("\n"):
        goes_on = found[-1].endswith("\\") or found[-1].count("'") % 2
        if goes_on:
            found[-1] += f"\n{line}"
        else:
            found.append(line)
    return found[1:]


def checkout(folder: Path) -> Path:
    """A copy of our tree, as a reader has it after the first `make run`."""
    shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns(".*", "tests", "bench"))
    (folder / ".venv").symlink_to(sys.prefix)
    return folder


class Terminal:
    """A reader's shell. What a page assigns stays; an elided id, key or token is the one that was answered last."""

    def __init__(self, folder: Path, environment: dict[str, str], replaced: dict[str, str]) -> None:
        self.replaced = replaced
        self.bash = subprocess.Popen(
            ["bash"], cwd=folder, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        self.type('curl() { command curl -s --fail-with-body -D headers "$@"; }')

    def type(self, line: str, status: int = 0) -> str:
        """What one command prints; it must end with `status` (22 is curl's, for an error answer)."""
        for printed, real in self.replaced.items():
            line = line.replace(printed, real)
        assert "..." not in line, f"nothing answered what is elided in {line}"
        assert self.bash.stdin
        assert self.bash.stdout
        self.bash.stdin.write(f"{{ {line}\n}} </dev/null\nprintf '\\n{END} %s\\n' $?\n")
        self.bash.stdin.flush()
        answer = ""
        while END not in answer:
            said = self.bash.stdout.readline()
            assert said, f"the shell ended at {line}\n{answer}"
            answer += said
        answer, _, ended = answer.partition(f"\n{END} ")
        assert int(ended) == status, f"{line}\nended with {ended}{answer}"
        self._learn(answer)
        return answer

    def play(self, block: Block) -> list[str]:
        """What each command of a block printed. A paragraph in braces is the answer to the command before it."""
        answers: list[str] = []
        for paragraph in block.text.split("\n\n"):
            if paragraph.startswith("{"):
                assert like(printed_json(paragraph), json.loads(answers[-1])), f"{block}\nanswers {answers[-1]}"
            else:
                answers += [self.type(command) for command in commands(paragraph)]
        return answers

    def play_rest(self, page: Page) -> None:
        """What is left of a page."""
        while page.left:
            self.play(page.take(page.left[0].first))

    def _learn(self, answer: str) -> None:
        try:
            said = json.loads(answer)
        except ValueError:
            return
        if "apiKey" in said:
            self.replaced["exo_..."] = said["apiKey"]
        if "token" in said:
            self.replaced["ses_..."] = said["token"]
        if list(said) == ["id"]:
            self.replaced["01..."] = said["id"]

    def close(self) -> None:
        self.bash.kill()
        self.bash.wait()


class Page:
    """A document whose blocks a test takes in order, all of them."""

    def __init__(self, name: str, elsewhere: Container[tuple[str, str]] = ()) -> None:
        self.text = (ROOT / name).read_text()
        self.left = [block for block in blocks(name) if (name, block.first) not in elsewhere]

    def take(self, start: str) -> Block:
        """The next block, which begins so."""
        assert self.left, f"there is no example that begins with {start} any more"
        assert self.left[0].text.startswith(start), f"{self.left[0]} is new here: run it, or list it with a reason"
        return self.left.pop(0)

    def said(self, pattern: str) -> str:
        """What the prose says, by a pattern with one group; a space also matches a line's end."""
        found = re.search(pattern.replace(" ", r"\s+"), self.text)
        assert found, f"the page does not say {pattern} any more"
        return found[1]


def wait(what: str, until: Callable[[], object], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not until():
        assert time.monotonic() < deadline, f"waited {seconds} s for {what}"
        time.sleep(0.05)
