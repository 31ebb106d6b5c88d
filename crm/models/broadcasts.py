"""One message to many: everybody with a tag, one after the other."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from crm.models.customers import Channel, Tag
from crm.models.entered import Entered
from crm.models.written import Written


class Matching(models.TextChoices):
    ANY = "any", _("Any of these tags")
    ALL = "all", _("All of these tags")


class BroadcastQuerySet(models.QuerySet["Broadcast"]):
    def newest_first(self) -> Self:
        return self.order_by("-created_at", "-pk")


class Broadcast(Entered, Written):
    """`message_type` is empty where each is written to by the channel they prefer.

    `left_out` counts those who were chosen and get nothing, by reason.
    """

    message_type = models.CharField(_("send as"), max_length=10, choices=Channel, blank=True)
    tags = models.ManyToManyField(Tag, verbose_name=_("tags"), related_name="+")
    matching = models.CharField(
        _("customers with"), max_length=3, choices=Matching, default=Matching.ANY
    )
    begins_at = models.DateTimeField(_("begins"))
    ends_at = models.DateTimeField(_("the last one goes"))
    per_minute = models.PositiveIntegerField(_("messages a minute"))
    recipients = models.PositiveIntegerField(_("recipients"), default=0)
    left_out = models.JSONField(_("left out"), default=dict)
    stopped_at = models.DateTimeField(_("stopped"), null=True, blank=True)
    # The form it was made with: sent twice, it still makes one.
    form_id = models.UUIDField(null=True, editable=False, unique=True)

    objects = BroadcastQuerySet.as_manager()

    class Meta:
        verbose_name = _("message to many")
        verbose_name_plural = _("messages to many")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(message_content=""), name="broadcast_has_a_text"),
            models.CheckConstraint(condition=Q(per_minute__gte=1), name="broadcast_goes_on"),
        ]

    def __str__(self) -> str:
        return f"{self.begins_at:%F %R}, {self.recipients} recipients"


class OneOfMany(models.Model):
    broadcast = models.ForeignKey(
        Broadcast,
        verbose_name=_("message to many"),
        null=True,
        blank=True,
        db_index=False,  # message_of_broadcast holds those that have one
        on_delete=models.SET_NULL,
        related_name="messages",
    )

    class Meta:
        abstract = True
