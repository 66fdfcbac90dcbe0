"""One definition of what is a secret, for what people are shown of fixes and for what a language model is told."""

import json
import re

import pytest

from goals.planning.hiding import MASKED, Hidden, mask
from memory import fixes
from memory.hiding import is_secret_name
from tests.pace import cpu_seconds

NAMES = """
    DBPASS USERPASS DBPW dbPw PASS PASS2 PASSWD PGPASSWORD MYSQL_PWD MY_PW GH_PAT SMTP_AUTH PROXY_AUTH TOKEN2 TOKENS
    KEY KEY1 KEY_2 SIGNING_KEY SIGNING_KEY_B64 TLS_KEY_PEM APIKEY ApiKey SSHKEY SESSION_COOKIE MY_PASSPHRASE SENHA PWORD
    AWS_SECRET_ACCESS_KEY AUTHORIZATION USER_PIN DB_CREDS GITHUB_TOKEN USERTOKEN"""
PLAIN_NAMES = """
    PATH NODE_ENV NODE_OPTIONS PASSENGER_ROOT PASSIVE KEYBOARD KEYMAP COMPASS BYPASS_CACHE OVERPASS_URL MONKEY TURKEY
    HOTKEY PATTERN PATCH AUTHOR AUTHORS SPINNER MAPPING TOKENIZERS_PARALLELISM COLOUR LANG PUBLIC_KEY SSH_PUB_KEY
    COOKIE_DOMAIN STOPWORDS MAX_TOKENS maxTokens max_tokens PYTHONDONTWRITEBYTECODE CMAKE_BUILD_PARALLEL_LEVEL"""


@pytest.mark.parametrize("name", NAMES.split())
def test_a_variable_with_a_secret_s_name_is_shown_without_its_value(name):
    assert is_secret_name(name, variable=True)
    assert fixes.shown({"kind": "environment", "set": {name: "zebra"}})["set"] == {name: "<secret>"}
    for command in (f"export {name}=zebra\nrun", f"{name}=zebra run", f"bash -c 'A=1 {name}=zebra run'"):
        assert fixes.shown_command(command) == command.replace("zebra", "<secret>")
        if name.isupper():
            assert Hidden().hide(command) == mask(command).replace(MASKED, "SECRET_1")
            assert mask(command) == command.replace("zebra", MASKED)
    if name.isupper():
        assert mask({name: "zebra"}) == {name: MASKED}


@pytest.mark.parametrize("name", PLAIN_NAMES.split())
def test_a_variable_with_any_other_name_stays(name):
    assert not is_secret_name(name, variable=True)
    fix = {"kind": "environment", "set": {name: "1"}}
    assert fixes.shown(fix) == fix
    for command in (f"export {name}=1\nrun", f"{name}=1 run", f"bash -c 'A=1 {name}=1 run'"):
        assert (fixes.shown_command(command), mask(command)) == (command, command)
    assert mask({name: "1"}) == {name: "1"}


@pytest.mark.parametrize("name", ["key", "sort_key", "pat", "primary_key", "cookie"])
def test_what_only_a_variable_is_called_is_no_secret_s_name_in_an_object(name):
    assert mask({name: "x"}) == {name: "x"}
    assert fixes.shown({"kind": "environment", "set": {name: "x"}})["set"] == {name: "<secret>"}


COMMANDS = [
    "MY_PW={} run", "export MY_PW={}; run", "  export MY_PW={}\nrun", "env MY_PW={} run", "env -i A=1 MY_PW={} run",
    "export A=1 MY_PW={}\nrun", "declare -x MY_PW={}", "export MY_PW={} && run", "docker run -e MY_PW={} image",
    "docker run --env=MY_PW={} image", "bash -c 'export MY_PW={}\nrun'", "bash -c 'MY_PW={}' && echo 'done'",
    'sh -c "MY_PW={} run"', "A='export MY_PW={}' run", "{{\nexport MY_PW={}\n}} >&2\nrun",
    "if true; then\n\tMY_PW={}\nfi",
    "MY_PW='{} x' run", 'MY_PW="{} \\" x" run', "MY_PW=a'{} b'c run", "MY_PW={}\\ x run", "MY_PW+={} run",
    "export my_pw={}", "export my_key={}", "echo {} | docker login --password-stdin",
    "bash -c 'echo {} | docker login --password-stdin'", "echo {} | sudo -S x", "mysql -p{} db",
    "sshpass -p{} ssh x", "gpg --passphrase {} x", "openssl enc -pass pass:{}", "curl -sSu bob:{} http://x",
    "curl -H 'Cookie: token=a; sid={}' x", "git clone https://bob:{}@h/x", "redis-cli -a {}", "AUTH=Bearer {} run",
    "docker login -u bob -p {} reg", "MY_PW='a'\"{} b\" run",
]  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS)
def test_a_secret_in_a_command_is_neither_shown_nor_told(command):
    said = command.format("zebra9xy")
    assert "zebra" not in fixes.shown_command(said)
    assert "<secret>" in fixes.shown_command(said)
    assert "zebra" not in mask(said)
    hidden = Hidden()
    assert "zebra" not in hidden.hide(said)
    assert hidden.reveal(hidden.hide(said)) == said


