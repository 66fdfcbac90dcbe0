"""The write gate: what is known already is refreshed, and no two facts are ever taken for one."""

import json
import unicodedata
import uuid

import pytest

from executor_one.kit import tenancy
from memory.actions import learn
from memory.gate import gist, stem
from memory.models import Memory

GOAL = uuid.UUID(int=7)
FACT = "The staging database of billing listens on port 5433 and needs TLS."


def at_time(second, space="a/"):
    """A key as an automatic writer makes it."""
    return f"{space}2026-11-28T10:20:{second:02}Z"


SAME = [
    (FACT, "  The staging database of billing listens on port 5433 and needs TLS\u00a0"),
    (FACT, "Note that the staging database of billing listens on port 5433 and needs TLS."),
    (FACT, "FYI: it turns out that the staging database of billing listens on port 5433 and needs TLS."),
    (FACT, f"please remember: {FACT}"),
    ("It went well yesterday.  Every node is up", "it went well yesterday. Every node is up."),
    ({"note": FACT, "port": 5432}, {"port": 5432, "note": FACT}),
    (FACT, f"For your information, {FACT}"),
    (
        "Le caf\u00e9 est ferm\u00e9 le dimanche",
        unicodedata.normalize("NFD", "Le caf\u00e9 est ferm\u00e9 le dimanche."),
    ),
]
WRAP = "the service of the north {} needs it"
DIFFERENT = [
    *((WRAP.format(one), WRAP.format(other)) for one, other in [
        ("status == 500", "status != 500"), ("< 50 ms", "> 50 ms"), ("C++", "C#"), ("\u2705", "\u274c"),
        ("Their database", "Our database"), ("\u0926\u093f\u0928", "\u0926\u093e\u0928"), ("5%", "$5"), ("5 AM", "5"),
        ("was up", "is up"), ("*/5 * * * *", "5 * * * *"), ("10\u00b2", "102"), ("~/x", "/x"), ("*.log", ".log"),
        ("US cluster", "IT cluster"), ("US cluster", "us cluster"), ("works", "hardly works"), ("host", "staging host"),
        ("time", "Eastern time"), ("file a", "file"), ("all of it", "just all of it"), ("/srv/App", "/srv/app"),
        ("-5", "5"), ("on", "off"), ("v18.2", "v18.3"), ("a, b", "a b"), ("a\tb", "a b"), ("a\nb", "a b"), ("", "not"),
        ("must", "may"), ("up.", "up?"), ("DB1", "db1"), ("a  b", "a b"), ("a\u00a0b", "a b"),
        ("the only one", "only one"),
        ("is on the call", "is on call"), ("in the charge of", "in charge of"), ("all the time", "all time"),
        ("with an app", "with app"),
    ]),
    *[
        ("Makefile wins over the other file here", "makefile wins over the other file here"),
        ("After a change always call save!", "After a change always call save"),
        ("In vi you quit with :wq!", "In vi you quit with :wq"),
        ("The password is still Hunter!", "The password is still Hunter"),
        ("The server answers as db.example.com.", "The server answers as db.example.com"),
        ("Before each commit run go test all...", "Before each commit run go test all"),
        ("Der Alarm ist an in Halle drei", "Der Alarm ist in Halle drei"),
        ("Search for the in the index file", "Search for in index file"),
        ("Please open my  report of May", "Please open my report of May"),
        ("THE FILES GO TO US NOW", "the files go to us now"),
        ("Please Please Me is the first album", "Please Me is the first album"),
        ("Please Please Me is the first album", "Me is the first album"),
        ("Replace the word the everywhere you see it", "Replace the word everywhere you see it"),
        ("Alice has the office on Monday", "Alice has office on Monday"),
        ("The only admin of billing is Alice", "only admin of billing is Alice"),
        ("The Hague has a server of ours", "Hague has a server of ours"),
        ("The Who plays on every Friday", "Who plays on every Friday"),
        ("FYI channel has news of the team", "channel has news of the team"),
        ("Polish rods before you ship them", "polish rods before you ship them"),
        ("Please note that it is so.", "it is so."),
        ("The importer restarts after every deploy of search", "importer restarts after every deploy of search."),
        ("The four nodes of billing are down", "four nodes of billing are down"),
        ("Commit messages must close with the word done.", "Commit messages must close with the word done"),
        ("Type the following word into it: yes.", "Type the following word into it: yes"),
        ("Remember that song about the deploy day", "song about the deploy day"),
        ("Note that needs signing goes to Bob", "needs signing goes to Bob"),
        ({"find": "note: the old name here"}, {"find": "the old name here"}),
        ({"prompt": "Please note that all is well here"}, {"prompt": "all is well here"}),
        ({"expect": "  all tests of it pass"}, {"expect": "all tests of it pass"}),
        (["The name of the rose"], ["the name of the rose"]),
    ],
    ("Delete archived rows of the ledger", "Avoid delete archived rows of the ledger"),
    ("The new server is down now.", "The new server is down now?"),
    ("Polish: US IT WHO AM", "Polish: us it who am"),
    ("alpha depends on beta in every build", "beta depends on alpha in every build"),
    *(([FACT, one], [FACT, other]) for one, other in [
        ({"path": "/srv/App/Config"}, {"path": "/srv/app/config"}), ({"owner": "The Who"}, {"owner": "the who"}),
        ({"a text": "x  y"}, {"a text": "x y"}), ({"port": 5432}, {"port": "5432"}), ({"x": None}, {"x": "null"}),
        ({"x": True}, {"x": False}), ({"x": True}, {"x": 1}), ({"x": 1}, {"x": 1.5}), ({"x": 1}, {"X": 1}),
        ({"a": "host x", "b": "host y"}, {"a": "host y", "b": "host x"}),
    ]),
    ([[FACT, "dev"], ["sec", "all"]], [[FACT], ["dev", "sec", "all"]]),
    ("if x is so:\n  run it\n  end it now", "if x is so:\n  run it\nend it now"),
    ("grep 'a  b' in every file here", "grep 'a b' in every file here"),
]  # fmt: skip


