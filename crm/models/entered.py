"""When a row was entered and changed, and by whom."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Entered(models.Model):
    created_at = models.DateTimeField(_("added"), default=timezone.now, editable=False)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("added by"),
        null=True,
        editable=False,
        db_index=False,  # nobody searches by it, and each index costs at every write
        on_delete=models.SET_NULL,
        related_name="+",
    )

    class Meta:
        abstract = True
