"""What was changed in the log by who may change everything in the database, but has no signing key, is found.

By both programs: the operator's over the tables, and the customer's over what the API answers.
"""

import json

import pytest
import time_machine
from django.utils import timezone

from events.models import Event, Head
from events.signing import derived
from executor_one.kit.ids import prefixed
from tests.events.audited import (
    AN_HOUR_AGO,
    Log,
    owning,
    program,
    run_program,
    told_and_signed,
    verified_by_the_operator,
)

pytestmark = pytest.mark.hostile

AT = 5  # the seq that is tampered with; heads are at FIRST, MIDDLE and LAST
FIRST, MIDDLE, LAST = 6, 9, 12
EDITS = {
    "id": "id + 1000000",
    "type": "'goal.created'",
    "data": "data || '{\"at\": 99}'",
    "actor": "'user:somebody'",
    "receipt": "'rcp_other'",
    "created_at": "created_at + interval '1 microsecond'",
    "hash": "sha256('x')",
}
REHASH = """
    CREATE TEMP TABLE kept AS SELECT * FROM events_event WHERE account_id = '{account}';
    DELETE FROM events_event WHERE account_id = '{account}';
    {change};
    INSERT INTO events_event (id, account_id, type, data, actor, receipt, created_at)
        SELECT id, account_id, type, data, actor, receipt, created_at FROM kept ORDER BY seq"""
MINE = "account_id = '{account}'"
# (what is done, the event at which both see it)
TAMPERED = {
    "an event deleted": (f"DELETE FROM events_event WHERE {MINE} AND seq = {AT}", AT),
    "the first event deleted": (f"DELETE FROM events_event WHERE {MINE} AND seq = 1", 1),
    "the tail cut off behind a head": (f"DELETE FROM events_event WHERE {MINE} AND seq > 10", 11),
    "all of it deleted": (f"DELETE FROM events_event WHERE {MINE}", 1),
    "two events swapped": (
        f"UPDATE events_event SET seq = -seq WHERE {MINE} AND seq IN (5, 6);"
        f"UPDATE events_event SET seq = 11 + seq WHERE {MINE} AND seq < 0", AT,
    ),
    "the data of two swapped": (
        "UPDATE events_event one SET data = other.data FROM events_event other WHERE one.account_id = '{account}' AND "
        "other.account_id = '{account}' AND one.seq IN (5, 6) AND other.seq = 11 - one.seq", AT,
    ),
    "moved to another place": (f"UPDATE events_event SET seq = 100 WHERE {MINE} AND seq = {AT}", AT),
    "moved to nobody": (f"UPDATE events_event SET account_id = NULL, seq = 99 WHERE {MINE} AND seq = {AT}", AT),
    "one inserted between": (
        f"UPDATE events_event SET seq = -seq - 1 WHERE {MINE} AND seq >= {AT};"
        f"UPDATE events_event SET seq = -seq WHERE {MINE} AND seq < 0;"
        "ALTER TABLE events_event DISABLE TRIGGER chain;"
        "INSERT INTO events_event (account_id, type, data, actor, receipt, created_at, seq, goal, hash) VALUES "
        f"('{{account}}', 'goal.created', jsonb_build_object(), 'user:x', 'rcp_x', now(), {AT}, '', sha256('x'))", AT,
    ),
    "chained anew with another event": (
        REHASH.format(account="{account}", change=f"UPDATE kept SET actor = 'user:x' WHERE seq = {AT}"), FIRST,
    ),
    "chained anew without one": (
        REHASH.format(account="{account}", change=f"DELETE FROM kept WHERE seq = {AT}"), FIRST,
    ),
    "a head of another history": (f"UPDATE events_head SET hash = sha256('x') WHERE {MINE} AND seq = {FIRST}", FIRST),
    "a head moved": (f"UPDATE events_head SET seq = 7 WHERE {MINE} AND seq = {FIRST}", 7),
    "a head signed at another time": (
        f"UPDATE events_head SET signed_at = signed_at - interval '1 day' WHERE {MINE} AND seq = {FIRST}", FIRST,
    ),
    "a head without a signature": (f"UPDATE events_head SET signature = '' WHERE {MINE} AND seq = {FIRST}", FIRST),
    "a head deleted": (f"DELETE FROM events_head WHERE {MINE} AND seq = {MIDDLE}", LAST),
    "the last head deleted": (f"DELETE FROM events_head WHERE {MINE} AND seq = {LAST}", 10),
    "every head deleted": (f"DELETE FROM events_head WHERE {MINE}", 1),
}  # fmt: skip


