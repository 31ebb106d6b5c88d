"""The addresses of the whole installation."""

from django.contrib import admin
from django.urls import include, path

from crm.views.accounts import sign_in_for_admin

urlpatterns = [
    # The admin's own login has no rate limit and no e-mail; ours has both.
    path("admin/login/", sign_in_for_admin),
    path("admin/", admin.site.urls),
    path("accounts/", include("allauth.urls")),
    path("webhooks/", include("webhooks.urls")),
    path("", include("crm.urls")),
]
