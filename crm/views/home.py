from django.http import Http404, HttpRequest, HttpResponse


def customer_list(request: HttpRequest, **kwargs: int) -> HttpResponse:
    raise Http404
