"""What is taken for a secret in what people and language models are shown: keys, tokens, passwords, private keys.

The one definition of it: for what is told to a model (goals.planning.hiding) and for what is shown of a fix
(memory.fixes); but a long word that only a machine can have made is kept from a model alone: in what people run it is
rather a digest. By its looks and its name only, so it is a net below a rule, not the rule. It rather takes too much
than too little; what a memory is proposed to be sealed for (memory.gate) has to be surer, and is a part of it. Pure.
"""

from __future__ import annotations

import re
from bisect import bisect
from collections.abc import Callable

from memory.gate import ISSUED, SAYS_ITS_STATE, SECRET

# Names of secrets. Some are looked for wherever letters stand; others only as a word of a name: SMTP_PW, dbPass.
LONG_NAMES = (
    r"(?:passw(?:or)?[dt]|kennwort|wachtwoord|contrase(?:\u00f1|n)a|mot[ _-]de[ _-]passe|senha|(?<![a-z])pword"
    r"|pass[ _-]?phrase|pass[ _-]?code|pwd(?![=:]\s?/)|pw(?![a-z])"
    r"|(?<!ask)(?<!by)(?<!com)(?<!sur)(?<!tres)(?<!over)(?<!under)pass(?![a-z])|secret"
    r"|credentials?|authorization|(?:api|access|private|secret|signing|encryption|master|account|shared|session|ssh)"
    r"[ _-]?key)"
)
SHORT_NAMES = (  # but for the number of a model's tokens
    r"(?!(?<=max[ _-])tokens|(?<=max)tokens)"
    r"(?:(?<![a-z])(?:tokens?|pin|o?auth|creds?)|(?-i:(?<=[a-z0-9])(?:Tokens?|Pin|Auth|Creds?))|token)"
)
NAMED = rf"(?:{LONG_NAMES}|{SHORT_NAMES})"
SCHEME = r"(?:bearer|basic|digest|token)\s"  # of an Authorization header
MARK = r"\[secret\]|<secret>|SECRET_\d+"  # stands where a secret was
OPEN = rf"(?!{MARK}|{SCHEME})"  # not hidden yet
IN_QUOTES = r"""(?<=")(?:\\.|[^"\\\n])+|(?<=')(?:\\.|[^'\\\n])+|(?<=`)[^`\n]+"""
BARE = r"""(?:[^\s"'`,;]|,(?=[^\s"'`,;]))+"""  # a comma may be in it, and not end it
VALUE = rf"(?P<it>{OPEN}(?:{IN_QUOTES}|{BARE}))"
IN_PROSE = rf"(?!(?:{'|'.join(SAYS_ITS_STATE.split())})(?![\w]))"  # `the password is hidden` says something of it
# Each pattern's group `it` is the secret; what stands around it stays. Every repetition in front of it is bounded.
SHAPES = [
    re.compile(pattern)
    for pattern in (
        r"(?P<it>-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]{0,30}PRIVATE KEY-----|\Z))",
        r"(?i)\b[a-z][a-z0-9+.-]{0,20}://[^\s/:@'\"]{0,200}:(?P<it>[^\s/@'\"]{1,500})@",  # https://user:password@host
        r"(?i)\b(?:bearer|basic)\s+(?P<it>[A-Za-z0-9._~+/=-]{12,})",
        # -p of programs that take a password there
        rf"\b(?:mysql|mariadb)[\w-]{{0,20}}\s(?:[^\n|;&]{{0,300}}?\s)?-p[\"']?{VALUE}",
        rf"\b(?:sshpass|login)\s(?:[^\n|;&]{{0,300}}?\s)?-p[ \t]{{0,3}}[\"']?{VALUE}",
        rf"\bredis-cli\s(?:[^\n|;&]{{0,300}}?\s)?-a[ \t]{{0,3}}[\"']?{VALUE}",
        # a word that is piped into a program which reads a password: docker login --password-stdin
        rf"\b(?:echo|printf)\s(?:-\w{{1,5}}\s|[\"']?%s(?:\\n)?[\"']?\s){{0,3}}[\"']?(?P<it>{OPEN}[^\s\"'|]{{1,500}})"
        r"(?=[\"']?\s{0,3}\|[^\n|]{0,200}(?:-stdin\b|--with-token|\bsudo\s-S|\bch?passwd\b))",
        # a user's name, a slash, and what else could it be
        r"(?i)\b(?:login|log-in|account|user(?:[ _-]?name)?)\s{0,3}[:=]\s{0,3}"
        rf"[^\s/]{{1,100}}\s/\s(?P<it>{OPEN}\S+)",
        # --password x, --db-token=x
        rf"(?i)(?<![\w-])--[\w-]{{0,40}}?{NAMED}(?:=|[ \t]{{1,3}}(?!-))[\"']?{VALUE}",
        # a name that says so, then the value: password=..., "api_key": "...", Pwd=...;
        rf"(?i){NAMED}[\\\"'`]{{0,3}}\s{{0,5}}(?::=|=>|[:=])\s{{0,5}}(?:{SCHEME}\s{{0,3}})?[\\\"'`]{{0,3}}{VALUE}",
        # the token is ..., the password of the shop is ..., the password "..."
        rf"(?i){NAMED}(?:\s(?:for|of|to|on)\s[^\n.,;]{{1,60}}?)?\s{{1,3}}"
        rf"(?:is|was|are|will be|should be|must be)[ \t:]{{1,3}}[\"'`]?{IN_PROSE}{VALUE}",
        rf"(?i){NAMED}\s{{1,3}}(?:(?:to|of)\s)?(?P<it>{OPEN}(?:(?<=\s)(?:\"[^\"\n]+\"|'[^'\n]+'|`[^`\n]+`)))",
        rf"(?i){NAMED}\s(?:is|to|of)?\s?(?P<it>{OPEN}(?=[^\s]{{0,100}}\d)[^\s\"',;]{{6,}})",
        rf"(?i)(?<![^\s\"'`]){IN_PROSE}(?P<it>{OPEN}[^\s\"'`]{{4,200}})[\"'`]?\sas\s(?:(?:the|a|an|my|our|its|their)\s)?"
        rf"(?:\w{{1,20}}\s)?{NAMED}",
        rf"(?P<it>{ISSUED})",
        r"(?P<it>\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{4,}\.[A-Za-z0-9_-]*)",  # a JWT
    )
]
# An = only ends it, as the filling of base64: what stands before one is a name, PYTHONDONTWRITEBYTECODE=1.
LONG_WORD = re.compile(r"(?<![A-Za-z0-9_+-])[A-Za-z0-9_+-]{20,}+={0,2}")
UNBROKEN = re.compile(r"[A-Za-z0-9+]{20,}")
SECRET_NAME = re.compile(rf"(?i){LONG_NAMES}|{SHORT_NAMES}(?![a-z])|{SHORT_NAMES}(?=(?-i:[A-Z][a-z]))")
# -u user:password, but not docker's -u 1000:1000 and not date's -u +%H:%M; and the programs that take it there.
LOGIN = re.compile(
    r"(?i)(?<![\w-])(?:(?P<sure>--(?:proxy-)?user)|(?P<only>-u)|-[a-z]{1,6}u)[ \t=]{0,3}"
    r"(?:[\"'](?!SECRET_|\+%)[^\s\"':]{0,200}:(?P<quoted>[^\"'\n]+)"
    r"|(?!\d{1,9}:\d{1,9}(?!\S)|\+%)[^\s\"':]{0,200}:(?P<bare>[^\s\"'/][^\s\"']*))"
)
LOGS_IN = re.compile(r"(?i)(?<![\w-])(?:curl|wget|https?|xhs?|svn|l?ftp)(?:\.exe)?(?=[\"'}]{0,2}[\s\\])")
FARTHEST = 1_000  # characters from a program to its option
ONE_ARGUMENT = re.compile(r"'[^'\n;|&]*+'|\"[^\"\n;|&]*+\"")
NEXT_COMMAND = re.compile(r"(?<!\\)\n|;|\||&&|&\s")
# Names of what is beside a secret: how it is given, and where it lies.
BESIDE = re.compile(r"(?i)(?:_(?:method|mode|sock|path|file|dir)|askpass)\Z|\Agit_config_key_\d{1,4}\Z")
SAYS_NOTHING = re.compile(r"(?i)(?:true|false|yes|no|on|off|none|[01])?")
# A value that a shell puts in: $(..., ${NAME}, $NAME, $1; but not $ecret9, $1$salt$digest, ${NAME:-default}.
REFERENCE = re.compile(
    r"""\\?"?(?:\$\(|\$\{\{|(?:(?:\$\{[!#]?\w{1,100}+(?!:?[-=+](?![$}]))[^}]{0,200}(?:\}|\Z)"""
    r"""|\$[A-Z_][A-Z0-9_]{0,100}+(?![a-z])|\$[0-9@*](?![\w$]))[^\w$]{0,5}){1,20}\Z)"""
)
# What only a variable is called: an object's `key` and `cookie` are plain fields.
VARIABLE_NAME = re.compile(
    r"(?i)(?:^|_)(?:pat|cookie|(?<!public_)(?<!pub_)key)_?\d{0,4}(?:_(?:b64|base64|hex|pem|der))?$"
)
# A variable that is set somewhere in a text, and the shell's word that may follow. A quoted piece goes on with a bare
# one only where it does not look like the text's own quotation marks: "A=1", "B=2".
ASSIGNED = re.compile(r"(?<!\w)(?P<export>export[ \t]{1,5})?(?P<name>[A-Za-z_]\w{0,100}+)\+?=(?!=)")
QUOTED = r"""(?:'[^']*+'|"(?:[^"\\]|\\.)*+")"""
PLAIN = r"""(?:\\.|[^\s"'`,;\\]|,(?=[^\s"'`,;]))"""
WORD = re.compile(
    rf"""(?!(?:{MARK})(?![\w'"])|(?i:{SCHEME}))(?:{QUOTED}|{PLAIN})(?:(?!.[\s,:;&|)\]}}]){QUOTED}|{PLAIN})*+""",
    re.DOTALL,
)
FOLDERS = frozenset({"PWD", "OLDPWD"})  # of a shell; the shapes see where PWD is a password
ONE_QUOTED = re.compile(rf"{QUOTED}\Z", re.DOTALL)


