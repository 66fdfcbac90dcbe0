from __future__ import annotations

import json
import signal
from ipaddress import ip_network

import pytest

from executor_one.kit.tenancy import account_scope
from tests.actuators.loopback import Loop
from tests.webhooks.receiving import CourierProcess, Receiver, wait_for
from tests.webhooks.streaming import TOKEN, Collector, SyslogServer
from webhooks.models import Courier

WEBHOOKS = "/api/v1/webhooks"


@pytest.fixture(scope="module")
def loop():
    made = Loop()
    yield made
    made.close()


@pytest.fixture
def receiver(loop, settings):
    """A receiver on loopback, which the operator has allowed."""
    made = Receiver(loop)
    settings.OUTBOUND_EXCEPTIONS, settings.OUTBOUND_PORTS = [ip_network("127.0.0.1/32")], [443, made.port]
    yield made
    made.close()


@pytest.fixture
def another(loop, receiver, settings):
    """One more."""
    made = Receiver(loop)
    settings.OUTBOUND_PORTS = [*settings.OUTBOUND_PORTS, made.port]
    yield made
    made.close()


@pytest.fixture
def hook(api, receiver):
    """`hook(types=..., url=..., client=...)`: a webhook as its maker is shown it."""

    def make(url=None, types=("*",), client=None, **more):
        body = {"url": url or receiver.url, "types": list(types), **more}
        answer = (client or api).post(WEBHOOKS, body, content_type="application/json")
        assert answer.status_code == 201, answer.content
        return json.loads(answer.content)

    return make


@pytest.fixture
def start_courier(committed, database_urls, tmp_path, settings):
    """`start_courier()`: a courier process that listens; all are ended afterwards."""
    started = []

    def start():
        made = CourierProcess(database_urls, tmp_path / f"courier-{len(started)}.log", *settings.OUTBOUND_PORTS)
        started.append(made)
        wait_for(lambda: Courier.objects.filter(pid=made.process.pid).exists())
        return made

    yield start
    for each in started:
        each.end(signal.SIGKILL)


@pytest.fixture
def delivery_of(member):
    """Rows of the member's deliveries, oldest first."""

    def read(**wanted):
        from webhooks.models import WebhookDelivery

        with account_scope(member.account):
            return list(WebhookDelivery.objects.filter(**wanted).order_by("created_at", "event"))

    return read


STREAMS = "/api/v1/audit/streams"


@pytest.fixture
def allow(settings):
    """`allow(port, ...)`: the operator lets these ports of loopback be dialled."""

    def more(*ports):
        settings.OUTBOUND_EXCEPTIONS = [ip_network("127.0.0.1/32")]
        settings.OUTBOUND_PORTS = [*(settings.OUTBOUND_PORTS or [443]), *ports]

    return more


@pytest.fixture
def collector(loop, allow):
    """A collector like Splunk's."""
    made = Collector(loop)
    allow(made.port)
    yield made
    made.close()


@pytest.fixture
def syslog(loop, allow):
    """A syslog server without TLS."""
    made = SyslogServer(loop)
    allow(made.port)
    yield made
    made.close()


@pytest.fixture
def stream(api):
    """`stream(kind=..., ...)`: an audit stream as its maker is shown it."""

    def make(kind="splunk_hec", client=None, **target):
        body = {"name": "ours", "kind": kind, **target}
        answer = (client or api).post(STREAMS, body, content_type="application/json")
        assert answer.status_code == 201, answer.content
        return json.loads(answer.content)

    return make


@pytest.fixture
def splunk(stream, collector):
    """`splunk(...)`: a stream to the collector."""

    def make(**more):
        return stream(**{"url": collector.url, "secret": TOKEN, **more})

    return make
