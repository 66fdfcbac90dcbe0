from django.urls import path

from realtime.api import activity, views

urlpatterns = [
    path("activity-log", activity.ActivityList.as_view()),
    path("activity-log/stats", activity.ActivityStats.as_view()),
    path("events", views.Events.as_view()),
    path("goals/<uuid:goal_id>/events", views.GoalEvents.as_view()),
]
