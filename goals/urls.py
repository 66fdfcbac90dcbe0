"""Pages below /dashboard/goals."""

from django.urls import path

from goals import views

urlpatterns = [
    path("", views.GoalsPage.as_view()),
    path("/new", views.NewGoalPage.as_view()),
    path("/new/preview", views.PreviewPart.as_view()),
    path("/<uuid:goal_id>", views.GoalPage.as_view()),
    path("/<uuid:goal_id>/cancel", views.CancelGoal.as_view()),
    path("/<uuid:goal_id>/retry", views.RetryGoal.as_view()),
    path("/<uuid:goal_id>/log.txt", views.GoalLog.as_view()),
]