def is_secret_name(name: str, *, variable: bool = False) -> bool:
    """Whether what has this name is a secret. `variable`: it is an environment's, as is whatever is in capitals."""
    if BESIDE.search(name):
        return False
    return bool(SECRET_NAME.search(name) or ((variable or name.isupper()) and VARIABLE_NAME.search(name)))


def says_nothing(value: str) -> bool:
    """Whether a value is none that anyone would hide, whatever its name: DISABLE_AUTH=1."""
    return SAYS_NOTHING.fullmatch(value) is not None


def is_reference(value: str) -> bool:
    """Whether a value in a command, as it stands there, only says where a shell finds it. In '...' it is itself."""
    return REFERENCE.match(value) is not None


def replaced(text: str, word_of: Callable[[str], str], *, told: bool = False) -> str:
    """The text with `word_of(secret)` in each secret's place; what announces it stays. `told`: to a language model."""
    text = _assigned_replaced(text, word_of)
    text = _logins_replaced(text, word_of, told=told)
    for shape in SHAPES:
        text = shape.sub(lambda found: _without(found, "it", word_of), text)
    text = SECRET.sub(lambda found: _after(found, word_of, told=told), text)
    if not told:
        return text
    return LONG_WORD.sub(lambda found: word_of(found[0]) if _is_machine_made(found[0]) else found[0], text)


