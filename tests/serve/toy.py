"""A small system under the real supervisor: `python tests/serve/toy.py FOLDER`.

Postgres and three children that misbehave like ours do. The tests signal it from outside.
"""

import os
import sys
import time
import uuid
from pathlib import Path

from executor_one.serve.child import RUN, Child
from executor_one.serve.postgres import EmbeddedPostgres
from executor_one.serve.supervisor import Supervisor

# every life appends its pid
PLAIN = """
trap 'touch "$0/interrupted"' INT
echo $$ >> "$0/plain.pids"; while :; do sleep 0.2; done
"""
# its grandchild leaves session and group, ignores every polite signal and outlives its parent
STUBBORN = """
trap '' TERM
setsid sh -c 'trap "" TERM INT HUP; echo $$ >> "$0/grandchild.pids"; while :; do sleep 1; done' "$0" &
echo $$ >> "$0/stubborn.pids"; while :; do sleep 1; done
"""
# works until somebody puts a finger to its lips
MUTE = 'echo $$ >> "$0/mute.pids"; while :; do [ -e "$0/hush" ] || touch "$0/pulse"; sleep 0.1; done'


def main(folder: Path) -> None:
    run_id = str(uuid.uuid4())
    env = {**os.environ, RUN: run_id}
    (folder / "run-id").write_text(run_id)

    def pulse() -> str | None:
        silent = time.time() - (folder / "pulse").stat().st_mtime
        return f"silent for {silent:.1f} s" if silent > 1 else None

    supervisor = Supervisor([], run_id)
    supervisor.listen()
    supervisor.ensure_undertaker()
    postgres = EmbeddedPostgres(folder / "data")
    postgres.start()
    supervisor.adopt(postgres)
    for name, script in {"plain": PLAIN, "stubborn": STUBBORN, "mute": MUTE}.items():
        child = Child(name, ["sh", "-c", script, str(folder)], env, settle=1.0, grace=0.3)
        child.probe = pulse if name == "mute" else None
        supervisor.add(child)
    supervisor.ready = True
    try:
        supervisor.run()
    finally:
        supervisor.stop()
        postgres.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
