"""What the queue's processes do after the database has hung up: the next try, on a connection of its own."""

import psycopg
import pytest
from django.core.cache import cache
from django.db import connection
from django_q.brokers import get_broker
from django_q.models import OrmQ

from executor_one.kit.queue import PostgresBroker, enqueue


@pytest.fixture
def broker(committed):
    return get_broker()


def hang_up(urls):
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
    with psycopg.connect(urls.app_url, autocommit=True) as owner:
        assert owner.execute("SELECT pg_terminate_backend(%s, 5000)", [pid]).fetchone() == (True,)


def test_the_state_of_the_cluster_is_written_on_another_connection(broker, database_urls):
    assert isinstance(broker, PostgresBroker)
    for number in ("one", "two"):
        hang_up(database_urls)
        broker.set_stat("django_q:test:cluster", number, 60)
        assert cache.get("django_q:test:cluster") == number


def test_a_job_is_acknowledged_on_another_connection(broker, database_urls):
    enqueue("accounts.tasks.send_reset", "nobody")
    job = OrmQ.objects.get()
    hang_up(database_urls)
    broker.acknowledge(job.pk)
    assert not OrmQ.objects.exists()
