"""48 failures in 8 classes: what share is healed at the first retry once one of each class has been seen.

Four classes are in the catalogue; the other four are an invented company's own, which only a taught correction heals.
Those four print alike on purpose ("... is missing", "... is not ..."), so that a fix of the wrong class would be seen.
Each command runs in a workspace of its own and fails there until its fix is applied.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from memory.fixes import digest

GIT = "git init -q . && echo {0} > {1} && git add {1}"
SCRIPT = "[ -e {0}/{1} ] || {{ mkdir -p {0} && printf '#!/bin/sh\\necho {1}\\n' > {0}/{1}; }}"


@dataclass(frozen=True)
class Failure:
    """A command that fails. `teach`: what heals its class, as POST /api/corrections takes it, with a class's first."""

    klass: str
    command: str
    teach: Mapping[str, Any] | None = None


CATALOGUED: Mapping[str, tuple[str, ...]] = {
    "missing folder": (
        "echo 42 > out/answer.txt",
        "seq 3 > 'build/step one/numbers.csv'",
        "touch logs/2024/june.log",
        "echo x > here && cp here dist/assets/there",
        "set -e; echo y | tee var/run/pid >/dev/null; cat var/run/pid",
        "echo z > old && mv old archive/old.1",
    ),
    "missing folder of a folder": (
        "mkdir cache/pages && echo ok",
        "mkdir 'my data/2024 june' && ls",
        "mkdir -m 700 a-1/b && cd a-1/b && echo 1",
        "set -e; mkdir deps/node_v18; echo done > deps/node_v18/state",
        "mkdir releases/2024-06-01/web && echo out",
        "for each in x y; do mkdir plots/$each || exit 1; done",
    ),
    "not executable": (
        SCRIPT.format(".", "build.sh") + "\n./build.sh",
        SCRIPT.format("scripts", "deploy") + "; scripts/deploy staging",
        SCRIPT.format("tools/ci", "lint.py") + "\ntools/ci/lint.py --all",
        SCRIPT.format("android", "gradlew") + " && android/gradlew assemble",
        SCRIPT.format("bin", "migrate-2") + "\n\nbin/migrate-2",
        SCRIPT.format("hooks", "pre_push") + "\n./hooks/pre_push --quick",
    ),
    "no git identity": (
        GIT.format("1", "a.txt") + " && git commit -qm first",
        GIT.format("hello", "README.md") + "\ngit commit -q -m 'Add a read-me'",
        "mkdir -p srv/shop && cd srv/shop && " + GIT.format("2", "v") + " && git commit -qam 'v 2'",
        GIT.format("x", "notes") + "; git commit --quiet --message notes",
        "git init -q wiki && cd wiki && git commit -q --allow-empty -m start",
        GIT.format("3", "lib.c") + "\ngit commit -qm 'Fix #42'",
    ),
}

# The company's own programs, each as the shell function that a command begins with.
SETTINGS = r"""
shopctl() {
    printf '\033[36m[%s] shopctl %s\033[0m\n' "$(date +%T)" "$1"
    [ -f "settings/$2" ] && echo "$1 done" && return
    echo "reading settings for $1" >&2
    echo "Error: settings file '$2' is missing" >&2
    echo "hint: ask your team for it" >&2
    return 3
}
"""
PLUGIN = r"""
render() {
    [ -f "$1" ] && echo "rendered with $1" && return
    echo "render: loading $1 (try $$)"
    printf '\033[1;31mError:\033[0m plugin file '"'%s'"' is missing\n' "$1" >&2
    return 3
}
"""
SCHEMA = r"""
orders() {
    [ "$(cat "$1.schema" 2>/dev/null)" = 7 ] && echo "$2 orders" && return
    echo "$(date +%F) $(date +%T) connecting to $1.internal.example:5432" >&2
    echo "fatal: schema of database \"$1\" is not at version 7 (it is at version $3)" >&2
    return 4
}
"""
REGION = r"""
uploads() {
    [ "${REGION:-}" = eu-1 ] && echo "uploaded $1 to $2" && return
    printf ' 10%%\r 50%%\r100%%\n'
    echo "uploads: region is not set (file $1, bucket '$2', request $(date +%s)-$$)" >&2
    return 3
}
"""
OWN: Mapping[str, tuple[str, tuple[str, ...], str, int, dict[str, Any]]] = {
    "settings": (
        SETTINGS,
        (
            "shopctl start shop.toml",
            "shopctl start billing.yaml",
            "cd . && shopctl stop eu-west.ini",
            "shopctl 'check all' x1.json",
            "echo one; shopctl restart checkout-v2.toml",
            "shopctl plan Stage_3.conf >/dev/null; shopctl plan Stage_3.conf",
        ),
        "Error: settings file 'shop.toml' is missing",
        3,
        {"kind": "run-before", "command": 'mkdir -p settings && touch -- "settings/$name"'},
    ),
    "plugin": (
        PLUGIN,
        (
            "render plugins/geo.so",
            "render plugins/charts/pie-2.so",
            "echo start && render 'plug ins/a b.so'",
            "render ./deep/er/zoom_17.so",
            "render p.so",
            "render plugins/v1.2.3/map.so",
        ),
        "Error: plugin file 'plugins/geo.so' is missing",
        3,
        {"kind": "run-before", "command": 'mkdir -p -- "$(dirname -- "$path")" && touch -- "$path"'},
    ),
    "schema": (
        SCHEMA,
        (
            "orders shop count 3",
            "orders stock list 6",
            "orders eu_customers count 1",
            "set -e; orders legacy-2019 sum 5; echo end",
            "orders a x 2",
            "orders Reports today 6 >/dev/null; orders Reports today 6",
        ),
        'fatal: schema of database "shop" is not at version 7 (it is at version 3)',
        4,
        {"kind": "run-before", "command": 'echo 7 > "$name.schema"'},
    ),
    "region": (
        REGION,
        (
            "uploads a.txt photos",
            "uploads /var/tmp/b.tar.gz backup-eu",
            "uploads 'report.pdf' acme-2024",
            "uploads c logs; uploads d logs",
            "uploads data/2024/06.csv lake",
            "cd . && uploads 9f8e7d.bin blobs",
        ),
        "uploads: region is not set (file a.txt, bucket 'photos', request 1719820000-41)",
        3,
        {"kind": "environment", "set": {"REGION": "eu-1"}},
    ),
}

RIGHT: Mapping[str, frozenset[str]] = {
    "missing folder": frozenset({"make_parent_folder", "make_parent_folder_of_copy"}),
    "missing folder of a folder": frozenset({"make_parent_folder_of_folder"}),
    "not executable": frozenset({"make_executable"}),
    "no git identity": frozenset({"git_has_no_identity"}),
    **{klass: frozenset({digest(own[4])}) for klass, own in OWN.items()},
}
"""The fixes of each class: ids of the catalogue, or the digest of the taught one."""


def failures() -> list[Failure]:
    """All 48, class by class; the first of each of the company's own classes says what a customer teaches."""
    found = [Failure(klass, command) for klass, commands in CATALOGUED.items() for command in commands]
    for klass, (program, calls, error, exit_code, fix) in OWN.items():
        teach = {"actuator": "shell", "error": error, "exitCode": exit_code, "fix": fix}
        for number, call in enumerate(calls):
            found.append(Failure(klass, program + call, None if number else json.loads(json.dumps(teach))))
    return found


def is_right(failure: Failure, *, fix: Mapping[str, Any], fix_id: str) -> bool:
    """Whether a fix that was applied to the failure is one of its class."""
    return bool(RIGHT[failure.klass] & {fix_id, digest(fix)})