@pytest.mark.parametrize(
    "command",
    [
        "bash -c 'export NODE_ENV=test\nnpm ci'", "PATH=/opt/bin:$PATH make -j2", "date -u +%H:%M",
        'cd "$(pwd)" && make',
        "export PYTHONDONTWRITEBYTECODE=1\npytest", "PASSENGER_ROOT=/srv run", "npm run build -- --mode=test",
        "[ \"$KEYBOARD\" = us ] && COMPASS=north run", "PWD=/srv/application make", "docker run -u 1000:1000 image",
        "echo hello | grep login", "for key in a b; do echo $key; done", "git log --author=bob && npm pack | tee x",
    ],
)  # fmt: skip
def test_a_plain_command_stays(command):
    assert (fixes.shown_command(command), mask(command)) == (command, command)


VALUES = ["hunter2x", "it's me", 'a "b" c', "two\nlines", "x; y", "-p", "b", "$HOME`x`", "é ü", "a\\b"]


@pytest.mark.parametrize("value", VALUES)
def test_a_value_that_is_known_is_masked_however_often_it_was_quoted(value):
    fix = {"kind": "environment", "set": {"COLOUR": "blue", "GH_PAT": value, "MY_PW": "other-one"}}
    ran = fixes.apply(fix, actuator="shell", params={"command": "run [[ plain ]]"}, values={}).params["command"]
    known = fixes.secrets_set_before(ran)
    assert known == [value, "other-one"] == fixes.secrets_of(fix)
    for _ in range(3):
        shown = fixes.shown_command(ran, known)
        assert len(re.findall("<secret>", shown)) == 2
        assert [word for word in ("blue", "plain", "other-one") if word in shown] == ["blue", "plain"]
        assert value not in re.sub(r"(GH_PAT|MY_PW)=", "", shown) or len(value) < 3
        ran = fixes.apply(
            {"kind": "replace-command", "shell": "bash"}, actuator="shell", params={"command": ran}, values={}
        ).params["command"]


def test_a_known_value_is_masked_wherever_it_stands_and_a_short_one_as_a_word():
    assert fixes.shown_command("run -xhunter2x hunter2x.txt", ["hunter2x"]) == "run -x<secret> <secret>.txt"
    assert fixes.shown_command("cat a b.txt --x=a", ["a"]) == "cat <secret> b.txt --x=<secret>"
    assert fixes.shown_command("run --jobs=1 true", ["1", "true", ""]) == "run --jobs=1 true"


