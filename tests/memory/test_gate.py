"""The write gate: what is known already is refreshed, and no two facts are ever taken for one."""

import json
import random
import uuid

import pytest

from executor_one.kit import tenancy
from memory.actions import learn
from memory.gate import compare, gist, holds_a_secret, space, words
from memory.models import Memory

GOAL = uuid.UUID(int=7)
FACT = "The staging database of billing listens on port 5433 and needs TLS."

SAME = [
    (FACT, "the  STAGING database of billing\tlistens on port 5433, and needs TLS"),
    (FACT, "Note that the staging database of billing listens on port 5433 and needs TLS!!"),
    (FACT, "FYI: it turns out our staging database of billing really listens on port 5433 and needs TLS."),
    (FACT, "“The staging database of billing” listens on port 5433 — and needs TLS"),
    ({"host": "db.internal", "port": 5432}, {"port": 5432.0, "host": "DB.internal"}),
    (["a b c", "d e"], ["A b, c.", "d e"]),
    ("Don\u2019t run npm install as root on host-7", "don't run npm install as root on host-7."),
]
DIFFERENT = [
    (FACT, "The staging database of billing listens on port 5434 and needs TLS."),
    (FACT, "The staging database of billing listens on port 5433 and needs no TLS."),
    (FACT, "The production database of billing listens on port 5433 and needs TLS."),
    ("alpha depends on beta in every build", "beta depends on alpha in every build"),
    ("turn the cache of the build server on", "turn the cache of the build server off"),
    ("run the tests before every deploy to prod", "run the tests after every deploy to prod"),
    ("the job takes -5 degrees at most here", "the job takes 5 degrees at most here"),
    ("use node v18.2 for the web build", "use node v18.3 for the web build"),
    ("logs are in /var/log/app on host a", "logs are in /var/log/api on host a"),
    ({"host": "db.internal", "port": 5432}, {"host": "db.internal", "port": 5433}),
    ({"host": "a.internal", "backup": "b.internal"}, {"host": "b.internal", "backup": "a.internal"}),
    ({"feature flag one": True}, {"feature flag one": False}),
    ("the service must restart at night every day", "the service may restart at night every day"),
]


def alike(one, other):
    first, second = words(one), words(other)
    return bool(gist(first) and gist(first) == gist(second)) or compare(first, second) is not None


@pytest.mark.parametrize(("one", "other"), SAME)
def test_a_restatement_is_known(one, other):
    assert alike(one, other)
    assert alike(other, one)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_another_fact_is_another_fact(one, other):
    assert not alike(one, other)
    assert not alike(other, one)


def test_one_word_more_in_a_long_sentence_is_near_and_richer():
    text = "after upgrade of openssl service nginx on host seven needs full restart, reload keeps stale library{} open"
    known, new = words(text.format("")), words(text.format(" file"))
    match = compare(new, known)
    assert (match.kind, match.richer, match.similarity > 0.9) == ("near", True, True)
    assert not compare(known, new).richer
    assert compare([*known, "not"], known) is None
    assert compare([*known, "42"], known) is None


@pytest.mark.parametrize("value", [True, 1, "ok", None, {"ok": True}, "!!!", [], "😀"])
def test_what_is_too_short_is_no_fact_by_itself(value):
    assert gist(words(value)) == ""


def test_a_space_is_a_key_up_to_its_last_separator():
    assert [space(key) for key in ("a/b/c", "a.b", "a:b", "a-b", "a")] == ["a/b/", "a.", "a:", "", ""]


SECRETS = [
    "-----BEGIN OPENSSH PRIVATE KEY-----", "AKIAIOSFODNN7EXAMPLE", "ghp_0123456789abcdefghij0123", "password: hunter22",
    "postgres://app:s3cret@db/x", '{"api_key":"0123456789"}', "DB_PASSWORD=correct-horse", "xoxb-1234567890-abc",
]  # fmt: skip
HARMLESS = [
    FACT,
    "the password is in the vault",
    "token bucket of 20 an hour",
    "https://example.com:8000/a@b",
    "secret sauce",
]


@pytest.mark.parametrize("text", SECRETS)
def test_a_secret_is_noticed(text):
    assert holds_a_secret(text)


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
    assert learn("mine", "something else altogether, learned today").learned_from is None
    assert api.get("/api/memory/mine").json()["value"] == "as said"


def test_at_the_ceiling_learning_does_nothing(scoped, make_member):
    with tenancy.account_scope(make_member("free@example.com", "free").account):
        learned = [learn(f"learned/{n}", f"fact number {n} about the build server") for n in range(51)]
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
    near = store(key="a/3", value=f"Please note: {FACT.upper()}", dedupe=True).json()
    assert (near["duplicate"]["kind"], near["key"], near["value"]) == ("near", "a/1", FACT)
    assert store(key="a/4", value=FACT.replace("5433", "5434"), dedupe=True).status_code == 201
    assert store(key="a/1", value="changed by its own key", dedupe=True).json()["value"] == "changed by its own key"
    assert set(keys_of()) == {"a/1", "a/4"}


def test_dedupe_looks_at_the_same_space_or_tags_only(store, keys_of):
    store(key="a/1", value=FACT, tags=["db"])
    assert store(key="b/1", value=FACT, dedupe=True).status_code == 201
    assert store(key="c/1", value=FACT, dedupe=True, tags=["db"]).json()["key"] == "a/1"
    assert set(keys_of()) == {"a/1", "b/1"}


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
OPENINGS = ["", "Note that ", "FYI: ", "Please remember: ", "It turns out, ", "Just so you know: ", "Important! "]
ENDINGS = ["", ".", "!", "  ", " ...", ";"]


def facts(count):
    for number in range(count):
        subject, template = SUBJECTS[number % 10], TEMPLATES[number // 10 % 5]
        yield template.format(subject, f"h{number % 7}", 1000 + number)


def restated(fact, dice):
    """The same fact said otherwise: case, spaces, punctuation, filler."""
    said = dice.choice(OPENINGS) + fact + dice.choice(ENDINGS)
    said = dice.choice([str, str.upper, str.title, str.capitalize])(said)
    return dice.choice([" ", "  ", "\n"]).join(said.split(" "))


def replay(account, writes, known, dice):
    """Learn each fact once and then again and again in other words; every third is an object. Each write commits."""
    order = [*range(len(known)), *(dice.randrange(len(known)) for _ in range(writes - len(known)))]
    dice.shuffle(order)
    for number, at in enumerate(order):
        said = restated(known[at], dice)
        pairs = [("note", said), ("kind", "lesson"), ("weight", dice.choice([2, 2.0]))]
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
        held = [words(json.loads(text)) for text in Memory.objects.values_list("value", flat=True)]
    print(f"{writes} writes, {len(held)} memories")
    assert not [fact for fact in known if not any(contains(words(fact), one) for one in held)]
    assert len(held) <= 1.2 * count


def contains(fact, held):
    rest = iter(held)
    return all(word in rest for word in fact)
