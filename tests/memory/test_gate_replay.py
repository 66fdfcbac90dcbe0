"""M9: ten thousand writes of three hundred facts pile nothing up, and lose none of them."""

import hashlib
import json
import random
import uuid
from datetime import UTC, datetime, timedelta

import pytest

from executor_one.kit import tenancy
from memory.actions import learn
from memory.models import Memory

GOAL = uuid.UUID(int=7)
SUBJECTS = [
    "billing",
    "search",
    "checkout",
    "mailer",
    "gateway",
    "importer",
    "scheduler",
    "ledger",
    "uploader",
    "crawler",
]
TEMPLATES = [
    "the {} service on host {} listens on port {}",
    "a build of {} on runner {} takes {} seconds without its cache",
    "restart {} after node {} reports error code {} in its log",
    "{} stores backups of shard {} under /var/backup/v{} every night",
    "never deploy {} to zone {} before migration {} has run",
]
OPENINGS = ["", "Note that ", "FYI: ", "Please remember: ", "It turns out that ", "Just so you know, "]
ENDINGS = ["", " ", "  "]
CLOSINGS = ["", "."]


def facts(count):
    for number in range(count):
        subject, template = SUBJECTS[number % 10], TEMPLATES[number // 10 % 5]
        yield template.format(subject, f"h{number % 7}", 1000 + number)


def nearly(known):
    """Facts that differ from one of these in a single mark, blank, letter or word."""
    for at, change in enumerate(NEARLY):
        yield change(known[at % len(known)])


NEARLY = [
    lambda fact: f"{fact}!",
    lambda fact: f"{fact}?",
    lambda fact: f"{fact}...",
    lambda fact: fact.upper(),
    lambda fact: fact.replace(" ", "  ", 1),
    lambda fact: f"Please {fact}",
    lambda fact: f"{fact} again",
    lambda fact: fact.replace(" on ", " an ", 1) + " too",
    lambda fact: f"not so: {fact}",
    lambda fact: fact.replace("1000", "1.000") + " now",
]


def restated(fact, dice):
    """The same fact said otherwise: an opening, the case of a function word, a full stop, blanks at its ends."""
    first, last = fact.split()[0], fact.split()[-1]
    said = dice.choice([fact, fact[0].upper() + fact[1:]]) if first in ("the", "never") else fact
    stop = dice.choice(CLOSINGS) if last.isalpha() else ""
    openings = OPENINGS if first in ("the", "a") else [one for one in OPENINGS if not one.endswith("that ")]
    return dice.choice(ENDINGS) + dice.choice(openings) + said + stop + dice.choice(ENDINGS)


def automatic(number, dice):
    """A key as automatic writers make them."""
    when = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=number)
    name = hashlib.sha256(str(number).encode()).hexdigest()
    return "learned/" + dice.choice([when.isoformat(), str(uuid.UUID(name[:32])), name[:16] + "a1"])


def replay(account, writes, known, dice):
    """Learn each fact once and then again and again in other words; every third is an object. Each write commits."""
    order = [*range(len(known)), *(dice.randrange(len(known)) for _ in range(writes - len(known)))]
    dice.shuffle(order)
    for number, at in enumerate(order):
        said = restated(known[at], dice)
        pairs = [("note", known[at]), ("kind", "lesson"), ("weight", 2)]  # data, of which only the order may differ
        dice.shuffle(pairs)
        key = automatic(number, dice)
        with tenancy.account_scope(account):
            assert learn(key, said if at % 3 else dict(pairs), tags=["lesson"], learned_from=GOAL)


@pytest.mark.parametrize(
    ("writes", "count"),
    [pytest.param(600, 18, id="600 writes"), pytest.param(10_000, 300, id="10,000 writes", marks=pytest.mark.slow)],
)
def test_M9_restating_what_is_known_piles_nothing_up_and_loses_nothing(committed, member, writes, count):
    plain = list(facts(count - len(NEARLY)))
    known = [*plain, *nearly(plain)]
    assert len(set(known)) == count
    replay(member.account, writes, known, random.Random(9))
    with tenancy.account_scope(member.account):
        held = [json.loads(value) for value in Memory.objects.values_list("value", flat=True)]
    print(f"{writes} writes, {len(held)} memories")
    told = {bare(one["note"] if isinstance(one, dict) else one) for one in held}
    lost = [fact for fact in known if bare(fact) not in told]
    assert not lost
    assert len(held) <= 1.2 * count


def bare(said):
    """A fact as it was before `restated`, by nothing but the cutting of plain texts."""
    said = said.strip(" ")
    for opening in filter(None, OPENINGS):
        said = said.removeprefix(opening)
    for word in ("The ", "Never "):
        said = word.lower() + said.removeprefix(word) if said.startswith(word) else said
    return said[:-1] if said.endswith(".") and said[-2:-1].isalpha() and not said.endswith("...") else said
