from typing import override

from django.contrib import admin
from django.urls import reverse

from crm.admin.bases import ReadOnly
from crm.models import Business, Event, Heartbeat


@admin.register(Business)
class BusinessAdmin(ReadOnly):
    """Changed on the settings page, which moves what is planned by its clock."""

    list_display = ("display_name", "country", "time_zone", "currency")

    @override
    def view_on_site(self, obj: Business) -> str:
        return reverse("settings")


@admin.register(Event)
class EventAdmin(ReadOnly):
    list_display = ("at", "kind", "customer", "actor", "subject_id")
    list_select_related = ("customer", "actor")
    list_filter = ("kind",)
    search_fields = ("kind", "customer__search_text", "=subject_id")
    date_hierarchy = "at"


@admin.register(Heartbeat)
class HeartbeatAdmin(ReadOnly):
    list_display = ("worker", "host", "pid", "started_at", "beat_at", "stopped_at")
