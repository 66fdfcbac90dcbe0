"""What a try prints reaches the events without its secrets, also where what it printed was cut (case 51)."""

import asyncio

import pytest

from actuators.sandbox import Outcome
from actuators.sandbox.capture import Capture
from actuators.scrubber import Scrubber
from runners.trying import Quiet, cut_streams, scrubbed

SECRET = "SUPERsecretVALUE-0123456789-abcdefghij-KLMNOP"
CAP = 65_536


def told(*pieces, killed=None):
    """(what was told while it ran, what is kept of it), of a command that printed these pieces."""
    heard = []

    async def go():
        quiet = Quiet(Scrubber([SECRET]), lambda stream, text: heard.append(text))
        capture, silent = Capture("stdout", CAP, quiet.hear), Capture("stderr", CAP, quiet.hear)
        for piece in pieces:
            capture.feed(piece.encode())
        outcome = Outcome(0, capture.finish(), silent.finish(), capture.truncated, False, 1, killed)
        await quiet.end(cut_streams(outcome))
        quiet.close()
        return scrubbed(outcome, Scrubber([SECRET])).stdout

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


def test_what_only_looks_like_a_beginning_is_told_where_nothing_was_cut():
    assert told("before ", SECRET[:20]) == (f"before {SECRET[:20]}",) * 2


@pytest.mark.hostile(case=51)
def test_case_51_a_message_that_was_cut_within_a_secret_tells_none_of_it():
    scrubber = Scrubber([SECRET])
    assert scrubber.scrub_cut(f"no such user: {SECRET[:20]}") == "no such user: [secret]"
    assert scrubber.scrub_cut(f"no such user: {SECRET}") == "no such user: [secret]"
    assert scrubber.scrub_cut("no such USER: S") == "no such USER: S"
