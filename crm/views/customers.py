"""Customers: the whole list, one customer, and what is done to them."""

from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from crm.actions import consents, customers
from crm.forms.customers import CustomerForm
from crm.models import Customer, Tag
from crm.views import access
from crm.views.back import next_url
from crm.views.customer_page import conversation_context, customer_page
from crm.views.customer_rows import customer_rows
from crm.views.live import conversation_version
from crm.views.notices import notify, warn
from crm.views.requests import AuthenticatedRequest

CUSTOMERS_A_PAGE = 50
TAGS_SUGGESTED = 10
#: What a link may fill in for somebody new.
_PREFILLED = ("name", "email", "phone_number")
#: And for somebody we know.
_PROPOSED = ("time_zone", "phone_number")


@require_safe
@vary_on_headers("HX-Request")
def customer_index(request: AuthenticatedRequest) -> HttpResponse:
    context = customer_rows(request, now=timezone.now(), size=CUSTOMERS_A_PAGE)
    page = "crm/customer_index.html" if not request.htmx else "crm/components/_customers.html"
    return render(request, page, context | {"nav_current": "customers"})


@require_safe
def customer_detail(request: AuthenticatedRequest, customer_id: int) -> HttpResponse:
    customer = access.get_customer(request, customer_id, trashed=None)
    if customer.is_trashed:
        warn(request, _("%(name)s is in the trash.") % {"name": customer.name})
        return redirect("trash")
    return render(request, "crm/customer_detail.html", customer_page(request, customer))


@require_safe
def customer_conversation(request: AuthenticatedRequest, customer_id: int) -> HttpResponse:
    """The conversation alone, for the page that polls it: 204 while it shows it as it is."""
    customer = access.get_customer(request, customer_id)
    if not request.htmx:
        return redirect("customer_detail", customer_id)
    version = conversation_version(customer, now=timezone.now())
    if request.GET.get("version") == version:
        return HttpResponse(status=204)
    return render(
        request, "crm/components/_conversation.html", conversation_context(request, customer)
    )


@require_http_methods(["GET", "HEAD", "POST"])
def customer_create(request: AuthenticatedRequest) -> HttpResponse:
    if request.method == "POST":
        form = CustomerForm(request.POST, business=request.business)
        if form.is_valid() and not form.unseen_duplicates(request.POST.getlist("seen")):
            customer = customers.add(
                form.save(commit=False), form.cleaned_data["tags"], actor=request.user
            )
            for channel in form.cleaned_data["agreed"]:
                consents.record(customer, channel, True, actor=request.user, now=timezone.now())
            notify(request, _("%(name)s is added.") % {"name": customer.name})
            return _saved(request, customer, form)
    else:
        filled_in = {name: request.GET.get(name, "") for name in _PREFILLED}
        form = CustomerForm(initial=filled_in, business=request.business)
    return _form_page(request, form)


@require_http_methods(["GET", "HEAD", "POST"])
def customer_edit(request: AuthenticatedRequest, customer_id: int) -> HttpResponse:
    customer = access.get_customer(request, customer_id)
    if request.method == "POST":
        form = CustomerForm(request.POST, instance=customer, business=request.business)
        if form.is_valid() and not form.unseen_duplicates(request.POST.getlist("seen")):
            customers.change(
                customer, form.cleaned_data["tags"], actor=request.user, now=timezone.now()
            )
            notify(request, _("Saved."))
            return _saved(request, customer, form)
    else:
        proposed = {name: request.GET[name] for name in _PROPOSED if name in request.GET}
        form = CustomerForm(instance=customer, initial=proposed, business=request.business)
    return _form_page(request, form)


@require_safe
def customer_duplicates(request: AuthenticatedRequest) -> HttpResponse:
    """Who may be meant by what is being typed: a fragment of the form's page."""
    edited = request.GET.get("customer", "")
    customer = access.get_customer(request, int(edited)) if edited.isdecimal() else None
    form = CustomerForm(request.GET, instance=customer, business=request.business)
    form.is_valid()
    return render(request, "crm/components/_duplicates.html", {"form": form})


@require_POST
def customer_delete(request: AuthenticatedRequest, customer_id: int) -> HttpResponse:
    customer = access.get_customer(request, customer_id, trashed=None)
    called_off = customers.trash(customer, actor=request.user, now=timezone.now())
    words = _("%(name)s is in the trash.") % {"name": customer.name}
    if called_off:
        words += " " + ngettext(
            "%(count)d message to them is called off.",
            "%(count)d messages to them are called off.",
            called_off,
        ) % {"count": called_off}
    notify(request, words, undo=reverse("customer_restore", args=[customer.pk]))
    return redirect("customer_index")


@require_POST
def customer_restore(request: AuthenticatedRequest, customer_id: int) -> HttpResponse:
    customer = access.get_customer(request, customer_id, trashed=None)
    restored = customers.restore(customer, actor=request.user, now=timezone.now())
    notify(request, _("%(name)s is back.") % {"name": customer.name})
    if restored.missed:
        words = ngettext(
            "%(count)d message missed its time in the trash and waits for you on Today.",
            "%(count)d messages missed their time in the trash and wait for you on Today.",
            restored.missed,
        )
        warn(request, words % {"count": restored.missed})
    page = reverse("customer_detail", args=[customer.pk])
    return HttpResponseRedirect(next_url(request, page))


def _form_page(request: AuthenticatedRequest, form: CustomerForm) -> HttpResponse:
    context: dict[str, Any] = {
        "form": form,
        "shows_more": form.shows_more,
        "duplicates_asked": form.is_bound and not form.errors,
        "customer": form.instance if form.instance.pk else None,
        "next_url": next_url(request, ""),
        "tags": Tag.objects.in_use()[:TAGS_SUGGESTED],
        "nav_current": "customers",
    }
    return render(request, "crm/customer_form.html", context)


def _saved(request: AuthenticatedRequest, customer: Customer, form: CustomerForm) -> HttpResponse:
    if form.phone and not form.phone.certain:
        warn(request, _("No telephone numbers like this one are known yet: check its digits."))
    page = reverse("customer_detail", args=[customer.pk])
    return HttpResponseRedirect(next_url(request, page))
