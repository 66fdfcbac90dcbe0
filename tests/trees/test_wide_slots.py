"""Three different values open a slot to every value of its kind that is safe where it stands (E-R19, moonshot M1)."""

import random
import shlex

import pytest

from goals.planning.words import lexicon
from memory.trees import values
from tests.trees.account import Account, can_plan, planned
from tests.trees.test_slots import task
from tests.trees.variations import OPEN, goal_with, open_literals

TEXTS = ["It's ok", "100 %", "Done.", "https://example.com/a?b=1", "one, two, three", "Price: $5 (net)", "caf\u00e9!",
         "a; b && c | d", "`x` \\n"]  # fmt: skip
CHARACTERS = "abzAZ019 .,;:!?'$%&|<>(){}[]*#@~^`\\/=+-_\u00e9"
URLS = ["https://a.example.com", "https://b.example.com/x", "https://c.example.com/x/y.html", "https://d.example.com:8080/",
        "https://E.example.com/~f", "https://g.example.com/v1/h-i_j.json"]  # fmt: skip


def ask(goals, command, wrap=task):
    """How often a model that always answers rightly is asked for these goals; each hit must be its answer."""
    account, calls = Account(), []
    for goal, *literals in goals:
        right = [wrap(command(*literals))]
        hit = account.hit(goal)
        if hit:
            assert hit.tasks == right
            account.used(hit.tree_id, True)
        else:
            calls.append(goal)
            account.learn(goal, (), right)
    return calls


def write(text):
    return {"name": "Write", "actuator": "file-writer", "params": {"path": "a.txt", "content": text}, "dependsOn": []}


@pytest.mark.parametrize(
    "numbers", [(3, 7, 42, 77, 120, 999, 1500, 12000), range(1, 101), (5, 10**17, 0, 12, 10**18 - 1)]
)
def test_E_R19_numbers_cost_at_most_three_calls(numbers):
    goals = [(f"Tell the team about ticket {number}", number) for number in numbers]
    assert len(ask(goals, lambda number: f"notify --ticket {number}")) <= 3


def test_E_R19_urls_cost_at_most_three_calls():
    for frame in ("curl -fsS '{}'", 'curl -fsS "{}" > page.html', "wget -q '{}' && ls"):
        assert len(ask([(f"Fetch the page {url} for me", url) for url in URLS], frame.format)) <= 3
    many = [f"https://{chr(97 + number % 26)}{number}.example.com/p/{number}" for number in range(100)]
    assert len(ask([(f"Fetch the page {url} for me", url) for url in many], lambda url: f"curl -fsS {url}")) <= 3
    asked = [f"{url}?q={number}&x=#a" for number, url in enumerate(URLS)]
    goals = [(f"Fetch the page {url} for me", url) for url in asked]
    assert len(ask(goals, lambda url: f"curl -fsS {shlex.quote(url)}")) <= 3


def test_E_R19_quoted_texts_cost_at_most_three_calls():
    goals = [(f'Tell the team "{text}" now', text) for text in TEXTS]
    assert len(ask(goals, lambda text: text, write)) <= 3
    assert len(ask(goals, lambda text: text + "\n", write)) <= 3
    assert len(ask(goals, lambda text: f"echo {shlex.quote(text)}")) <= 3
    assert (
        len(ask([(goal, text) for goal, text in goals if "$" not in text and "`" not in text], 'echo "{}"'.format)) <= 3
    )
    assert len(ask(goals, lambda text: f"git commit -m {shlex.quote(text)} && id")) <= 3
    assert len(ask(goals, lambda text: f'set -eu\ntext={shlex.quote(text)}\nnotify "$text"\n')) <= 3


def test_E_R19_names_and_versions_together_cost_at_most_three_calls():
    chance, goals = random.Random(7), []
    for number in range(100):
        name = chance.choice(["shop", "Web", "api", "db"]) + chance.choice("-_") + str(number)
        version = f"{chance.randint(0, 30)}.{number}.{chance.randint(0, 999)}" + chance.choice(["", "", "-rc1"])
        goals.append((f"Ship {name} as {version} today", name, version))
    assert len(ask(goals, lambda name, version: f"ship --name={name} {version}")) <= 3


def test_E_R19_paths_and_files_with_a_known_ending_cost_at_most_three_calls():
    paths = ["src/a.py", "b/c/d/e.py", "x_1/Y-2.py", "deep/" * 20 + "f.py", "very-long-name" * 5 + "/g.py"]
    assert len(ask([(f"Look at {path} please", path) for path in paths], lambda path: f"wc -l {path}")) <= 3


