from typing import Any, override

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse

from crm.admin.bases import Lasting, ReadOnly
from crm.forms.phones import PhoneField
from crm.models import Business, Consent, Customer, Note, OptOut, Tag
from rules import phone


class CustomerAdminForm(forms.ModelForm):  # type: ignore[type-arg] # not generic at run time
    phone_number = PhoneField(required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        country = Business.objects.current().country
        self.fields["phone_number"].country = country  # type: ignore[attr-defined] # a PhoneField
        if self.instance.phone_number:
            shown = phone.display(self.instance.phone_number, country=country)
            self.initial["phone_number"] = shown

    def clean_phone_number(self) -> str:
        number = self.cleaned_data["phone_number"]
        if "phone_number" in self.changed_data:
            self.instance.phone_as_typed = number.as_typed if number else ""
        return number.e164 if number else ""


@admin.register(Customer)
class CustomerAdmin(Lasting):
    form = CustomerAdminForm
    list_display = ("name", "company", "phone_number", "email", "preferred_channel", "created_at")
    list_filter = ("preferred_channel", "tags", ("trashed_at", admin.EmptyFieldListFilter))
    search_fields = ("search_text", "search_digits")
    date_hierarchy = "created_at"
    filter_horizontal = ("tags",)
    exclude = ("form_id",)
    # Messages promised in the customer's own time follow the zone, which only the pages see to.
    readonly_fields = (
        "phone_as_typed",
        "time_zone",
        "trashed_at",
        "trashed_by",
        "created_at",
        "created_by",
    )

    @override
    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Customer], search_term: str
    ) -> tuple[QuerySet[Customer], bool]:
        """As on the pages: without accents, and any part of a number however it is written."""
        if not search_term:
            return queryset, False
        return queryset.filter(pk__in=Customer.objects.search(search_term).values("pk")), False

    @override
    def save_model(self, request: HttpRequest, obj: Customer, form: Any, change: bool) -> None:
        obj.refresh_search()
        super().save_model(request, obj, form, change)

    @override
    def view_on_site(self, obj: Customer) -> str:
        return reverse("customer_detail", args=[obj.pk])


@admin.register(Tag)
class TagAdmin(admin.ModelAdmin):  # type: ignore[type-arg] # not generic at run time
    search_fields = ("name",)


@admin.register(Note)
class NoteAdmin(Lasting):
    list_display = ("__str__", "customer", "author", "created_at")
    list_select_related = ("customer", "author")
    list_filter = (("trashed_at", admin.EmptyFieldListFilter),)
    search_fields = ("text", "customer__search_text")
    date_hierarchy = "created_at"
    autocomplete_fields = ("customer",)
    readonly_fields = ("author", "trashed_at", "trashed_by", "created_at")
    exclude = ("form_id",)


@admin.register(Consent)
class ConsentAdmin(ReadOnly):
    list_display = ("customer", "channel", "given", "known_from", "at", "recorded_by")
    list_select_related = ("customer", "recorded_by")
    list_filter = ("channel", "given", "known_from")
    search_fields = ("customer__search_text",)


@admin.register(OptOut)
class OptOutAdmin(ReadOnly):
    list_display = ("phone_number", "channel", "known_from", "words", "at")
    list_filter = ("channel", "known_from")
    search_fields = ("phone_number",)
