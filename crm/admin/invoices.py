from typing import override

from django.contrib import admin
from django.urls import reverse

from crm.admin.bases import Lasting, ReadOnly, ReadOnlyInline
from crm.models import HeldReceipt, Invoice, Receipt


class ReceiptInline(ReadOnlyInline):
    model = Receipt
    fields = ("filename", "content_type", "size", "uploaded_at", "trashed_at")
    readonly_fields = fields


@admin.register(Invoice)
class InvoiceAdmin(Lasting):
    list_display = ("__str__", "customer", "amount", "currency", "issued_on", "due_on", "paid_on")
    list_select_related = ("customer",)
    list_filter = (
        ("paid_on", admin.EmptyFieldListFilter),
        ("trashed_at", admin.EmptyFieldListFilter),
        "currency",
    )
    search_fields = ("description", "customer__name")
    date_hierarchy = "issued_on"
    autocomplete_fields = ("customer",)
    readonly_fields = ("trashed_at", "trashed_by", "created_at", "created_by")
    exclude = ("form_id",)
    inlines = (ReceiptInline,)

    @override
    def view_on_site(self, obj: Invoice) -> str:
        return reverse("invoice_detail", args=[obj.pk])


@admin.register(Receipt)
class ReceiptAdmin(ReadOnly):
    """The file itself is served by the page alone, which knows who may see it."""

    list_display = ("filename", "invoice", "content_type", "size", "uploaded_by", "uploaded_at")
    list_select_related = ("invoice", "uploaded_by")
    list_filter = ("content_type", ("trashed_at", admin.EmptyFieldListFilter))
    search_fields = ("filename", "sha256", "invoice__description")
    date_hierarchy = "uploaded_at"
    exclude = ("file", "thumbnail")

    @override
    def view_on_site(self, obj: Receipt) -> str:
        return reverse("receipt_detail", args=[obj.pk])


@admin.register(HeldReceipt)
class HeldReceiptAdmin(ReadOnly):
    list_display = ("filename", "content_type", "size", "uploaded_by", "uploaded_at")
    list_select_related = ("uploaded_by",)
    search_fields = ("filename",)
    exclude = ("file", "thumbnail")
