"""Regular expressions that somebody else wrote: only those whose work is bounded. Pure.

Python's engine backtracks, and nothing can stop it. So the steps of a pattern are counted before it is ever used: a
repetition multiplies what comes after it, unless what follows cannot be what it repeats; an alternative adds. That,
times the length of the text, must stay small. `(a+)+` and `.*.*x` are refused;
`\\bpython\\b`, `--port[= ](\\d+)` and `cannot open '([^']*)': (.*)` are not.

What is made with one is bounded too: a group can be as long as the text, and a replacement can name it often.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

parser: Any = re._parser  # type: ignore[attr-defined]  # what re.compile itself uses; typeshed does not know it
op: Any = re._constants  # type: ignore[attr-defined]

TEXT_LENGTH = 4_000  # characters of a text that such a pattern is used on
PATTERN_LENGTH = 500
REPLACEMENT_LENGTH = 1_000
MOST_REFERENCES = 10  # to groups, in a replacement
MOST_MATCHES = 1_000
WIDE, MOST_WIDE_RANGES = 0x800, 10  # with the flag i, the engine goes through such a range when it reads the pattern
RESULT_LENGTH = 65_536  # characters of a text in which something was replaced
MOST_STEPS = 12_000  # at each place of the text: about three open-ended repetitions that cannot share what they take
TOO_MUCH = 1_000_000
UNSTORABLE = re.compile("[\0\ud800-\udfff]")  # neither in a database nor in a command
ESCAPED = re.compile(r"\\(.)", re.DOTALL)
WAYWARD = re.ASCII | re.LOCALE  # flags with which a class holds other characters than CATEGORIES says
REPEATS = (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT)

Characters = frozenset[int]  # code points of Latin-1, and three that stand for all above it: words, blanks, the rest
LATIN = 256
WORDS, BLANKS, REST = LATIN, LATIN + 1, LATIN + 2
ALL: Characters = frozenset(range(REST + 1))
NOTHING: Characters = frozenset()  # after the end of a pattern: nothing is left that could fail
CATEGORIES: dict[Any, tuple[Callable[[str], bool], Characters]] = {
    op.CATEGORY_DIGIT: (str.isdecimal, frozenset({WORDS})),
    op.CATEGORY_SPACE: (str.isspace, frozenset({BLANKS})),
    op.CATEGORY_WORD: (lambda character: character.isalnum() or character == "_", frozenset({WORDS})),
    op.CATEGORY_NOT_DIGIT: (lambda character: not character.isdecimal(), frozenset({WORDS, BLANKS, REST})),
    op.CATEGORY_NOT_SPACE: (lambda character: not character.isspace(), frozenset({WORDS, REST})),
    op.CATEGORY_NOT_WORD: (lambda character: not (character.isalnum() or character == "_"), frozenset({BLANKS, REST})),
}
# Of Latin-1, what has its other case above it: `(?i)[\u017f]` fits an s.
ACROSS = frozenset(
    ord(other)
    for code in range(LATIN, 0x2200)
    for one in (chr(code).lower(), chr(code).upper())
    for other in (one.lower(), one.upper(), one)
    if len(other) == 1 and ord(other) < LATIN
)
WHOLE = (op.CATEGORY_SPACE, op.CATEGORY_WORD, op.CATEGORY_NOT_SPACE, op.CATEGORY_NOT_WORD)  # all of what they stand for


class Effort(NamedTuple):
    """In how many ways something can fit at one place, and how many steps it takes to try them all."""

    ways: int
    steps: int


class TooMuch(ValueError):
    """The result would be too large to be made."""


ONE = Effort(1, 1)
SINGLE = (op.LITERAL, op.NOT_LITERAL, op.ANY, op.IN, op.AT)


def check_pattern(pattern: object, most: int = MOST_STEPS) -> list[str]:
    """What is wrong with a pattern; [] when it may be used on texts of up to TEXT_LENGTH characters.

    `most`: the steps at each place that it may take.
    """
    if not isinstance(pattern, str) or not pattern:
        return ["Must be a regular expression, as text."]
    if len(pattern) > PATTERN_LENGTH:
        return [f"At most {PATTERN_LENGTH} characters."]
    if UNSTORABLE.search(pattern):
        return ["Contains a NUL character, or half a character."]
    try:
        if problem := _uncounted(tree := parser.parse(pattern)):
            return [problem]
        if effort(list(_with_line_breaks(tree) if tree.state.flags & re.DOTALL else tree), NOTHING).steps > most:
            return ["Could take very long: repeat one thing without end at most, the others with a bound like {1,20}."]
        if re.compile(pattern).match(""):
            return ["Fits the empty text, so it would be found everywhere."]
    except (re.error, RecursionError, OverflowError, ValueError) as error:
        return [f"Not a regular expression: {error}."]
    return []


def _uncounted(tree: Any) -> str:
    """What is wrong with a parsed pattern that counting its steps would not tell."""
    if tree.state.flags & WAYWARD:
        return "The flags a and L are not allowed."
    return "Has too many ranges of characters that reach far." if _wide_ranges(tree) > MOST_WIDE_RANGES else ""


def check_replacement(replacement: str) -> list[str]:
    """What is wrong with the size of a text that replaces what a pattern finds."""
    if len(replacement) > REPLACEMENT_LENGTH:
        return [f"At most {REPLACEMENT_LENGTH:,} characters."]
    if _references(replacement) > MOST_REFERENCES:
        return [f"At most {MOST_REFERENCES} references to groups."]
    return []


def replaced(pattern: str, replacement: str, text: str) -> str:
    """The text with what the pattern finds replaced. Both have passed their checks. Raises TooMuch.

    A piece is only made when its size is known to be small enough, and what is made is counted.
    """
    pieces: list[str] = []
    end, total, references = 0, len(text), _references(replacement)
    for number, found in enumerate(re.finditer(pattern, text), start=1):
        longest = max(len(group or "") for group in (found[0], *found.groups()))
        if number > MOST_MATCHES or total + len(replacement) + references * longest > RESULT_LENGTH:
            raise TooMuch("Replacing what the pattern finds would make too long a command.")
        pieces += text[end : found.start()], found.expand(replacement)
        end, total = found.end(), total + len(pieces[-1])
    return "".join((*pieces, text[end:]))


def _references(replacement: str) -> int:
    """How often it names groups, or more: a character by its octal number counts as well."""
    return sum(escaped == "g" or escaped in "123456789" for escaped in ESCAPED.findall(replacement))


def _with_line_breaks(tree: Any) -> Any:
    """The parsed pattern with dots that fit a line break too, as the flag s wants."""
    if not isinstance(tree, list | tuple | parser.SubPattern):
        return tree
    if len(tree) == 2 and tree[0] is op.ANY:
        return (op.NOT_LITERAL, -1)  # no character has this number
    parts = [_with_line_breaks(part) for part in tree]
    return tuple(parts) if isinstance(tree, tuple) else parts


def _wide_ranges(tree: Any) -> int:
    """How many ranges of the parsed pattern reach far beyond what is commonly written."""
    if not isinstance(tree, list | tuple | parser.SubPattern):
        return 0
    if len(tree) == 2 and tree[0] is op.RANGE:
        return int(tree[1][1] >= WIDE)
    return sum(map(_wide_ranges, tree))


def effort(items: Sequence[tuple[Any, Any]], after: Characters) -> Effort:
    """What the items cost at one place. `after`: what the text may go on with behind them."""
    ways, steps = 1, 0
    for place, (operator, argument) in enumerate(items):
        single = operator in SINGLE
        each = ONE if single else _effort(operator, argument, first(items[place + 1 :], after))
        steps = min(TOO_MUCH, steps + ways * each.steps)
        ways = min(TOO_MUCH, ways * each.ways)
    return Effort(ways, steps)


def first(items: Sequence[tuple[Any, Any]], after: Characters) -> Characters:
    """The characters that a text fitting the items can begin with, or more."""
    found: Characters = NOTHING
    for operator, argument in items:
        if operator is op.ASSERT and argument[0] > 0:
            return found | first(list(argument[1]), ALL)
        if operator in (op.AT, op.ASSERT, op.ASSERT_NOT):
            continue
        if operator in REPEATS:
            found |= first(list(argument[2]), ALL)
            if argument[0] == 0:
                continue
            return found
        return found | _begins(operator, argument, after)
    return found | after


def _begins(operator: Any, argument: Any, after: Characters) -> Characters:
    if operator is op.SUBPATTERN:
        return first(list(argument[-1]), ALL)
    if operator is op.BRANCH:
        return frozenset().union(*(first(list(branch), ALL) for branch in argument[1]))
    return characters(operator, argument) or ALL


def characters(operator: Any, argument: Any) -> Characters:
    """What one character of the text may be for this item to fit, in either case; empty when it is no such item."""
    if operator is op.LITERAL:
        return _in_both_cases(argument)
    if operator in (op.ANY, op.NOT_LITERAL):
        return ALL - _latin(10 if operator is op.ANY else argument)
    if operator is not op.IN:
        return NOTHING
    if argument[0][0] is not op.NEGATE:
        return frozenset().union(*(_members(*item) for item in argument))
    # Without the flag i, [^ab] fits an A: only what stands there is taken away.
    members = frozenset().union(*(_exactly(*item) for item in argument[1:]))
    whole = [_members(*item) & {WORDS, BLANKS, REST} for item in argument if item[1] in WHOLE]
    return (ALL - members) | ({WORDS, BLANKS, REST} - frozenset().union(*whole))


@lru_cache(maxsize=1024)
def _members(operator: Any, argument: Any) -> Characters:
    if operator is op.RANGE:
        above = {WORDS, BLANKS, REST} | ACROSS if argument[1] >= LATIN else set()
        latin = range(argument[0], min(argument[1] + 1, LATIN))
        return frozenset().union(above, *(_in_both_cases(code) for code in latin))
    if operator is op.CATEGORY:
        fits, above_latin = CATEGORIES[argument]
        return frozenset(code for code in range(LATIN) if fits(chr(code))) | above_latin
    return _in_both_cases(argument)


def _latin(code: int) -> Characters:
    return frozenset({code} if code < LATIN else ())


def _exactly(operator: Any, argument: Any) -> Characters:
    """The characters of Latin-1 that a member of a class stands for, in the case that it is written in."""
    if operator is op.RANGE:
        return frozenset(range(argument[0], min(argument[1] + 1, LATIN)))
    return _members(operator, argument) if operator is op.CATEGORY else _latin(argument)


@lru_cache(maxsize=1024)
def _in_both_cases(code: int) -> Characters:
    both = {ord(text) for text in (chr(code).lower(), chr(code).upper()) if len(text) == 1} | {code}
    return frozenset(each for each in both if each < LATIN) | _above(each for each in both if each >= LATIN)


def _above(codes: Iterable[int]) -> Characters:
    """What stands for characters above Latin-1."""
    kinds = (WORDS if chr(code).isalnum() else BLANKS if chr(code).isspace() else REST for code in codes)
    return frozenset(kinds)


def _effort(operator: Any, argument: Any, after: Characters) -> Effort:
    """The cost of one item; what is not known here, such as a reference to a group or `(?s:...)`, is too much."""
    if operator in REPEATS:
        return _repeated(int(argument[0]), min(int(argument[1]), TEXT_LENGTH), list(argument[2]), after)
    if operator is op.BRANCH:
        branches = [effort(list(branch), after) for branch in argument[1]]
        return Effort(sum(each.ways for each in branches), sum(each.steps for each in branches))
    if operator is op.SUBPATTERN and not argument[1] & (WAYWARD | re.DOTALL):
        return effort(list(argument[-1]), after)
    if operator is op.ATOMIC_GROUP:
        return Effort(1, effort(list(argument), ALL).steps)
    if operator in (op.ASSERT, op.ASSERT_NOT):
        return Effort(1, effort(list(argument[1]), NOTHING).steps)
    return Effort(TOO_MUCH, TOO_MUCH)


def _repeated(low: int, high: int, inner: list[tuple[Any, Any]], after: Characters) -> Effort:
    """A repetition. One character at a time ends in one place only, if what follows is none of them."""
    if len(inner) == 1 and (repeated := characters(*inner[0])):
        return Effort(1 if not repeated & after else max(1, high - low + 1), max(1, high))
    each = effort(inner, first(inner, ALL) | after)
    ways, steps, of_this_count = 0, 0, 1
    for count in range(high + 1):
        ways += of_this_count if count >= low else 0
        steps += of_this_count * each.steps
        of_this_count *= each.ways
        if steps > TOO_MUCH:
            break
    return Effort(min(TOO_MUCH, ways), min(TOO_MUCH, steps))
