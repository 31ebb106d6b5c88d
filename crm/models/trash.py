"""What can be taken back: a row in the trash keeps everything until it is purged."""

from datetime import datetime, timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

KEPT_FOR = timedelta(days=30)


class TrashableQuerySet[M: models.Model](models.QuerySet[M]):
    def live(self) -> Self:
        return self.filter(trashed_at__isnull=True)

    def trashed(self) -> Self:
        return self.filter(trashed_at__isnull=False)

    def last_thrown_first(self) -> Self:
        return self.trashed().select_related("trashed_by").order_by("-trashed_at", "-pk")

    def purgeable(self, now: datetime) -> Self:
        """What has been in the trash for longer than it is kept."""
        return self.filter(trashed_at__lt=now - KEPT_FOR)


class Trashable(models.Model):
    trashed_at = models.DateTimeField(_("in the trash since"), null=True, blank=True)
    trashed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("put in the trash by"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )

    class Meta:
        abstract = True

    @property
    def is_trashed(self) -> bool:
        return self.trashed_at is not None

    def days_left(self, now: datetime) -> int:
        """Days until it is erased for good, the one that has begun among them."""
        left = (self.trashed_at or now) + KEPT_FOR - now
        return max(0, -(-left // timedelta(days=1)))