@pytest.mark.parametrize(
    "part",
    ["MY_PW=", "MY_PW='", 'MY_PW="', "MY_PW=\"\\", "a=", "export MY_PW=", "MY_PW=a'b", "'\"'\"'", "MY_PW=a,", "=", "A_",
     "export A='", "MY_PW=\\", "key=", "MY_PW='a'\"", "pw", "a1+", "export "],
)  # fmt: skip
def test_no_command_takes_long(part):
    text = part * (100_000 // len(part))
    assert cpu_seconds(lambda: fixes.shown_command(text, ["hunter2x", "it's"])) < 2
    assert cpu_seconds(lambda: fixes.secrets_set_before(text)) < 1


NOT_NAMES = [
    (["password", "mysecret9"], ["password", MASKED]),
    (["db_password", "pass1234"], ["db_password", MASKED]),
    (["password", "Token-Ring"], ["password", MASKED]),
    (["password", "secret"], ["password", MASKED]),
    (["DB_PASSWORD", "hunter2", "DB_HOST", "db1"], ["DB_PASSWORD", MASKED, "DB_HOST", "db1"]),
    (["user", "bob", "password", "hunter2"], ["user", "bob", "password", MASKED]),
    (["DB_PASSWORD", "secret", "DB_HOST", "db1"], ["DB_PASSWORD", MASKED, MASKED, "db1"]),
    (["password", "token", "mysecret9"], ["password", MASKED, MASKED]),
    (["password:", "hunter2"], ["password:", MASKED]),
    (["x", "--token", "--secret"], ["x", "--token", MASKED]),
    (["password", ["a"], {"b": 1}], ["password", MASKED, {"b": 1}]),
    ([["GH_PAT", "zebra"], ["HOST", "db1"]], [["GH_PAT", MASKED], ["HOST", "db1"]]),
]
ONLY_NAMES = [
    ["password", "token", "api_key"], ["DB_PASSWORD", "SMTP_PW", "MYSQL_PWD"], ["apiKey", "accessToken", "dbPassword"],
    ["name", "email", "created_at"], ["author", "mapping"],
]  # fmt: skip


@pytest.mark.parametrize(("value", "expected"), NOT_NAMES, ids=[json.dumps(value) for value, _ in NOT_NAMES])
def test_what_follows_a_secret_s_name_in_a_list_is_masked(value, expected):
    assert mask(value) == expected


@pytest.mark.parametrize("value", ONLY_NAMES)
def test_a_list_of_nothing_but_names_stays(value):
    assert mask(value) == value


HEX = "3f786850e387550fdab836ed7e6dc881de23001b"
SHA = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
SHOWN = [
    f"git checkout {HEX}", f"docker pull nginx@sha256:{SHA}", f"curl -LO https://example.com/x/{HEX}.tar.gz",
    f"cat /var/cache/{SHA}/x", f"echo {SHA} x | sha256sum -c", f"GIT_COMMIT={HEX} make", f"git show {HEX}:a.txt",
    "sort -u a:b.txt", "ls -u a:b", "docker run -u app:app image", "sort -nu a:b.txt",
    "curl https://example.com && docker run -u app:app image", "curl 'https://example.com'; sort -u a:b.txt",
    "curl https://example.com\nsort -u a:b.txt",
]  # fmt: skip


@pytest.mark.parametrize("command", SHOWN)
def test_a_digest_and_what_is_no_login_are_shown_to_people(command):
    assert fixes.shown_command(command) == command
    fix = {"kind": "run-before", "command": command}
    assert fixes.shown(fix) == fix


@pytest.mark.parametrize("word", [HEX, SHA])
def test_a_model_is_told_no_long_word_of_a_machine(word):
    assert mask(f"git checkout {word}") == f"git checkout {MASKED}"
    assert word not in Hidden().hide(f"git checkout {word}")


LOGINS = [
    "curl -u bob:{} x", "curl -sSu bob:{} x", "curl -u :{} x", "curl -U bob:{} x", "/usr/bin/curl -L -u 'bob:{}' x",
    "curl \\\n  -u bob:{} x", "curl 'https://x?a=1&b=2' -u bob:{}", "curl -H 'A: b; c=d' -u bob:{} x",
    "curl -d 'use curl; now' -u bob:{} x", "bash -c 'curl -H '\"'\"'a; b'\"'\"' -u bob:{} x'", "$CURL -u bob:{} x",
    "wget -u bob:{} x", "http -u bob:{} x", "svn -u bob:{} x", "ftp -u bob:{} x", "x --user bob:{}",
    "x --proxy-user=bob:{}", "-u bob:{}", "curl -d 'a|b' -u bob:{} x", "cd x && curl -u bob:{} x",
]  # fmt: skip


@pytest.mark.parametrize("command", LOGINS)
def test_a_login_is_neither_shown_nor_told(command):
    said = command.format("zebra9xy")
    assert fixes.shown_command(said) == command.format("<secret>")
    assert "zebra" not in mask(said)


NO_SECRETS = """
    POSTGRES_HOST_AUTH_METHOD=trust AUTH_MODE=none DISABLE_AUTH=1 npm_config_always_auth=false GIT_ASKPASS=true
    SUDO_ASKPASS=/x SSH_ASKPASS=/usr/bin/ask SSH_AUTH_SOCK=/tmp/agent SSH_KEY_PATH=/root/.ssh/id TOKEN_FILE=/run/token
    GIT_CONFIG_KEY_0=http.version PASSWORD_FILE=/run/password1 SECRETS_DIR=/run/secrets AUTH=off REQUIRE_PASS=No"""


@pytest.mark.parametrize("said", NO_SECRETS.split())
def test_a_variable_that_holds_no_secret_stays(said):
    name, value = said.split("=")
    fix = {"kind": "environment", "set": {name: value}}
    assert fixes.shown(fix) == fix
    assert fixes.secrets_of(fix) == []
    for command in (f"export {said}\nrun", f"{said} run", f"bash -c 'A=1 {said} run'", f"{name}='{value}' run"):
        assert (fixes.shown_command(command), mask(command)) == (command, command)
        assert fixes.secrets_set_before(command) == []


@pytest.mark.parametrize(
    "said",
    ["PASSWORD=1234", "PIN=4711", "PASSWORD=none9", "PASSWORD=trust", "TOKEN=/run/token", "AUTH=a1", "KEY_0=http",
     "FILE_TOKEN=abc", "MODE_PASS=abc", "PASSWORD=$ecret9", "PASSWORD=$1$salt$digest", "PASSWORD=${A:-hunter2}",
     "PASSWORD='$ECRET9'", "PASSWORD=$2y$10$abcdef", "PASSWORD=$USERsecret", "PASSWORD=$A-hunter2"],
)  # fmt: skip
def test_a_variable_that_holds_one_is_masked(said):
    name, value = said.split("=", 1)
    value = value.strip("'")
    for command in (f"export {said}\nrun", f"{said} run"):
        assert fixes.shown_command(command) == command.replace(value, "<secret>")
        assert mask(command) == command.replace(value, MASKED)
    assert fixes.shown({"kind": "environment", "set": {name: value}})["set"] == {name: "<secret>"}


REFERENCES = [
    "TOKEN=$(cat /run/t) run", 'TOKEN="$(cat /run/t)" run', 'TOKEN="$(cat "/run/t")" run', "PASSWORD=$1 run",
    'PASSWORD="$DB_PASSWORD" run', "export PASSWORD=${DB_PASSWORD}\nrun", "export TOKEN=$(base64 x)\nrun",
    "echo $PASSWORD | docker login --password-stdin", 'echo "$PASSWORD" | docker login --password-stdin',
    "curl -u bob:$PASSWORD x", 'curl -u "bob:$PASSWORD" x', 'curl -H "Authorization: Bearer $TOKEN" x',
    "mysql -p$PASSWORD db", "deploy --token $TOKEN", 'deploy --password "${PASSWORD}"', "git clone https://b:$T@h/x",
    "PASSWORD=${A:?missing} run", "PASSWORD=${A:-$B} run", "sshpass -p $PASSWORD ssh x", "bash -c 'TOKEN=$T run'",
]  # fmt: skip


@pytest.mark.parametrize("command", REFERENCES)
def test_what_only_says_where_a_secret_lies_stays(command):
    assert (fixes.shown_command(command), mask(command)) == (command, command)
    assert fixes.secrets_set_before(command) == []


def test_a_known_plain_word_is_only_masked_as_a_word():
    assert fixes.shown_command("useradd administrator admin", ["admin"]) == "useradd administrator <secret>"
    assert fixes.shown_command("x-admin/admin.txt dbadmin", ["admin"]) == "x-<secret>/<secret>.txt dbadmin"
    assert fixes.shown_command("run -xadmin1 xadmin12", ["admin1"]) == "run -x<secret> x<secret>2"
    assert fixes.shown_command("run -xpasswort", ["passwort"]) == "run -x<secret>"


FIXES = [
    {"kind": "replace-command", "program": "gadget --password {}", "replacement": "gadget"},
    {"kind": "replace-command", "program": "gadget", "replacement": "gadget --password {}"},
    {"kind": "replace-command", "pattern": "--token={}", "replacement": ""},
    {"kind": "replace-command", "command": "gadget --password {}"},
    {"kind": "replace-command", "pattern": "-u bob", "replacement": "-u bob:{}"},
    {"kind": "run-before", "command": "export MY_PW={}"},
    {"kind": "alternative", "actuator": "shell", "params": {"command": "MY_PW={} run", "env": {"GH_PAT": "{}"}}},
    {"kind": "alternative", "actuator": "other", "params": {"args": ["--password={}", {"token": "{}"}]}},
]


@pytest.mark.parametrize("fix", FIXES, ids=json.dumps)
def test_every_text_of_a_fix_is_shown_without_secrets(fix):
    said = json.loads(json.dumps(fix).replace("{}", "zebra9xy"))
    assert fixes.shown(said) == json.loads(json.dumps(fix).replace("{}", "<secret>"))


@pytest.mark.parametrize(
    "part",
    ["curl -u a:b ", "-u a:b ", "curl ", "curl '\"", "-u a:b'", "curl \\\n-u a:b \"", "A_KEY=$", "PW=${", "PW=$A",
     "PW=${a:", "-aau", "curl -u '", "PW=$A-"],
)  # fmt: skip
def test_no_login_and_no_reference_takes_long(part):
    text = part * (100_000 // len(part))
    assert cpu_seconds(lambda: fixes.shown_command(text, ["hunter2x", "admin"])) < 2
    assert cpu_seconds(lambda: Hidden().hide(text)) < 2


def test_what_is_hidden_already_stays_so():
    for said in ("MY_PW='SECRET_1' run", "curl -u 'bob:SECRET_1' x", "https://bob:SECRET_1@h"):
        assert Hidden().hide(said) == said
