"""Where in a shell command a value would stand: is it the program, a wholly quoted argument, or something unsure?

A value that stands where the shell looks for a program decides what is run, so no slot may be there. `Reader` reads a
command from the left, in pieces, and knows at each place the words of the simple command that is being read. Wrappers
("sudo -u app", "timeout 9") are read with the options that take a word. Shell that it cannot follow is refused as
if a program stood there; a program that is not listed here is taken for one that runs none of its words.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

MAX_WORDS = 64
"""Words kept of one simple command; its program must be among them."""
TOKEN = re.compile(
    r"""(?P<blank>[ \t]+)|(?P<joint>\\\n)|(?P<line>\n)
    |(?P<here><<-?(?!<)[ \t]*(?:'(?P<q1>\w+)'|"(?P<q2>\w+)"|(?P<q3>\w+)|)(?P<rest>[^\s;|&<>()]?))
    |(?P<redirect><<<|&>>?|[<>]&|>>|>\||<>|[<>](?!\())|(?P<list>[;|&]+)|(?P<open>\$\(|[<>]?\()|(?P<close>\))
    |(?P<single>\$?')|(?P<double>\$?")|(?P<tick>`)|(?P<brace>\$\{[^{}`"'\\()\n]*\})|(?P<escape>\\.)|(?P<hash>\#)
    |(?P<plain>[^\s;|&()<>'"`\\$\#]+)|(?P<other>.)""",
    re.VERBOSE | re.DOTALL,
)
IN_DOUBLE = re.compile(
    r"""(?P<double>")|(?P<open>\$\()|(?P<tick>`)|(?P<brace>\$\{[^{}`"'\\()\n]*\})|(?P<escape>\\.)
    |(?P<plain>[^"`\\$]+)|(?P<other>.)""",
    re.VERBOSE | re.DOTALL,
)
VARIABLE = re.compile(r"\$\{?(\w+)")
ASSIGNMENT = re.compile(r"[A-Za-z_]\w*\+?=")
# What these hold is run, or decides what is.
POWERFUL = re.compile(
    r"(?:\w*PATH|LD_\w+|DYLD_\w+|\w*(?:COMMAND|EDITOR|PAGER|ASKPASS|SHELL|HOOK|OPTIONS|OPTS)|VISUAL|BROWSER|BASH_ENV|ENV"
    r"|IFS|PS4|GIT_\w+|\w*(?:WRAPPER|DIFF|FLAGS)|CC|CXX|LD|AR|RUSTC|PYTHON(?:STARTUP|HOME|WARNINGS))\+?="
)
RESERVED = frozenset({"then", "do", "else", "elif", "if", "while", "until", "!", "{", "coproc", "builtin"})
SHELLS = frozenset({"sh", "bash", "dash", "zsh", "ksh", "ash", "fish"})
READS_CODE_FIRST = frozenset({"awk", "gawk", "mawk", "sed", "gsed"})
INTERPRETERS = frozenset({"node", "perl", "php", "ruby", "lua"}) | READS_CODE_FIRST
CODE = re.compile(r"-[A-Za-z]*[ceEpr]|--(?:eval|print|expression)(?:=.*)?")
RUN_BY_OPTION = re.compile(
    r"--[\w-]*(?:command|exec|shell|rsh|editor|pager|program|entrypoint|filter|pack|action|rcfile|init-file|run|hook)"
    r"(?:=.*)?"
)
DECLARES = frozenset({"export", "declare", "typeset", "local", "readonly"})
BY_SUBCOMMAND = frozenset({"git", "cargo", "gh", "go", "dotnet", "systemctl", "apt-get", "apt", "brew", "service"})
"""Their first word says what is done, or is looked for as a program."""
# Too many ways to name a program; a value anywhere in them is refused.
UNSURE = frozenset({
    "eval", "trap", "alias", "function", "parallel", "strace", "ltrace", "script", "flock", "gdb", "valgrind",
    "busybox", "runuser", "su", "machinectl", "nsenter", "unshare", "entr", "crontab", "at", "batch",
    "systemd-run", "chpst", "firejail", "bwrap", "proot", "screen", "tmux", "expect", "hyperfine", "perf", "enable",
    "hash", "mapfile", "gosu", "su-exec", "tini", "dumb-init", "fakeroot", "fakechroot", "pkexec", "setpriv", "sg",
    "conda", "mamba", "pipenv", "xvfb-run", "dbus-run-session", "nix-shell", "docker-compose", "podman-compose", "psql",
    "mysql", "sqlite3", "direnv", "mise", "asdf", "rbenv", "pyenv", "faketime", "unbuffer", "setarch", "linux32",
    "linux64", "numactl", "cgexec", "prlimit", "capsh", "s6-setuidgid", "with-contenv", "lxc-attach", "vagrant",
})  # fmt: skip


class Wrapper(NamedTuple):
    """A program that runs its words: its options that take one, and how many words come before the command."""

    short: str = ""
    before: int = 0
    long: frozenset[str] = frozenset()
    code: str = ""


def _long(*names: str) -> frozenset[str]:
    return frozenset(f"--{name}" for name in names)


WRAPPERS: Mapping[str, Wrapper] = {
    "sudo": Wrapper("ughpCUrtDRT", long=_long("user", "group", "host", "prompt", "chdir", "close-from", "role")),
    "doas": Wrapper("uC"),
    "nice": Wrapper("n", long=_long("adjustment")),
    "ionice": Wrapper("cnp", long=_long("class", "classdata")),
    "chrt": Wrapper("", 1),
    "taskset": Wrapper("", 1),
    "chroot": Wrapper("", 1, _long("userspec", "groups")),
    "timeout": Wrapper("sk", 1, _long("signal", "kill-after")),
    "xargs": Wrapper(
        "nIPLdaEs", long=_long("max-args", "max-procs", "max-lines", "delimiter", "arg-file", "max-chars")
    ),
    "env": Wrapper("uCS", long=_long("unset", "chdir", "split-string"), code="S"),
    "time": Wrapper("of", long=_long("output", "format")),
    "watch": Wrapper("n", long=_long("interval")),
    "ssh": Wrapper("bcDEeFIiJLlmOopQRSWw", 1, code="oFO"),
    "stdbuf": Wrapper("ioe", long=_long("input", "output", "error")),
    "exec": Wrapper("a"),
    "command": Wrapper(),
    "nohup": Wrapper(),
    "setsid": Wrapper(),
    "npx": Wrapper("pc", long=_long("package", "call"), code="c"),
    "bunx": Wrapper(),
    "uvx": Wrapper("p", long=_long("from", "with", "python")),
    "source": Wrapper(),
    ".": Wrapper(),
    **{shell: Wrapper("cOo", long=_long("rcfile", "init-file"), code="cOo") for shell in SHELLS},
}
IN_CONTAINER = Wrapper(
    "uwehv",
    1,
    _long("user", "workdir", "env", "env-file", "detach-keys", "index", "name", "volume", "publish", "network"),
)
FLAGS = _long(
    "preserve-env", "non-interactive", "set-home", "login", "stdin", "foreground", "preserve-status", "verbose",
    "interactive", "tty", "detach", "privileged", "no-run-if-empty", "null", "ignore-environment", "append", "yes",
    "portability", "differences", "no-title", "errexit", "beep", "color", "rm", "norc", "noprofile", "posix", "fork",
    "wait", "open-tty", "exit", "quiet",
)  # fmt: skip
CONTAINERS = frozenset({"docker", "podman", "nerdctl"})
RUNNING = frozenset({"exec", "run", "debug", "dlx", "x", "attach", "shell"})
"""Subcommands after which a word can be a program."""
HOLDS = CONTAINERS | {"kubectl", "oc", "npm", "pnpm", "yarn", "pipx", "uv", "poetry", "bundle", "nix"}
TELLS = frozenset({"--name", "-p", "--publish", "--network", "--hostname"})
"""Options of "docker run" whose word is no program."""
# Here a wholly quoted word is text or an address and nothing else.
TAKES_TEXT = frozenset({"echo", "printf", "logger", "touch", "mkdir", "cat"})
TAKES_URL = frozenset({"curl", "wget"})


class Here(NamedTuple):
    """A here-document: the word that ends it, whether tabs before it count, whether the shell reads into it."""

    end: str
    tabs: bool
    plain: bool


class Place(NamedTuple):
    """What the next word of a command would be."""

    is_program: bool
    program: str = ""


PROGRAM = Place(True)


class Reader:
    """A command, read from the left; linear in what is fed."""

    def __init__(self) -> None:
        self.words: list[str] = []
        self.word: str | None = None
        self.quote = ""
        self.unsure = self.runs_words = self.to_file = self.comment = False
        self.outer: list[tuple[list[str], str | None, str, str, bool]] = []
        self.line: set[str] = set()
        self.awaited: list[Here] = []
        self.here: Here | None = None
        self.here_line = ""
        self.run_variables: set[str] = set()
        """Variables that stand where the shell looks for a program, or in what is read as a command again."""

    def feed(self, text: str) -> None:
        """Read on. A token must not be cut in two, which a value between two pieces does not."""
        at = 0
        while at < len(text) and not self.unsure:
            if self.here is not None:
                at = self._in_here(text, at)
            elif self.comment:
                end = text.find("\n", at)
                self.comment, at = end < 0, len(text) if end < 0 else end
            elif self.quote == "'":
                end = text.find("'", at)
                self._add(text[at : len(text) if end < 0 else end])
                self.quote, at = ("'", len(text)) if end < 0 else ("", end + 1)
            else:
                match = (IN_DOUBLE if self.quote else TOKEN).match(text, at)
                if match is None:
                    self.unsure = True
                    return
                at = match.end()
                self._token(match.lastgroup or "", match)

    def _in_here(self, text: str, at: int) -> int:
        """One line of a here-document; it ends where a line is its word."""
        end = text.find("\n", at)
        said = text[at : len(text) if end < 0 else end]
        self.here_line += said
        here = self.here
        if here and not here.plain and ("$(" in said or "`" in said):
            self.unsure = True
        if end < 0:
            return len(text)
        if here and (self.here_line.lstrip("\t") if here.tabs else self.here_line) == here.end:
            self._next_here()
        self.here_line = ""
        return end + 1

    def _next_here(self) -> None:
        """Begin the next here-document that the line above announced, if there is one."""
        self.here = self.awaited.pop(0) if self.awaited else None

    def _add(self, text: str) -> None:
        """These characters belong to the word."""
        self.word = (self.word or "") + text

    def _token(self, kind: str, match: re.Match[str]) -> None:
        """What one token of a command changes."""
        text = match.group()
        self.comment = kind == "hash" and self.word is None
        if kind in {"plain", "brace", "escape", "other", "hash"}:
            if not self.comment:
                self._add(text[1:] if kind == "escape" and not self.quote else text)
        elif kind in {"single", "double"}:
            self.unsure = text.startswith("$")
            self._add("")
            self.quote = "" if self.quote else text[-1]
        elif kind == "blank":
            self._end_word()
        elif kind == "joint":
            self.unsure = self.word is not None
        else:
            self._operator(kind, match)

    def _operator(self, kind: str, match: re.Match[str]) -> None:
        """A list's end, a nested command or a redirection."""
        if kind in {"list", "line"}:
            self._end_command(new_line=kind == "line")
        elif kind in {"open", "close", "tick"}:
            self._nest(kind)
        else:
            self._redirect(kind, match)

    def _end_word(self) -> None:
        """A blank or an operator ended a word."""
        if self.word is None:
            return
        word, self.word = self.word, None
        if len(self.line) < MAX_WORDS:
            self.line.add(word.rpartition("/")[2])
        if self.to_file:
            self.to_file = False
            return
        if word.startswith("-") and word.lstrip("-").startswith(("exec", "ok")):
            self.runs_words = True
        if "$" in word and (self.runs_words or _place(self.words, "").is_program):
            self.run_variables.update(VARIABLE.findall(word))
        if len(self.words) < MAX_WORDS:
            self.words.append(word)

    def _end_command(self, *, new_line: bool) -> None:
        """An operator or a line's end began another simple command."""
        self._end_word()
        self.words, self.runs_words, self.to_file = [], False, False
        if not new_line:
            return
        if self.awaited:
            # What a shell reads from a here-document is a command again.
            self.unsure = self.unsure or bool(self.line & (SHELLS | {"ssh", "xargs", "parallel"}))
            self._next_here()
            self.here_line = ""
        self.line = set()

    def _nest(self, kind: str) -> None:
        """Begin or end a command inside a command."""
        if kind == "close" and self.outer and self.words[:1] == ["case"]:
            self.unsure = True
            return
        if kind == "close" or (kind == "tick" and self.outer and self.outer[-1][3] == "`"):
            if self.outer and (self.outer[-1][3] == "`") is (kind == "tick"):
                self._end_word()
                self.words, self.word, self.quote, _, self.runs_words = self.outer.pop()
                self._add("$)")
            elif not self.outer:
                self._end_command(new_line=False)
            else:
                self.unsure = True
            return
        if len(self.outer) > MAX_WORDS:
            self.unsure = True
            return
        self.outer.append((self.words, self.word, self.quote, "`" if kind == "tick" else "(", self.runs_words))
        self.words, self.word, self.quote, self.runs_words = [], None, "", False

    def _redirect(self, kind: str, match: re.Match[str]) -> None:
        """A file's name follows, or a here-document."""
        if self.word is not None and self.word.isdigit():
            self.word = None
        self._end_word()
        if kind == "redirect":
            self.to_file = True
            return
        said = match["q1"] or match["q2"] or match["q3"]
        if not said or match["rest"]:
            self.unsure = True
            return
        self.awaited.append(Here(said, match.group().startswith("<<-"), not match["q3"]))

    def place(self) -> Place:
        """What a word, or the rest of the word, that is inserted here would be."""
        if self.unsure or (self.word or "").endswith("$"):
            return PROGRAM
        if self.here is not None:
            # On a line of its own it could end the document.
            return Place(not self.here_line.strip() or self.here_line.endswith("$"))
        if self.comment or self.to_file:
            return Place(False)
        if self.runs_words:
            return PROGRAM
        return _place(self.words, self.word or "")

    def assigned(self) -> str:
        """The variable whose value is read here, "" when none is."""
        found = ASSIGNMENT.match(self.word or "")
        return found.group().rstrip("+=") if found else ""

    def is_whole_argument(self, *, url: bool) -> bool:
        """Is a word that is quoted for the shell safe here, as an argument that is text (or an address) only?"""
        begins = self.word == "" if self.quote else self.word is None
        if not begins or self.outer or self.comment or self.to_file or self.here is not None:
            return False
        place = self.place()
        if place.is_program or not self.words or any(word.startswith("$") for word in self.words):
            return False
        if self.words[-1] in {"-m", "--message"} and place.program == "git":
            return self.words[1:2] in (["commit"], ["tag"], ["stash"])
        if place.program == "printf":
            return len(self.words) >= 2 and self.words[-2] == "printf" and self.words[-1].startswith("%s")
        return place.program in TAKES_TEXT or (url and place.program in TAKES_URL)


def is_program(before: str) -> bool:
    """Would a word after this text of a command be the program to run, or could it be?"""
    reader = Reader()
    reader.feed(before)
    return reader.place().is_program


def _place(words: Sequence[str], partial: str) -> Place:
    """What the next word is; `partial` is what already stands of it."""
    at = 0
    while at <= MAX_WORDS - 8:
        while at < len(words) and (words[at] in RESERVED or ASSIGNMENT.match(words[at])):
            at += 1
        if at == len(words):
            assigned = ASSIGNMENT.match(partial)
            return Place(not assigned or POWERFUL.match(partial) is not None)
        name = words[at].rpartition("/")[2]
        wrapper = WRAPPERS.get(name)
        if wrapper is None:
            return _argument(name, words[at], words[at + 1 :], partial)
        found = _after(wrapper, words, at + 1, partial)
        if isinstance(found, Place):
            return found
        if found < 0 or name in SHELLS | {".", "source", "ssh"}:
            return PROGRAM
        at = found
    return PROGRAM


def _argument(name: str, said: str, words: Sequence[str], partial: str) -> Place:
    """A word after a program that is no wrapper, which was written as `said`."""
    if name in {"for", "case", "select"}:
        return Place(not words and name != "case")
    if name in UNSURE or not name or "$" in said:
        return PROGRAM
    if name in HOLDS:
        return _in_manager(name, words, partial)
    is_code = _is_code(name, words, partial) or _names_program(name, words, partial)
    return PROGRAM if is_code else Place(False, name)


def _names_program(name: str, words: Sequence[str], partial: str) -> bool:
    """Is a word what its program looks for as another one, or sets as a variable that decides what is run?"""
    previous = words[-1] if words else ""
    if name in DECLARES and (not partial or POWERFUL.match(partial)):
        return True
    if (name in {"tar", "bsdtar"} and previous == "-I") or (name == "git" and "foreach" in words):
        return True
    if RUN_BY_OPTION.fullmatch(previous) or RUN_BY_OPTION.match(partial) or (name, previous) == ("rsync", "-e"):
        return True
    return name in BY_SUBCOMMAND and all(word.startswith("-") for word in words)


def _is_code(name: str, words: Sequence[str], partial: str) -> bool:
    """Does an interpreter read a word as code, or as the name of a module to run?"""
    if name in READS_CODE_FIRST and all(word.startswith("-") for word in words):
        return True
    if name.startswith(("python", "pypy")):
        return "-c" in words or words[-1:] == ["-m"]
    if name == "git":
        return "-c" in words
    return name in INTERPRETERS and any(CODE.fullmatch(word) for word in [*words, partial])


def _after(wrapper: Wrapper, words: Sequence[str], at: int, partial: str) -> Place | int:
    """Where a wrapper's command begins, -1 when that is unsure, or the place when the next word comes before it."""
    left = wrapper.before
    options = True
    while at < len(words):
        word = words[at]
        if options and word == "--":
            options = False
        elif options and word.startswith("-") and (len(word) > 1 or wrapper is WRAPPERS["env"]):
            takes = _takes(wrapper, word)
            if takes is None:
                return -1
            if takes and at + 1 == len(words):
                return Place(word[-1] in wrapper.code or word in ("--split-string", "--rcfile", "--init-file"))
            at += takes
        elif left:
            left -= 1
            options = options and bool(left)
        else:
            return at
        at += 1
    if options and partial.startswith("-"):
        long = partial.startswith("--") and "=" in partial and partial.partition("=")[0] in wrapper.long
        return Place(not long or partial.startswith(("--split-string", "--rcfile", "--init-file")))
    return Place(False) if left else at


def _takes(wrapper: Wrapper, word: str) -> int | None:
    """How many words an option takes after itself; None when it is not known."""
    if word.startswith("--"):
        name, equals, _ = word.partition("=")
        if equals:
            return 0 if name in wrapper.long | FLAGS else None
        return 1 if name in wrapper.long else 0 if name in FLAGS else None
    for index, letter in enumerate(word[1:], start=2):
        if letter in wrapper.short:
            return int(index == len(word))
    return 0


def _in_manager(name: str, words: Sequence[str], partial: str) -> Place:
    """A word of docker, kubectl, npm and the like, which run programs in some of their subcommands."""
    said = [word for word in words if not word.startswith("-")]
    if not said:
        return PROGRAM
    first, argument = words[0], Place(False, name)
    if name in CONTAINERS and first == "exec":
        found = _after(IN_CONTAINER, words, 1, partial)
        return found if isinstance(found, Place) else _place(words[found:], partial) if found > 0 else PROGRAM
    if name in CONTAINERS and first == "run":
        return argument if partial.startswith("--name=") or words[-1] in TELLS else PROGRAM
    if name in {"kubectl", "oc"} and "--" in words:
        return _place(words[list(words).index("--") + 1 :], partial)
    if (name in {"kubectl", "oc"} and first == "exec") or (name in {"npm", "pnpm", "yarn"} and first == "run"):
        return argument
    runs = bool(RUNNING & set(said)) or (first == "create" and name not in {"kubectl", "oc"})
    return Place(runs or RUN_BY_OPTION.match(partial) is not None, name)
