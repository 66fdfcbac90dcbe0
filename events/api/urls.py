from django.urls import path

from events.api import views

urlpatterns = [
    path("events", views.AuditEvents.as_view()),
    path("heads", views.AuditHeads.as_view()),
    path("keys", views.AuditKeys.as_view()),
]
