"""The page of webhooks: where events are sent, what came of it, and the same actions as the API."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse

from accounts import showing
from accounts.forms import GRACES
from accounts.pages import PageView
from executor_one.kit.errors import DomainError
from webhooks import actions, forms
from webhooks.models import WebhookDelivery, WebhookEndpoint
from webhooks.queries import chosen

PAGE = "/dashboard/webhooks"
VIEW, EDIT = "webhooks.view", "webhooks.edit"
SENDS = f"{EDIT} goals.view"  # as the API has it
SHOWN = 50  # of the deliveries, the newest; the API has all
SECRET = "new_webhook_secret"  # noqa: S105 - where the session keeps a new one, sealed, until it is shown


class Webhooks(PageView):
    """Webhooks and their newest deliveries; making one."""

    permissions = {"GET": VIEW, "POST": SENDS}
    section = "webhooks"
    template = "webhooks/list.html"
    fragment = "webhooks/_deliveries.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.show()

    def post(self, request: HttpRequest) -> HttpResponse:
        form = forms.WebhookForm(request.POST)
        if not form.is_valid():
            return self.show(form, status=400)
        try:
            _, secret = actions.create(**form.cleaned_data, actor=self.caller.actor)
        except DomainError as error:
            form.refuse(error)
            return self.show(form, status=error.status)
        keep(request, secret)
        return self.go(PAGE)

    def show(self, form: forms.WebhookForm | None = None, *, status: int = 200) -> HttpResponse:
        state = self.request.GET.get("state", "")
        known = state if state in WebhookDelivery.State.values else ""
        context = {
            "deliveries": chosen(state=known).select_related("endpoint").defer("body", "response", "tries")[:SHOWN],
            "states": WebhookDelivery.State.choices, "state": known, "shown": SHOWN,
        }  # fmt: skip
        if not self.is_partial:
            context |= {
                "webhooks": WebhookEndpoint.objects.live().order_by("-created_at", "-id"),
                "most": actions.MOST, "graces": GRACES, "form": form or forms.WebhookForm(),
                "new_secret": take(self.request) if status == 200 else "",
            }  # fmt: skip
        return self.page(context, status=status)


def keep(request: HttpRequest, secret: str) -> None:
    """Keep a new secret for the next page, sealed."""
    request.session[SECRET] = showing.for_form(secret)


def take(request: HttpRequest) -> str:
    """The secret that was made just now, this once; else ""."""
    return showing.from_form(request.session.pop(SECRET, ""))


class Deed(PageView):
    """A button of the page; afterwards the page again."""

    section = "webhooks"


class Test(Deed):
    """Sending a test."""

    permissions = {"POST": EDIT}

    def post(self, request: HttpRequest, webhook_id: str) -> HttpResponse:
        actions.send_test(webhook_id, actor=self.caller.actor)
        messages.success(request, "A test is on its way.")
        return self.go(PAGE)


class Switch(Deed):
    """Switching off, and on again."""

    permissions = {"POST": SENDS}

    def post(self, request: HttpRequest, webhook_id: str) -> HttpResponse:
        is_active = request.POST.get("on") == "yes"
        actions.change(webhook_id, {"is_active": is_active}, actor=self.caller.actor)
        return self.go(PAGE)


class Rotate(Deed):
    """Another secret."""

    permissions = {"POST": SENDS}

    def post(self, request: HttpRequest, webhook_id: str) -> HttpResponse:
        form = forms.RotateForm(request.POST)
        hours = int(form.cleaned_data["grace"]) if form.is_valid() else actions.DEFAULT_GRACE
        _, secret = actions.rotate(webhook_id, hours, actor=self.caller.actor)
        keep(request, secret)
        return self.go(PAGE)


class Delete(Deed):
    """Deleting."""

    permissions = {"POST": EDIT}

    def post(self, request: HttpRequest, webhook_id: str) -> HttpResponse:
        actions.delete(webhook_id, actor=self.caller.actor)
        messages.success(request, "The webhook is deleted; nothing more is sent there.")
        return self.go(PAGE)


class Redeliver(Deed):
    """Sending once more."""

    permissions = {"POST": EDIT}

    def post(self, request: HttpRequest, delivery_id: str) -> HttpResponse:
        actions.redeliver(delivery_id, actor=self.caller.actor)
        messages.success(request, "It is sent once more.")
        return self.go(PAGE)
