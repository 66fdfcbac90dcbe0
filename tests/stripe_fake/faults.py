"""Scripted trouble, and what makes a repeated request safe: Idempotency-Key."""

from __future__ import annotations

import fnmatch
import threading
from dataclasses import dataclass, field
from typing import Any

from tests.stripe_fake.wire import ApiError, Object

WHEN = ("before", "during", "after")


@dataclass
class Fault:
    """What happens to the next `times` requests that match: `before` they are looked at, `during` (their key is taken,
    nothing is done yet) or `after` (all is done, only the answer is lost)."""

    pattern: str  # "POST /v1/customers", "* /v1/*"
    status: int = 0
    should_retry: bool | None = None
    hang: float = 0.0
    cut: bool = False
    when: str = "before"
    times: int = 1
    headers: dict[str, str] = field(default_factory=dict)

    def answer(self) -> tuple[int, Object, dict[str, str]]:
        kinds = {429: ("invalid_request_error", "rate_limit", "Too many requests hit the API too quickly.")}
        kind, code, message = kinds.get(self.status, ("api_error", None, "An unknown error occurred"))
        headers = dict(self.headers)
        if self.should_retry is not None:
            headers["Stripe-Should-Retry"] = str(self.should_retry).lower()
        error = {"type": kind, "message": message} | ({"code": code} if code else {})
        return self.status, {"error": error}, headers


class Faults:
    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.scripted: list[Fault] = []

    def add(self, pattern: str, **fields: Any) -> Fault:
        fault = Fault(pattern if " " in pattern else f"* {pattern}", **fields)
        if fault.when not in WHEN or not (fault.status or fault.hang or fault.cut):
            raise ValueError(f"when is one of {', '.join(WHEN)}; and status, hang or cut says what happens")
        with self.lock:
            self.scripted.append(fault)
        return fault

    def take(self, verb: str, path: str) -> Fault | None:
        with self.lock:
            for fault in self.scripted:
                if fnmatch.fnmatchcase(f"{verb} {path}", fault.pattern):
                    fault.times -= 1
                    if fault.times <= 0:
                        self.scripted.remove(fault)
                    return fault
        return None


@dataclass
class Saved:
    request: tuple[str, str, str]
    request_id: str
    answer: tuple[int, bytes] | None = None


class Idempotency:
    """The first answer to a key, kept for as long as the server runs."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.saved: dict[str, Saved] = {}

    def begin(self, key: str, request: tuple[str, str, str], request_id: str) -> Saved | None:
        """What was answered before; None when this request is the first."""
        with self.lock:
            known = self.saved.get(key)
            if known is None:
                self.saved[key] = Saved(request, request_id)
                return None
        if known.request != request:
            message = (
                f"Keys for idempotent requests can only be used with the same parameters they were first used with. "
                f"Try using a key other than '{key}' if you meant to execute a different request."
            )
            raise ApiError(400, message, kind="idempotency_error", saved=False)
        if known.answer is None:
            message = f"There is currently another in-progress request using this Idempotent Key: {key}"
            raise ApiError(409, message, kind="idempotency_error", code="idempotency_key_in_use", saved=False)
        return known

    def end(self, key: str, answer: tuple[int, bytes] | None) -> None:
        """None: the request was not looked at, the key is free again."""
        with self.lock:
            if answer is None:
                self.saved.pop(key, None)
            else:
                self.saved[key].answer = answer
