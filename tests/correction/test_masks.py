"""Masking: nothing of what a failure was about survives in its signature."""

import random
import string
from uuid import UUID

import pytest

from memory.masks import MOST_OF_A_KIND, NAMES, masked
from memory.signature import signature

LETTERS = string.ascii_lowercase
random_ = random.Random(7)  # the same secrets each time


def word(length=8):
    return "".join(random_.choices(LETTERS, k=length))


def token(length=24):
    return "".join(random_.choices(string.ascii_letters + string.digits, k=length)) + "7"


PLANTED = {
    "path": lambda: f"/srv/{word()}/{word()}.{random_.choice(['py', 'log', 'conf', 'unheard'])}",
    "relative path": lambda: f"{word()}/{word()}",
    "home path": lambda: f"~/{word()}",
    "file": lambda: f"{word()}.{random_.choice(['json', 'txt', 'yml', 'tar'])}",
    "host": lambda: f"{word()}-{random_.randint(1, 99)}.{word()}.example",
    "ip": lambda: ".".join(str(random_.randint(1, 254)) for _ in range(4)),
    "ip 6": lambda: f"fe80::{random_.randint(4096, 65535):x}:{random_.randint(4096, 65535):x}",
    "url": lambda: f"https://{word()}:{token(8)}@{word()}.example/{word()}?key={token(8)}",
    "email": lambda: f"{word()}.{word()}@{word()}.example",
    "uuid": lambda: str(UUID(int=random_.getrandbits(128))),
    "hash": lambda: f"{random_.getrandbits(160):040x}",
    "short hash": lambda: f"{random_.getrandbits(20):05x}7a",
    "key": lambda: f"sk_live_{token()}",
    "aws": lambda: "AKIA" + "".join(random_.choices(string.ascii_uppercase + string.digits, k=15)) + "7",
    "number": lambda: str(random_.randint(10_000_000, 99_999_999)),
    "date": lambda: f"20{random_.randint(10, 39)}-0{random_.randint(1, 9)}-17T1{random_.randint(0, 9)}:30:05Z",
    "version": lambda: f"{random_.randint(10, 99)}.{random_.randint(10, 99)}.{random_.randint(10, 99)}",
    "id": lambda: f"req_{word(4)}{random_.randint(10, 99)}",
}  # fmt: skip
WRAPPED = [
    "Error: failed to handle {} in time",
    "error: {}: broken",
    "fatal: cannot open '{}': it is locked",
    'ERROR: "{}" is not valid',
    "E: could not read [{}] twice",
    "panic: unexpected token={} here",
    "Error: bad request ({})",
    "fatal: {}",
    "error: `{}` failed.",
    "Error: invalid value for x={}, sorry",
]
NAMED = [
    "user {} is unknown",
    "database {} is missing",
    "container {} not found",
    "cannot open {}: broken",
    "No module named {}",
]


@pytest.mark.parametrize("kind", PLANTED)
def test_no_planted_literal_survives(kind):
    for _ in range(12):
        literal = PLANTED[kind]()
        for wrap in WRAPPED:
            text = wrap.format(literal)
            message, values = masked(text)
            assert literal not in message, (text, message)
            for part in literal.replace("://", "/").split("/"):
                assert len(part) < 5 or part not in message, (text, message)
            assert {name.rstrip("23456789") for name in values} <= set(NAMES)


def test_a_name_without_any_mark_is_masked_where_something_announces_it():
    for wrap in NAMED:
        name = word()
        assert name not in masked("Error: " + wrap.format(name))[0]


def test_what_follows_a_word_for_a_secret_is_masked_and_never_kept():
    for text in (
        "password=hunter",
        "api_key: abcdef",
        "Authorization: Bearer abcdef",
        "GITHUB_TOKEN=abcdef",
        'secret = "a b"',
    ):
        message, values = masked(f"error: rejected {text} at once")
        assert "<secret>" in message
        assert not values
        assert not any(secret in message for secret in ("hunter", "abcdef", "a b"))


def test_what_an_error_means_stays():
    for text in (
        "curl: (22) The requested URL returned error: 503",
        "fatal: not a git repository (or any of the parent directories): .git",
        "Error: listen EADDRINUSE",
        "python3: I/O error in x86_64 utf-8",
        "error TS2304: Cannot find it",
    ):
        assert masked(text)[0] == text


def test_many_values_of_a_kind_are_counted_and_no_more_than_nine_are_kept():
    message, values = masked(" ".join(f"a/{letter}" for letter in LETTERS))
    assert message == "<path>"
    assert list(values) == ["path", *(f"path{number}" for number in range(2, MOST_OF_A_KIND + 1))]


def test_a_planted_secret_of_the_whole_output_is_not_in_the_signature():
    secrets = [PLANTED[kind]() for kind in PLANTED for _ in range(12)]
    assert len(secrets) >= 200
    for secret in secrets:
        text = f"starting {secret}\nError: {secret} was refused\n    at {secret}\n"
        found = signature(
            "shell", exit_code=1, error_code="exit_code", stdout=text, stderr=text, command=f"run {secret}"
        )
        assert secret not in str(found)
        silent = signature(
            "shell", exit_code=1, error_code="exit_code", stdout="", stderr="", command=f"run -x {secret} --y={secret}"
        )
        assert secret not in str(silent)
