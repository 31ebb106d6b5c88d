"""The ledger: to be read. The message page and the settings page change what may be changed."""

from typing import override

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from crm.admin.bases import Lasting, ReadOnly, ReadOnlyInline
from crm.models import Attempt, DeliveryEvent, MessageSchedule, ProviderAccount


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


@admin.register(ProviderAccount)
class ProviderAccountAdmin(Lasting):
    list_display = ("__str__", "provider", "channel", "enabled", "paused_because", "rate_per_s")
    list_filter = ("channel", "enabled", "provider")
    search_fields = ("label", "provider")
    fields = (
        ("provider", "channel"),
        "label",
        "enabled",
        "paused_because",
        "rate_per_s",
        "names_of_settings",
        "created_at",
    )
    readonly_fields = ("provider", "channel", "names_of_settings", "created_at")

    @admin.display(description=_("settings"))
    def names_of_settings(self, account: ProviderAccount) -> SafeString:
        """Their names; the values are secrets and never leave the database this way."""
        return format_html_join("", "{}: ••••••<br>", ((name,) for name in account.settings))

    @override
    def has_add_permission(self, request: object) -> bool:
        return False
