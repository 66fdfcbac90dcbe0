"""What is a literal and what is intent; which goals share a digest; and how long it takes to tell."""

import re

import pytest

from memory.trees import StoredTree, learn, match, shape_of
from memory.trees.shape import MASKED_SIZE, MAX_SIZE
from tests.pace import cpu_seconds
from tests.trees.account import Account


def literals(description, path=()):
    return [(literal.kind, literal.value) for literal in shape_of(description, path).literals]


@pytest.mark.parametrize(("description", "expected"), [
    ("Deploy the application to staging", []),
    ("Create a project called shop", [("name", "shop")]),
    ("Create a project named web-shop, please", [("name", "web-shop")]),
    ("Create a project called the shop", []),
    ("Create a file called notes.txt.", [("name", "notes.txt")]),
    ('Say "hello world" and \'hi\' and `x` and “y z”', [
        ("quoted", "hello world"), ("quoted", "hi"), ("quoted", "x"), ("quoted", "y z")]),
    ("Don't touch the customers' data", []),
    ("Deploy v1.2.3 (or 1.2.3-rc1)", [("version", "v1.2.3"), ("version", "1.2.3-rc1")]),
    ("Ticket #123: 50% of 10MB in 5s, 3x", [
        ("number", "123"), ("number", "50"), ("number", "10"), ("number", "5"), ("number", "3")]),
    ("Show notes.txt, src/app.py and ./build.sh", [("file", "notes.txt"), ("path", "src/app.py"), ("path",
    "build.sh")]),
    ("Read /etc/hosts and ~/x.txt and ../y", [("path", "etc/hosts"), ("path", "x.txt"), ("path", "y")]),
    ("Find .py files", [("ending", "py")]),
    ("Ping 10.0.0.1 and db-1:5432 and example.com", [("host", "10.0.0.1"), ("host", "db-1:5432"), ("file",
    "example.com")]),
    ("Fetch https://a.example/x?y=1#z.", [("url", "https://a.example/x?y=1#z")]),
    ("Connect to postgres://user:secret@db/x", []),
    ("Mail ann@example.com", [("email", "ann@example.com")]),
    ("Restart web-api and cart_2", [("name", "web-api"), ("name", "cart_2")]),
    ("Do a dry-run, read-only, non-blocking, --force -5 +3", []),
    ("1. Build\n2) Test\n3. Deploy", []),
    ("x; rm -rf / && $(id) | tee", []),
])  # fmt: skip
def test_E_R19_a_literal_is_told_by_its_form(description, expected):
    assert literals(description) == expected


@pytest.mark.parametrize(("step", "expected"), [
    ("npm ci", []),
    ("docker build -t shop:1.2.3 .", [("name", "shop:1.2.3")]),
    ("git checkout v1.2 && apt-get install x-y", [("version", "v1.2"), ("name", "x-y")]),
    ("PORT=8080 python3 main.py --name=web-1 --dry-run", [("number", "8080"), ("file", "main.py"), ("name", "web-1")]),
    ('git commit -m "Fix the login" && echo "$HOME" \'a b\'', [("quoted", "Fix the login"), ("quoted", "a b")]),
    ("./deploy-prod.sh a1;b2 c3", [("name", "a1"), ("name", "c3")]),
    ("Create a folder called docs", [("name", "docs")]),
])  # fmt: skip
def test_a_commands_program_flags_and_variables_are_intent(step, expected):
    assert literals("x", [step]) == expected


@pytest.mark.parametrize(("one", "other"), [
    ("Deploy v1.2", "deploy  v1.3."),
    ("Deploy v1.2", " deploy\tv1.2\n"),
    ("Caf\u00e9 v1.2", "Cafe\u0301 v1.2"),
    ("Create a project called shop", "create a project called web-shop"),
    ('Say "a"', 'Say "b; c"'),
])  # fmt: skip
def test_goals_of_one_shape(one, other):
    assert shape_of(one, ()).digest == shape_of(other, ()).digest


@pytest.mark.parametrize(("one", "other"), [
    ("Deploy v1.2", "Deploy v1.2?"),
    ("Deploy v1.2", "Deploy v1.2!"),
    ("Deploy v1.2", "Deploy v1.2.."),
    ("Deploy v1.2", "DEPLOY v1.2"),
    ("Delete US a-1", "Delete us a-1"),
    ('Say "a"', 'Say "a".'),
    ("Deploy v1.2", "Deploy 12"),
    ("Deploy v1.2", "Deploy v1.2 v1.3"),
    ("Deploy v1.2 now", "Deploy now v1.2"),
    ("Build\nthe app", "Build the app"),
    ("Deploy to a-1", "D\u0435ploy to a-1"),
    ("Deploy to a-1", "\uff24eploy to a-1"),
    ("Show .py files", "Show py files"),
    ("Read /a/b", "Read a/b"),
    ("a b", "ab"),
])  # fmt: skip
def test_goals_of_different_shapes(one, other):
    assert shape_of(one, ()).digest != shape_of(other, ()).digest


