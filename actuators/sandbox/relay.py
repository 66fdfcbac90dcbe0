"""Runs inside of a sandbox: carries a port of its loopback to the unix socket of the egress proxy.

    python3 -I -S /run/relay.py

It listens and ends; what carries is a child of it, which ends with the sandbox. So whoever waits for it finds the port
open. A program of its own, for whatever Python 3 the machine has, and one thread: it is started for every sandbox of an
account with egress, and counts as one of its processes.
"""

from __future__ import annotations

import _socket as socket  # the public module costs a start-up of enums
import os
import select

PLACE = "/run"  # where a sandbox with egress finds these two; one without has nothing there
SOCKET, PROGRAM = "egress.sock", "relay.py"
PORT = 3128
CHUNK = 64 * 1024
MOST = 128  # connections at once: each has two descriptors, of which a process may have 1024


def variables() -> dict[str, str]:
    """What tells programs of the way out, and not to take it to what a command itself serves."""
    proxy, own = f"http://127.0.0.1:{PORT}", "localhost,127.0.0.1,::1"
    ways = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), proxy)
    return ways | dict.fromkeys(("NO_PROXY", "no_proxy"), own)


def main() -> None:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", PORT))
    listener.listen(MOST)
    if os.fork() == 0:
        _let_go(listener)
        serve(listener, f"{PLACE}/{SOCKET}")
    os._exit(0)


def _let_go(listener: socket.socket) -> None:
    """Hold neither the terminal nor the command's output: whoever reads that waits for its end."""
    os.setsid()
    nothing = os.open(os.devnull, os.O_RDWR)
    for number in range(3):
        os.dup2(nothing, number)
    os.closerange(3, listener.fileno())
    os.closerange(listener.fileno() + 1, 64)


class Way:
    """One direction of a connection. ``held`` was read and not taken yet; there is no further reading before it is."""

    def __init__(self, source: socket.socket, target: socket.socket) -> None:
        self.source, self.target = source, target
        self.held = b""
        self.is_over = False

    def go(self) -> None:
        """One reading or one writing, whichever is due. OSError when the connection is broken."""
        try:
            if not self.held:
                self.held = self.source.recv(CHUNK)
                self.is_over = not self.held
            self.held = self.held[self.target.send(self.held) :] if self.held else b""
            if self.is_over:
                self.target.shutdown(socket.SHUT_WR)
        except BlockingIOError:
            pass


def serve(listener: socket.socket, path: str) -> None:
    """Carry for ever."""
    listener.setblocking(False)
    open_now: list[tuple[Way, Way]] = []
    while True:
        poll, due = select.poll(), _due(open_now)
        for number, events in due.items():
            poll.register(number, events)
        if len(open_now) < MOST:
            poll.register(listener.fileno(), select.POLLIN)
        ready = dict(poll.poll())
        if ready.pop(listener.fileno(), 0):
            open_now += _meet(listener, path)
        open_now = [pair for pair in open_now if _carry(pair, ready)]


def _due(open_now: list[tuple[Way, Way]]) -> dict[int, int]:
    """What each descriptor is waited for: to be read, or to take what is held for it."""
    due: dict[int, int] = {}
    for pair in open_now:
        for way in pair:
            if way.held:
                due[way.target.fileno()] = due.get(way.target.fileno(), 0) | select.POLLOUT
            elif not way.is_over:
                due[way.source.fileno()] = due.get(way.source.fileno(), 0) | select.POLLIN
    return due


def _meet(listener: socket.socket, path: str) -> list[tuple[Way, Way]]:
    """Take a connection and make its other half; where the proxy is not there, or has no room, it is closed."""
    try:
        number, _ = listener._accept()  # type: ignore[attr-defined]
    except OSError:
        return []
    near, far = socket.socket(fileno=number), socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        for each in (near, far):
            each.setblocking(False)
        far.connect(path)
    except OSError:
        near.close()
        far.close()
        return []
    return [(Way(near, far), Way(far, near))]


def _carry(pair: tuple[Way, Way], ready: dict[int, int]) -> bool:
    """Go each way that can be gone. False when the far end has said all, or the connection is broken: it is closed."""
    up, down = pair
    try:
        for way in pair:
            waited_for = way.target if way.held else way.source
            if ready.get(waited_for.fileno()) and not way.is_over:
                way.go()
    except OSError:
        down.is_over = True
    if down.is_over:
        up.source.close()
        up.target.close()
    return not down.is_over


if __name__ == "__main__":
    main()
