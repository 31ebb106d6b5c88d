"""What the tables of the admin share."""

from typing import Any, override

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest


class Lasting(admin.ModelAdmin):  # type: ignore[type-arg] # not generic at run time
    """Changed here, but thrown away only on the pages, where it can be taken back."""

    show_full_result_count = False
    list_per_page = 50

    @override
    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ReadOnly(Lasting):
    """Written by the product alone."""

    @override
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    @override
    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ReadOnlyInline(admin.TabularInline):  # type: ignore[type-arg] # not generic at run time
    extra = 0
    can_delete = False
    show_change_link = True

    @override
    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    @override
    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False
