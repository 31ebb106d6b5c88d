"""The installation's addresses and the style page, which otherwise only DEBUG shows."""

from django.urls import URLPattern, URLResolver, path

from crm.views.styleguide import styleguide
from customer_manager.urls import urlpatterns as installed

urlpatterns: list[URLPattern | URLResolver] = [
    path("styleguide/", styleguide, name="styleguide"),
    *installed,
]