@pytest.mark.parametrize(("one", "other"), SAME)
def test_a_restatement_is_known(one, other):
    assert gist(one) == gist(other) != ""


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_another_fact_is_another_fact(one, other):
    assert gist(one) != gist(other)
    assert gist(one) or gist(other)


@pytest.mark.parametrize("number", range(0, len(DIFFERENT), 6))
def test_dedupe_keeps_different_facts(store, keys_of, number):
    for at, value in enumerate(DIFFERENT[number]):
        assert store(key=at_time(at), value=value, dedupe=True).status_code == 201
    assert len(keys_of()) == 2


RECORD = {"plan": "pro", "role": "admin", "active": True}


@pytest.mark.parametrize(
    "value",
    [True, 1, "ok", None, {"ok": True}, "!!!", [], "😀", RECORD, "10.0.0.1 10.0.0.2 10.0.0.3 up", {"a b c d e": 1}],
)
def test_what_holds_no_sentence_is_no_fact_by_itself(value):
    assert gist(value) == ""


HASH = "0123456789abcdef"


@pytest.mark.parametrize(
    ("key", "shared"),
    [
        ("notes/2024-01-01", "notes/"), ("notes/note-2024-01-01", "notes/note-"), (f"notes/{HASH}", "notes/"),
        ("n:2024-01-01T10:20:30Z", "n:"), ("n/2024-01-01T10:20:30.123456+02:00", "n/"), ("n/20240101T102030Z", "n/"),
        ("n/2024-01-01T10-20-30", "n/"), (f"executor/lessons/{HASH}", "executor/lessons/"),
        (f"team/notes:{uuid.UUID(int=7)}", "team/notes:"), (f"journal/{HASH * 8}", "journal/"),
    ],
)  # fmt: skip
def test_a_key_s_stem_is_without_what_says_when_or_which(key, shared):
    assert stem(key) == shared


@pytest.mark.parametrize(
    "key",
    [
        *[f"user/{uuid.UUID(int=7)}", f"commit/{HASH}", HASH, f"denotes/{HASH}", f"git.log/{HASH}"],
        *[f"customer-notes/{uuid.UUID(int=7)}", f"user_log/{uuid.UUID(int=7)}", "parts/10000001T0001"],
        *["user:1001", "host/web-1", "http:80", "port/8080", "budget/2024", "budget/2024-01", "postgres/15", "node:18"],
        *[
            "1",
            "17",
            "deadbeef",
            "a/cafe",
            "a/1/b",
            "a/b1",
            "v/1.2",
            "env-prod",
            "notes/2024-01-01-1",
        ],
        *["day/20240101", "a/0123456789abcde", "n/0123456789012345", "n/abcdefabcdefabcd", f"a/x{HASH}", f"a/{HASH}/b"],
        *["part/1234-56-78", f"a/{HASH}g", "mac/00124B0001020304", "call/12024-01-01"],
    ],
)
def test_a_plain_number_is_a_part_of_what_a_key_is_about(key):
    assert stem(key) == key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("user:1001", "user:1002"), ("host/web-1", "host/web-2"), ("http:80", "http:443"), ("port/8080", "port/8081"),
        ("budget/2024", "budget/2025"), ("postgres/15", "postgres/16"), ("node:18", "node:20"), ("1", "2"),
    ],
)  # fmt: skip
def test_two_keys_that_differ_in_a_number_are_two_facts(store, keys_of, one, other):
    for key in (one, other):
        assert store(key=key, value=FACT, dedupe=True).status_code == 201
    assert set(keys_of()) == {one, other}


