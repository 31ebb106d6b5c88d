from django.http import Http404, HttpRequest, HttpResponse


def message_list(request: HttpRequest, **kwargs: int) -> HttpResponse:
    raise Http404


def message_schedule(request: HttpRequest, **kwargs: int) -> HttpResponse:
    raise Http404


def message_preview(request: HttpRequest, **kwargs: int) -> HttpResponse:
    raise Http404


def message_detail(request: HttpRequest, **kwargs: int) -> HttpResponse:
    raise Http404


def message_edit(request: HttpRequest, **kwargs: int) -> HttpResponse:
    raise Http404


def message_cancel(request: HttpRequest, **kwargs: int) -> HttpResponse:
    raise Http404


def message_uncancel(request: HttpRequest, **kwargs: int) -> HttpResponse:
    raise Http404
