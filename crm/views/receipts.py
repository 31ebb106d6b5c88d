from django.http import Http404, HttpRequest, HttpResponse


def receipt_create(request: HttpRequest, **kwargs: int) -> HttpResponse:
    raise Http404


def receipt_detail(request: HttpRequest, **kwargs: int) -> HttpResponse:
    raise Http404


def receipt_file(request: HttpRequest, **kwargs: int) -> HttpResponse:
    raise Http404


def receipt_download(request: HttpRequest, **kwargs: int) -> HttpResponse:
    raise Http404


def receipt_thumbnail(request: HttpRequest, **kwargs: int) -> HttpResponse:
    raise Http404


def receipt_delete(request: HttpRequest, **kwargs: int) -> HttpResponse:
    raise Http404


def receipt_restore(request: HttpRequest, **kwargs: int) -> HttpResponse:
    raise Http404
