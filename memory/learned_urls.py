"""Pages below /dashboard: corrections and task trees."""

from django.urls import path

from memory import learned_views as views

urlpatterns = [
    path("corrections", views.Corrections.as_view()),
    path("corrections/new", views.TeachPage.as_view()),
    path("corrections/<uuid:correction_id>", views.CorrectionPage.as_view()),
    path("corrections/<uuid:correction_id>/crystallize", views.CrystallizeCorrection.as_view()),
    path("corrections/<uuid:correction_id>/delete", views.ForgetCorrection.as_view()),
    path("trees", views.Trees.as_view()),
    path("trees/<uuid:tree_id>", views.TreePage.as_view()),
    path("trees/<uuid:tree_id>/crystallize", views.CrystallizeTree.as_view()),
    path("trees/<uuid:tree_id>/delete", views.ForgetTree.as_view()),
]
