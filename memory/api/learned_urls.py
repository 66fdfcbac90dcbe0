from django.urls import path

from memory.api import learned_views as views

urlpatterns = [
    path("corrections", views.CorrectionList.as_view()),
    path("corrections/<uuid:correction_id>", views.CorrectionDetail.as_view()),
    path("corrections/<uuid:correction_id>/crystallize", views.CorrectionCrystallize.as_view()),
    path("task-trees", views.TaskTreeList.as_view()),
    path("task-trees/<uuid:tree_id>", views.TaskTreeDetail.as_view()),
    path("task-trees/<uuid:tree_id>/crystallize", views.TaskTreeCrystallize.as_view()),
    path("learning", views.LearningView.as_view()),
]
