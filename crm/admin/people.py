from typing import override

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.http import HttpRequest

from crm.models import User


@admin.register(User)
class UserAdmin(DjangoUserAdmin):  # type: ignore[type-arg] # not generic at run time
    list_display = ("username", "email", "first_name", "last_name", "is_staff", "last_login")
    add_fieldsets = (
        (
            None,
            {
                "classes": ("wide",),
                "fields": ("username", "email", "usable_password", "password1", "password2"),
            },
        ),
    )

    @override
    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Who has left is made inactive: what they did keeps its name."""
        return False