@pytest.mark.parametrize(("kind", "seen", "values_"), [
    ("number", ["1", "2", "3"], ["007", "-1", "1.5", "1e5", "\u0663", "1" * 19, "", "1 "]),
    ("name", ["a-1", "b-2", "c-3"], [
        "prod-1", "x-all", "-a", "a-", "a--b", "..", "a..b", ".a", "a/b", "a=b", "a:b", "a@b", "a" * 65,
        "\u0430-1", "a\u202e"]),
    ("path", ["a/b", "c/d", "e/f"], ["a/../b", "a//b", "a/.ssh", ".a", "a/", "a/production", "a/x.sh", "a b", "-a/b"]),
    ("url", ["https://a.b/c", "https://d.e/f", "https://g.h/i"], [
        "http://a.b/c", "https://a.b/../c", "https://a.b//c", "https://a.b/.git", "https://prod.b/c",
        "https://a.b/\u0430\u202e"]),
    ("quoted", ["a b", "c!", "d?"], [
        "-rf", "--all", "/etc/passwd", "~root", "@/etc/passwd", "../x", "a ../b", "a/../b", "x/.ssh/id", ".a",
        "delete it", "a\tb", "a\u200bb", "a" * 201]),
    ("quoted", ["a.csv", "b.csv", "c.csv"], ["a.sh", "a"]),
    ("version", ["v1.2", "v1.3", "v1.4"], ["1.2", "v1.2-alpha", "v1..2"]),
])  # fmt: skip
def test_E_R19_a_wide_slot_takes_no_intent_and_no_danger_that_was_not_seen(kind, seen, values_):
    assert [value for value in values_ if values.fits(kind, value, seen, wide=True)] == []
    assert all(values.fits(kind, value, [*seen, value], wide=True) for value in values_)


@pytest.mark.parametrize("frame", [
    "run '{}'", 'run "{}"', "sh -c {}", "ssh h {}", "echo {} | sh", "eval echo {}", "{} x", "echo $(echo {})",
    "x={} run", "cat <<E\n{}\nE", "bash <(echo {})", "echo `echo {}`", "printf {}", "git {}", "run {}", "curl {}",
    "python3 -c {}", "echo {}x", "x=1 {} y", 'echo "$({})"', "echo {} > >(sh)",
    "set -eu\nx={}\nsh -c \"$x\"\n", "set -eu\nx={}\neval $x\n",
])  # fmt: skip
def test_E_R19_a_text_with_signs_of_the_shell_hits_only_where_a_word_is_text(frame):
    account = Account()
    for text in ("a b", "c; d", "it's $(e)", "f | g"):
        account.learn(f'Do it with "{text}" now', (), [task(frame.replace("{}", shlex.quote(text)))])
    assert account.hit('Do it with "x; rm -rf y" now') is None


def test_E_R19_the_catalogues_texts_are_wide_and_equal_a_fresh_plan():
    chance, account, calls = random.Random(11), Account(), 0
    for number in range(300):
        chosen = [chance.choice(CHARACTERS) for _ in range(chance.randint(1, 60))]
        text = TEXTS[number % len(TEXTS)] if number < 30 else "".join(chosen)
        goal = f'Create a file called notes.txt with content "{text}"'
        hit = account.hit(goal)
        # What holds an address is planned: the catalogue's expressions could find a path in it.
        calls += hit is None and number < len(TEXTS) and "://" not in text
        if hit:
            assert hit.tasks == planned(goal)[1]
        elif number < len(TEXTS):
            account.drive(goal)
    assert calls <= 3


@pytest.mark.parametrize("phrase", [phrase for phrase in OPEN if '"' in phrase or "'" in phrase])
def test_E_R19_whatever_text_stands_in_a_phrase_of_the_catalogue_a_hit_equals_a_fresh_plan(phrase):
    chance, account = random.Random(phrase), Account()
    shape, places = open_literals(phrase)
    quoted = [index for index in places if shape.literals[index].kind == "quoted"]
    nouns = sorted(lexicon().lead | lexicon().blockers | lexicon().filler | values.FINDING | {"12", "x.py", "/users"})
    for number in range(400):
        values_ = [literal.value for literal in shape.literals]
        words = ["".join(chance.choice(CHARACTERS) for _ in range(chance.randint(1, 6))) for _ in range(3)]
        for index in quoted:
            values_[index] = (
                TEXTS[number] if number < 5 else " ".join([*words, *chance.choices(nouns, k=3), "x"][number % 4 :])
            )
        goal = goal_with(shape, values_)
        hit = account.hit(goal)
        if hit:
            assert hit.tasks == planned(goal)[1]
        elif number < 5 and can_plan(goal):
            account.drive(goal)
