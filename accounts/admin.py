from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from accounts.models import User


@admin.register(User)
class UserAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # not a generic at run time
    """Staff look people up and switch them off. Users come by sign-up; a deleted one would leave accounts unowned."""

    list_display = ["email", "name", "verified_at", "is_active", "is_staff", "created_at"]
    list_filter = ["is_active", "is_staff"]
    search_fields = ["email", "name"]
    fields = ["email", "name", "verified_at", "is_active", "is_staff", "created_at", "last_login"]
    readonly_fields = ["email", "verified_at", "created_at", "last_login"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
