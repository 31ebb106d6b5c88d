"""How the installation is, for whoever watches it; tells nothing that is not public."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import Error as DatabaseError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from crm.models import Heartbeat


@never_cache
@login_not_required
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """200 when the database answers and a sender is at work, else 503."""
    found = health(timezone.now())
    status = 200 if found["status"] == "ok" else 503
    return JsonResponse(found | {"version": settings.VERSION}, status=status)


def health(now: datetime) -> dict[str, Any]:
    try:
        running, last_beat = Heartbeat.objects.alive(now), Heartbeat.objects.last_beat()
    except DatabaseError:
        return _health("no database", database=False, running=False, last_beat=None)
    status = "ok" if running else "no worker"
    return _health(status, database=True, running=running, last_beat=last_beat)


def _health(
    status: str, *, database: bool, running: bool, last_beat: datetime | None
) -> dict[str, Any]:
    worker = {"running": running, "last_beat": last_beat}
    return {"status": status, "database": database, "worker": worker}
