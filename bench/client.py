"""The least client there is: it shares the machine with what it measures, so it must cost little."""

from __future__ import annotations

import http.client
import json
import socket
from typing import Any
from urllib.parse import urlsplit


class Client:
    """One kept connection that speaks JSON as one key."""

    def __init__(self, url: str, key: str = "") -> None:
        self._http = http.client.HTTPConnection(urlsplit(url).netloc, timeout=90)
        self._http.connect()
        self._http.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._headers = {"Content-Type": "application/json"}
        if key:
            self._headers["Authorization"] = f"Bearer {key}"

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """The answer's JSON; anything but success ends the benchmark."""
        self._http.request(method, path, json.dumps(body) if body is not None else None, self._headers)
        answer = self._http.getresponse()
        text = answer.read()
        if answer.status >= 300:
            raise SystemExit(f"{method} {path}: {answer.status} {text.decode()}")
        return json.loads(text)
