"""A supervised process that is slow to start is given more time, not less."""

import os
import time
import uuid
from pathlib import Path

from executor_one.serve.child import RUN, Child


def test_a_process_that_starts_slowly_is_given_more_time_with_each_life(tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    env = {**os.environ, RUN: str(uuid.uuid4())}
    slow = Child("slow", ["sh", "-c", 'sleep 2.6; touch "$0"; sleep 60', str(ready)], env, settle=0.5, grace=0.2)
    slow.probe = lambda: None if ready.exists() else "not ready"
    lives = 0
    try:
        while not ready.exists():
            lives += 1
            assert lives <= 4, "replaced for ever before it could be ready"
            slow.spawn()
            while not slow.illness() and not ready.exists():
                time.sleep(0.1)
            if not ready.exists():
                slow.kill()
        assert lives > 1, "the first life was too short for it, or this test shows nothing"
        time.sleep(1.2)
        assert slow.illness() is None
    finally:
        slow.kill()
