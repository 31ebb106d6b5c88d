from django.http import Http404, HttpRequest, HttpResponse


def settings_page(request: HttpRequest, **kwargs: int) -> HttpResponse:
    raise Http404


def delivery_settings(request: HttpRequest, **kwargs: int) -> HttpResponse:
    raise Http404
