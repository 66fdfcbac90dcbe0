"""Which programs a shell command runs, by reading it as a shell does. Pure.

Only what stands in the place of a program counts: not what is quoted, an argument, the target of a redirection or a
comment. Whatever could make that doubtful (here-documents, `$(...)`, backticks, functions, `case`, `[[`) is not read
at all: Unreadable.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

LENGTH = 4_000  # characters of a command that is read; a longer one is Unreadable
PROGRAM = re.compile(r"[\w./+$-][\w./+=$-]{0,80}(?: [\w./+=-]{1,80}){0,5}")
ASSIGNMENT = re.compile(r"[A-Za-z_]\w{0,100}\+?=")
VARIABLE = re.compile(r"\$(?:[A-Za-z_]\w{0,100}|\{[A-Za-z_]\w{0,100}\}|[0-9?$#!@*-])")
REDIRECTION = re.compile(r"(?:>>|>\||[<>]&|<>|[<>])")
RESERVED = frozenset(["{", "}", "!", "if", "then", "else", "elif", "fi", "do", "done", "while", "until"])
DOUBTFUL = frozenset(["case", "esac", "function", "select", "coproc", "[[", "eval", "alias"])


class Unreadable(ValueError):
    """It cannot be said for sure which programs this command runs."""


@dataclass(frozen=True)
class Word:
    """A word as written, where it stands, and whether it is free of quotes, escapes and variables."""

    text: str
    start: int
    end: int
    plain: bool


def simple_commands(command: str) -> list[tuple[Word, ...]]:
    """The simple commands in order, each beginning with its program. Raises Unreadable."""
    if len(command) > LENGTH or "\0" in command:
        raise Unreadable("The command is too long to be read.")
    return _Reader(command).read()


def places(command: str, program: str) -> list[tuple[int, int, Word | None]]:
    """Where a program is run: from, to, and the word after it. `program` may have arguments: "npm ci"."""
    wanted = program.split(" ")
    found = []
    for words in simple_commands(command):
        first = words[: len(wanted)]
        if [word.text for word in first] == wanted and all(word.plain for word in first):
            after = words[len(wanted)] if len(words) > len(wanted) else None
            found.append((first[0].start, first[-1].end, after))
    return found


def runs(command: str, program: str) -> bool:
    """Whether the command runs the program itself. False in doubt."""
    try:
        return bool(places(command, program))
    except Unreadable:
        return False


class _Reader:
    """Reads a command once, from left to right."""

    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0
        self.words: list[Word] = []
        self.found: list[tuple[Word, ...]] = []
        self.target = False  # the next word is where a redirection goes

    def read(self) -> list[tuple[Word, ...]]:
        while self.at < len(self.text):
            self._step(self.text[self.at])
        self._end()
        return self.found

    def _step(self, here: str) -> None:
        if here in " \t":
            self.at += 1
        elif self.text.startswith("\\\n", self.at):
            self.at += 2
        elif here == "#":
            end = self.text.find("\n", self.at)
            self.at = end if end >= 0 else len(self.text)
        elif here in "\n;&|()":
            self._operator(here)
        elif here in "<>":
            self._redirect()
        else:
            self._word()

    def _operator(self, here: str) -> None:
        glued = self.at and self.text[self.at - 1] not in " \t\n;&|("
        if (here == "(" and (self.words or glued)) or self.text.startswith((";;", "&>"), self.at):
            raise Unreadable("The command has functions, arrays or cases.")
        self._end()
        self.at += 1

    def _redirect(self) -> None:
        if self.text.startswith(("<<", "<(", ">("), self.at) or self.target:
            raise Unreadable("The command has here-documents or substitutions.")
        last = self.words[-1] if self.words else None
        if last and last.end == self.at and last.text.isdigit():
            self.words.pop()
        found = REDIRECTION.match(self.text, self.at)
        assert found
        self.at, self.target = found.end(), True

    def _end(self) -> None:
        """A simple command ends here."""
        if self.target:
            raise Unreadable("A redirection goes nowhere.")
        if self.words:
            self.found.append(tuple(self.words))
        self.words = []

    def _word(self) -> None:
        start, plain = self.at, True
        while self.at < len(self.text) and self.text[self.at] not in " \t\n;&|()<>":
            plain &= self._piece(self.text[self.at])
        self._keep(Word(self.text[start : self.at], start, self.at, plain))

    def _piece(self, here: str) -> bool:
        """Go over one piece of a word; whether it is plain."""
        if here == "'":
            self.at = self._closing("'", self.at + 1)
        elif here == '"':
            self._double()
        elif here == "\\":
            self.at += 2
        elif here == "$":
            self._variable()
        elif here == "`":
            raise Unreadable("The command has substitutions.")
        else:
            self.at += 1
            return True
        return False

    def _closing(self, quote: str, start: int) -> int:
        end = self.text.find(quote, start)
        if end < 0:
            raise Unreadable("A quotation mark is not closed.")
        return end + 1

    def _double(self) -> None:
        self.at += 1
        while self.at < len(self.text) and self.text[self.at] != '"':
            here = self.text[self.at]
            if here == "`":
                raise Unreadable("The command has substitutions.")
            if here == "$" and self.text[self.at + 1 : self.at + 2] not in ('"', " "):
                self._variable()
            else:
                self.at += 2 if here == "\\" else 1
        self.at = self._closing('"', self.at)

    def _variable(self) -> None:
        found = VARIABLE.match(self.text, self.at)
        if not found:
            raise Unreadable("The command has substitutions.")
        self.at = found.end()

    def _keep(self, word: Word) -> None:
        if self.target:
            self.target = False
        elif self.words and not self._only_env():
            self.words.append(word)
        elif ASSIGNMENT.match(word.text) or (not self.words and word.text in RESERVED):
            return
        elif word.text in DOUBTFUL:
            raise Unreadable("The command has functions, cases or what only bash knows.")
        elif self.words and not word.text.startswith("-"):
            self.words = [word]  # `env` runs what comes after it
        else:
            self.words.append(word)

    def _only_env(self) -> bool:
        return len(self.words) == 1 and self.words[0].text == "env"
