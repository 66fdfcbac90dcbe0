"""Which statements for a MySQL or MariaDB can be held to reading: those of a few kinds, by their first word.

A read-only transaction holds back what a statement does within it. Some end it and begin another: a block (`BEGIN NOT
ATOMIC …`), a procedure, text that is executed. What a list would forget is refused; what reads is named.
"""

from __future__ import annotations

import re

READING = ("SELECT", "SHOW", "DESCRIBE", "DESC", "EXPLAIN", "WITH", "TABLE", "VALUES")
BEFORE = re.compile(
    r"(?:[\s(]+|#[^\n]*\n|--[\s][^\n]*\n|/\*(?![!M])(?:[^*]|\*(?!/))*\*/)*"
)  # comments, but executed ones
WORD = re.compile(r"[A-Za-z_]+")


def only_reads(sql: str) -> bool:
    """Whether it begins with one of READING. A server's own comments (`/*! … */`) are no comments."""
    before = BEFORE.match(sql)
    word = WORD.match(sql, before.end() if before else 0)
    return word is not None and word.group().upper() in READING
