from django.http import Http404, HttpRequest, HttpResponse


def trash(request: HttpRequest, **kwargs: int) -> HttpResponse:
    raise Http404
