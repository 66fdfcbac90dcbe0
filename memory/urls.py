"""Pages below /dashboard/memory."""

from django.urls import path

from memory import views

urlpatterns = [
    path("", views.MemoryPage.as_view()),
    path("/new", views.NewMemoryPage.as_view()),
    path("/audit", views.AuditPage.as_view()),
    path("/item", views.MemoryItem.as_view()),
    path("/item/crystallize", views.CrystallizeMemory.as_view()),
    path("/item/delete", views.DeleteMemory.as_view()),
]
