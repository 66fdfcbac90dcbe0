"""The one error shape: application/problem+json with {code, name, message, receipt, errors?} and RFC 9457's members."""

from __future__ import annotations

import logging
import sys
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from rest_framework import exceptions
from rest_framework.response import Response

from executor_one.kit import receipts

logger = logging.getLogger(__name__)

TOO_LARGE = "The body is larger than 2.5 MiB."  # settings.DATA_UPLOAD_MAX_MEMORY_SIZE

# Seed 004's ten names, and the statuses HTTP itself adds to them.
NAMES = {
    400: "invalid_request",
    401: "unauthorized",
    402: "payment_required",
    403: "forbidden_role",
    404: "not_found",
    405: "method_not_allowed",
    406: "not_acceptable",
    409: "conflict",
    410: "gone",
    413: "payload_too_large",
    415: "unsupported_media_type",
    422: "validation_failed",
    429: "rate_limited",
    500: "internal_error",
    501: "not_implemented",
    503: "provider_unavailable",
}


class DomainError(Exception):
    """A rule said no. `status` decides the name; `members` are further members of the answer."""

    status = 409

    def __init__(self, message: str, *, errors: dict[str, list[str]] | None = None, **members: Any) -> None:
        super().__init__(message)
        self.message, self.errors, self.members = message, errors, members
        self.retry_after: int | None = None


class Unauthorized(DomainError):
    """The caller did not prove who they are."""

    status = 401


class LimitReached(DomainError):
    """A ceiling of the plan; members name the limit and the plan that lifts it (E-R11)."""

    status = 402


class Forbidden(DomainError):
    """The role or the key's scopes do not allow it."""

    status = 403


class NotFound(DomainError):
    """Absent, or another account's: the answer is the same."""

    status = 404


class Conflict(DomainError):
    """Not possible in the state it is in."""

    status = 409


class Gone(DomainError):
    """It was valid once: used already, or expired."""

    status = 410


class Malformed(DomainError):
    """The request makes no sense as it is written."""

    status = 400


class Meaningless(DomainError):
    """Well-formed, but it makes no sense; `errors` names the fields."""

    status = 422


class TooSoon(DomainError):
    """Asked too often; `retry_after` seconds from now it works."""

    status = 429

    def __init__(self, message: str, *, retry_after: int, **members: Any) -> None:
        super().__init__(message, **members)
        self.retry_after = retry_after


class NotBuilt(DomainError):
    """Documented, and not available in this installation."""

    status = 501


class Unavailable(DomainError):
    """A part that the answer needs is down."""

    status = 503


def problem(status: int, message: str, **members: Any) -> dict[str, Any]:
    """The body of an error answer."""
    name = NAMES.get(status, "invalid_request" if status < 500 else "internal_error")
    return {
        "type": f"/docs/errors#{name}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "code": status,
        "name": name,
        "message": message,
        "receipt": receipts.current(),
        **members,
    }


def log_refusal(response: HttpResponse, error: DomainError) -> None:
    """Keep a refusal out of the log of errors, where Django would write each status from 500 up.

    What this installation has not is nobody's fault; a part that is down is worth a line.
    """
    if error.status < 500:
        return
    response._has_been_logged = True  # type: ignore[attr-defined]  # as Django marks them
    if error.status != NotBuilt.status:
        logger.warning("refused with %s, receipt %s: %s", error.status, receipts.current(), error.message)


def handle(error: Exception, context: dict[str, Any]) -> Response:
    """DRF's exception handler: every exception of an API view becomes the one shape."""
    headers: dict[str, str] = {}
    if isinstance(error, DomainError):
        body = problem(error.status, error.message, **error.members)
        if error.errors:
            body["errors"] = error.errors
        if error.retry_after is not None:
            headers["Retry-After"] = str(error.retry_after)
    else:
        body = _translate(error, headers)
    if body["status"] == 401:
        headers["WWW-Authenticate"] = "Bearer"
    response = Response(body, status=body["status"], headers=headers)
    response.content_type = "application/problem+json"
    response.exception = True
    if isinstance(error, DomainError):
        log_refusal(response, error)
    return response


