from django.urls import path

from webhooks.api import views

urlpatterns = [
    path("", views.WebhookList.as_view()),
    path("/deliveries", views.DeliveryList.as_view()),
    path("/deliveries/<str:delivery_id>", views.DeliveryDetail.as_view()),
    path("/deliveries/<str:delivery_id>/redeliver", views.Redelivery.as_view()),
    path("/<str:webhook_id>", views.WebhookDetail.as_view()),
    path("/<str:webhook_id>/rotate", views.Rotation.as_view()),
    path("/<str:webhook_id>/test", views.TestDelivery.as_view()),
]