def test_a_record_says_nothing_without_its_key(store, keys_of):
    for at in range(2):
        assert store(key=f"user/{uuid.UUID(int=at)}", value=RECORD, dedupe=True).status_code == 201
    assert len(keys_of()) == 2


# --- what the executor learns ----------------------------------------------------------------------


@pytest.fixture
def scoped(member):
    with tenancy.account_scope(member.account):
        yield member


def keys():
    return set(Memory.objects.values_list("key", flat=True))


def test_E_R38_a_learned_secret_is_sealed(scoped):
    learned = learn("learned/a", {"note": "password=correct-horse-battery"}, learned_from=GOAL)
    assert learned.is_sealed
    assert learned.value == ""


def test_learning_tells_the_goal_and_learning_again_refreshes(scoped, api):
    first = learn(at_time(1), FACT, learned_from=GOAL, importance=0.4)
    again = learn(at_time(2), f"Note that {FACT}", importance=0.6, learned_from=uuid.UUID(int=8))
    assert (again.pk, keys()) == (first.pk, {at_time(1)})
    found = api.get(f"/api/memory/{at_time(1)}").json()
    assert (found["learnedFrom"], found["value"], found["importance"]) == (str(GOAL), FACT, 0.6)
    assert api.get("/api/memory/audit").json()["learned"] == 1


def test_a_customer_s_memory_is_never_overwritten(scoped, store, api):
    store(key="mine", value="as said")
    assert learn("mine", "something else altogether, learned today", learned_from=GOAL).learned_from is None
    assert api.get("/api/memory/mine").json()["value"] == "as said"


def test_at_the_ceiling_learning_does_nothing(scoped, make_member):
    with tenancy.account_scope(make_member("free@example.com", "free").account):
        learned = [learn(f"learned/{n}", f"fact number {n} about the server", learned_from=GOAL) for n in range(51)]
    assert [one is None for one in learned] == [False] * 50 + [True]


# --- what a customer writes ------------------------------------------------------------------------


def test_an_explicit_key_is_stored_as_said(store, keys_of):
    for second in (1, 2):
        assert store(key=at_time(second), value=FACT).status_code == 201
    assert len(keys_of()) == 2


def test_dedupe_answers_what_is_there_and_says_so(api, store, keys_of):
    first = store(key=at_time(1), value=FACT, tags=["db"], dedupe=True).json()
    assert first["duplicate"] is None
    exact = store(key=at_time(2), value=FACT, dedupe=True, importance=0.9, tags=["seen"])
    assert (exact.status_code, exact.json()["key"]) == (200, at_time(1))
    assert exact.json()["duplicate"] == {"kind": "exact", "similarity": 1.0}
    assert (exact.json()["importance"], exact.json()["tags"]) == (0.9, ["db", "seen"])
    near = store(key=at_time(3), value=f"Please note that {FACT}", dedupe=True).json()
    assert (near["duplicate"]["kind"], near["key"], near["value"]) == ("near", at_time(1), FACT)
    assert store(key=at_time(4), value=FACT.replace("5433", "5434"), dedupe=True).status_code == 201
    assert (
        store(key=at_time(1), value="changed by its own key", dedupe=True).json()["value"] == "changed by its own key"
    )
    assert set(keys_of()) == {at_time(1), at_time(4)}


def test_the_key_is_a_part_of_the_fact(store, keys_of):
    keys = [
        "env-prod",
        "env-staging",
        at_time(1),
        at_time(1, "b/"),
        at_time(1, "a/x-"),
        "note-1",
        "a/x",
        "v/1.2",
        "v/1.3",
    ]
    for key in keys:
        assert store(key=key, value=FACT, tags=["db"], dedupe=True).status_code == 201, key
    assert len(keys_of()) == len(keys)


def test_a_key_without_separator_needs_the_same_tags_or_value(store):
    restated = f"Note that {FACT}"
    store(key=at_time(1, "note-"), value=FACT)
    store(key=at_time(1, "hint-"), value=FACT, tags=["db"])
    assert store(key=at_time(2, "note-"), value=FACT, dedupe=True).json()["key"] == at_time(1, "note-")
    assert store(key=at_time(3, "note-"), value=restated, dedupe=True).status_code == 201
    again = store(key=at_time(3, "hint-"), value=restated, dedupe=True, tags=["db"])
    assert again.json()["key"] == at_time(1, "hint-")
    assert store(key=at_time(2, "hint-"), value=restated, dedupe=True, tags=["other"]).status_code == 201


