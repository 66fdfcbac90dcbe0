"""A server that speaks as much of MySQL's protocol as one statement needs, on a real socket, with TLS or without."""

import contextlib
import socket
import ssl
import struct
import threading

LONG_PASSWORD, WITH_DB, PROTOCOL_41, SSL, TRANSACTIONS, SECURE, PLUGIN = 1, 8, 0x200, 0x800, 0x2000, 0x8000, 0x80000
CAPABILITIES = LONG_PASSWORD | WITH_DB | PROTOCOL_41 | TRANSACTIONS | SECURE | PLUGIN
OK, EOF = b"\x00\x00\x00\x02\x00\x00\x00", b"\xfe\x00\x00\x02\x00"
QUERY = 3


class MySql:
    """Whoever signs in may; every SELECT answers 1. ``logins`` are what it was sent to sign in with."""

    def __init__(self, certificate=None):
        self.logins, self.queries, self._context = [], [], None
        if certificate:
            self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._context.load_cert_chain(*certificate)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self):
        self._listener.close()

    def _serve(self):
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=self._meet, args=(self._listener.accept()[0],), daemon=True).start()

    def _meet(self, peer):
        with contextlib.suppress(OSError, EOFError), contextlib.ExitStack() as stack:
            stack.callback(lambda: peer.close())
            capabilities = CAPABILITIES | (SSL if self._context else 0)
            greeting = (
                b"\x0a8.0.0-test\x00" + struct.pack("<I", 7) + b"saltsalt\x00"
                + struct.pack("<HBHH", capabilities & 0xFFFF, 45, 2, capabilities >> 16)
                + b"\x15" + bytes(10) + b"saltsaltsalt\x00" + b"mysql_native_password\x00"
            )  # fmt: skip
            send(peer, 0, greeting)
            number, said = receive(peer)
            if self._context and len(said) == 32:  # an SSLRequest is a login without a name
                peer = self._context.wrap_socket(peer, server_side=True)
                number, said = receive(peer)
            self.logins.append(said)
            send(peer, number + 1, OK)
            while True:
                self._answer(peer, *receive(peer))

    def _answer(self, peer, number, said):
        if said[0] != QUERY:
            raise EOFError
        sql = said[1:].decode()
        self.queries.append(sql)
        if not sql.lower().startswith("select"):
            return send(peer, number + 1, OK)
        texts = b"".join(bytes([len(text)]) + text for text in (b"def", b"", b"", b"", b"n", b""))
        column = texts + b"\x0c" + struct.pack("<HIBHB", 63, 4, 3, 0, 0) + bytes(2)
        for place, packet in enumerate((b"\x01", column, EOF, b"\x011", EOF), number + 1):
            send(peer, place, packet)
        return None


def send(peer, number, payload):
    peer.sendall(struct.pack("<I", len(payload))[:3] + bytes([number % 256]) + payload)


def receive(peer):
    """(number, payload) of the next packet."""
    head = exactly(peer, 4)
    return head[3], exactly(peer, int.from_bytes(head[:3], "little"))


def exactly(peer, count):
    data = b""
    while len(data) < count:
        piece = peer.recv(count - len(data))
        if not piece:
            raise EOFError
        data += piece
    return data
