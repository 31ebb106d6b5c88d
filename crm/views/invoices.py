from django.http import Http404, HttpRequest, HttpResponse


def invoice_list(request: HttpRequest, **kwargs: int) -> HttpResponse:
    raise Http404


def invoice_create(request: HttpRequest, **kwargs: int) -> HttpResponse:
    raise Http404


def invoice_detail(request: HttpRequest, **kwargs: int) -> HttpResponse:
    raise Http404


def invoice_edit(request: HttpRequest, **kwargs: int) -> HttpResponse:
    raise Http404


def invoice_paid(request: HttpRequest, **kwargs: int) -> HttpResponse:
    raise Http404


def invoice_unpaid(request: HttpRequest, **kwargs: int) -> HttpResponse:
    raise Http404


def invoice_delete(request: HttpRequest, **kwargs: int) -> HttpResponse:
    raise Http404


def invoice_restore(request: HttpRequest, **kwargs: int) -> HttpResponse:
    raise Http404
