"""Masks for what differs between two occurrences of one error: paths, hosts, numbers, names, ids. Pure.

A line is read once from left to right; each piece is what the first fitting rule says. Every expression is bounded.
"""

from __future__ import annotations

import re

NAMES = ("path", "name", "host", "port", "url", "email", "id", "version", "date", "n")
"""What a masked value can be called; a second one of its kind is `path2`, up to `path9`. A secret has no name."""
MOST_OF_A_KIND = 9
VALUE_LENGTH = 300

ERRNO = (
    r"No such file or directory|Permission denied|Is a directory|Not a directory|File exists|Directory nonexistent"
    r"|Text file busy|Operation not permitted|Read-only file system|No space left on device|Directory not empty"
    r"|Cannot open|cannot open|Exec format error|Too many open files|Disk quota exceeded|bad interpreter"
    r"|No such device or address|Stale file handle|Input/output error|Name or service not known|Is not a directory"
)
PARTS = re.compile(
    r"(?P<url>\b[A-Za-z][A-Za-z0-9+.-]{1,20}://[^\s'\"`<>|\\^{}]{1,800})"
    r"|(?P<key>(?i:\b[\w-]{0,40}(?:password|passwd|pwd|secret|token|api[_-]?key|authorization|bearer|credential)s?\b))"
    r"(?P<gap>\s{0,2}[=:]\s{0,2}(?:(?i:bearer|basic)\s)?)(?P<secret>\"[^\"]{1,300}\"|'[^']{1,300}'|[^\s'\",;]{1,300})"
    r"|(?<![\w\\])(?P<quoted>'[^'\n]{1,300}'(?!\w)|\"[^\"\n]{1,300}\"|`[^`'\n]{1,300}[`'])"
    r"|(?P<before>\b(?i:requirement|distribution found for|locate package|no installation candidate for|such container:"
    r"|such image:|such service:|such volume:|such network:|database:?|role|user|hostname|resolve host:|host name|to host"
    r"|unit|module|script:|target|branch|remote|tag|container|image|pull access denied for|manifest for|key|package|crate"
    r"|cannot create|cannot open|cannot access|cannot stat|can't open|can't cd to|can't create|for user|project|plugin"
    r"|table|column|relation|schema|repository|service|interface|device|mirror|profile|service,?)\s)"
    r"(?P<named>(?!(?:does|not|is|was|are|were|to|has|have|had|in|on|of|for|by|with|from|and|or|the|a|an|name|file|files|"
    r"directory|regular|path|port|error|failed|could|cannot|which|that|at|as|no|you|already|contains|exists|can|may|must|"
    r"found|manager|lock|it|this|be|access|denied|platform|version|operating|config|list|index|installed|requires|named)\b)"
    r"[^\s'\"`<>(){}\[\],;]{1,200})"
    r"|(?P<port>(?<=\bport )\d{1,5}\b|(?<=\bPort )\d{1,5}\b)"
    rf"|(?<=: )(?P<subject>(?!cannot |can't |could |error|failed|unable |open |line )[^:'\"\n<>]{{1,200}})(?=: (?:{ERRNO}))"
    rf"|^(?P<first>[^\s:'\"]{{1,200}}[/.][^\s:'\"]{{1,200}})(?=: (?:{ERRNO}))"
    r"|(?P<kept>(?<=: )[A-Za-z_\[][\w.+\[-]{0,40}(?=: (?:command )?not found)|curl: \(\d{1,3}\))"
    r"|(?P<word>[^\s'\"`()\[\]{}<>|,;]{1,1000})"
)  # fmt: skip

