"""The requests our views get: signed in, with htmx's details."""

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from crm.models import Business, User


class AuthenticatedRequest(HttpRequest):
    user: User
    htmx: HtmxDetails
    business: Business
