"""The map: every address of the product."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView

from executor_one.health import Health
from executor_one.usage import UsageView


def home(request: HttpRequest) -> HttpResponse:
    """Until the dashboard exists, the front door leads to the API's documentation."""
    return HttpResponseRedirect("/api/docs")


urlpatterns = [
    path("", home),
    path("admin/", admin.site.urls),
    path("api/health", Health.as_view()),
    path(
        "api/schema",
        SpectacularAPIView.as_view(authentication_classes=[], permission_classes=[]),
        name="schema",
    ),
    path(
        "api/docs",
        SpectacularSwaggerView.as_view(url_name="schema", authentication_classes=[], permission_classes=[]),
    ),
    path("api/auth/usage", UsageView.as_view()),
    path("api/auth/", include("accounts.api.urls")),
    path("api/", include("accounts.api.member_urls")),
    path("api/", include("memory.api.learned_urls")),
    path("api/", include("goals.api.urls")),
    path("api/memory", include("memory.api.urls")),
]
handler400 = "executor_one.kit.errors.bad_request"
handler403 = "executor_one.kit.errors.forbidden"
handler404 = "executor_one.kit.errors.not_found"
handler500 = "executor_one.kit.errors.server_error"
