"""What every screen of the staff's console shares.

The rooms own the truth, so a screen shows and does not edit. What staff change, they change by a *deed*: a button whose
rule is the room's own action, which publishes its event with the staff user as actor.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar, cast

from django.contrib import admin, messages
from django.contrib.admin.models import DELETION, LogEntry
from django.contrib.admin.utils import quote, unquote
from django.contrib.admin.views.main import ERROR_FLAG
from django.core.exceptions import FieldDoesNotExist, PermissionDenied, ValidationError
from django.db import models, transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.admin import ModelAdmin
from unfold.paginator import InfinitePaginator

from executor_one.kit import columns, edits, tenancy
from executor_one.kit.errors import DomainError
from executor_one.kit.staff import OPERATOR, SUPPORT, StaffCaller, caller, may
from executor_one.kit.templatetags.look import NOTHING

Method = TypeVar("Method", bound=Callable[..., str])
PARTS = {"year": 9999, "month": 12, "day": 31}  # of a date, and the highest that each can be
DIGITS = re.compile(r"[0-9]{1,4}")
LOOKUPS = {"exact", "isnull", "isempty", "gte", "gt", "lte", "lt", "year", "month", "day"}
WORDS = 300  # characters that a deed may be given


@dataclass(frozen=True)
class Deed:
    """A button beside a row, and an action for many: `do(row, by, words) -> sentence`.

    `asks`: what its button asks for in words; empty: nothing, and `words` is "". `fits`: the rows that have its button;
    on others it would be refused.
    """

    says: str
    do: Callable[[Any, StaffCaller, str], str]
    needs: str = OPERATOR
    asks: str = ""
    fits: Callable[[Any], Any] = lambda row: True


def deed(
    says: str, *, needs: str = OPERATOR, asks: str = "", fits: Callable[[Any], Any] = lambda row: True
) -> Callable[[Method], Method]:
    """Mark a method of a screen, `(self, row, by, words) -> sentence`, as a deed."""

    def mark(method: Method) -> Method:
        method.__dict__["deed"] = {"says": says, "needs": needs, "asks": asks, "fits": fits}
        return method

    return mark


class StaffAdmin(ModelAdmin):  # type: ignore[misc]  # unfold has no types
    """A screen that reads. `deeds` names the methods that are its buttons; `edited_by` the role that may edit;
    `states` its fields that are states, each with the tones of its values (columns.badge) that are none themselves."""

    deeds: ClassVar[tuple[str, ...]] = ()
    linked_by: ClassVar[tuple[str, ...]] = ()  # fields that our own links filter by, besides list_filter
    edited_by: ClassVar[str] = ""
    states: ClassVar[Mapping[str, Mapping[str, str]]] = {}
    limits: ClassVar[tuple[str, ...]] = ()  # fields that are limits: nothing means none
    called: ClassVar[tuple[str, str]] = ("", "")  # one and many, where the model's name is a word for the code
    empty_value_display = NOTHING
    list_per_page = 50
    show_full_result_count = False
    list_fullwidth = True
    compressed_fields = True
    actions_on_top = True
    change_form_outer_before_template = "admin/deeds.html"

    @admin.display(description="Account", ordering="account")
    def whose(self, row: Any) -> SafeString | str:
        """The account of a row, by name: its id is too long for a column."""
        if row.account is None:
            return NOTHING
        address = reverse("admin:accounts_account_change", args=[quote(row.account_id)])
        return columns.link(address, row.account.name, row.account_id)

    def whose_in_full(self, row: Any) -> SafeString | str:
        """The same on a page, with the id for who wants to copy it."""
        return (
            format_html("{} {}", self.whose(row), columns.code(row.account_id, whole=True)) if row.account else NOTHING
        )

    whose_in_full.short_description = "Account"  # type: ignore[attr-defined]

    def __init__(self, model: Any, site: Any) -> None:
        super().__init__(model, site)
        if all(self.called):
            model._meta.verbose_name, model._meta.verbose_name_plural = self.called

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        """Its columns, those of states, times, durations and ids as the product says them (columns)."""
        return [self._said(name) for name in super().get_list_display(request)]

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """Its filters are called as its columns are."""
        shown = super().get_changelist_instance(request)
        for one in shown.filter_specs:
            one.title = columns.in_words(str(one.title))
        return shown

    def get_list_display_links(self, request: HttpRequest, list_display: Any) -> Any:
        """The first column leads to the row, but the name of an account to the account."""
        links = super().get_list_display_links(request, list_display)
        return list_display[1:2] if links and [*links] == ["whose"] else links

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **more: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **more)
        if field is not None:
            field.label = columns.heading(str(db_field.verbose_name))
        return field

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """The same on the page of a row that is only read; a form keeps its fields."""
        names, read = super().get_fields(request, obj), self.get_readonly_fields(request, obj)
        if obj is None:
            return cast(list[Any], names)
        said = [(name, self._said(name, at_length=True)) for name in names]
        is_form = self.has_change_permission(request, obj)
        return [plain if is_form and shown not in read else shown for plain, shown in said]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        names = super().get_readonly_fields(request, obj)
        return [self._said(name, at_length=True) for name in names] if obj else names

    def _said(self, name: Any, *, at_length: bool = False) -> Any:
        if at_length and name == "account":
            return "whose_in_full"
        if not isinstance(name, str) or hasattr(self, name):
            return name
        try:
            field = self.model._meta.get_field(name)
        except FieldDoesNotExist:  # a method of the model
            return name
        if name != field.name:  # the id that a foreign key holds
            return columns.said_id(field)
        if name in self.limits:
            return columns.said_limit(field)
        return columns.said(field, tones=self.states.get(name), at_length=at_length) or name

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Only what this screen offers. Django would filter by any field, and so tell what a hidden one begins with."""
        offered = [one[0] if isinstance(one, tuple) else one for one in self.list_filter]
        offered += [one.parameter_name for one in offered if hasattr(one, "parameter_name")]
        names = {one for one in offered if isinstance(one, str)} | {*self.linked_by, self.date_hierarchy}
        name, _, how = lookup.rpartition("__")
        field = name if how in LOOKUPS else lookup
        return field in names or (field.rpartition("__")[0] in names and field.rpartition("__")[2] in ("id", "code"))

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may(request.user, SUPPORT)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return may(request.user, SUPPORT)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(self.edited_by) and may(request.user, self.edited_by)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def construct_change_message(self, request: HttpRequest, form: Any, formsets: Any, add: bool = False) -> str:
        """Its history says what was there before, and what is there now."""
        now = {name: form.cleaned_data.get(name) for name in (form.cleaned_data if add else form.changed_data)}
        return edits.given(now) if add else edits.changed(form.initial, now)

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        """And what was there, of what goes."""
        user: Any = request.user.pk
        for row in queryset:
            words = edits.given(edits.values(row))
            LogEntry.objects.log_actions(user, [row], DELETION, change_message=words, single_object=True)

    def log_import(self, request: HttpRequest, rows: Any) -> None:
        """The same of what came as a file."""
        for row in rows:
            if row.import_type == row.IMPORT_TYPE_NEW:
                self.log_addition(request, row.instance, edits.given(edits.values(row.instance)))
            elif row.import_type == row.IMPORT_TYPE_UPDATE:
                words = edits.changed(edits.values(row.original), edits.values(row.instance))
                self.log_change(request, row.instance, words)

    def get_deeds(self) -> dict[str, Deed]:
        """All deeds of this screen, by name."""
        return {name: Deed(do=getattr(self, name), **getattr(self, name).deed) for name in self.deeds}

    def allowed_deeds(self, request: HttpRequest) -> dict[str, Deed]:
        """Those that this member of the staff may do."""
        return {name: one for name, one in self.get_deeds().items() if may(request.user, one.needs)}

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """The deeds as actions on the ticked rows, in a form with its token."""
        return {name: (_on_rows(name), name, one.says) for name, one in self.allowed_deeds(request).items()}

    def get_urls(self) -> list[Any]:
        info = f"{self.opts.app_label}_{self.opts.model_name}"
        do = path("<path:object_id>/do/<slug:name>/", self.admin_site.admin_view(self.do_view), name=f"{info}_do")
        return [do, *super().get_urls()]

    def do_view(self, request: HttpRequest, object_id: str, name: str) -> HttpResponse:
        """One deed on one row; POST only, so that no link does it."""
        if request.method != "POST" or name not in self.get_deeds():
            raise Http404
        if name not in self.allowed_deeds(request):
            raise PermissionDenied
        row = self.get_object(request, unquote(object_id))
        if row is None:
            raise Http404
        self.do_to(request, name, [row])
        there = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[object_id])
        return HttpResponseRedirect(there)

    def do_to(self, request: HttpRequest, name: str, rows: list[Any]) -> None:
        """A deed on rows, each for itself: one that a rule refuses does not undo the others."""
        chosen, by, words = self.allowed_deeds(request)[name], caller(request), request.POST.get("words", "")[:WORDS]
        # Streams of several accounts are taken in the order of the accounts (events.actions.take_turn).
        for row in sorted(rows, key=lambda one: account_of(one) or ""):
            try:
                account = account_of(row)
                with tenancy.account_scope(account) if account else transaction.atomic():
                    said = chosen.do(row, by, words)
                messages.success(request, f"{row}: {said}")
            except DomainError as refused:
                messages.error(request, f"{row}: {refused.message}")

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if not has_dates_only(request):
            return HttpResponseRedirect(f"{request.path}?{ERROR_FLAG}=1")  # as Django does where it cannot filter
        try:
            return cast(HttpResponse, super().changelist_view(request, extra_context))
        except ValidationError:  # of a ticked row whose id is none
            messages.error(request, "There is no such row.")
            return HttpResponseRedirect(request.path)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        row = self.get_object(request, unquote(object_id))
        deeds = {name: one for name, one in self.allowed_deeds(request).items() if row is not None and one.fits(row)}
        extra = {"deeds": deeds, **(extra_context or {})}
        return cast(HttpResponse, super().change_view(request, object_id, form_url, extra))


