"""Addresses for agents; they hang at the root of the map."""

from django.urls import path

from mcp_server import views
from mcp_server.door import Door

urlpatterns = [
    path("mcp", Door.as_view()),
    path("SKILL.md", views.document, {"name": "skill"}, name="skill"),
    path("skills/connect-agent.md", views.document, {"name": "connect-agent"}, name="connect-agent"),
]
