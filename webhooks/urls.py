from django.urls import path

from webhooks import views

urlpatterns = [
    path("", views.Webhooks.as_view()),
    path("/deliveries/<str:delivery_id>/redeliver", views.Redeliver.as_view()),
    path("/<str:webhook_id>/test", views.Test.as_view()),
    path("/<str:webhook_id>/switch", views.Switch.as_view()),
    path("/<str:webhook_id>/rotate", views.Rotate.as_view()),
    path("/<str:webhook_id>/delete", views.Delete.as_view()),
]