def _translate(error: Exception, headers: dict[str, str]) -> dict[str, Any]:
    """Exceptions of Django and DRF; what nobody expected is a 500 whose receipt finds the trace in the log."""
    if isinstance(error, exceptions.ValidationError):
        fields = _by_field(error.detail)
        first = next(iter(fields.items()))
        return problem(400, f"{first[0]}: {first[1][0]}", errors=fields)
    if isinstance(error, exceptions.APIException):
        if isinstance(error, exceptions.MethodNotAllowed | exceptions.Throttled):
            headers.update(
                {"Retry-After": str(int(getattr(error, "wait", 0) or 1))} if error.status_code == 429 else {}
            )
        status = 401 if isinstance(error, exceptions.NotAuthenticated) else error.status_code
        return problem(status, str(error.detail))
    if isinstance(error, Http404):
        return problem(404, "There is nothing here with this id.")
    if isinstance(error, PermissionDenied):
        return problem(403, str(error) or "You may not do this.")
    if isinstance(error, RequestDataTooBig):
        return problem(413, TOO_LARGE)
    if isinstance(error, OperationalError):
        logger.error("database unavailable, receipt %s: %s", receipts.current(), error)
        headers["Retry-After"] = "2"
        return problem(503, "The database is not reachable just now; nothing was changed.")
    logger.error("unexpected error, receipt %s", receipts.current(), exc_info=error)
    return problem(500, "Something broke on our side. Tell support the receipt.")


def _by_field(detail: Any, path: str = "") -> dict[str, list[str]]:
    """DRF's nested error detail as {"field.0.inner": [messages]}."""
    if isinstance(detail, dict):
        found: dict[str, list[str]] = {}
        for key, inner in detail.items():
            name = "body" if key == "non_field_errors" else str(key)
            found.update(_by_field(inner, f"{path}.{name}" if path and name != "body" else name))
        return found
    if isinstance(detail, list) and any(isinstance(item, dict | list) for item in detail):
        found = {}
        for index, inner in enumerate(detail):
            if inner:
                found.update(_by_field(inner, f"{path}.{index}"))
        return found
    messages = detail if isinstance(detail, list) else [detail]
    return {path or "body": [str(message) for message in messages]}


def page(request: HttpRequest, status: int, message: str) -> HttpResponse:
    """An error outside the API views (an unknown URL, a refused cookie): a page for a browser, else the one shape."""
    return written(request, problem(status, message))


def written(request: HttpRequest, body: dict[str, Any], headers: dict[str, str] | None = None) -> HttpResponse:
    """A problem as a browser wants to see it, or as JSON. The API's addresses always answer JSON."""
    if not request.path.startswith("/api") and "text/html" in request.headers.get("Accept", ""):
        content = render_to_string("error.html", {"problem": body})
        return HttpResponse(content, status=body["status"], headers=headers)
    return JsonResponse(body, status=body["status"], content_type="application/problem+json", headers=headers)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Django's handler400."""
    if isinstance(exception, RequestDataTooBig):
        return page(request, 413, TOO_LARGE)
    return page(request, 400, "The request cannot be read.")


def forbidden(request: HttpRequest, exception: Exception | None = None, reason: str = "") -> HttpResponse:
    """Django's handler403 and the CSRF failure view."""
    return page(request, 403, reason or "You may not do this.")


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Django's view of a form that carries no token of ours. Django's reason is for developers."""
    return page(request, 403, "This form is not from here, or from before you signed in. Load the page again.")


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Django's handler404."""
    return page(request, 404, f"There is nothing at {request.path}.")


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's handler500: also what happens between views and commit."""
    error = sys.exc_info()[1]
    headers: dict[str, str] = {}
    body = _translate(error if isinstance(error, Exception) else RuntimeError("unknown"), headers)
    return written(request, body, headers)
