from django.http import Http404, HttpRequest, HttpResponse


def search(request: HttpRequest, **kwargs: int) -> HttpResponse:
    raise Http404
