from django.http import Http404, HttpRequest, HttpResponse


def customer_index(request: HttpRequest, **kwargs: int) -> HttpResponse:
    raise Http404


def customer_duplicates(request: HttpRequest, **kwargs: int) -> HttpResponse:
    raise Http404


def customer_create(request: HttpRequest, **kwargs: int) -> HttpResponse:
    raise Http404


def customer_detail(request: HttpRequest, **kwargs: int) -> HttpResponse:
    raise Http404


def customer_edit(request: HttpRequest, **kwargs: int) -> HttpResponse:
    raise Http404


def customer_delete(request: HttpRequest, **kwargs: int) -> HttpResponse:
    raise Http404


def customer_restore(request: HttpRequest, **kwargs: int) -> HttpResponse:
    raise Http404