@pytest.fixture
def log(committed, make_member):
    with time_machine.travel(timezone.now() - AN_HOUR_AGO):
        member = make_member("one@example.com")
    assert told_and_signed(member.id) == [FIRST, MIDDLE, LAST]
    return Log(member.id, member.key)


@pytest.fixture
def tampered(database_urls, log):
    """The log after a statement of the tables' owner."""

    def do(statement):
        with owning(database_urls) as owner:
            owner.execute("ALTER TABLE events_event DROP CONSTRAINT event_seq")  # nothing is in their way
            try:
                for each in statement.replace("{account}", log.account).split(";"):
                    owner.execute(each)
            finally:
                owner.execute("ALTER TABLE events_event ENABLE TRIGGER chain")
        return log

    yield do
    with owning(database_urls) as owner:
        owner.execute("TRUNCATE events_event, events_head CASCADE")
        owner.execute("ALTER TABLE events_event ADD CONSTRAINT event_seq UNIQUE NULLS NOT DISTINCT (account_id, seq)")


def test_what_nobody_touched_is_right_for_both(log, tmp_path):
    assert verified_by_the_operator()[0]
    right, said = log.verified_by_a_customer(tmp_path)
    assert right, said
    assert "3 signed heads" in said


@pytest.mark.parametrize("name", ["events.jsonl", "heads.jsonl", "keys.json"])
def test_a_file_that_is_not_there_is_no_log_that_is_right(log, tmp_path, name):
    log.verified_by_a_customer(tmp_path)
    (tmp_path / name).unlink()
    done = program(tmp_path)
    assert (done.returncode, name in done.stderr, "Nothing was changed" in done.stdout) == (1, True, False)


def edited(line, change):
    return json.dumps({**json.loads(line), **change})


@pytest.mark.parametrize(("file", "edit"), [
    ("events", lambda line: edited(line, {"prevHash": "f" * 64})),
    ("events", lambda line: edited(line, {"note": "approved"})),
    ("heads", lambda line: edited(line, {"note": "approved"})),
    ("events", lambda line: line.replace('{"id"', '{"actor": "user:x", "id"')),
    ("heads", lambda line: edited(line, {"hash": "0" * 64, "signature": "0" * 128}) + "\n" + line),
    ("events", lambda line: line[:-9]),
    ("events", lambda line: edited(line, {"seq": "1"})),
], ids=["hash before", "member", "member of a head", "name twice", "head before the head", "cut", "text"])  # fmt: skip
def test_what_was_written_into_a_saved_log_is_found(log, tmp_path, file, edit):
    log.verified_by_a_customer(tmp_path)
    saved = tmp_path / f"{file}.jsonl"
    first, _, rest = saved.read_text("utf-8").partition("\n")
    saved.write_text(f"{edit(first)}\n{rest}", "utf-8")
    done = program(tmp_path)
    assert (done.returncode, "Nothing was changed" in done.stdout, "Traceback" in done.stderr) == (1, False, False)


def test_kept_heads_that_were_emptied_are_no_first_run(log, tmp_path):
    (tmp_path / "kept.jsonl").write_text("")
    assert not log.verified_by_a_customer(tmp_path, "--keep", "kept.jsonl")[0]
    assert (tmp_path / "kept.jsonl").read_text() == ""


