"""A web process writes how often keys were used: soon after a burst, and when it is stopped."""

import signal
import time

import pytest

from tests.realtime.installation import Web

pytestmark = [pytest.mark.live, pytest.mark.timeout(240)]


def requests(follower):
    with follower.web.database() as database:
        asked = "SELECT requests FROM accounts_apikey WHERE account_id = %s"
        return database.execute(asked, [follower.id]).fetchone()[0]


def burst(follower, size):
    assert {follower.get("/api/auth/account").status_code for _ in range(size)} == {200}


def test_a_burst_is_written_by_a_timer_and_at_the_end(fresh_database, tmp_path):
    urls = fresh_database("key_use")
    web = Web(urls, tmp_path / "log", DJANGO_SETTINGS_MODULE="tests.realtime.settings_quick")
    try:
        follower = web.member()
        for total in (7, 14):
            burst(follower, 7)
            deadline = time.monotonic() + 20
            while requests(follower) < total:
                assert time.monotonic() < deadline, "a burst and nothing after it"
                time.sleep(0.1)
            assert requests(follower) == total
        web.end()
        web.environment["DJANGO_SETTINGS_MODULE"] = "executor_one.settings"
        web.start()
        burst(follower, 5)
        assert requests(follower) == 14
        web.end()
        assert requests(follower) == 19
        assert "Traceback" not in web.output()
    finally:
        web.end(signal.SIGKILL)
