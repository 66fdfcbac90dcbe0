"""Addresses below /api/memory; a key may hold slashes, so a route takes all that follows."""

from django.urls import path, register_converter

from memory.api import views


class Key:
    """The whole rest of an address, percent-decoded by the server: `a/b` and `a%2Fb` are one key."""

    regex = r"[\s\S]+"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(Key, "memory_key")

urlpatterns = [
    path("", views.MemoryList.as_view()),
    path("/audit", views.Audit.as_view()),
    path("/<memory_key:key>/crystallize", views.Crystallize.as_view()),
    path("/<memory_key:key>", views.MemoryDetail.as_view()),
]