def test_no_event_at_all_is_no_log_that_is_right(log, tmp_path):
    log.verified_by_a_customer(tmp_path)
    for name in ("events.jsonl", "heads.jsonl"):
        (tmp_path / name).write_text("")
    right, said = run_program(tmp_path)
    assert not right
    assert "event 1: no event is there" in said


def found_by_both(log, folder, at):
    right, said = verified_by_the_operator(log.account)
    assert not right
    assert f"{log.account}: event {at}:" in said
    right, said = log.verified_by_a_customer(folder)
    assert not right
    assert f"event {at}:" in said


@pytest.mark.parametrize("what", TAMPERED)
def test_it_is_found_and_the_place_is_named(tampered, tmp_path, what):
    statement, at = TAMPERED[what]
    found_by_both(tampered(statement), tmp_path, at)


@pytest.mark.parametrize("column", EDITS)
def test_an_event_that_was_edited_is_found(tampered, tmp_path, column):
    edit = f"UPDATE events_event SET {column} = {EDITS[column]} WHERE {MINE} AND seq = {AT}"
    found_by_both(tampered(edit), tmp_path, AT)


def test_the_column_that_only_finds_events_is_held_against_their_data(tampered):
    right, said = verified_by_the_operator(
        tampered(f"UPDATE events_event SET goal = 'x' WHERE {MINE} AND seq = 5").account
    )
    assert not right
    assert f"event {AT}: changed" in said


def test_every_column_is_tampered_with_above():
    moved = {"account", "seq"}  # to nobody, to another place
    assert {field.name for field in Event._meta.concrete_fields} == set(EDITS) | moved | {"goal"}
    assert {field.name for field in Head._meta.concrete_fields} == {
        "id", "event_id",  # neither says anything of the chain: the clock goes on from one
        "account", "seq", "hash", "previous", "signed_at", "key", "signature",
    }  # fmt: skip


def test_a_head_that_the_attacker_signed_has_an_unknown_key(tampered, log, tmp_path):
    stranger = derived("not the installation's key at all")
    rehashed = REHASH.replace("{change}", f"UPDATE kept SET actor = 'user:x' WHERE seq = {AT}")
    tampered(f"{rehashed}; UPDATE events_head SET key = '{stranger.id}' WHERE {MINE}")
    for right, said in (verified_by_the_operator(), log.verified_by_a_customer(tmp_path)):
        assert not right
        assert stranger.id in said


def test_a_customer_who_keeps_heads_finds_what_was_signed_anew(tampered, log, tmp_path):
    """Whoever deletes heads and rewrites what they covered has the rest signed by the clock: nothing here tells."""
    from events.heads import sign_heads

    assert log.verified_by_a_customer(tmp_path, "--keep", "kept.jsonl")[0]
    rehashed = REHASH.replace("{change}", f"UPDATE kept SET actor = 'user:x' WHERE seq = {AT}")
    tampered(f"{rehashed}; DELETE FROM events_head WHERE {MINE}")
    sign_heads()
    assert log.verified_by_a_customer(tmp_path)[0], "which is the limit that the documents tell of"
    right, said = log.verified_by_a_customer(tmp_path, "--keep", "kept.jsonl")
    assert not right
    assert f"event {FIRST}: the head that was kept is another now, or gone" in said


def test_an_account_of_which_only_heads_are_left_is_looked_at_too(tampered, log):
    tampered(f"DELETE FROM events_event WHERE {MINE}")
    right, said = verified_by_the_operator()
    assert not right
    assert log.account in said


def test_an_account_of_which_nothing_is_left_is_found(tampered, log):
    tampered(f"DELETE FROM events_event WHERE {MINE}; DELETE FROM events_head WHERE {MINE}")
    right, said = verified_by_the_operator()
    assert not right
    assert f"{log.account}: event 0: missing" in said


def test_of_an_account_that_never_was_nothing_is_right(committed):
    assert not verified_by_the_operator(prefixed("acc"))[0]
