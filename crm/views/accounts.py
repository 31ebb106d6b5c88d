"""How people sign in."""

from allauth.account.adapter import DefaultAccountAdapter
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import resolve_url


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never: the owner adds people."""
        return False


@login_not_required
def sign_in_for_admin(request: HttpRequest) -> HttpResponse:
    """Our own sign-in, but not for who is signed in and may not see the admin: round and round."""
    if request.user.is_authenticated and not request.user.is_staff:
        raise PermissionDenied
    query = request.META.get("QUERY_STRING", "")
    return HttpResponseRedirect(f"{resolve_url('account_login')}?{query}")