WHOLE = (
    ("date", re.compile(r"\d{4}-\d\d-\d\d(?:[T_]\d\d[:.]\d\d(?:[:.]\d\d)?\S{0,12})?|\d\d?:\d\d(?::\d\d)?(?:\.\d{1,9})?Z?")),
    ("id", re.compile(r"(?i)[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?:sha\d{1,3}|md5)[:-]\S{6,200}|0x[0-9a-f]{1,40}")),
    ("host", re.compile(r"(?i)(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4}(?:%\w{1,20})?(?!\S)")),
    ("email", re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")),
    ("name", re.compile(r"@?[\w.-]{1,80}(?:/[\w.-]{1,80})?@[\w.^~*+-]{1,60}")),
)  # fmt: skip
NUMBER = re.compile(r"[-+#~]?\d[\d_,]{0,30}(?:\.\d{1,20})?(?:%|ms|[munµ]?s|[kKMGT]?i?[bB]|[kKMGT]|x|th|st|nd|rd)?")
VERSION = re.compile(r"[v^~=><!]{0,3}\d{1,6}(?:\.\w{1,20}){1,5}(?:[-+~]\S{1,60})?")
IPV4 = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}")
ERROR_CODE = re.compile(r"E\d{3,4}|TS\d{4}|ORA-\d{5}|CS\d{4}|LNK\d{4}|C\d{4}|SIG[A-Z]{2,8}\d{0,2}|H\d\d|PGRST\d{3}")
CLASS_NAME = re.compile(r"(?:[A-Za-z_]\w{0,60}\.){1,8}[A-Z][A-Za-z]{1,60}|[\w.]{1,80}(?:Error|Exception)")
STATUS = re.compile(r"[1-5]\d\d")
STATUS_WORDS = re.compile(
    r"(?i)(?:http(?:/[\d.]{1,3})?|status(?: code)?|error|code|returned error|response|npm error|err!):?\W{0,3}$"
)
HOSTLIKE = re.compile(r"(?i)[a-z0-9_](?:[a-z0-9_-]{0,62})(?:\.[a-z0-9_-]{1,63}){1,8}")
EXTENSIONS = frozenset(
    "bash bin bmp bz2 c cc cfg cjs conf cpp crt cs css csv d db deb diff dll env exe gem gif go gradle gz h hpp htm html ini"
    " jar java jpeg jpg js json json5 jsx key kt lock log lua m4 md mjs mk mod mp4 o out p12 patch pdf pem php pid pl png proto"
    " ps1 py pyc pyi rb rs rst scss sh so sock sql sqlite sqlite3 sum svg swift sum tar temp tf tgz tmp toml ts tsv tsx txt vue"
    " war wasm whl xlsx xml xz yaml yml zip zst service timer socket list sources dist in am ac".split()
)
KEPT = frozenset(
    "i/o input/output n/a and/or read/write client/server tcp/ip http/1.0 http/1.1 http/2 http/3 ssl/tls e.g. i.e. node.js"
    " python2 python3 pip2 pip3 utf-8 utf8 utf-16 latin1 iso-8859-1 x86_64 amd64 arm64 aarch64 i386 i686 ipv4 ipv6 sha1 sha256"
    " sha512 md5 base64 gzip bzip2 bz2 tls1.2 tls1.3 tlsv1.2 tlsv1.3 tlsv1 sslv3 ext4 h2 2fa oauth2 s3 ec2 http2 md4 crc32 lz4"
    " x509 p12 pkcs12 pkcs8 7z 7za mysql8 g++ c++ c++11 c++17 log4j k8s i18n l10n java8 d-bus es6 es2015 sqlite3 mp3 mp4 bin/sh"
    " 64-bit 32-bit 16-bit 8-bit 3-way 2to3".split()
)
TRAILING = ".:!?*"


class Masks:
    """What has been masked so far; the same value keeps its name."""

    def __init__(self) -> None:
        self.values: dict[str, str] = {}
        self.counts: dict[str, int] = {}

    def put(self, kind: str, value: str) -> str:
        """The mask that stands for the value."""
        if value not in self.values.values() or kind not in self.counts:
            count = self.counts[kind] = self.counts.get(kind, 0) + 1
            if count <= MOST_OF_A_KIND and len(value) <= VALUE_LENGTH:
                self.values[kind if count == 1 else f"{kind}{count}"] = value
        return f"<{kind}>"


