"""Short notices after an action, with a way back where the action can be undone."""

from django.contrib import messages
from django.http import HttpRequest


def notify(request: HttpRequest, text: str, *, undo: str = "") -> None:
    """Tell the person what was done; `undo` is the address to POST to in order to undo it."""
    messages.success(request, text, extra_tags=undo)


def warn(request: HttpRequest, text: str) -> None:
    messages.warning(request, text)
