"""The catalogue of fixes: it says what it is for, destroys nothing, and a broken entry is told with its place."""

import re
import tomllib

import pytest

from goals.correction.catalogue import CATALOGUE, CatalogueError, catalogue, load
from memory.fixes import apply, is_destructive
from memory.signature import signature
from tests.correction.test_signature import HOSTILE, TEXTS, failed, of
from tests.pace import cpu_seconds

ENTRIES, KINDS = catalogue().entries, catalogue().kinds


def failure(entry, text):
    """The failure of a command that printed this, with the exit class that the entry is for."""
    known = [int(name.removeprefix("exit_")) for name in sorted(entry.errors.exits) if name.startswith("exit_")]
    return failed(text, exit_code=known[0] if known else 1, actuator=entry.errors.actuator)


def fits(entry, text):
    found = failure(entry, text)
    return entry.errors.fits(found, found.raw.partition("\n")[0] if entry in ENTRIES else found.raw)


@pytest.mark.parametrize("entry", [*ENTRIES, *KINDS], ids=lambda entry: entry.id)
def test_an_entry_is_for_its_examples_and_not_for_what_only_looks_alike(entry):
    assert [text for text in entry.examples if fits(entry, text) is None] == []
    assert [text for text in entry.near_misses if fits(entry, text) is not None] == []
    assert entry.near_misses


def test_E_R20_there_are_many_fixes_for_the_common_classes():
    assert len(ENTRIES) >= 45
    assert {"known_fix", "alternative"} == {entry.rung for entry in ENTRIES}


@pytest.mark.parametrize("text", [t for k in KINDS for t in k.examples], ids=lambda text: text[:40])
def test_the_first_kind_that_fits_an_example_is_its_own(text):
    (mine,) = [kind for kind in KINDS if text in kind.examples]
    found = failed(text, actuator=mine.errors.actuator)
    assert catalogue().kind(found, found.raw) == mine


def commands(entry):
    return [entry.fix[name] for name in ("command", "replacement") if name in entry.fix]


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.id)
def test_E_R20_no_fix_of_the_catalogue_destroys_anything(entry):
    assert not [command for command in commands(entry) if is_destructive(command)]


TRUSTING = """-k --insecure no-check-certificate strict-ssl sslVerify REJECT_UNAUTHORIZED trusted-host SSL_NO
StrictHostKeyChecking UserKnownHostsFile allow-unauthenticated AllowInsecure openssl-legacy nocheck""".lower().split()


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.id)
def test_no_fix_of_the_catalogue_trusts_a_stranger(entry):
    said = " ".join([*commands(entry), *map(str, entry.fix.get("set", {}).items())]).lower()
    assert not [word for word in TRUSTING if f" {word}" in f" {said}" or (word[0] != "-" and word in said)]


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.id)
def test_no_fix_of_the_catalogue_runs_or_installs_what_an_error_names(entry):
    names = {name for pattern in entry.errors.patterns for name in pattern.groupindex}
    for command in commands(entry):
        for line in command.splitlines():
            used = [name for name in names if f"${name}" in line]
            assert not [
                name for name in used if re.search(rf"(?:^|[;&|(`]|\b(?:exec|env|then|do))\s*\"?\${name}", line)
            ]
            assert not used or not re.search(r"\b(?:install|npx|exec|pip|npm|apt)\b", line)


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: text["id"])
def test_a_real_error_meets_only_fixes_that_can_be_applied_to_it(text):
    found = of(text, "first")
    for entry, values in catalogue().fixes(found, found.raw, "true"):
        try:
            apply(entry.fix, actuator="shell", params={"command": "true"}, values={**found.values, **values})
        except ValueError as reason:
            assert "nothing to replace" in str(reason)  # noqa: PT017 - the others of the loop are looked at too


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_the_whole_catalogue_looks_at_hostile_output_in_milliseconds(text):
    found = signature("shell", exit_code=1, error_code="exit_code", stdout="", stderr=text)
    raws = [
        found.raw,
        text[:3000],
        ("sh: 1: " + text)[:3000],
        ("error: " * 500)[:3000],
        ("E: Failed to fetch " + text)[:3000],
    ]

    def look():
        for raw in raws:
            list(catalogue().fixes(found, raw, text[:100_000]))
            catalogue().kind(found, raw)

    list(catalogue().fixes(found, "warm up", "true"))
    assert cpu_seconds(look) < 1.0


