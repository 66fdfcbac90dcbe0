"""What happens to the installation is told to everybody; every type carries its time."""

import json

import pytest

from tests.realtime.installation import hear

pytestmark = [pytest.mark.live, pytest.mark.timeout(180)]

TYPES = (
    "executor.booted", "goal.created", "goal.completed", "correction.applied", "executor.error",
    "executor.shutting_down",
)  # fmt: skip


def test_E_R34_the_installation_s_events_reach_every_account(web, follower):
    other = web.member()
    with follower.follow() as one, other.follow() as two:
        with web.database() as database, database.transaction():
            database.execute(
                "INSERT INTO events_event (account_id, type, data, actor, receipt, created_at)"
                " VALUES (NULL, 'executor.booted', %s, 'executor', 'rcp_x', now())",
                [json.dumps({"slots": 8})],
            )
            database.execute("SELECT pg_notify('events', '*')")
        heard = [hear(one), hear(two)]
        assert heard[0] == heard[1]
        assert (heard[0]["type"], heard[0]["data"]) == ("executor.booted", {"slots": 8})
        follower.tell(*((type, {}) for type in TYPES))
        told = [hear(one) for _ in TYPES]
        assert [event["type"] for event in told] == list(TYPES)
        assert all(event["timestamp"] for event in told)
    with follower.follow(since=heard[0]["id"]) as again:
        assert [hear(again)["type"] for _ in TYPES] == list(TYPES)
