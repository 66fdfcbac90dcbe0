"""What a proxy has to know of clients while it does not read them: whether they bring descriptors, or are gone.

Who sends a descriptor along with bytes leaves it with us until the bytes are read. We read nothing while the far end
takes nothing, and so a sandbox could keep files here that it has deleted: outside of it, where no quota looks.
"""

from __future__ import annotations

import contextlib
import select
import socket
from collections.abc import Mapping
from typing import TypeVar

from actuators.sandbox.held import descriptors_in

SO_PASSRIGHTS = 83  # Linux 6.16

T = TypeVar("T")


def refuse_descriptors(sock: socket.socket) -> bool:
    """Let whoever sends one to this socket, or to one accepted from it, get EPERM. False: this kernel cannot."""
    try:
        sock.setsockopt(socket.SOL_SOCKET, SO_PASSRIGHTS, 0)
    except OSError:
        return False
    return True


def has_descriptors(sock: socket.socket) -> bool:
    """Whether some wait in it to be read; in one that listens, in those that wait to be accepted."""
    return sock.fileno() >= 0 and descriptors_in(f"/proc/self/fdinfo/{sock.fileno()}") > 0


def hang_up_all(listener: socket.socket) -> None:
    """Close what waits to be accepted."""
    with contextlib.suppress(OSError):
        while True:
            listener.accept()[0].close()


def gone(clients: Mapping[T, socket.socket]) -> set[T]:
    """Those whose client has closed both ways, read or not."""
    poll, whose = select.poll(), {}
    for key, sock in clients.items():
        if sock.fileno() >= 0:
            whose[sock.fileno()] = key
            poll.register(sock.fileno(), 0)
    return {whose[number] for number, _ in poll.poll(0)}
