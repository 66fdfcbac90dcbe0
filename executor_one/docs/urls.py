"""Addresses of the documentation; they hang at the root of the map."""

from django.urls import path

from executor_one.docs import views

urlpatterns = [
    path("dev", views.dev, name="dev"),
    path("dev.md", views.dev_markdown, name="dev-markdown"),
    path("dev/console", views.console, name="dev-console"),
    path("dev/openapi.json", views.openapi, name="dev-openapi"),
    path("docs", views.index, name="docs"),
    path("docs.md", views.index_markdown, name="docs-markdown"),
    path("docs/search", views.found, name="docs-search"),
    path("docs/<path:path>", views.document, name="docs-page"),
    path("llms.txt", views.llms_txt, name="llms"),
]
