"""Targets of audit streams in tests, real sockets on loopback, and the steps of a courier one by one."""

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor

from executor_one.kit import tenancy
from tests.actuators.loopback import Site
from tests.webhooks.receiving import wait_for
from webhooks.models import AuditStream
from webhooks.streams.claims import claim, due_accounts, hand_in, ring, take
from webhooks.streams.queries import with_streams
from webhooks.streams.sending import send
from webhooks.turns import Turn

TOKEN = "hec-4f1c-token"


class Collector(Site):
    """What Splunk's HTTP Event Collector does: 200 with code 0, or 403 with code 4 for another token."""

    def __init__(self, loop):
        super().__init__(loop)
        self.url = f"http://127.0.0.1:{self.port}"
        self.taken, self.parcels = [], []
        self.works()

    def works(self):
        async def take(request, writer):
            is_known = request.headers.get("authorization") == f"Splunk {TOKEN}"
            if is_known:
                self.parcels.append(concatenated(request.body.decode()))
                self.taken += [one["event"] for one in self.parcels[-1]]
            body = b'{"text":"Success","code":0}' if is_known else b'{"text":"Invalid token","code":4}'
            status = 200 if is_known else 403
            writer.write(b"HTTP/1.1 %d Said\r\nContent-Length: %d\r\n\r\n%s" % (status, len(body), body))
            await writer.drain()

        self.serve("/services/collector/event", take)

    def hangs(self):
        async def wait(request, writer):
            await asyncio.sleep(60)

        self.serve("/services/collector/event", wait)

    def seqs(self):
        return [event["seq"] for event in self.taken]


class SyslogServer:
    """Takes messages with octet counting over TCP, or TLS; what came whole is in `messages`."""

    def __init__(self, loop, tls=None):
        self.messages, self.connections, self.torn = [], 0, b""
        self._loop, self.hangs, self.drops = loop, False, False
        self._server = loop.do(asyncio.start_server(self._meet, "127.0.0.1", 0, ssl=tls))
        self.port = self._server.sockets[0].getsockname()[1]

    async def _meet(self, reader, writer):
        self.connections += 1
        if self.hangs:
            await asyncio.sleep(60)
        if self.drops:
            (writer.close if self.drops == "closes" else writer.transport.abort)()
            return
        try:
            while count := (await reader.readuntil(b" ")).strip():
                self.messages.append(await reader.readexactly(int(count)))
        except asyncio.IncompleteReadError as end:
            self.torn += end.partial
        writer.close()

    def events(self):
        return [json.loads(message.partition(b"] ")[2]) for message in self.messages]

    def close(self):
        self._loop.loop.call_soon_threadsafe(self._server.close)


def concatenated(text):
    """Objects that stand one after the other."""
    found, at, decoder = [], 0, json.JSONDecoder()
    while at < len(text):
        one, at = decoder.raw_decode(text, at)
        found.append(one)
    return found


def carry_due():
    """What a courier does with streams that are due, one after the other, once each; what came of it."""
    outcomes, writers = [], ThreadPoolExecutor(1)
    for account in with_streams():
        ring(account)
    for lease in claim_all():
        parcel = take(lease)
        if parcel is not None:
            outcomes.append(asyncio.run(send(lease, parcel, writers)))
            hand_in(lease, parcel, outcomes[-1])
    return outcomes


def claim_all(room=100, more=100):
    """The leases of all streams that are due, of each account so many."""
    return claim([Turn(account, room, more) for account in due_accounts()])


def carry_all():
    """Until nothing is due."""
    found = []
    while outcomes := carry_due():
        found += outcomes
        assert len(found) < 100
    return found


def row_of(account):
    """The account's only stream as it stands."""
    with tenancy.account_scope(account):
        return AuditStream.objects.get()


def is_idle(account):
    return row_of(account).next_at is None


def until_idle(account, seconds=30):
    wait_for(lambda: is_idle(account), seconds)