GOOD = """
[[fix]]
id = "say_hello"
title = "Say hello first"
reason = "Nobody had said hello to {name}."
match = ['^nobody greeted (?P<name>[a-z]{1,20})$']
examples = ["nobody greeted ada"]
near_misses = ["everybody greeted ada"]
programs = ["greet"]
[fix.fix]
kind = "run-before"
command = 'echo hello "$name"'
"""
KIND = '[[kind]]\nid = "kk"\nkind = "transient"\nreason = "It passes."\nmatch = ["busy"]\n'
BROKEN = {
    "not readable as TOML": GOOD + "[[",
    "holds .*'other'": GOOD + "[other]\n",
    "unknown key titel": GOOD.replace("title", "titel"),
    "title is missing": GOOD.replace('title = "Say hello first"\n', ""),
    "near_misses is missing": GOOD.replace('near_misses = ["everybody greeted ada"]\n', ""),
    "id must be lower-case": GOOD.replace("say_hello", "Say Hello"),
    "title must be a text": GOOD.replace("Say hello first", "x" * 81),
    "the id is used twice": GOOD + GOOD,
    "rung must be one of": GOOD.replace("match", 'rung = "backoff"\nmatch'),
    "examples must be a list": GOOD.replace('["nobody greeted ada"]', '"nobody"'),
    "pattern .*Not a regular expression": GOOD.replace("{1,20})$", "{1,20}$"),
    "pattern .*very long": GOOD.replace("[a-z]{1,20}", "([a-z]+)+"),
    "pattern .*the empty text": GOOD.replace("'^nobody greeted (?P<name>[a-z]{1,20})$'", "'(?P<name>x?)'"),
    "uses .'name'., which not every pattern finds": GOOD.replace("match = [", "match = ['hello',"),
    "programs is missing": GOOD.replace('programs = ["greet"]\n', ""),
    "programs is missing: a fix": GOOD.replace('programs = ["greet"]', 'command = "greet"'),
    "programs: .* is not a program": GOOD.replace('["greet"]', '["greet; id"]'),
    "programs names a value": GOOD.replace('["greet"]', '["$path"]'),
    "the fix is wrong: .*kind": GOOD.replace("run-before", "run-after"),
    "the fix is wrong: .*command": GOOD.replace("command = 'echo hello \"$name\"'", "command = ''"),
    "kind must be one of": KIND.replace("transient", "eternal"),
    "every failure": KIND.replace('match = ["busy"]\n', ""),
    "kind 'kk': unknown key": KIND + "fix = 1\n",
    "fix 1 is not a table": "fix = [1]\n",
    "expected": "fix = 1\n",
}  # fmt: skip


def written(folder, text):
    (folder / "mine.toml").write_text(text)
    return folder


def test_the_entry_the_broken_ones_are_made_from_is_sound(tmp_path):
    known = load(written(tmp_path, GOOD + KIND))
    assert [entry.id for entry in known.entries] == ["say_hello"]
    assert [kind.id for kind in known.kinds] == ["kk"]


@pytest.mark.parametrize(("complaint", "text"), list(BROKEN.items()))
def test_a_broken_entry_is_told_with_its_file_and_the_mistake(complaint, text, tmp_path):
    assert text not in (GOOD, KIND)
    with pytest.raises(CatalogueError, match=complaint) as error:
        load(written(tmp_path, text))
    assert str(error.value).startswith("mine.toml: ")


def test_the_files_of_the_catalogue_hold_what_is_loaded():
    tables = [tomllib.loads(file.read_text()) for file in CATALOGUE.glob("*.toml")]
    assert sum(len(table.get("fix", [])) for table in tables) == len(ENTRIES)
    assert sum(len(table.get("kind", [])) for table in tables) == len(KINDS)
