"""What asks a person: it stays until somebody acknowledges it, which never means "sent"."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Acknowledged(models.Model):
    acknowledged_at = models.DateTimeField(_("acknowledged"), null=True, blank=True)
    acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("acknowledged by"),
        null=True,
        blank=True,
        db_index=False,
        on_delete=models.SET_NULL,
        related_name="+",
    )

    class Meta:
        abstract = True


class Reminder(Acknowledged):
    wants_since = models.DateTimeField(_("wants a person since"), null=True, blank=True)
    snoozed_until = models.DateTimeField(_("snoozed until"), null=True, blank=True)

    # The form it was written in: sent twice, it still makes one message.
    form_id = models.UUIDField(null=True, editable=False)

    class Meta:
        abstract = True