def test_a_key_that_is_there_is_simply_updated(store, api):
    store(key="a/1", value=FACT)
    store(key="a/2", value="something else that is long enough", tags=["x"], importance=0.9)
    changed = store(key="a/2", value=f"Note that {FACT}", tags=["y"], importance=0.1, ttl=60, dedupe=True).json()
    assert (changed["key"], changed["value"], changed["tags"]) == ("a/2", f"Note that {FACT}", ["y"])
    assert (changed["importance"], changed["ttl"], changed["duplicate"]) == (0.1, 60, None)


@pytest.mark.parametrize(("old", "new", "kept"), [(60, None, None), (None, 60, None), (60, 90, 90), (90, 60, 90)])
def test_what_is_merged_keeps_the_longer_life(store, old, new, kept):
    store(key=at_time(1), value=FACT, ttl=old)
    assert store(key=at_time(2), value=FACT, dedupe=True, ttl=new).json()["ttl"] == kept
    again = store(key=at_time(3), value=FACT, dedupe=True, **({"ttl": new} if new else {}))
    assert again.json()["key"] == at_time(1)


def test_no_tag_is_lost_where_there_is_no_room(store):
    store(key=at_time(1), value=FACT, tags=[f"t{n}" for n in range(32)])
    assert store(key=at_time(2), value=FACT, tags=["one more"], dedupe=True).status_code == 201


LESSON = at_time(1)
WRITES = {
    "post": lambda api: api.post("/api/memory", {"key": LESSON, "value": FACT}, content_type="application/json"),
    "dedupe": lambda api: api.post(
        "/api/memory", {"key": at_time(2), "value": FACT, "dedupe": True}, content_type="application/json"
    ),
    "put": lambda api: api.put(f"/api/memory/{LESSON}", {"value": FACT}, content_type="application/json"),
    "patch": lambda api: api.patch(f"/api/memory/{LESSON}", {"tags": ["mine"]}, content_type="application/json"),
    "crystallize": lambda api: api.post(f"/api/memory/{LESSON}/crystallize"),
}


@pytest.mark.parametrize("write", WRITES)
def test_a_lesson_that_a_customer_writes_on_is_the_customer_s(scoped, api, events_of, write):
    learn(LESSON, FACT, learned_from=GOAL)
    answer = WRITES[write](api).json()
    taught = GOAL
    assert (answer["key"], answer["learnedFrom"]) == (LESSON, taught and str(taught))
    assert events_of()[-1][1]["learnedFrom"] == str(GOAL)
    again = learn(LESSON, "something else altogether, learned today", learned_from=GOAL, importance=0.9)
    near = learn(at_time(3), f"Note that {FACT}", learned_from=GOAL, importance=0.9, tags=["seen"])
    for found in (again, near, Memory.objects.get()):
        assert (found.key, json.loads(found.value), found.importance, found.learned_from) == (LESSON, FACT, 0.5, taught)
        assert "seen" not in found.tags


def test_another_value_is_not_what_the_goal_taught(scoped, api, events_of):
    learn(LESSON, FACT, learned_from=GOAL)
    answer = api.patch(f"/api/memory/{LESSON}", {"value": "another"}, content_type="application/json").json()
    assert answer["learnedFrom"] is None
    assert events_of()[-1][1]["learnedFrom"] == str(GOAL)


@pytest.mark.parametrize(
    "changes", [{"crystallized": True}, {"value": "", "sealed": b"x", "value_digest": "", "gist": ""}]
)
def test_learning_changes_nothing_crystallized_or_sealed(scoped, changes):
    learn("l/1", FACT, learned_from=GOAL)
    Memory.objects.update(**changes)
    before = Memory.objects.values().get()
    learn("l/1", "something else altogether, learned today", learned_from=GOAL)
    assert Memory.objects.values().get() == before


def test_short_values_and_secrets_are_never_merged(store, keys_of):
    for number in range(3):
        store(key=at_time(number, "feature/"), value=True, dedupe=True)
        store(key=at_time(number, "secret/"), value=FACT, tags=["secrets"], dedupe=True)
    assert len(keys_of()) == 6


def test_the_audit_counts_what_is_stored_twice(api, store):
    for key in ("a/1", "b/1", "c/1", "d"):
        store(key=key, value=FACT if key != "d" else "other")
    store(key="s", value=FACT, tags=["secrets"])
    api.get("/api/memory/a/1")
    counted = api.get("/api/memory/audit").json()
    assert (counted["total"], counted["duplicates"], counted["neverRead"], counted["sealed"]) == (5, 2, 4, 1)


def test_the_audit_s_duplicates_are_facts(api, store):
    long = "the same long story of old " * 400
    for at, value in enumerate(
        [FACT, f"Note that {FACT}", 8080, 8080, True, True, RECORD, RECORD, long, long, f"{long}."]
    ):
        store(key=f"k/{at}", value=value)
    assert api.get("/api/memory/audit").json()["duplicates"] == 2
