"""The map: every address of the product."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import include, path
from django.views.generic import RedirectView

from accounts.api.egress import EgressView
from accounts.api.receipts import ReceiptDetail
from billing.actions import FREE
from billing.models import Plan
from executor_one.console.money import BillingOverview
from executor_one.docs.openapi import SchemaView, SwaggerView
from executor_one.finding import Find
from executor_one.health import Health
from executor_one.overview import Overview
from executor_one.status import status
from executor_one.usage import UsageHistoryView, UsagePage, UsageView
from executor_one.welcome import Welcome


def home(request: HttpRequest) -> HttpResponse:
    """The front door; who is signed in is let through to the dashboard."""
    if request.user.is_authenticated:
        return HttpResponseRedirect("/dashboard")
    return render(request, "home.html", {"free": Plan.objects.get(code=FREE)})


urlpatterns = [
    path("", home),
    path("favicon.ico", RedirectView.as_view(url="/static/img/mark.svg")),  # asked for by some, unasked
    path("", include("accounts.urls")),
    path("welcome", Welcome.as_view()),
    path("dashboard/usage", UsagePage.as_view()),
    path("admin/", admin.site.urls),
    path("dashboard/goals", include("goals.urls")),
    path("dashboard/files", include("goals.file_urls")),
    path("api/health", Health.as_view()),
    path("api/schema", SchemaView.as_view(), name="schema"),
    path("api/docs", SwaggerView.as_view()),
    path("api/auth/usage", UsageView.as_view()),
    path("api/auth/usage/history", UsageHistoryView.as_view()),
    path("api/billing/overview", BillingOverview.as_view()),
    path("api/billing/", include("billing.api.urls")),
    path("api/auth/", include("accounts.api.urls")),
    path("api/", include("accounts.api.member_urls")),
    path("api/credentials", include("accounts.api.credential_urls")),
    path("api/organizations/<str:org_id>/api-keys", include("accounts.api.organization_urls")),
    path("api/v1/audit/receipts/<str:receipt>", ReceiptDetail.as_view()),
    path("api/v1/audit/streams", include("webhooks.streams.api.urls")),
    path("api/v1/audit/", include("events.api.urls")),
    path("api/egress", EgressView.as_view()),
    path("api/", include("memory.api.learned_urls")),
    path("api/", include("goals.api.urls")),
    path("api/", include("realtime.api.urls")),
    path("api/memory", include("memory.api.urls")),
    path("api/v1/webhooks", include("webhooks.api.urls")),
    path("status", status),
    path("dashboard", Overview.as_view()),
    path("dashboard/find", Find.as_view()),
    path("dashboard/", include("memory.learned_urls")),
    path("dashboard/memory", include("memory.urls")),
    path("dashboard/webhooks", include("webhooks.urls")),
    path("", include("executor_one.docs.urls")),
    path("", include("mcp_server.urls")),
]
handler400 = "executor_one.kit.errors.bad_request"
handler403 = "executor_one.kit.errors.forbidden"
handler404 = "executor_one.kit.errors.not_found"
handler500 = "executor_one.kit.errors.server_error"
