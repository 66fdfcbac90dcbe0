from django.urls import path

from realtime.api import views

urlpatterns = [
    path("events", views.Events.as_view()),
    path("goals/<uuid:goal_id>/events", views.GoalEvents.as_view()),
]
