"""Pages below /dashboard/files."""

from django.urls import path

from goals import file_views

urlpatterns = [
    path("", file_views.FilesPage.as_view()),
    path("/download", file_views.FileDownload.as_view()),
]
