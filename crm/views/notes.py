from django.http import Http404, HttpRequest, HttpResponse


def note_create(request: HttpRequest, **kwargs: int) -> HttpResponse:
    raise Http404


def note_delete(request: HttpRequest, **kwargs: int) -> HttpResponse:
    raise Http404


def note_restore(request: HttpRequest, **kwargs: int) -> HttpResponse:
    raise Http404
