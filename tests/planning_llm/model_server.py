"""A server that speaks `/v1/chat/completions` over a real socket and answers what a test has scripted."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

KEY = "sk-the-installation-s-own-key-0123456789"
NAME = "test-model-1"


@dataclass
class Answer:
    """What one request gets. `body` is sent in chunks of `chunk` bytes, `pause` seconds apart, after `wait` seconds."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    wait: float = 0
    chunk: int = 0
    pause: float = 0
    cut: bool = False  # the connection ends before the body does


@dataclass
class Request:
    """What the server was sent."""

    path: str
    headers: dict[str, str]
    text: str

    @property
    def body(self) -> dict[str, Any]:
        return dict(json.loads(self.text))


def completion(content: Any, *, finish: str = "stop", **message: Any) -> Answer:
    """A chat completion; `content` other than text is sent as JSON text."""
    text = content if isinstance(content, str | None) else json.dumps(content)
    choice = {"index": 0, "finish_reason": finish, "message": {"role": "assistant", "content": text, **message}}
    return Answer(json.dumps({"id": "c", "object": "chat.completion", "model": NAME, "choices": [choice]}).encode())


def plan(*commands: str, chain: bool = True) -> dict[str, Any]:
    """A plan of shell commands, one after the other unless not `chain`."""
    return {
        "tasks": [
            {
                "name": f"Step {at + 1}", "actuator": "shell", "params": {"command": command},
                "dependsOn": [at - 1] if chain and at else [],
            }
            for at, command in enumerate(commands)
        ]
    }  # fmt: skip


class ModelServer:
    """Answers by its script, in order; the last answer is repeated."""

    def __init__(self) -> None:
        self.script: list[Answer] = [completion(plan("echo planned"))]
        self.requests: list[Request] = []
        self.on_request: Any = lambda: None
        self._lock = threading.Lock()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}/v1"
        threading.Thread(target=self._http.serve_forever, args=[0.02], daemon=True).start()

    def answers(self, *script: Answer) -> None:
        self.script = list(script)

    def take(self, request: Request) -> Answer:
        with self._lock:
            self.requests.append(request)
            return self.script.pop(0) if len(self.script) > 1 else self.script[0]

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()

    def _handler(server) -> type[BaseHTTPRequestHandler]:
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                text = self.rfile.read(int(self.headers["Content-Length"])).decode()
                answer = server.take(Request(self.path, {k.lower(): v for k, v in self.headers.items()}, text))
                server.on_request()
                time.sleep(answer.wait)
                try:
                    self._send(answer)
                except OSError:
                    self.close_connection = True

            do_GET = do_POST

            def _send(self, answer: Answer) -> None:
                self.send_response(answer.status)
                headers = {"Content-Type": "application/json", "Content-Length": str(len(answer.body))}
                for name, value in {**headers, **answer.headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                body = answer.body[: len(answer.body) // 2] if answer.cut else answer.body
                for at in range(0, len(body), answer.chunk or len(body)):
                    self.wfile.write(body[at : at + (answer.chunk or len(body))])
                    time.sleep(answer.pause)
                self.close_connection = answer.cut

            def log_message(self, *args: object) -> None:
                pass

        return Handler
