from django.http import Http404, HttpRequest, HttpResponse


def reminder_list(request: HttpRequest, **kwargs: int) -> HttpResponse:
    raise Http404


def mark_reminder_sent(request: HttpRequest, **kwargs: int) -> HttpResponse:
    raise Http404


def reminder_dismiss(request: HttpRequest, **kwargs: int) -> HttpResponse:
    raise Http404


def reminder_reopen(request: HttpRequest, **kwargs: int) -> HttpResponse:
    raise Http404


def reminder_snooze(request: HttpRequest, **kwargs: int) -> HttpResponse:
    raise Http404


def reminder_wake(request: HttpRequest, **kwargs: int) -> HttpResponse:
    raise Http404


def reminder_retry(request: HttpRequest, **kwargs: int) -> HttpResponse:
    raise Http404
