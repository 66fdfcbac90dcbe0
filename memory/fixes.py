"""A fix is data: what to change about a failed command before it is tried again. Pure.

    {"kind": "run-before", "command": "mkdir -p -- \"$(dirname -- \"$path\")\""}
    {"kind": "replace-command", "program": "python", "replacement": "python3"}
    {"kind": "replace-command", "pattern": "--jobs=\\d+", "replacement": "--jobs=1"}     or   "command": "..."
    {"kind": "replace-command", "shell": "bash"}
    {"kind": "environment", "set": {"NODE_OPTIONS": "--max-old-space-size=400"}}
    {"kind": "wait", "seconds": 5}
    {"kind": "alternative", "actuator": "shell", "params": {"command": "..."}}

A command may name what the failure's signature masked as shell variables: `$path`, `$name`, `$host2`
(memory.masks.NAMES). Such a value comes out of a program's output, which may be hostile: it is checked, quoted and
assigned to the variable before the command. It is never pasted into one, and a shell never reads the value of a
variable as code. A `pattern` changes text wherever it stands; a `program` is only changed where it is run
(memory.commands), never in what is quoted, an argument or data. A `shell` is given the whole command as one argument.
"""

from __future__ import annotations

import hashlib
import json
import re
import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from actuators import shell
from actuators.sandbox.script import check_env
from memory import patterns
from memory.commands import PROGRAM, Unreadable, places
from memory.hiding import is_reference, is_secret_name, replaced, says_nothing
from memory.masks import MOST_OF_A_KIND, NAMES
from memory.patterns import RESULT_LENGTH, TEXT_LENGTH, TooMuch, check_pattern, check_replacement
from memory.rereads import rereads

COMMAND_LENGTH = 10_000  # characters of a fix's command
WAIT_SECONDS = 300
VARIABLES = 20
VARIABLE_LENGTH = 4_000
PARAMS_LENGTH = 20_000  # of an alternative, as JSON
CHECKS: Mapping[str, Callable[[Mapping[str, Any]], dict[str, str]]] = {shell.NAME: shell.check}
"""The actuators that an alternative can name, and who checks its params."""

FIELDS = {
    "run-before": ({"command"}, set[str]()),
    "replace-command": (set[str](), {"pattern", "program", "replacement", "command", "shell"}),
    "environment": ({"set"}, set()),
    "wait": ({"seconds"}, set()),
    "alternative": ({"actuator", "params"}, set()),
}
"""The fields of each kind: required, possible."""

HIDDEN = "<secret>"
EXPORTED = re.compile(
    r"""^export[ ](?P<name>[A-Za-z_]\w{0,100})=(?P<value>(?:'[^']*+'|"(?:[^"\\]|\\.)*+"|\\.|[^\s'"\\;])*+)""",
    re.MULTILINE | re.DOTALL,
)
QUOTED_AGAIN = 3  # times that a known value may have been quoted: by the fix that set it, by others that wrap it
SHORT = 5  # characters below which a known value is only looked for as a word
SHORT_WORD = 8  # the same for one of letters only
SAID_OPENLY = frozenset({"kind", "actuator", "shell"})  # of a fix: each one of a few words
VARIABLES_OF = frozenset({"set", "env", "environment"})
VARIABLE = re.compile(r"\$\{?([a-z][a-z_]{0,30}[2-9]?)(?![A-Za-z0-9_])")
SAFE_VALUE = {
    "path": re.compile(r"[\w./@+:~ ,=%#-]{1,300}"),
    "url": re.compile(r"https?://[\w./@+:~,=%#?&;!-]{1,300}"),
    "host": re.compile(r"[\w.:%\[\]-]{1,255}"),
    "port": re.compile(r"\d{1,5}"),
    "n": re.compile(r"[-+]?[\w.%]{1,30}"),
}
SAFE_NAME = re.compile(r"[\w./@+:~^=-]{1,200}")  # of every other kind of value


class DoesNotFit(ValueError):
    """This fix has nothing to do with this failure: nothing to replace, or a value that is not there or not safe."""


@dataclass(frozen=True)
class Applied:
    """What to run instead, and how long to wait before it."""

    actuator: str
    params: dict[str, Any]
    wait_seconds: float = 0.0


