"""Servers of the tests on loopback, real to the last byte, each with an event loop in a thread of its own."""

import asyncio
import contextlib
import datetime
import ssl
import threading
from dataclasses import dataclass, field
from ipaddress import ip_network

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from actuators.given import Reach


@dataclass
class Request:
    method: str
    target: str
    headers: dict
    body: bytes = b""
    extra: dict = field(default_factory=dict)


class Loop:
    """An event loop in a thread, that servers live on."""

    def __init__(self):
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()

    def do(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(10)

    def close(self):
        async def end():
            others = asyncio.all_tasks() - {asyncio.current_task()}
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)

        self.do(end())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(5)
        self.loop.close()


class Site:
    """A web server. ``say`` a fixed answer for a path, or ``serve`` it by hand: a coroutine of (request, writer)."""

    def __init__(self, loop, *, tls=None, host="127.0.0.1"):
        self.requests = []
        self.connections = 0
        self._paths = {}
        self._loop = loop
        self._server = loop.do(asyncio.start_server(self._meet, host, 0, ssl=tls, limit=1 << 21))
        self.port = self._server.sockets[0].getsockname()[1]

    def close(self):
        self._loop.loop.call_soon_threadsafe(self._server.close)

    def say(self, path, status=200, headers=(), body=b""):
        lines = [f"HTTP/1.1 {status} Said", *headers]
        if not any(line.lower().startswith("content-length") for line in lines):
            lines.append(f"Content-Length: {len(body)}")
        said = "\r\n".join([*lines, "", ""]).encode("latin-1") + body

        async def say(request, writer):
            writer.write(said)
            await writer.drain()

        self.serve(path, say)

    def serve(self, path, coroutine):
        self._paths[path] = coroutine

    def redirect(self, path, location, status=302):
        self.say(path, status, [f"Location: {location}"])

    async def _meet(self, reader, writer):
        self.connections += 1
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, ssl.SSLError, asyncio.CancelledError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            first, *lines = head.rstrip().split("\r\n")
            method, target, _ = first.split(" ")
            headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
            body = await reader.readexactly(int(headers.get("content-length", 0)))
            request = Request(method, target, headers, body)
            self.requests.append(request)
            await self._paths[target.partition("?")[0]](request, writer)
        writer.close()


def reach(*sites, names=None, **more):
    """A reach to these servers, with names of the test for 127.0.0.1; ``names`` answers otherwise."""
    return Reach(
        ports=frozenset(site.port for site in sites),
        exceptions=(ip_network("127.0.0.1/32"),),
        resolve=names or (lambda host, port: ["127.0.0.1"]),
        **more,
    )


def certificate(*names, issuer=None):
    """(PEM of the certificate, PEM of its key, (certificate, key)): signed by itself, or by an issuer made so."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
    signer, signing = (issuer[0].subject, issuer[1]) if issuer else (name, key)
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(signer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(each) for each in names]), critical=False)
        .sign(signing, hashes.SHA256())
    )
    pem = made.public_bytes(serialization.Encoding.PEM).decode()
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    return pem, private, (made, key)


def server_tls(folder, pem, private):
    """A server's TLS context of a certificate and its key; it notes the names that clients ask for in ``asked``."""
    (folder / "server.pem").write_text(pem + private)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem")
    context.asked = []
    context.sni_callback = lambda _socket, name, _context: context.asked.append(name)
    return context
