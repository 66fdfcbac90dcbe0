"""words.toml as expressions, read once: what the texts of programs have in common. Pure."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

SENTENCE = r"(?:cannot|can't|could|error|fail|unable|open|line)\b"  # what stands between two colons is more than a path
FILE = Path(__file__).parent / "words.toml"


@dataclass(frozen=True)
class Words:
    """The lists of words.toml; those of lines as expressions."""

    noise: re.Pattern[str]
    npm: re.Pattern[str]
    strong: re.Pattern[str]
    cause: re.Pattern[str]
    weak: re.Pattern[str]
    telling: re.Pattern[str]
    parts: re.Pattern[str]
    extensions: frozenset[str]
    kept: frozenset[str]


@lru_cache(maxsize=1)
def words() -> Words:
    """Read words.toml once."""
    raw = tomllib.loads(FILE.read_text(encoding="utf-8"))
    lines, masks = raw["lines"], raw["masks"]
    return Words(
        noise=_any(lines["noise"], "(?i)"),
        npm=_any(lines["npm"], "(?i)"),
        strong=_any(lines["strong"]),
        cause=_any(lines["cause"]),
        weak=_any(lines["weak"], "(?i)"),
        telling=re.compile(rf"(?i)(?<!\w)(?:{'|'.join(lines['telling'])})(?!\w)"),
        parts=_parts(masks),
        extensions=frozenset(masks["extensions"]),
        kept=frozenset(masks["kept"]),
    )


def _any(expressions: Iterable[str], flags: str = "") -> re.Pattern[str]:
    return re.compile(f"{flags}(?:{'|'.join(expressions)})")


def _parts(masks: dict[str, list[str]]) -> re.Pattern[str]:
    """A line, piece by piece: the first alternative that fits decides what a piece is (memory.masks)."""
    errno = "|".join(masks["errno"])
    named = rf"(?!(?i:{'|'.join(masks['not_a_name'])})(?![\w/-]|\.\w))[^\s'\"`<>(){{}}\[\],;]{{1,200}}"

    def announced(group: str, key: str) -> str:
        return rf"(?P<before_{group}>(?<!\w)(?i:{'|'.join(masks[key])})\s)(?P<{group}>{named})"

    key = r"[\w-]{0,40}(?:password|passwd|pwd|secret|token|api[_-]?key|authorization|bearer|credential)s?"
    text = r"\"[^\"\n]{1,300}\"|'[^'\n]{1,300}'|[^\s'\",;]{1,300}"
    return re.compile(
        "|".join(
            (
                r"(?P<url>(?<![A-Za-z0-9])[A-Za-z][A-Za-z0-9+.-]{1,20}://[^\s'\"`<>|\\^{}]{1,800})",
                rf"(?P<key>(?<![\w-])(?i:{key}))(?P<gap>\s{{0,2}}[=:]\s{{0,2}}(?i:bearer\s|basic\s)?)(?P<secret>{text})",
                r"(?<![\w\\])(?P<quoted>'[^'\n]{1,300}'(?!\w)|\"[^\"\n]{1,300}\"|`[^`'\n]{1,300}[`'])",
                announced("host", "announced_host"),
                announced("path", "announced_path"),
                announced("name", "announced"),
                r"(?<=port\s)(?P<port>\d{1,5})(?!\w)",
                r":::(?P<port_of_any>\d{1,5})(?!\w)",
                rf"(?<=: )(?P<subject>(?!(?i:{SENTENCE}))[^:'\"\n<>()]{{1,200}})(?=: (?:{errno}))",
                rf"^(?P<first>[^\s:'\"@]{{0,200}}[/.][^\s:'\"@]{{1,200}})(?=: (?:{errno}))",
                r"(?P<kept>(?<=: )[A-Za-z_\[][\w.+\[-]{0,40}(?=: (?:command )?not found)"
                r"|(?<=Errno )-?\d{1,3}|curl: \(\d{1,3}\))",
                r"(?P<word>[^\s'\"`()\[\]{}<>|,;]{1,1000})",
            )
        )
    )
