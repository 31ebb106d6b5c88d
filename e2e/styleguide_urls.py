"""The installation's addresses and the style page, which otherwise only DEBUG shows."""

from django.urls import include, path

from crm.views.styleguide import styleguide

urlpatterns = [
    path("styleguide/", styleguide, name="styleguide"),
    path("", include("customer_manager.urls")),
]
