"""A crystallized tree gives, byte for byte, what the planner would: over the whole catalogue, literals by chance."""

import random

import pytest

from goals.planning import catalogue
from goals.planning.words import lexicon
from tests.planning.phrases import NOT_MEANT
from tests.trees.account import Account, can_plan, planned
from tests.trees.variations import OPEN, PHRASES, goal_with, open_literals, value_like, varied, word

HOSTILE = "abzABZ0129._-/ @:+=,~$'\"*?%#!;|&()\\é\u0430\u202e\t\n"
RELEASE = [
    "git checkout v{version}", "npm ci", "docker build -t registry.example.com/{name}:{version} .",
    "bash scripts/{name}.sh",
]  # fmt: skip
PATHS = [
    RELEASE,
    ["mkdir -p out/{name}", "cp config/{name}.yml out/{name}/app.yml && cat out/{name}/app.yml"],
    ["pip install {name}=={version}", "PORT=80{number} python3 main.py --host 10.0.0.{number}"],
    ["Create a folder called {name}", 'Create a file called notes.txt with content "{text}"', "ls -la {name}"],
    ['git commit -am "{text}"', "git push origin feature/{name}"],
]


def test_the_catalogue_has_enough_goals_with_literals_to_prove_anything():
    assert len(OPEN) >= 90


@pytest.mark.parametrize("phrase", PHRASES)
def test_E_R19_an_exact_repeat_skips_the_planner_from_the_second_drive_on(phrase):
    account = Account()
    first, was_first = account.drive(phrase)
    second, was_second = account.drive(phrase)
    assert (was_first, was_second, account.planner_calls) == (False, True, 1)
    assert second == first == planned(phrase)[1]


@pytest.mark.parametrize("phrase", OPEN)
def test_E_R19_of_100_repeats_with_other_literals_97_hit_and_all_equal_a_fresh_plan(phrase):
    chance, account, hits = random.Random(phrase), Account(), 0
    shape, places = open_literals(phrase)
    for number in range(103):
        goal = varied(chance, shape, places)
        tasks, hit = account.drive(goal)
        assert tasks == planned(goal)[1]
        hits += hit and number >= 3
    assert hits >= 97


@pytest.mark.parametrize("steps", PATHS)
def test_E_R19_path_goals_likewise(steps):
    chance, account, hits = random.Random(str(steps)), Account(), 0
    for number in range(103):
        said = {
            "name": f"{word(chance)}-{word(chance)}",
            "version": f"{chance.randint(1, 9)}.{chance.randint(0, 20)}.{chance.randint(0, 9)}",
            "number": chance.randint(10, 99),
            "text": f"{word(chance)} {word(chance)}",
        }
        path = [step.format(**said) for step in steps]
        goal = f"Ticket #{number + 100}: ship {said['name']}"
        tasks, hit = account.drive(goal, path)
        assert tasks == planned(goal, path)[1]
        hits += hit and number >= 3
    assert hits >= 97


@pytest.mark.parametrize("phrase", OPEN)
def test_whatever_stands_in_a_slot_a_hit_equals_a_fresh_plan(phrase):
    """Words of the planner's own grammar, hostile characters, and literals with such in them."""
    chance = random.Random(phrase + "hostile")
    shape, places = open_literals(phrase)
    account = Account()
    for _ in range(6):
        account.drive(varied(chance, shape, places))
    vocabulary = sorted(lexicon().lead | lexicon().blockers | lexicon().filler | _nouns())
    for number in range(300):
        values = [literal.value for literal in shape.literals]
        place = chance.choice(places)
        usual = value_like(chance, shape.literals[place].kind, values[place])
        values[place] = _unusual(chance, usual, chance.choice(vocabulary), number % 4)
        _same_or_no_hit(account, goal_with(shape, values))


def _nouns():
    return {noun for intent in catalogue().intents for noun in {*intent.objects, *intent.context, *intent.verbs}}


def _unusual(chance, usual, noun, way):
    if way == 0:
        return noun
    if way == 1:
        return usual + chance.choice("-._/ ") + noun
    noise = "".join(chance.choice(HOSTILE) for _ in range(chance.randint(1, 8)))
    place = chance.randint(0, len(usual))
    return noise if way == 2 else usual[:place] + noise[:2] + usual[place:]


def test_letter_case_white_space_and_punctuation_never_make_a_hit_differ_from_a_fresh_plan():
    chance, account, hits = random.Random(19), Account(), 0
    for phrase in PHRASES:
        account.drive(phrase)
    for phrase in [*PHRASES, *NOT_MEANT] * 20:
        hits += _same_or_no_hit(account, _rewritten(chance, phrase))
    assert hits > 1_000


def _rewritten(chance, phrase):
    letters = [
        letter.swapcase() if chance.random() < 0.03
        else chance.choice(["  ", "\t", "\n", "\u00a0"]) if letter == " " and chance.random() < 0.1
        else letter
        for letter in phrase
    ]  # fmt: skip
    ends = ["", "", " ", ".", "!", "?", "..", "!!", " .", "…"]
    return chance.choice(["", " ", "\n"]) + "".join(letters) + chance.choice(ends)


def _same_or_no_hit(account, goal):
    hit = account.hit(goal)
    if hit:
        assert can_plan(goal), f"the planner refuses {goal!r}"
        assert hit.tasks == planned(goal)[1], f"the planner makes other tasks of {goal!r}"
    return hit is not None


def test_what_the_planner_refuses_never_hits_though_every_phrase_is_known():
    account = Account()
    for phrase in PHRASES:
        account.drive(phrase)
    assert [goal for goal in NOT_MEANT if account.hit(goal)] == []


def test_the_plans_of_the_catalogue_do_not_use_a_word_of_another_goal():
    """Every slot is filled from the new goal's own text, never from the old one."""
    account = Account()
    for name in ("oldest", "older"):
        account.drive(f"Create a Node.js project called {name}")
    hit = account.hit("Create a Node.js project called fresh")
    assert "old" not in str(hit.tasks)
    assert "name=fresh\n" in hit.tasks[0]["params"]["command"]