class LongAdmin(StaffAdmin):
    """The screen of a table that grows without end: never counted, read from its newest row, searched by index only.

    `found_by`: the fields of which a search gives the whole value (an id, an address), never a part of it.
    """

    found_by: ClassVar[tuple[str, ...]] = ("pk", "account_id", "account__email")
    paginator = InfinitePaginator
    ordering = ("-pk",)
    search_fields = ("pk",)  # for the box to be there
    search_help_text = "A whole id, an account's id or its address"

    def get_search_results(
        self, request: HttpRequest, queryset: models.QuerySet[Any], search_term: str
    ) -> tuple[models.QuerySet[Any], bool]:
        term = search_term.strip()
        if not term:
            return queryset, False
        wanted = models.Q()
        for name in self.found_by:
            try:
                self._field(name).to_python(term)
            except (ValidationError, FieldDoesNotExist):  # a word where an id is wanted: not by this field
                continue
            wanted |= models.Q(**{name: term})
        return (queryset.filter(wanted) if wanted else queryset.none()), False

    def _field(self, name: str) -> Any:
        if "__" not in name:
            return self.model._meta.pk if name == "pk" else self.model._meta.get_field(name)
        first, last = name.split("__")
        related: Any = self.model._meta.get_field(first).related_model
        return related._meta.get_field(last)


def has_dates_only(request: HttpRequest) -> bool:
    """Whether each year, month and day that a list is filtered by is one: Django finds out while it writes the page."""
    for name, texts in request.GET.lists():
        highest = PARTS.get(name.rpartition("__")[2])
        if highest and not all(DIGITS.fullmatch(text) and 1 <= int(text) <= highest for text in texts):
            return False
    return True


def account_of(row: models.Model) -> str | None:
    """The account whose row this is; its own id of an account, None of what belongs to no account."""
    if row._meta.label_lower == "accounts.account":
        return str(row.pk)
    return getattr(row, "account_id", None)


def _on_rows(name: str) -> Callable[..., None]:
    def run(screen: StaffAdmin, request: HttpRequest, rows: models.QuerySet[Any]) -> None:
        screen.do_to(request, name, list(rows))

    return run


def display(says: str, order: str = "") -> Callable[[Any], Any]:
    """A column that is computed: its heading, and the field it is ordered by."""
    return admin.display(description=says, ordering=order or None)
