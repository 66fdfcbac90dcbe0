"""What looks like a secret: noticed by the write gate, taken out, and found in time linear in the text."""

from functools import partial

import pytest

from memory.gate import holds_a_secret, without_secrets
from tests.pace import cpu_seconds

FACT = "The staging database of billing listens on port 5433 and needs TLS."

SECRETS = [
    "-----BEGIN OPENSSH PRIVATE KEY-----", "AKIAIOSFODNN7EXAMPLE", "ghp_0123456789abcdefghij0123", "password: hunter22",
    "postgres://app:s3cret@db/x", '{"api_key":"0123456789"}', "DB_PASSWORD=correct-horse", "xoxb-1234567890-abc",
    "deploy --password hunter", "deploy --api-key abc", "run --token=xyz", "mysql -u root -phunter",
    "docker login -p hunter",
    "Authorization: Bearer abcdefgh1234", "the password hunter22 is wrong", "https://u:pw@example.com/x",
    "ASIAIOSFODNN7EXAMPLE", "password is correcthorse", "Password was Tr0ub4dor", "the password is 'correct horse'",
    "pass: swordfish", "DB_PASS=swordfish", "Passwort: geheim", "das Passwort lautet Sesam",
    "sk-ant-api03-AbCd_EfGh-IjKlMnOp", "AIzaSyA1234567890abcdefghijklmnopqrstuv", "hf_AbCdEfGhIjKlMnOpQrStUvWx",
    "SG.abcDEF123456_-abcdef12.abcDEF123456_-abcdef12", "pypi-AgEIcHlwaS5vcmcCJDAwMDAwMDAw",
    "dckr_pat_AbCdEf-GhIjKl_MnOp", "curl -u admin:hunter2 https://x", "curl -s --user 'admin:hunter2' https://x",
    "curl -sSu admin:hunter2 https://x", "Cookie: sessionid=abc; theme=dark", "Set-Cookie: sid=abc; Path=/",
    "password=(S3cret!99", "password=the.quick.brown", "the password is set.me.up", "password='(x1'",
    "password=abc", "password: ab1", '{"password":"x1"}', '{\\"password\\": \\"sword\\"}', "my api key is abcd1234",
    "-----BEGIN PGP PRIVATE KEY BLOCK-----", "redis-cli -h db -a swordfish", "github_pat_11ABCDEFG0abcdefghijkl",
    "whsec_0123456789abcdef", "rk_live_0123456789abcdef", "ya29.a0AfH6SMBx0123456789",
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
    "Access denied for user 'app'@'db' (using password: YES)",
    "using password: NO",
    *(f"password: {word}" for word in ("true", "false", "null", "none", "required", "None,")),
    '{"password":null,"token":true}',
    *(f"the password is {word}" for word in ("required", "invalid", "wrong", "incorrect", "missing", "not set")),
    *(f"Password is {word}" for word in ("too short", "stored in the vault", "managed by the vault", "empty.")),
    "Password was changed by Bob",
    "Password: This field is required",
    '{"password": ["This field is required."]}',
    "if password == None",
    "--- PASS: TestLogin (0.00s)",
    "second pass: compile the sources",
    "pass: 12, fail: 3",
    "max_tokens: 512, tokens: 12",
    "docker run -u 1000:1000 image",
    "curl -u and no more",
    "the cookie: a small file",
    "hf_hub_download and npm_config_registry_url and sk-learn-contrib-tools",
    "password policy: 8 letters",
    "Whether the password is right; it says so",
    "tagged `secrets`: encrypted at rest",
    '{"password": {"min": 8}}',
    "Password:\\nLogin incorrect",
    "PWD=/srv/application",
]


@pytest.mark.parametrize("text", SECRETS)
def test_a_secret_is_noticed_and_taken_out(text):
    assert holds_a_secret(text)
    assert "<secret>" in without_secrets(text)
    assert not holds_a_secret(without_secrets(text))


@pytest.mark.parametrize("text", HARMLESS)
def test_plain_words_are_no_secret(text):
    assert not holds_a_secret(text)


WORST = [
    "password ", "password is ", "password: ", "pass: ", "passpass", "-password", "--", "-u a:", "curl ",
    "curl -u ", "curl -u a", "mysql ", "mysql -p ", "redis-cli ", "://a:", "-----BEGIN ",
    "-----BEGIN PRIVATE KEY-----", "-eyJaaaaaaaa", "eyJaaaaaaaa.", "SG.", "SG.aaaaaa-", "-SG.aaaaaa", "sk-",
    "sk-ant-", "xoxb-", "hf_", "pypi-", "cookie: ", "cookie: a", "cookie:a=", "authorization: ", "bearer ",
    "token ", "token=", "password='", "password=\"", "password\\\"", "is ", "a", "AIza", "AKIA", "1", "api key ",
    "\n", " ", "\t", "_pass", "dckr_pat_", "password is managed ", "secret_secret_secret_secret_secret_",
]  # fmt: skip


def look(text):
    holds_a_secret(text)
    without_secrets(text)


@pytest.mark.parametrize("part", WORST)
def test_no_text_takes_long(part):
    for text in (
        part * (100_000 // len(part)),
        f"password is {part}" + part[-1] * 100_000,
        "curl " + part[0] * 100_000,
    ):
        assert cpu_seconds(partial(look, text)) < 1
