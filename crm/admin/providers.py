"""Accounts at providers and what came from there: to be read. The settings page changes accounts.

No credential is shown, nor what would let somebody call in a provider's name.
"""

from typing import override

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from crm.actions.accounts import kept_secrets
from crm.admin.bases import ReadOnly, ReadOnlyInline
from crm.models import (
    InboundMedia,
    InboundMessage,
    MessageTemplate,
    ParkedReceipt,
    ProviderAccount,
    ProviderCallback,
)


@admin.register(ProviderAccount)
class ProviderAccountAdmin(ReadOnly):
    list_display = (
        "__str__",
        "provider",
        "channel",
        "enabled",
        "paused_because",
        "rate_per_s",
        "removed_at",
    )
    list_filter = ("channel", "enabled", "provider")
    search_fields = ("label", "provider")
    fields = (
        ("provider", "channel"),
        "label",
        ("enabled", "paused_because", "held_until"),
        "rate_per_s",
        "names_of_settings",
        ("created_at", "checked_at", "removed_at"),
    )

    @admin.display(description=_("settings"))
    def names_of_settings(self, account: ProviderAccount) -> SafeString:
        """Their names; the values are secrets and never leave the database this way."""
        names = sorted({*account.settings, *kept_secrets(account)})
        return format_html_join("", "{}: ••••••<br>", ((name,) for name in names))

    @override
    def view_on_site(self, obj: ProviderAccount) -> str:
        return reverse("settings") if obj.removed_at else reverse("account_detail", args=[obj.pk])


@admin.register(MessageTemplate)
class MessageTemplateAdmin(ReadOnly):
    list_display = ("name", "language", "account", "category", "state", "synced_at")
    list_select_related = ("account",)
    list_filter = ("state", "language", "account")
    search_fields = ("name", "reference")

    @override
    def view_on_site(self, obj: MessageTemplate) -> str:
        return reverse("template_list", args=[obj.account_id])


@admin.register(ProviderCallback)
class ProviderCallbackAdmin(ReadOnly):
    list_display = ("id", "account", "received_at", "state", "applied_at", "words")
    list_select_related = ("account",)
    list_filter = ("state", "account")
    fields = ("account", "method", "received_at", "state", "applied_at", "words")
    date_hierarchy = "received_at"


@admin.register(ParkedReceipt)
class ParkedReceiptAdmin(ReadOnly):
    list_display = ("provider_message_id", "account", "parked_at")
    list_select_related = ("account",)
    search_fields = ("=provider_message_id",)


class InboundMediaInline(ReadOnlyInline):
    model = InboundMedia
    fields = ("file_name", "content_type", "size", "tries", "words")
    readonly_fields = fields


@admin.register(InboundMessage)
class InboundMessageAdmin(ReadOnly):
    list_display = ("id", "received_at", "channel", "customer", "sender", "kind", "meant")
    list_select_related = ("customer",)
    list_filter = ("channel", "kind", "meant")
    search_fields = ("=sender", "=provider_message_id")
    raw_id_fields = ("customer", "answers")
    inlines = (InboundMediaInline,)


@admin.register(InboundMedia)
class InboundMediaAdmin(ReadOnly):
    list_display = ("id", "message_id", "file_name", "content_type", "size", "tries", "words")
