"""The ledger: to be read. The message page and the settings page change what may be changed."""

from typing import override

from django.contrib import admin
from django.urls import reverse

from crm.admin.bases import ReadOnly, ReadOnlyInline
from crm.models import (
    Attempt,
    Broadcast,
    DeliveryEvent,
    MessageSchedule,
    MessageSeries,
    RemovedOccurrence,
)


class AttemptInline(ReadOnlyInline):
    model = Attempt
    fields = (
        "number",
        "account",
        "worker",
        "started_at",
        "finished_at",
        "outcome",
        "code",
        "words",
    )
    readonly_fields = fields


class DeliveryEventInline(ReadOnlyInline):
    model = DeliveryEvent
    fields = ("at", "status", "source", "attempt", "detail")
    readonly_fields = fields


@admin.register(MessageSchedule)
class MessageAdmin(ReadOnly):
    list_display = (
        "id",
        "customer",
        "message_type",
        "status",
        "schedule_date",
        "reason",
        "sent_at",
    )
    list_select_related = ("customer",)
    list_filter = (
        "status",
        "message_type",
        "reason",
        ("acknowledged_at", admin.EmptyFieldListFilter),
    )
    search_fields = ("message_content", "customer__search_text", "provider_message_id", "sent_to")
    date_hierarchy = "schedule_date"
    inlines = (AttemptInline, DeliveryEventInline)

    @override
    def view_on_site(self, obj: MessageSchedule) -> str:
        return reverse("message_detail", args=[obj.pk])


@admin.register(Attempt)
class AttemptAdmin(ReadOnly):
    list_display = ("id", "message_id", "number", "account", "outcome", "started_at", "finished_at")
    list_select_related = ("account",)
    list_filter = ("outcome", "account")
    search_fields = ("id", "provider_message_id", "code", "words")
    date_hierarchy = "started_at"


@admin.register(DeliveryEvent)
class DeliveryEventAdmin(ReadOnly):
    list_display = ("at", "message_id", "status", "source")
    list_filter = ("status", "source")
    search_fields = ("=message__id",)
    date_hierarchy = "at"


@admin.register(MessageSeries)
class MessageSeriesAdmin(ReadOnly):
    list_display = ("id", "customer", "message_type", "unit", "interval", "first_day", "stopped_at")
    list_select_related = ("customer",)
    list_filter = ("unit", "message_type")
    search_fields = ("customer__search_text",)

    @override
    def view_on_site(self, obj: MessageSeries) -> str:
        return reverse("series_detail", args=[obj.pk])


@admin.register(RemovedOccurrence)
class RemovedOccurrenceAdmin(ReadOnly):
    list_display = ("message_id", "series_id", "occurrence")
    search_fields = ("=message_id", "=series__id")


@admin.register(Broadcast)
class BroadcastAdmin(ReadOnly):
    list_display = ("id", "begins_at", "ends_at", "recipients", "per_minute", "stopped_at")
    date_hierarchy = "begins_at"

    @override
    def view_on_site(self, obj: Broadcast) -> str:
        return reverse("broadcast_detail", args=[obj.pk])
