"""What is masked in events, and that the short cut past the masks lets nothing through."""

import random

from goals.planning.hiding import mask
from goals.telling import HARMLESS

WORDS = """
    password passphrase token secret key login user basic bearer digest is was the for of as our curl mysql deploy
    hunter abcdefghijklmnop Correct wort kennwort senha pin auth credentials cookie echo SG.abc AKIAABCDEFGHIJKLMN
    a b one.two x.y.z jwt eyJabc admin account to sudo passwd""".split()  # noqa: SIM905


def test_what_is_taken_for_harmless_has_nothing_to_mask():
    chance = random.Random(1)
    harmless = 0
    for _ in range(4000):
        text = " ".join(chance.choices(WORDS, k=chance.randint(1, 6)))
        if HARMLESS.fullmatch(text):
            harmless += 1
            assert mask(text) == text
    assert harmless > 100


def test_ordinary_sentences_take_the_short_cut_and_secrets_do_not():
    assert HARMLESS.fullmatch("Run the tests, then deploy the shop to staging.")
    assert HARMLESS.fullmatch("echo hello executor.one")
    for text in ("password is hunter", "deploy with -p x", "use abc1234567890abcdefghij", "the token abcdef as key"):
        assert not HARMLESS.fullmatch(text)
