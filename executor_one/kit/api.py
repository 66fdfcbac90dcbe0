"""What every API view shares: one transaction, a fresh tenant scope, permissions as data, known query parameters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, ClassVar, Final, Protocol, cast

from django.core.exceptions import ImproperlyConfigured
from django.db import models, transaction
from django.http import HttpRequest, HttpResponseBase
from rest_framework import exceptions, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from executor_one.kit import idempotency, tenancy
from executor_one.kit.addresses import address_of
from executor_one.kit.errors import DomainError, Forbidden, TooSoon, handle
from executor_one.kit.later import Later
from executor_one.kit.pagination import BadQuery, Page
from executor_one.kit.staff import OWNER, may

PUBLIC: Final = "public"
PROVEN: Final = ""  # whoever proves who they are, whatever they may
STAFF: Final = "staff"  # for owners of the installation's staff, signed in as persons; no key has it
ONLY_STAFF: Final = "This is for the owners of the installation's staff, signed in as persons."
PAGING: Final = ("limit", "offset")
METHODS: Final = ("get", "post", "put", "patch", "delete")


class Caller(Protocol):
    """Who calls, as the accounts app tells it (accounts.api.authentication.Principal)."""

    account_id: str

    @property
    def actor(self) -> str: ...
    @property
    def plan(self) -> Any: ...
    @property
    def is_onlooker(self) -> bool: ...
    def may(self, permission: str) -> bool: ...
    def refusal(self, permission: str) -> DomainError: ...


class ApiView(APIView):
    """Base of every API view.

    `permissions` says per HTTP method who may call it: a permission's name (accounts.roles), several of them with
    blanks between for who must have them all, PROVEN or PUBLIC. A method without one is an import error. `query` says
    per method which query parameters are known; others are 400. `refusals` says per method which statuses of an error
    it can answer besides those that follow from its path, permission and body (kit.schema); another one fails tests.
    """

    permissions: ClassVar[Mapping[str, str]] = {}
    query: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    refusals: ClassVar[Mapping[str, tuple[int, ...]]] = {}
    once: idempotency.Once | None = None  # a view is made for each request

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        for method in METHODS:
            if hasattr(cls, method) and method.upper() not in cls.permissions:
                raise ImproperlyConfigured(f"{cls.__qualname__}.{method} says no permission")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """One request = one transaction; an error rolls it back; no account is active until authentication."""
        with tenancy.no_account(), transaction.atomic():
            try:
                response = super().dispatch(request, *args, **kwargs)
            except BaseException as error:
                self._end_try(error)
                raise
            is_error = getattr(response, "exception", False)
            self._end_try(DomainError("taken back") if is_error else None)
            if self.once and idempotency.is_kept(response):
                response = self._kept(self.once, cast(Response, response))
            if is_error and not self.once:
                transaction.set_rollback(True)
            return response

    def _end_try(self, error: BaseException | None) -> None:
        if self.once:
            self.once.end_try(error)

    def _kept(self, once: idempotency.Once, response: Response) -> Response:
        """The answer, kept with what it answers: of an error that is nothing but the answer."""
        try:
            once.keep(response.render())
        except TooSoon as too_much:
            transaction.set_rollback(True)
            return self.finalize_response(self.request, handle(too_much, {}))
        if isinstance(response, Later):
            response.at_end = partial(once.keep_final, response)
            response.at_loss = once.let_go
        return response

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        self._refuse_unknown_query(request)
        scope = self.caller.account_id if request.auth else f"address:{address_of(request)}"
        self.once = idempotency.begin(request._request, scope, self.caller.actor if request.auth else "")

    def handle_exception(self, exc: Exception) -> Response:
        """As everywhere; and what was done before is answered as it was then."""
        if isinstance(exc, idempotency.Replay):
            try:
                answer = self.replayed(exc)
            except (exceptions.APIException, DomainError) as refused:
                return super().handle_exception(refused)
            answer.replay_of = exc.receipt  # type: ignore[attr-defined]  # for the log of requests
            return answer
        return super().handle_exception(exc)

    def replayed(self, replay: idempotency.Replay) -> Response:
        """What a repeat is answered: the bytes of the first answer, unless a view knows something better."""
        return cast(Response, replay.answer)

    def perform_content_negotiation(self, request: Request, force: bool = False) -> tuple[Any, str]:
        """JSON is all there is, whatever the client would rather have (RFC 9110, 12.4.1: not to refuse is allowed)."""
        renderer = self.get_renderers()[0]
        return renderer, renderer.media_type

    def check_permissions(self, request: Request) -> None:
        wanted = self.permissions.get(declared(request))
        if wanted is None or wanted == PUBLIC:  # None: a method this view does not have, 405 follows
            return
        if request.auth is None:
            raise exceptions.NotAuthenticated("Say who you are: Authorization: Bearer exo_...")
        if wanted == STAFF:
            if not may(request.user, OWNER):
                raise Forbidden(ONLY_STAFF)
            return
        for each in wanted.split():
            if not self.caller.may(each):
                raise self.caller.refusal(each)

    @property
    def caller(self) -> Caller:
        """Who calls; only where the method's permission is not PUBLIC."""
        caller: Any = self.request.auth
        return cast(Caller, caller)

    def _refuse_unknown_query(self, request: Request) -> None:
        if declared(request) not in self.permissions:  # 405 follows
            return
        known = self.query.get(declared(request), ())
        wrong = {name: ["This parameter is not known."] for name in request.query_params if name not in known}
        if wrong:
            raise BadQuery(f"{next(iter(wrong))}: This parameter is not known.", errors=wrong)

    def read(self, serializer: type[serializers.BaseSerializer[Any]], request: Request) -> dict[str, Any]:
        """The validated body, or 400 naming the fields."""
        form = serializer(data=request.data, context={"request": request})
        form.is_valid(raise_exception=True)
        return dict(form.validated_data)

    def page(
        self,
        queryset: models.QuerySet[Any],
        serializer: type[serializers.BaseSerializer[Any]],
        prepare: Callable[[list[Any]], None] | None = None,
    ) -> Response:
        """One page of a list in the API's envelope; `prepare` adds to all its rows at once what they need besides."""
        paginator = Page()
        rows = paginator.paginate_queryset(queryset, self.request, view=self) or []
        if prepare:
            prepare(rows)
        return paginator.get_paginated_response(serializer(rows, many=True).data)


def declared(request: Request) -> str:
    """The method under which a view declares what it asks: HEAD is a GET whose answer has no body."""
    method = (request.method or "").upper()
    return "GET" if method == "HEAD" else method