def _logins_replaced(text: str, word_of: Callable[[str], str], *, told: bool) -> str:
    """Without the passwords of -u user:password; in what people see only of a program that takes one there."""
    programs = [found.end() for found in LOGS_IN.finditer(text)]
    start = len(text) - len(text.lstrip())

    def without(found: re.Match[str]) -> str:
        option = found.start()
        if found["sure"] or (found["only"] and (told or option == start)) or _logs_in(text, programs, option):
            return _without(found, "bare" if found["quoted"] is None else "quoted", word_of)
        return found[0]

    return LOGIN.sub(without, text)


def _logs_in(text: str, programs: list[int], option: int) -> bool:
    """Whether an option is one of these programs', as far as can be seen: in doubt about quotation marks it is."""
    before = bisect(programs, option)
    if not before or option - programs[before - 1] > FARTHEST:
        return False
    between = ONE_ARGUMENT.sub("", text[programs[before - 1] : option])
    return not NEXT_COMMAND.search(between) or bool(re.search("[\"']", between))


def _assigned_replaced(text: str, word_of: Callable[[str], str]) -> str:
    """Without the values of variables; also of those that are set within another one's value."""
    pieces, done = [], 0
    for found in ASSIGNED.finditer(text):
        name = found["name"]
        if found.start() < done or name in FOLDERS or not is_secret_name(name, variable=bool(found["export"])):
            continue
        if value := WORD.match(text, found.end()):
            quotes = int(ONE_QUOTED.match(value[0]) is not None)  # they stay around it
            start, end = value.start() + quotes, value.end() - quotes
            said = text[start:end]
            literal = value[0].startswith("'") and is_reference(said)  # no shell puts anything in
            pieces += [text[done:start], word_of(said) if literal else _worded(said, word_of)]
            done = end
    return "".join([*pieces, text[done:]])


def _is_machine_made(word: str) -> bool:
    """Letters and digits mixed over a stretch without a dash, as in keys and digests."""
    return any(re.search(r"\d", part) and re.search(r"[A-Za-z]", part) for part in UNBROKEN.findall(word))


def _without(found: re.Match[str], group: str, word_of: Callable[[str], str]) -> str:
    start, end = found.span(group)
    whole = found.string
    return whole[found.start() : start] + _worded(found[group], word_of) + whole[end : found.end()]


def _after(found: re.Match[str], word_of: Callable[[str], str], *, told: bool) -> str:
    """Of what the gate takes for a secret.

    The shapes know better what follows `mysql -p` and, for people, `curl -u`; and in an address the gate takes the
    name too, which may stay.
    """
    head = found[found.lastgroup] if found.lastgroup else ""
    secret = found[0][len(head) :]
    stays = {
        "program": True,
        "user": not told,
        "url": bool(re.search(MARK, secret)) or is_reference(secret.partition(":")[2]),
        "key": bool(BESIDE.search(head.rstrip(" \t:=>\\\"'`"))),
    }
    return found[0] if stays.get(found.lastgroup or "") else head + _worded(secret, word_of)


def _worded(secret: str, word_of: Callable[[str], str]) -> str:
    """Nothing, what is hidden already, what says nothing and what says only where it lies stays."""
    stays = re.fullmatch(MARK, secret) or says_nothing(secret.rstrip(").:]}")) or is_reference(secret)
    return secret if stays else word_of(secret)
