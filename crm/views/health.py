from django.http import Http404, HttpRequest, HttpResponse


def healthz(request: HttpRequest, **kwargs: int) -> HttpResponse:
    raise Http404
