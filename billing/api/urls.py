"""Addresses below /api/billing."""

from django.urls import path

from billing.api import views

urlpatterns = [
    path("tiers", views.Tiers.as_view()),
    path("pricing", views.PricingView.as_view()),
    path("subscription", views.SubscriptionView.as_view()),
    path("plan-summary", views.Summary.as_view()),
    path("usage", views.UsageView.as_view()),
    path("checkout", views.Checkout.as_view()),
    path("create-payment-intent", views.CreatePaymentIntent.as_view()),
    path("credits", views.Credits.as_view()),
    path("portal", views.Portal.as_view()),
    path("change-plan", views.ChangePlan.as_view()),
    path("validate-downgrade", views.ValidateDowngrade.as_view()),
    path("webhook", views.Webhook.as_view()),
]
