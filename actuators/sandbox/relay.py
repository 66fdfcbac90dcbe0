"""Runs inside of a sandbox: carries a port of its loopback to the unix socket of the egress proxy.

    python3 -I relay.py /run/egress.sock 3128 COMMAND...

It listens, then becomes the command, with HTTP_PROXY and its like set; what carries is a child that ends with the
sandbox. A program of its own: the standard library is all there is in there, and its text may be passed by ``-c``.
"""

from __future__ import annotations

import os
import socket
import sys

CHUNK = 64 * 1024


def main(path: str, port: str, *command: str) -> None:
    listener = socket.create_server(("127.0.0.1", int(port)))
    if os.fork() == 0:
        _let_go()
        serve(listener, path)
    listener.close()
    proxy = f"http://127.0.0.1:{port}"
    names = ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy")
    os.execvpe(command[0], list(command), {**os.environ, **dict.fromkeys(names, proxy)})  # noqa: S606


def _let_go() -> None:
    """Hold neither the terminal nor the command's output: whoever reads that waits for its end."""
    os.setsid()
    nothing = os.open(os.devnull, os.O_RDWR)
    for number in range(3):
        os.dup2(nothing, number)


def serve(listener: socket.socket, path: str) -> None:
    """Carry for ever."""
    import asyncio  # the command does not wait for it

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await asyncio.open_unix_connection(path)
        except OSError:
            writer.close()
            return
        up = asyncio.create_task(pump(reader, far_writer))
        await pump(far_reader, writer)
        up.cancel()
        far_writer.close()
        writer.close()

    async def pump(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        try:
            while piece := await source.read(CHUNK):
                target.write(piece)
                await target.drain()
            target.write_eof()
        except OSError:
            pass

    async def run() -> None:
        server = await asyncio.start_server(carry, sock=listener)
        await server.serve_forever()

    asyncio.run(run())


if __name__ == "__main__":
    main(*sys.argv[1:])
