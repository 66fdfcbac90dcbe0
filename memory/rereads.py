"""Whether a command reads values as code again: by `eval`, a shell, or the program text of an interpreter. Pure.

By its words alone and rather too often than too seldom: a value may go into a script's arguments
(`sh ./report.sh "$path"`, `python3 -c 'import sys; print(sys.argv[1])' "$path"`), never into its text.
"""

from __future__ import annotations

import re

BEFORE = r"(?:^|(?<=[\s;&|({`/\"']))"
AFTER = r"(?=[\s;&|)}<>\"'`]|$)"
SHELL = rf"{BEFORE}(?:ba|da|z|k|a|fi)?sh{AFTER}"
INTERPRETER = rf"{BEFORE}(?:python[\d.]{{0,5}}|pypy3?|perl|ruby|node|nodejs|deno|bun|php|lua|tclsh|osascript){AFTER}"
WORDS = r"(?:\s{1,9}[^\s;&|]\S{0,200}(?<![;&|])){0,6}?"
LITERAL = r"\s{0,9}'[^']{0,9999}'(?=[\s;&|)}]|$)"  # one that the outer shell leaves as it is

REREADS = (
    re.compile(rf"{BEFORE}(?:eval|source|\.|trap)\s"),
    # A shell that is given no script: it reads its option, its input or a here-document.
    re.compile(rf"{SHELL}(?!\s{{1,9}}[\"']?[\w./~$])"),
    re.compile(rf"{INTERPRETER}{WORDS}\s{{1,9}}(?:-\w{{0,8}}[ceEpr]|--eval=?|--print=?)(?=[\s\"'$])(?!{LITERAL})"),
    re.compile(
        rf"\|&?\s{{0,9}}(?:env\s{{1,9}})?(?:\S{{0,99}}/)?{INTERPRETER}(?:\s{{1,9}}-)?\s{{0,9}}(?=[;&|)}}#\n]|$)"
    ),
    re.compile(rf"{INTERPRETER}{WORDS}\s{{0,9}}<<(?!-?\s{{0,9}}[\"'\\])"),
    re.compile(rf"{INTERPRETER}{WORDS}\s{{0,9}}<<<"),
)


def rereads(command: str) -> bool:
    """Whether a value in the command could be read as code."""
    said = command.replace("\\\n", "  ")
    return any(pattern.search(said) for pattern in REREADS)
