"""The write gate: what is known already is refreshed, and no two facts are ever taken for one."""

import json
import random
import unicodedata
import uuid

import pytest

from executor_one.kit import tenancy
from memory.actions import learn
from memory.gate import gist, holds_a_secret, stem, without_secrets
from memory.models import Memory

GOAL = uuid.UUID(int=7)
FACT = "The staging database of billing listens on port 5433 and needs TLS."

SAME = [
    (FACT, "  the  staging database of billing\u00a0listens on port 5433 and needs TLS"),
    (FACT, "Note that the staging database of billing listens on port 5433 and needs TLS!!"),
    (FACT, "FYI: it turns out that staging database of billing listens on port 5433 and needs TLS."),
    ("The billing service needs a restart", "PLEASE NOTE: THE BILLING SERVICE NEEDS A RESTART!"),
    ({"host": "db.internal", "port": 5432}, {"port": 5432, "host": "db.internal"}),
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
        ("must", "may"), ("up.", "up?"), ("DB1", "db1"),
    ]),
    ("Delete archived rows of the ledger", "Avoid delete archived rows of the ledger"),
    ("The new server is down now.", "The new server is down now?"),
    ("Polish: US IT WHO AM", "Polish: us it who am"),
    ("alpha depends on beta in every build", "beta depends on alpha in every build"),
    ({"path": "/srv/App/Config", "kind": "a b"}, {"path": "/srv/app/config", "kind": "a b"}),
    ({"owner": "The Who", "kind": "a b"}, {"owner": "the who", "kind": "a b"}),
    ({"a text": "x  y", "kind": "a b"}, {"a text": "x y", "kind": "a b"}),
    ([["ops", "dev"], ["sec", "all"]], [["ops"], ["dev", "sec", "all"]]),
    ({"port": 5432, "enabled": None, "x": 1}, {"port": "5432", "enabled": "None", "x": 1}),
    ({"port": 5432, "enabled": None, "x": 1}, {"port": 5432, "enabled": "null", "x": 1}),
    ({"feature flag one": True}, {"feature flag one": False}),
    ({"feature flag one": True}, {"feature flag one": 1}),
    ({"feature flag one": 1}, {"feature flag one": 1.5}),
    ({"a": "host x", "b": "host y"}, {"a": "host y", "b": "host x"}),
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


@pytest.mark.parametrize("number", range(0, len(DIFFERENT), 4))
def test_dedupe_keeps_different_facts(store, keys_of, number):
    for at, value in enumerate(DIFFERENT[number]):
        assert store(key=f"a/{at}", value=value, dedupe=True).status_code == 201
    assert len(keys_of()) == 2


@pytest.mark.parametrize("value", [True, 1, "ok", None, {"ok": True}, "!!!", [], "😀"])
def test_what_is_too_short_is_no_fact_by_itself(value):
    assert gist(value) == ""


@pytest.mark.parametrize(
    ("key", "shared"),
    [
        ("w/a/1", "w/a/"), ("notes/2024-01-01-1", "notes/"), ("notes/note-7", "notes/note-"),
        ("l/0123456789abcdef", "l/"),
        (f"l/{uuid.UUID(int=7)}", "l/"), ("env-prod", "env-prod"), ("v/1.2", "v/1.2"), ("a/b1", "a/b1"),
        ("a/cafe", "a/cafe"),
        ("17", ""), ("deadbeef", "deadbeef"), ("a/1/b", "a/1/b"),
    ],
)  # fmt: skip
def test_a_key_s_stem_is_without_its_counter(key, shared):
    assert stem(key) == shared


SECRETS = [
    "-----BEGIN OPENSSH PRIVATE KEY-----", "AKIAIOSFODNN7EXAMPLE", "ghp_0123456789abcdefghij0123", "password: hunter22",
    "postgres://app:s3cret@db/x", '{"api_key":"0123456789"}', "DB_PASSWORD=correct-horse", "xoxb-1234567890-abc",
    "deploy --password hunter", "deploy --api-key abc", "run --token=xyz", "mysql -u root -phunter",
    "docker login -p hunter",
    "Authorization: Bearer abcdefgh1234", "the password hunter22 is wrong", "https://u:pw@example.com/x",
    "ASIAIOSFODNN7EXAMPLE",
]  # fmt: skip
HARMLESS = [
    FACT,
    "the password is in the vault",
    "token bucket of 20 an hour",
    "https://example.com:8000/a@b",
    "secret sauce",
    "mkdir -p build && ssh -p 2222 host",
    "the option --password is required",
    "password=<secret>",
]


