from django.http import Http404, HttpRequest, HttpResponse


def setup(request: HttpRequest, **kwargs: int) -> HttpResponse:
    raise Http404