def masked(line: str) -> tuple[str, dict[str, str]]:
    """The line with masks, and what they stand for: {"path": "/srv/app", "path2": ...}."""
    found = Masks()
    text = _masked(line, found)
    return re.sub(r"(?:<n>[ ,.]{1,2}){3,100}<n>", "<n>", text), found.values


def _masked(line: str, found: Masks) -> str:
    return PARTS.sub(lambda part: _part(part, found), line)


def _part(part: re.Match[str], found: Masks) -> str:
    """One piece of a line, masked."""
    kind, text = part.lastgroup or "", part[0]
    if kind == "url":
        bare = text.rstrip(".,:;)]")
        return found.put("url", bare) + text[len(bare) :]
    if kind == "secret":
        return f"{part['key']}{part['gap']}<secret>"
    if kind == "quoted":
        return _quoted(text, found)
    if kind == "named":
        return part["before"] + _named(part, found)
    if kind == "port":
        return found.put("port", text)
    if kind in ("subject", "first"):
        return found.put("path", text)
    return text if kind == "kept" else _word(text, part, found)


def _quoted(text: str, found: Masks) -> str:
    """What stands in quotes is a name, unless it is a whole sentence: then what stands in that is looked at."""
    inner = text[1:-1]
    if ": " in inner or "(" in inner:
        return text[0] + _masked(inner, found) + text[-1]
    return found.put(kind_of(inner), inner)


def kind_of(value: str) -> str:
    """What a value is that was found where a name stands."""
    if IPV4.fullmatch(value) or value.lower() == "localhost":
        return "host"
    if "://" in value:
        return "url"
    if NUMBER.fullmatch(value):
        return "n"
    if "/" in value or "." in value and value.rpartition(".")[2].lower() in EXTENSIONS:
        return "path"
    return "host" if "." in value and HOSTLIKE.fullmatch(value) and value.lower() == value else "name"


def _named(part: re.Match[str], found: Masks) -> str:
    """The word after one that says what it is: `user alice`, `hostname db`, `requirement x==1`."""
    text, before = part["named"], part["before"].lower()
    bare = text.rstrip(TRAILING)
    kind = kind_of(bare)
    if "host" in before:
        kind = "host"
    elif before.startswith(("can", "path")):
        kind = "path"
    elif kind == "n":
        kind = "name"
    return found.put(kind, bare) + text[len(bare) :] if bare else text


def _word(text: str, part: re.Match[str], found: Masks) -> str:
    """A word that nothing announced."""
    bare = text.rstrip(TRAILING)
    tail = text[len(bare) :]
    if bare.lower() in KEPT or text.lower() in KEPT:
        return text
    for kind, expression in WHOLE:
        if expression.fullmatch(bare):
            return found.put(kind, bare) + tail
    if STATUS.fullmatch(bare) and STATUS_WORDS.search(part.string[max(0, part.start() - 30) : part.start()]):
        return text
    pieces = re.split(r"([:=])", bare)
    return "".join(piece if piece in (":", "=", "") else _piece(piece, found) for piece in pieces) + tail


def _piece(text: str, found: Masks) -> str:
    """A word, or what stands between the colons of one."""
    if NUMBER.fullmatch(text):
        return found.put("n", text)
    if IPV4.fullmatch(text) or text.lower() == "localhost":
        return found.put("host", text)
    if text.lower() in KEPT or ERROR_CODE.fullmatch(text) or CLASS_NAME.fullmatch(text):
        return text
    if VERSION.fullmatch(text):
        return found.put("version", text)
    if "/" in text.strip("/") or text.startswith(("/", "~")) and len(text) > 1:
        return found.put("path", text)
    if "@" in text.strip("@"):
        return found.put("name", text)
    if "." in text.strip("."):
        return found.put(kind_of(text), text)
    if re.search(r"\d", text) or len(text) > 40:
        return found.put("id", text)
    return text
