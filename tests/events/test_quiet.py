"""What a try prints reaches the events without its secrets, also where what it printed was cut (case 51)."""

import asyncio
import base64
import json
from urllib.parse import quote

import pytest

from actuators.sandbox import Outcome
from actuators.sandbox.capture import Capture
from actuators.scrubber import LEAST, MARK, Scrubber
from runners.trying import Quiet, cut_streams, scrubbed

SECRET = "SUPERsecretVALUE-0123456789-abcdefghij-KLMNOP"
UMLAUTS = "pässwörd-größer-€uro-ключ-日本語-🔑-ende!"
CAP = 65_536


def told(*pieces, killed=None, code=0, secret=SECRET):
    """(what was told while it ran, what is kept of it), of a command that printed these pieces."""
    heard, scrubber = [], Scrubber([secret])

    async def go():
        quiet = Quiet(scrubber, lambda stream, text: heard.append(text))
        capture, silent = Capture("stdout", CAP, quiet.hear), Capture("stderr", CAP, quiet.hear)
        for piece in pieces:
            capture.feed(piece if isinstance(piece, bytes) else piece.encode())
        outcome = Outcome(
            None if killed else code, capture.finish(), silent.finish(), capture.truncated, False, 1, killed
        )
        await quiet.end(cut_streams(outcome))
        quiet.close()
        return scrubbed(outcome, scrubber).stdout

    kept = asyncio.run(go())
    return "".join(heard), kept


@pytest.mark.hostile(case=51)
@pytest.mark.parametrize("shown", [1, 20, len(SECRET) - 1])
def test_case_51_output_that_is_cut_within_a_secret_tells_none_of_it(shown):
    heard, kept = told("-" * (CAP - shown), SECRET + " and more")
    assert set(heard) == set(kept) == {"-"}
    assert heard == kept


@pytest.mark.hostile(case=51)
@pytest.mark.parametrize("killed", ["timeout", "memory", "disk", "output"])
def test_case_51_who_is_killed_while_it_prints_a_secret_tells_none_of_it(killed):
    assert told("before ", SECRET[:20], killed=killed) == ("before ", "before ")


def forms(value):
    """As it is and as programs write it, in bytes."""
    raw = value.encode()
    return [
        raw, quote(value, safe="").encode(), quote(value).encode(), raw.hex().encode(), base64.b64encode(raw)[:-4],
        json.dumps(value)[1:-1].encode(), json.dumps(value, ensure_ascii=False)[1:-1].encode(),
    ]  # fmt: skip


@pytest.mark.hostile(case=51)
@pytest.mark.parametrize("form", range(len(forms(UMLAUTS))))
@pytest.mark.parametrize("value", [UMLAUTS, "日本語" * 4, "🔑" * 7, "x" * 300 + "ä" * 300])
def test_case_51_who_is_killed_within_a_character_of_a_secret_tells_none_of_it(value, form):
    """At every byte: what is left of a character becomes U+FFFD, behind which a beginning is one still."""
    printed = forms(value)[form]
    for shown in range(1, min(len(printed), 140)):
        for pieces in ((b"before " + printed[:shown],), (b"before ", printed[: shown - 1], printed[shown - 1 : shown])):
            for text in told(*pieces, killed="timeout", secret=value):
                assert text.removesuffix("\ufffd") == "before ", (shown, text)


@pytest.mark.hostile(case=51)
def test_case_51_a_message_that_was_cut_within_a_character_of_a_secret_tells_none_of_it():
    for shown in range(1, len(UMLAUTS.encode())):
        beginning = UMLAUTS.encode()[:shown].decode(errors="replace")
        said = Scrubber([UMLAUTS]).scrub_cut(f"no such user: {beginning}")
        assert said == f"no such user: {beginning if len(beginning) < LEAST else MARK}"


def test_half_a_character_of_who_ended_by_itself_is_told():
    for text in told("before pä", "ß".encode()[:1], secret=UMLAUTS):
        assert text == "before pä\ufffd"


@pytest.mark.hostile(case=51)
@pytest.mark.parametrize("code", [129, 137, 152, 153, 143])
def test_case_51_who_is_ended_by_a_signal_within_a_secret_tells_none_of_it(code):
    assert told("before ", SECRET[:20], code=code) == ("before ", "before ")
    assert told("before ", SECRET[:20], code=128) == (f"before {SECRET[:20]}",) * 2


def test_what_only_looks_like_a_beginning_is_told_where_nothing_was_cut():
    assert told("before ", SECRET[:20]) == (f"before {SECRET[:20]}",) * 2


@pytest.mark.hostile(case=51)
def test_case_51_a_message_that_was_cut_within_a_secret_tells_none_of_it():
    scrubber = Scrubber([SECRET])
    assert scrubber.scrub_cut(f"no such user: {SECRET[:20]}") == "no such user: [secret]"
    assert scrubber.scrub_cut(f"no such user: {SECRET}") == "no such user: [secret]"
    assert scrubber.scrub_cut("no such USER: S") == "no such USER: S"