def check(fix: object) -> dict[str, list[str]]:
    """Field -> messages for everything wrong with a fix; {} when it can be kept.

    Limits: a command 10,000 characters, a wait 300 s, 20 variables of 4,000 characters, a pattern 500 characters and
    no more work than memory.patterns allows, its replacement 1,000 characters and 10 references to groups. An actuator
    that is not built yet is unknown.
    """
    if not isinstance(fix, Mapping):
        return {"fix": ["A fix must be an object."]}
    kind = fix.get("kind")
    if not isinstance(kind, str) or kind not in FIELDS:
        return {"kind": [f"Must be one of {', '.join(FIELDS)}."]}
    required, possible = FIELDS[kind]
    problems = {str(name)[:60]: ["Unknown field."] for name in fix if name not in required | possible | {"kind"}}
    problems |= {name: ["This field is required."] for name in sorted(required) if name not in fix}
    if problems:
        return problems
    return {name: texts for name, texts in CHECKERS[kind](fix).items() if texts}


def apply(fix: Mapping[str, Any], *, actuator: str, params: Mapping[str, Any], values: Mapping[str, str]) -> Applied:
    """What to run instead of `params`. `fix` has passed `check`; `values` are the signature's, or of the same names.

    Raises DoesNotFit. Applied to what it made itself, a fix may fit again: whoever applies it remembers that it did.
    """
    kind = fix["kind"]
    if kind == "wait":
        return Applied(actuator, dict(params), float(fix["seconds"]))
    if kind == "alternative":
        return _alternative(fix, params if fix["actuator"] == actuator else {}, values)
    command = params.get("command")
    if actuator != shell.NAME or not isinstance(command, str):
        raise DoesNotFit("Only a shell command can be changed like this.")
    changed = COMMANDS[kind](fix, command, values)
    if problems := shell.check({"command": changed}):
        raise DoesNotFit(problems["command"])
    return Applied(actuator, {**params, "command": changed})


def needs(command: str, known: Iterable[str] = ()) -> list[str]:
    """The values that a command names as variables and does not set itself, in order. `known`: further names."""
    names = {*known, *NAMES, *(f"{name}{number}" for name in NAMES for number in range(2, MOST_OF_A_KIND + 1))}
    found = dict.fromkeys(name for name in VARIABLE.findall(command) if name in names)
    return [
        name
        for name in found
        if not re.search(rf"(?:\b{name}=|\bfor\s+{name}\b|\bread\s[^\n]{{0,60}}\b{name}\b)", command)
    ]


def safe(name: str, value: str) -> str:
    """The value as it may enter a command; a path never looks like an option. Raises DoesNotFit."""
    kind = name.rstrip("23456789")
    if not value.isprintable() or not SAFE_VALUE.get(kind, SAFE_NAME).fullmatch(value):
        raise DoesNotFit(f"The {kind} in the error is not one that may enter a command.")
    if value.startswith("-"):
        if kind != "path":
            raise DoesNotFit(f"The {kind} in the error looks like an option.")
        return f"./{value}"
    return value


def shown(fix: Mapping[str, Any]) -> dict[str, Any]:
    """The fix for who may not see secrets: `<secret>` for what looks like one in its texts and variables."""
    return {name: said if name in SAID_OPENLY else _shown(said, name in VARIABLES_OF) for name, said in fix.items()}


def _shown(said: Any, variables: bool = False) -> Any:
    """`variables`: by whose names it can be seen whether they are secret."""
    if isinstance(said, str):
        return shown_command(said)
    if isinstance(said, list | tuple):
        return [_shown(one) for one in said]
    if not isinstance(said, Mapping):
        return said
    return {
        name: HIDDEN if _is_hidden(name, value, variables) else _shown(value, name in VARIABLES_OF)
        for name, value in said.items()
    }


def _is_hidden(name: str, value: Any, variable: bool) -> bool:
    if not isinstance(value, str):
        return False
    return _is_secret(name, value) if variable else is_secret_name(name) and not says_nothing(value)