def test_a_step_keeps_letter_case_and_white_space_and_steps_are_not_run_together():
    shapes = [
        ["make build"],
        ["Make build"],
        ["make  build"],
        ["make build "],
        ["make", "build"],
        ["make", "build", ""],
        [],
    ]
    assert len({shape_of("x", path).digest for path in shapes}) == len(shapes)


def test_a_step_that_is_data_is_compared_as_a_whole():
    step = {"type": "shell", "params": {"command": "echo v1.2"}, "timeoutMs": 5}
    assert literals("x", [step]) == []
    assert shape_of("x", [step]).digest == shape_of("x", [dict(reversed(step.items()))]).digest
    text = '{"params": {"command": "echo"}}'
    assert shape_of("x", [text]).digest != shape_of("x", [{"params": {"command": "echo"}}]).digest


def test_the_digest_is_64_hex_characters_whatever_the_text():
    for text in ("", " ", ".", "\0", "\ud800", "\u202e", "a" * 9_999, '"' * 500, "”“" * 300):
        assert re.fullmatch(r"[0-9a-f]{64}", shape_of(text, [text]).digest)


def test_a_long_goal_hits_its_exact_repeat_only():
    account, goal = Account(), "Deploy v1.2 " + "please " * 600
    assert len(goal) > MASKED_SIZE
    account.learn(goal, (), [{"name": "n", "params": {"command": "x v1.2"}}])
    assert account.hit(goal)
    assert account.hit(goal.replace("v1.2", "v1.3")) is None
    assert account.hit(goal + " ") is None


def test_a_goal_of_more_than_64_000_characters_is_neither_learned_nor_matched():
    path = ["echo " + "x" * 9_000] * 8
    shape = shape_of("x", path)
    assert (sum(map(len, path)) > MAX_SIZE, shape.usable) == (True, False)
    tasks = [{"name": "n", "params": {"command": "x"}}]
    assert learn(shape, tasks, [], description="x", path=path, planner="path") is None
    new = learn(shape_of("x", ()), tasks, [], description="x", path=(), planner="path")
    assert match(shape, [StoredTree("t", new.tree, 1.0)]) is None


REPEATS = 10


def fastest_ms(call, rounds=30):
    """CPU time of one call; of ten in a row, since reading the clock and cold caches weigh as much as the shortest."""
    return 1000 / REPEATS * cpu_seconds(lambda: [call() for _ in range(REPEATS)], times=rounds)


@pytest.mark.parametrize(("description", "path", "bound_ms"), [
    ("Create a new Node.js project called shop", (), 0.25),
    ("bench", ["echo hello"], 0.1),
    ("Create a Node.js Express API with /users CRUD endpoints, PostgreSQL database, and Docker Compose setup", (), 0.3),
    ("a1 " * 3_333, (), 1),
    ("x", ["e1 " * 3_333] * 200, 2),
    ("x", [{"a": ["b"] * 2_000}] * 200, 10),
    ("a.b-c/d:e@f " * 333, (), 10),
    ('"a ' * 1_300, (), 5),
    ("“ " * 1_900, (), 5),
    ('"' + "a" * 3_900, (), 5),
    ("(" * 3_900, (), 5),
    ("-" * 3_900, (), 5),
    ("a." * 1_950, (), 5),
    ("  " * 1_950, (), 5),
    ("\t\n" * 1_950 + "x", (), 5),
    ("x", ["a;" * 1_950], 10),
    ("x", ["$" * 3_900], 5),
    ("x", ["a://" * 900], 5),
])  # fmt: skip
def test_E_R19_telling_a_shape_takes_bounded_time(description, path, bound_ms):
    assert fastest_ms(lambda: shape_of(description, path)) < bound_ms


def test_matching_against_eight_trees_and_learning_take_bounded_time():
    goal = " ".join(f"v{number}.{number}" for number in range(24))
    account = Account()
    for turn in range(9):
        text = " ".join(f"v{number}.{number + turn}" for number in range(24))
        command = text * 50 + str(turn % 2)
        account.learn(text, (), [{"name": "n", "params": {"command": command}} for _ in range(3)])
    trees = account.trees(goal)
    shape = shape_of(goal, ())
    assert fastest_ms(lambda: match(shape, trees), rounds=5) < 100
    worst = [{"name": "n", "params": {"command": "1" * 39_000}}]
    other = [{"name": "n", "params": {"command": "1" * 38_999 + "2"}}]
    account.learn("Keep 1 of 11", (), worst)
    assert cpu_seconds(lambda: account.learn("Keep 2 of 22", (), other)) < 2


def test_a_stored_tree_of_another_version_is_passed_over():
    shape = shape_of("x", ())
    assert match(shape, [StoredTree("t", {"version": 99}, 1.0), StoredTree("u", {}, 1.0)]) is None
