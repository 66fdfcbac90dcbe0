"""Which statements for a MySQL or MariaDB can be held to reading: those of a few kinds, by their first word.

A read-only transaction holds back what a statement does within it. Some end it and begin another: a block (`BEGIN NOT
ATOMIC …`), a procedure, text that is executed. What a list would forget is refused; what reads is named.

What stands before the first word has to be read as the server reads it, so only what every server reads alike is
taken: four characters of white space, parentheses, and comments with an end and without anything unusual in them. No
percent sign either: the driver would put a bound value there, and a value may hold the end of a comment.
"""

from __future__ import annotations

import re

READING = ("SELECT", "SHOW", "DESCRIBE", "DESC", "EXPLAIN", "WITH", "TABLE", "VALUES")
SPACE = r"[ \t\r\n(]"
LINE = r"[^\x00-\x08\x0a-\x1f\x7f%]*+\r?\n"  # the rest of a line, and its end: a lone \r is none
LINE_COMMENT = rf"\#{LINE}|--(?=[ \t\r\n]){LINE}"
# Not what a server runs or obeys (`/*! … */`, `/*M! … */`, `/*+ … */`), not nested, and not `/*/`.
BLOCK_COMMENT = r"/\*(?![!+/]|[Mm]!)(?:[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f%*/]|\*(?!/)|/(?!\*))*+\*/"
# A name goes on with letters, digits, _, $ and all beyond ASCII: `select1: BEGIN …` is a block with a label.
WORD = r"([A-Za-z]+)(?=[ \t\r\n(*'\"`@])"
BEGINNING = re.compile(rf"(?:{SPACE}|{LINE_COMMENT}|{BLOCK_COMMENT})*+{WORD}")


def only_reads(sql: str) -> bool:
    """Whether it begins with one of READING, and nothing before that word could be read in another way."""
    beginning = BEGINNING.match(sql)
    return beginning is not None and beginning.group(1).upper() in READING
