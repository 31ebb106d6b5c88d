from django.http import Http404, HttpRequest, HttpResponse


def styleguide(request: HttpRequest, **kwargs: int) -> HttpResponse:
    raise Http404
