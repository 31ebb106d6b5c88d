"""The sign of life of each delivery worker."""

from datetime import datetime, timedelta
from typing import Self

from django.db import models
from django.utils.translation import gettext_lazy as _

STALE_AFTER = timedelta(seconds=30)


class HeartbeatQuerySet(models.QuerySet["Heartbeat"]):
    def last_beat(self) -> datetime | None:
        latest = self.order_by("-beat_at").first()
        return latest.beat_at if latest else None

    def at_work(self, now: datetime) -> Self:
        return self.filter(beat_at__gt=now - STALE_AFTER, stopped_at__isnull=True)

    def alive(self, now: datetime) -> bool:
        """Whether any worker has given a sign of life lately."""
        return self.at_work(now).exists()


class Heartbeat(models.Model):
    worker = models.CharField(_("worker"), max_length=100, unique=True)
    host = models.CharField(_("machine"), max_length=255)
    pid = models.PositiveIntegerField(_("process"))
    started_at = models.DateTimeField(_("started"))
    beat_at = models.DateTimeField(_("last sign of life"), db_index=True)
    stopped_at = models.DateTimeField(_("stopped"), null=True, blank=True)

    objects = HeartbeatQuerySet.as_manager()

    class Meta:
        verbose_name = _("heartbeat")
        verbose_name_plural = _("heartbeats")

    def __str__(self) -> str:
        return self.worker
