from django.urls import path

from webhooks.streams.api import views

urlpatterns = [
    path("", views.StreamList.as_view()),
    path("/<str:stream_id>", views.StreamDetail.as_view()),
    path("/<str:stream_id>/test", views.StreamTest.as_view()),
]