def shown_command(command: str, known: Iterable[str] = ()) -> str:
    """The same for a command or a reason; `known`: the secrets that are known to be in it, whatever they look like."""
    secrets = {secret for secret in known if not _says_nothing(secret)}
    forms = {form for secret in secrets for form in _quoted_forms(secret, len(command))}
    for form in sorted(forms, key=len, reverse=True):
        # \0 stands for it meanwhile, so that nothing is looked for in "<secret>".
        short = len(form) < (SHORT_WORD if form.isalpha() else SHORT)
        command = re.sub(rf"(?<!\w){re.escape(form)}(?!\w)", "\0", command) if short else command.replace(form, "\0")
    return replaced(command.replace("\0", HIDDEN), lambda secret: HIDDEN)


def secrets_of(fix: Mapping[str, Any]) -> list[str]:
    """The secrets among the variables that a fix sets."""
    variables = fix.get("set")
    items = variables.items() if isinstance(variables, Mapping) else ()
    return [value for name, value in items if _is_secret(name, value)]


def secrets_set_before(*commands: str) -> list[str]:
    """The same from commands that such fixes were applied to."""
    exported = dict.fromkeys(one.groups() for command in commands for one in EXPORTED.finditer(command))
    found = ((name, _unquoted(value)) for name, value in exported if not is_reference(value))
    return [value for name, value in found if _is_secret(name, value)]


def _is_secret(name: str, value: str) -> bool:
    if says_nothing(value):
        return False
    return is_secret_name(name, variable=True) or replaced(value, lambda secret: HIDDEN) != value


def _says_nothing(value: str) -> bool:
    """Whether a value is too plain to be hidden wherever it stands: `1`, `'`."""
    return says_nothing(value) or (len(value) < SHORT and not re.search(r"\w", value))


def _unquoted(value: str) -> str:
    try:
        return "".join(shlex.split(value))
    except ValueError:  # it stands within the quotes of something else
        return value


def _quoted_forms(value: str, longest: int) -> Iterator[str]:
    """How a value reads within quotes, and within quotes within quotes."""
    for _ in range(QUOTED_AGAIN + 1):
        if len(value) > longest:
            return
        yield value
        value = value.replace("'", "'\"'\"'")  # as shlex.quote does


