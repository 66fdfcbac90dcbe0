"""Every response carries the id of what the request did: `X-Receipt: rcp_...` (A-R8)."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.http import HttpRequest, HttpResponse

from executor_one.kit.ids import prefixed

_receipt: ContextVar[str] = ContextVar("receipt", default="")


def current() -> str:
    """The receipt of the request or job at hand; a new one where there is none yet."""
    if not _receipt.get():
        _receipt.set(prefixed("rcp"))
    return _receipt.get()


@contextmanager
def of_a_job() -> Iterator[None]:
    """What is done in this block outside of a request has one receipt, and what is done after it another one.

    A process that lives for weeks would else do everything under its first. Within a request, or a larger job: nothing.
    """
    token = _receipt.set(_receipt.get())
    try:
        yield
    finally:
        _receipt.reset(token)


class ReceiptMiddleware:
    """Give each request a receipt and write it on the response."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        token = _receipt.set(prefixed("rcp"))
        try:
            response = self.get_response(request)
            response["X-Receipt"] = _receipt.get()
            return response
        finally:
            _receipt.reset(token)