@pytest.mark.parametrize("text", SECRETS)
def test_a_secret_is_noticed_and_taken_out(text):
    assert holds_a_secret(text)
    assert "<secret>" in without_secrets(text)
    assert not holds_a_secret(without_secrets(text))


@pytest.mark.parametrize("text", HARMLESS)
def test_plain_words_are_no_secret(text):
    assert not holds_a_secret(text)


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
    first = learn("learned/1", FACT, learned_from=GOAL, importance=0.4)
    again = learn("learned/2", f"Note that {FACT}", importance=0.6, learned_from=uuid.UUID(int=8))
    assert (again.pk, keys()) == (first.pk, {"learned/1"})
    found = api.get("/api/memory/learned/1").json()
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
    for key in ("a/1", "a/2"):
        assert store(key=key, value=FACT).status_code == 201
    assert len(keys_of()) == 2


def test_dedupe_answers_what_is_there_and_says_so(api, store, keys_of):
    first = store(key="a/1", value=FACT, tags=["db"], dedupe=True).json()
    assert first["duplicate"] is None
    exact = store(key="a/2", value=FACT, dedupe=True, importance=0.9, tags=["seen"])
    assert (exact.status_code, exact.json()["key"]) == (200, "a/1")
    assert exact.json()["duplicate"] == {"kind": "exact", "similarity": 1.0}
    assert (exact.json()["importance"], exact.json()["tags"]) == (0.9, ["db", "seen"])
    near = store(key="a/3", value=f"Please note: {FACT}", dedupe=True).json()
    assert (near["duplicate"]["kind"], near["key"], near["value"]) == ("near", "a/1", FACT)
    assert store(key="a/4", value=FACT.replace("5433", "5434"), dedupe=True).status_code == 201
    assert store(key="a/1", value="changed by its own key", dedupe=True).json()["value"] == "changed by its own key"
    assert set(keys_of()) == {"a/1", "a/4"}


def test_the_key_is_a_part_of_the_fact(store, keys_of):
    for key in ("env-prod", "env-staging", "a/1", "b/1", "note-1", "a/x", "v/1.2", "v/1.3"):
        assert store(key=key, value=FACT, tags=["db"], dedupe=True).status_code == 201, key
    assert len(keys_of()) == 8


def test_a_key_without_separator_needs_the_same_tags_or_value(store):
    restated = f"Note that {FACT}"
    store(key="note-1", value=FACT)
    store(key="hint-1", value=FACT, tags=["db"])
    assert store(key="note-2", value=FACT, dedupe=True).json()["key"] == "note-1"
    assert store(key="note-3", value=restated, dedupe=True).status_code == 201
    assert store(key="hint-3", value=restated, dedupe=True, tags=["db"]).json()["key"] == "hint-1"
    assert store(key="hint-2", value=restated, dedupe=True, tags=["other"]).status_code == 201


def test_a_key_that_is_there_is_simply_updated(store, api):
    store(key="a/1", value=FACT)
    store(key="a/2", value="something else that is long enough", tags=["x"], importance=0.9)
    changed = store(key="a/2", value=f"Note that {FACT}", tags=["y"], importance=0.1, ttl=60, dedupe=True).json()
    assert (changed["key"], changed["value"], changed["tags"]) == ("a/2", f"Note that {FACT}", ["y"])
    assert (changed["importance"], changed["ttl"], changed["duplicate"]) == (0.1, 60, None)


@pytest.mark.parametrize(("old", "new", "kept"), [(60, None, None), (None, 60, None), (60, 90, 90), (90, 60, 90)])
def test_what_is_merged_keeps_the_longer_life(store, old, new, kept):
    store(key="a/1", value=FACT, ttl=old)
    assert store(key="a/2", value=FACT, dedupe=True, ttl=new).json()["ttl"] == kept
    assert store(key="a/3", value=FACT, dedupe=True, **({"ttl": new} if new else {})).json()["key"] == "a/1"


def test_no_tag_is_lost_where_there_is_no_room(store):
    store(key="a/1", value=FACT, tags=[f"t{n}" for n in range(32)])
    assert store(key="a/2", value=FACT, tags=["one more"], dedupe=True).status_code == 201