def digest(fix: Mapping[str, Any]) -> str:
    """The same for two fixes that say the same: SHA-256 of the canonical JSON, 64 hexadecimal digits."""
    text = json.dumps(fix, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _assigned(command: str, values: Mapping[str, str]) -> tuple[str, str]:
    """The assignments that a command needs before it, and what takes them back after it."""
    wanted = needs(command, values)
    missing = [name for name in wanted if name not in values]
    if missing:
        raise DoesNotFit(f"The error says no {', '.join(missing)}.")
    lines = [f"{name}={shlex.quote(safe(name, values[name]))}\n" for name in wanted]
    return "".join(lines), f"unset {' '.join(wanted)}\n" if wanted else ""


def _run_before(fix: Mapping[str, Any], command: str, values: Mapping[str, str]) -> str:
    """In the same shell, so that it may change variables or the folder; what it prints goes to standard error.

    The command runs even if the fix fails: then it says itself what is wrong.
    """
    before, after = _assigned(fix["command"], values)
    return f"{before}{{\n{fix['command'].strip()}\n}} >&2\n{after}{command}"


def _replace_command(fix: Mapping[str, Any], command: str, values: Mapping[str, str]) -> str:
    if "command" in fix:
        before, _ = _assigned(fix["command"], values)
        return before + str(fix["command"])
    if "shell" in fix:
        return f"{fix['shell']} -c {shlex.quote(command)}"
    if "program" in fix:
        return _rename(command, fix["program"], fix["replacement"])
    if len(command) > TEXT_LENGTH:
        raise DoesNotFit(f"The command is longer than the {TEXT_LENGTH} characters in which a pattern is looked for.")
    try:
        changed = patterns.replaced(fix["pattern"], fix["replacement"], command)
    except TooMuch as reason:
        raise DoesNotFit(str(reason)) from reason
    if changed == command:
        raise DoesNotFit("There is nothing to replace in the command.")
    before, _ = _assigned(fix["replacement"], values)
    return before + changed


def _rename(command: str, program: str, replacement: str) -> str:
    """The command with the program changed wherever it is run; from its end, so that the places stay true."""
    try:
        found = places(command, program)
    except Unreadable as error:
        raise DoesNotFit(str(error)) from error
    if not found or program == replacement:
        raise DoesNotFit("There is nothing to replace in the command.")
    if len(command) + len(found) * len(replacement) > RESULT_LENGTH:
        raise DoesNotFit("The command would become too long.")
    for start, end, after in reversed(found):
        if not replacement and (after is None or after.text.startswith("-")):
            raise DoesNotFit("What comes after the program is no program.")
        end = after.start if after and not replacement else end
        command = command[:start] + replacement + command[end:]
    return command


def _environment(fix: Mapping[str, Any], command: str, values: Mapping[str, str]) -> str:
    return "".join(f"export {name}={shlex.quote(value)}\n" for name, value in fix["set"].items()) + command


def _alternative(fix: Mapping[str, Any], params: Mapping[str, Any], values: Mapping[str, str]) -> Applied:
    """What stands in for the task; the credentials that the task was given are the alternative's too."""
    kept = {name: params[name] for name in ("credential", "credentials") if name in params}
    params = {**kept, **fix["params"]}
    if fix["actuator"] == shell.NAME:
        before, _ = _assigned(params["command"], values)
        params["command"] = before + params["command"]
    return Applied(fix["actuator"], params)


COMMANDS: Mapping[str, Callable[[Mapping[str, Any], str, Mapping[str, str]], str]] = {
    "run-before": _run_before,
    "replace-command": _replace_command,
    "environment": _environment,
}


def check_command(value: object) -> list[str]:
    """What is wrong with a fix's command."""
    if not isinstance(value, str) or not value.strip():
        return ["Must be a command, as text."]
    if len(value) > COMMAND_LENGTH:
        return [f"At most {COMMAND_LENGTH} characters."]
    if problem := shell.check({"command": value}).get("command"):
        return [problem]
    if needs(value) and rereads(value):
        return ["Uses eval, source, a shell or a program text, which would read a value of the error as code."]
    return []


def _check_run_before(fix: Mapping[str, Any]) -> dict[str, list[str]]:
    return {"command": check_command(fix["command"])}


WAYS = {"command": set[str](), "shell": set[str](), "program": {"replacement"}, "pattern": {"replacement"}}
"""The ways to replace a command: the field that names each, and what goes with it."""


def _check_replace_command(fix: Mapping[str, Any]) -> dict[str, list[str]]:
    way = next((name for name in WAYS if name in fix), "pattern")
    given = set(fix) - {"kind", way} - WAYS[way]
    if given:
        return {name: [f"Not together with {way}."] for name in sorted(given)}
    if way == "command":
        return {"command": check_command(fix["command"])}
    if way == "shell":
        return {} if fix["shell"] == "bash" else {"shell": ["Must be bash."]}
    return _check_program(fix) if way == "program" else _check_pattern(fix)


def _check_program(fix: Mapping[str, Any]) -> dict[str, list[str]]:
    """A program, with its first arguments if need be, and what it is to be: words and nothing that a shell expands."""
    said = "Must be a program and at most five arguments, without quotation marks and variables."
    replacement = fix.get("replacement")
    problems = {} if _is_program(fix["program"]) else {"program": [said]}
    if replacement is None:
        problems["replacement"] = ["This field is required."]
    elif replacement != "" and not _is_program(replacement):
        problems["replacement"] = [said]
    return problems


def _is_program(value: object) -> bool:
    return isinstance(value, str) and "$" not in value and bool(PROGRAM.fullmatch(value))


def _check_pattern(fix: Mapping[str, Any]) -> dict[str, list[str]]:
    missing = [name for name in ("pattern", "replacement") if name not in fix]
    if missing:
        return {name: ["This field is required, or command in its place."] for name in missing}
    replacement = fix["replacement"]
    if problems := check_pattern(fix["pattern"]):
        return {"pattern": problems}
    if replacement == "":
        return {}
    if problems := check_command(replacement) or check_replacement(replacement):
        return {"replacement": problems}
    try:
        re._parser.parse_template(replacement, re.compile(fix["pattern"]))  # type: ignore[attr-defined]
    except (re.error, IndexError) as error:
        return {"replacement": [f"Does not go with the pattern: {error}."]}
    return {}


def _check_environment(fix: Mapping[str, Any]) -> dict[str, list[str]]:
    variables = fix["set"]
    if not isinstance(variables, Mapping) or not variables:
        return {"set": ["Must be an object of variables, at least one."]}
    if len(variables) > VARIABLES:
        return {"set": [f"At most {VARIABLES} variables."]}
    if not all(isinstance(name, str) and isinstance(value, str) for name, value in variables.items()):
        return {"set": ["Names and values must be text."]}
    if any(len(value) > VARIABLE_LENGTH for value in variables.values()):
        return {"set": [f"A value has at most {VARIABLE_LENGTH} characters."]}
    try:
        problem = check_env(dict(variables))
        "".join(variables.values()).encode()
    except UnicodeEncodeError:
        problem = "A value is not valid Unicode text."
    return {"set": [problem]} if problem else {}


def _check_wait(fix: Mapping[str, Any]) -> dict[str, list[str]]:
    seconds = fix["seconds"]
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 < seconds <= WAIT_SECONDS:
        return {"seconds": [f"Must be a number greater than 0 and at most {WAIT_SECONDS}."]}
    return {}


def _check_alternative(fix: Mapping[str, Any]) -> dict[str, list[str]]:
    actuator, params = fix["actuator"], fix["params"]
    if not isinstance(actuator, str) or actuator not in CHECKS:
        return {"actuator": [f"Unknown actuator; known: {', '.join(CHECKS)}."]}
    if not isinstance(params, Mapping):
        return {"params": ["Must be an object."]}
    try:
        size = len(json.dumps(params))
    except (TypeError, ValueError, RecursionError):
        return {"params": ["Must be JSON."]}
    if size > PARAMS_LENGTH:
        return {"params": [f"At most {PARAMS_LENGTH} characters as JSON."]}
    problems = [f"{name}: {text}" for name, text in CHECKS[actuator](params).items()]
    return {"params": problems or (check_command(params["command"]) if actuator == shell.NAME else [])}


CHECKERS: Mapping[str, Callable[[Mapping[str, Any]], dict[str, list[str]]]] = {
    "run-before": _check_run_before,
    "replace-command": _check_replace_command,
    "environment": _check_environment,
    "wait": _check_wait,
    "alternative": _check_alternative,
}

DESTRUCTIVE = re.compile(
    r"(?:^|[\s;&|(`/])(?:rm|rmdir|unlink|shred|truncate|mkfs(?:\.\w{1,10})?|dd|fdisk|wipefs|kill|pkill|killall|fuser|sudo"
    r"|su|doas|reboot|shutdown|halt|crontab|userdel|chown|mkswap|swapoff|umount)(?=[\s;&|)`]|$)"
    r"|\s-{1,2}force\S*"
    r"|\b(?:cp|mv|ln|git|docker|kubectl|apt|apt-get|pip)\b[^\n;&|]{0,200}\s-[A-Za-z]{0,4}f[A-Za-z]{0,4}(?=\s|$)"
    r"|chmod\s(?:-\w{1,5}\s{1,5})?(?:0?[0-7]?[0-7][0-7][2367]\b|[ugoa]{0,4}[oa][ugoa]{0,4}[+=]|\+)"
    r"|\bgit\b[^\n;&|]{0,60}\s(?:clean|restore|reset\s[^\n;&|]{0,60}--hard|stash\s(?:drop|clear)|branch\s-D)\b"
    r"|\bgit\b[^\n;&|]{0,60}\s(?:push\s[^\n;&|]{0,60}\s\+\S|checkout\s[^\n;&|]{0,60}--\s)"
    r"|\bfind\b[^\n;&|]{0,200}-delete|(?i:\b(?:drop|truncate|delete)\s{1,5}(?:table|database|from|schema)\b)"
    r"|(?<![>&\d])>(?![>&])|\b\d>\s{0,3}(?!&|/dev/null)\S|\b(?:prune|purge|uninstall)\b|--delete\b|\bmv\b"
)
SAFE_WRITING = re.compile(r">\s?/dev/null|>&\d")


def is_destructive(command: str) -> bool:
    """Whether a command may destroy what was there: remove, overwrite, force, stop others, open to all.

    By its words alone, and rather too often than too seldom. It binds the catalogue; a customer may teach what they
    like. A file that `mktemp` has just made may be written to as "$copy".
    """
    said = SAFE_WRITING.sub(" ", command)
    if "copy=$(mktemp " in said:
        said = said.replace('>"$copy"', " ")
    return bool(DESTRUCTIVE.search(said))
