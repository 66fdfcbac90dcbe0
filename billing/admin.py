"""Money as staff see it: plans (owners edit them), subscriptions, usage, and what Stripe told."""

from __future__ import annotations

import re
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.html import format_html
from django.utils.safestring import SafeString
from import_export.admin import ImportExportMixin
from import_export.resources import ModelResource
from simple_history.admin import SimpleHistoryAdmin
from unfold.contrib.import_export.forms import ExportForm, ImportForm

from billing import webhook
from billing.models import (
    Credit,
    CreditEntry,
    OperatingCost,
    Package,
    Plan,
    StripeEvent,
    Subscription,
    UsageCounter,
    UsageNotice,
)
from executor_one.kit import money
from executor_one.kit.screens import LongAdmin, StaffAdmin, deed, display
from executor_one.kit.staff import OWNER, StaffCaller, may
from executor_one.kit.templatetags.look import NOTHING

VERSION = re.compile(r"[0-9]{1,9}")
NO_FILE = "There is no such file any more, or not in this format. Bring it again."
BRIEF = 40  # characters of a note in a list


class OfferAdmin(ImportExportMixin, SimpleHistoryAdmin, StaffAdmin):  # type: ignore[misc]
    """What is sold is data: what an owner writes here or brings as a file holds from the next request on.

    Its history says who wrote what. What it costs is read from Stripe.
    """

    edited_by = OWNER
    import_form_class, export_form_class = ImportForm, ExportForm
    list_filter = ["is_public"]
    readonly_fields = ["price", "stripe_price"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [*self.readonly_fields, *([self.model._meta.pk.name] if obj else [])]

    def history_form_view(
        self, request: HttpRequest, object_id: str, version_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """An old version, to put it back; for who may not, the list says what was changed.

        The library lets whoever may read the list write here.
        """
        if not VERSION.fullmatch(version_id):
            raise Http404
        if self.has_change_permission(request):
            return super().history_form_view(request, object_id, version_id, extra_context)  # type: ignore[no-any-return]
        if request.method == "POST":
            raise PermissionDenied
        return redirect(f"admin:{self.opts.app_label}_{self.opts.model_name}_history", object_id)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return may(request.user, OWNER)

    def has_import_permission(self, request: HttpRequest) -> bool:
        return may(request.user, OWNER)

    def process_import(self, request: HttpRequest, **more: Any) -> HttpResponse:
        """Write what was shown. The library believes the hidden fields of its form, and breaks on others."""
        if request.method == "POST" and self.has_import_permission(request) and not self._holds_file(request):
            messages.error(request, NO_FILE)
            return redirect(f"admin:{self.opts.app_label}_{self.opts.model_name}_import")
        return super().process_import(request, **more)  # type: ignore[no-any-return]

    def _holds_file(self, request: HttpRequest) -> bool:
        """Whether the form names a file that was brought before, and a format that it can be read in."""
        form = self.create_confirm_form(request)
        if not form.is_valid():
            return False
        formats = {str(number): kind for number, kind in enumerate(self.get_import_formats())}
        kind, resource = formats.get(form.cleaned_data["format"]), form.cleaned_data["resource"]
        if kind is None or resource not in ("", *map(str, range(len(self.resource_classes)))):
            return False
        read = kind(encoding=self.from_encoding)
        kept = self.get_tmp_storage_class()(
            name=form.cleaned_data["import_file_name"],
            encoding=None if read.is_binary() else self.from_encoding,
            read_mode=read.get_read_mode(),
            **self.get_tmp_storage_class_kwargs(),
        )
        try:
            return bool(read.create_dataset(kept.read()))
        except Exception:  # noqa: BLE001 - whatever a reader makes of another format's bytes
            return False

    def generate_log_entries(self, result: Any, request: HttpRequest) -> None:
        self.log_import(request, result.rows)

    def has_export_permission(self, request: HttpRequest) -> bool:
        return may(request.user, OWNER)

    @display("Price", "price_cents")
    def price(self, offer: Plan | Package) -> str:
        return money.said(offer.price_cents, offer.currency) if offer.price_cents is not None else NOTHING


class PlanResource(ModelResource):  # type: ignore[misc]
    """Plans as a file; their prices are Stripe's."""

    class Meta:
        model = Plan
        import_id_fields = ("code",)
        exclude = ("stripe_price", "price_cents", "currency")
        clean_model_instances = True


@admin.register(Plan)
class PlanAdmin(OfferAdmin):
    """Plans, paid by the month."""

    limits = ("goals_per_month", "memories", "llm_calls_per_month", "parallel_tasks", "api_keys")
    resource_classes = [PlanResource]
    list_display = [
        "name", "price", "accounts", "goals_per_month", "memories", "llm_calls_per_month", "parallel_tasks", "api_keys",
        "websocket", "is_public",
    ]  # fmt: skip
    list_filter = ["is_public", "websocket"]
    search_fields = ["code", "name"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Plan]:
        return super().get_queryset(request).annotate(held=Count("subscriptions"))  # type: ignore[no-any-return]

    @display("Accounts", "held")
    def accounts(self, plan: Any) -> int:
        return int(plan.held)


class PackageResource(ModelResource):  # type: ignore[misc]
    """Packages as a file; their prices are Stripe's."""

    class Meta:
        model = Package
        import_id_fields = ("slug",)
        exclude = ("stripe_price", "price_cents", "currency")
        clean_model_instances = True


@admin.register(Package)
class PackageAdmin(OfferAdmin):
    """Packages of model calls, paid once. What was bought before stays as it was agreed."""

    resource_classes = [PackageResource]
    list_display = ["name", "slug", "price", "llm_calls", "rank", "is_public"]
    search_fields = ["slug", "name"]


@admin.register(Credit)
class CreditAdmin(StaffAdmin):
    """Who has model calls beyond the plan. An account's page gives some."""

    list_display = ["whose", "llm_calls"]
    list_select_related = ["account"]
    search_fields = ["account__id", "account__email"]
    ordering = ["-llm_calls"]


@admin.register(CreditEntry)
class CreditEntryAdmin(LongAdmin):
    """Why each account has the calls that it has: bought, given, used, refunded."""

    found_by = ("pk", "account_id", "account__email", "payment_intent")
    list_display = ["created_at", "whose", "kind", "amount", "balance", "package", "paid", "payment_intent", "note"]
    list_filter = ["kind", "package"]
    list_select_related = ["account", "package"]

    @display("Money")
    def paid(self, entry: CreditEntry) -> str:
        if entry.cents is None:
            return NOTHING
        back = entry.kind == CreditEntry.Kind.REFUNDED
        return ("-" if back else "") + money.said(entry.cents, entry.currency)


class Paying(admin.SimpleListFilter):
    """Subscriptions that are income, and those of which a payment is missing: while the plan stays, and after that."""

    title, parameter_name = "payment", "payment"

    def lookups(self, request: HttpRequest, screen: Any) -> list[tuple[str, str]]:
        return [("comes", "Counts as income"), ("missing", "Missing")]

    def queryset(self, request: HttpRequest, rows: QuerySet[Subscription]) -> QuerySet[Subscription]:
        wanted = {"comes": Subscription.PAYING, "missing": Subscription.MISSING}.get(self.value() or "")
        return rows.filter(wanted) if wanted else rows


@admin.register(Subscription)
class SubscriptionAdmin(StaffAdmin):
    """Who is on which plan and what pays for it."""

    list_display = [
        "whose",
        "plan",
        "status",
        "paid_plan",
        "period_end",
        "ends_at_period_end",
        "grace_until",
        "since",
    ]
    list_filter = [Paying, "status", "plan", "ends_at_period_end"]
    linked_by = ("paid_plan",)
    states = {
        "status": {
            "none": "waiting", "active": "completed", "past_due": "failed", "unpaid": "failed", "ended": "cancelled",
        }
    }  # fmt: skip
    list_select_related = ["account", "plan", "paid_plan"]
    search_fields = ["account__id", "account__email", "stripe_customer", "stripe_subscription"]
    ordering = ["-since"]
    deeds = ("ask_stripe",)

    @deed("Ask Stripe how it stands")
    def ask_stripe(self, row: Subscription, by: StaffCaller, words: str) -> str:
        """What every event does, without waiting for one."""
        return webhook.refresh(row.account_id, actor=by.actor)


@admin.register(OperatingCost)
class OperatingCostAdmin(StaffAdmin):
    """What the installation costs, entered by an owner; GET /api/billing/overview answers it beside what comes in."""

    called = ("cost", "costs")

    edited_by = OWNER
    list_display = ["month", "kind", "name", "amount"]
    list_filter = ["kind"]
    date_hierarchy = "month"
    search_fields = ["name"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return may(request.user, OWNER)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may(request.user, OWNER)

    @display("Amount", "cents")
    def amount(self, cost: OperatingCost) -> str:
        return money.said(cost.cents, cost.currency)


@admin.register(UsageCounter)
class UsageCounterAdmin(StaffAdmin):
    """What accounts used, by month."""

    list_display = ["whose", "metric", "month", "used"]
    list_filter = ["metric"]
    date_hierarchy = "month"
    list_select_related = ["account"]
    search_fields = ["account__id", "account__email"]
    ordering = ["-month", "-used"]


@admin.register(UsageNotice)
class UsageNoticeAdmin(StaffAdmin):
    """Who was told by mail that a limit is near or reached."""

    called = ("usage mail", "usage mails")

    list_display = ["whose", "limit", "allowed", "percent", "month", "created_at"]
    list_filter = ["limit", "percent"]
    date_hierarchy = "month"
    list_select_related = ["account"]
    search_fields = ["account__id", "account__email"]
    ordering = ["-created_at"]


class Troubled(admin.SimpleListFilter):
    """Events that need somebody: those that failed, and those that were done with a remark."""

    title, parameter_name = "trouble", "trouble"

    def lookups(self, request: HttpRequest, screen: Any) -> list[tuple[str, str]]:
        return [("yes", "Failed, or with a remark")]

    def queryset(self, request: HttpRequest, rows: QuerySet[StripeEvent]) -> QuerySet[StripeEvent]:
        wanted = Q(state=StripeEvent.State.FAILED) | (Q(state=StripeEvent.State.DONE) & ~Q(note=""))
        return rows.filter(wanted) if self.value() else rows


@admin.register(StripeEvent)
class StripeEventAdmin(StaffAdmin):
    """What Stripe told, and what came of it."""

    called = ("Stripe event", "Stripe events")

    list_display = ["id", "type", "state", "whose", "in_brief", "tries", "created_at", "received_at"]
    list_filter = ["state", Troubled, "livemode"]
    states = {"state": {"done": "completed", "ignored": "skipped"}}
    list_select_related = ["account"]
    search_fields = ["id", "account__id", "account__email"]
    ordering = ["-received_at"]
    deeds = ("replay",)

    @display("Note", "")
    def in_brief(self, row: StripeEvent) -> SafeString | str:
        """Its beginning, the whole on hover: a note of a failure would make its row as high as five others."""
        if len(row.note) <= BRIEF:
            return row.note or NOTHING
        return format_html('<span title="{}">{}…</span>', row.note, row.note[:BRIEF].rstrip())

    @deed("Replay")
    def replay(self, row: StripeEvent, by: StaffCaller, words: str) -> str:
        """Do once more what follows from it."""
        again = webhook.replay(row, actor=by.actor)
        return f"{again.state}{f': {again.note}' if again.note else ''}"