WRITES = {
    "post": lambda api: api.post("/api/memory", {"key": "l/1", "value": FACT}, content_type="application/json"),
    "dedupe": lambda api: api.post(
        "/api/memory", {"key": "l/2", "value": FACT, "dedupe": True}, content_type="application/json"
    ),
    "put": lambda api: api.put("/api/memory/l/1", {"value": FACT}, content_type="application/json"),
    "patch": lambda api: api.patch("/api/memory/l/1", {"tags": ["mine"]}, content_type="application/json"),
    "crystallize": lambda api: api.post("/api/memory/l/1/crystallize"),
}


@pytest.mark.parametrize("write", WRITES)
def test_a_lesson_that_a_customer_writes_on_is_the_customer_s(scoped, api, events_of, write):
    learn("l/1", FACT, learned_from=GOAL)
    answer = WRITES[write](api).json()
    taught = None if write in ("post", "put") else GOAL  # by these the customer has said the value
    assert (answer["key"], answer["learnedFrom"]) == ("l/1", taught and str(taught))
    assert events_of()[-1][1]["learnedFrom"] == str(GOAL)
    again = learn("l/1", "something else altogether, learned today", learned_from=GOAL, importance=0.9)
    near = learn("l/3", f"Note that {FACT}", learned_from=GOAL, importance=0.9, tags=["seen"])
    for found in (again, near, Memory.objects.get()):
        assert (found.key, json.loads(found.value), found.importance, found.learned_from) == ("l/1", FACT, 0.5, taught)
        assert "seen" not in found.tags


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
        store(key=f"feature/{number}", value=True, dedupe=True)
        store(key=f"secret/{number}", value=FACT, tags=["secrets"], dedupe=True)
    assert len(keys_of()) == 6


def test_the_audit_counts_what_is_stored_twice(api, store):
    for key in ("a/1", "b/1", "c/1", "d"):
        store(key=key, value=FACT if key != "d" else "other")
    store(key="s", value=FACT, tags=["secrets"])
    api.get("/api/memory/a/1")
    counted = api.get("/api/memory/audit").json()
    assert (counted["total"], counted["duplicates"], counted["neverRead"], counted["sealed"]) == (5, 2, 4, 1)


# --- M9: ten thousand writes of three hundred facts ------------------------------------------------

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
OPENINGS = ["", "Note that ", "FYI: ", "Please remember: ", "It turns out that ", "Just so you know: "]
ENDINGS = ["", ".", "  "]


def facts(count):
    for number in range(count):
        subject, template = SUBJECTS[number % 10], TEMPLATES[number // 10 % 5]
        yield template.format(subject, f"h{number % 7}", 1000 + number)


def restated(fact, dice):
    """The same fact said otherwise: its first letter, blanks, its end, an opening."""
    said = dice.choice([fact, fact[0].upper() + fact[1:]])
    return dice.choice([" ", "  ", "\u00a0"]).join((dice.choice(OPENINGS) + said + dice.choice(ENDINGS)).split(" "))


def replay(account, writes, known, dice):
    """Learn each fact once and then again and again in other words; every third is an object. Each write commits."""
    order = [*range(len(known)), *(dice.randrange(len(known)) for _ in range(writes - len(known)))]
    dice.shuffle(order)
    for number, at in enumerate(order):
        said = restated(known[at], dice)
        pairs = [("note", said), ("kind", "lesson"), ("weight", 2)]
        dice.shuffle(pairs)
        with tenancy.account_scope(account):
            assert learn(f"learned/{number}", said if at % 3 else dict(pairs), tags=["lesson"], learned_from=GOAL)


@pytest.mark.parametrize(
    ("writes", "count"),
    [pytest.param(600, 18, id="600 writes"), pytest.param(10_000, 300, id="10,000 writes", marks=pytest.mark.slow)],
)
def test_M9_restating_what_is_known_piles_nothing_up_and_loses_nothing(committed, member, writes, count):
    known = list(facts(count))
    replay(member.account, writes, known, random.Random(9))
    with tenancy.account_scope(member.account):
        held = list(Memory.objects.values_list("value", flat=True))
    print(f"{writes} writes, {len(held)} memories")
    # A fact's payload is its own number, 1000 and up, and the words of its template: read off the stored text itself.
    lost = [at for at in range(count) if not any(tells(text, at) for text in held)]
    assert not lost
    assert len(held) <= 1.2 * count


def tells(text, at):
    """Whether a stored text holds all the words of fact number `at`, by nothing but plain comparison."""
    said = " ".join(json.dumps(json.loads(text), ensure_ascii=False).replace("\u00a0", " ").split()).lower()
    return str(1000 + at) in said and list(facts(at + 1))[at].lower() in said
