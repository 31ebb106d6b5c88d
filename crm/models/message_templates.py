"""Message templates that a provider has approved, as its list said last."""

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Case, Max, When
from django.utils.translation import gettext_lazy as _

from crm.models.provider_accounts import ProviderAccount
from providers.templates import TemplateState

STATE_CHOICES = [
    (TemplateState.APPROVED, _("Approved")),
    (TemplateState.PENDING, _("In review")),
    (TemplateState.REJECTED, _("Rejected")),
    (TemplateState.PAUSED, _("Paused")),
    (TemplateState.DISABLED, _("Disabled")),
    (TemplateState.DELETED, _("Deleted")),
    (TemplateState.UNKNOWN, _("Unknown")),
]


class MessageTemplateQuerySet(models.QuerySet["MessageTemplate"]):
    def usable(self) -> Self:
        return self.filter(state=TemplateState.APPROVED)

    def listed(self) -> Self:
        """Those that can be used first, those that are gone last."""
        gone = Case(When(state=TemplateState.DELETED, then=2), default=1)
        rank = Case(When(state=TemplateState.APPROVED, then=0), default=gone)
        return self.order_by(rank, "name", "language")

    def last_read(self) -> datetime | None:
        last: datetime | None = self.aggregate(last=Max("synced_at"))["last"]
        return last


class MessageTemplate(models.Model):
    """`slots` are the provider's, in order: [{"key", "mark", "part", "example"}, …]."""

    account = models.ForeignKey(
        ProviderAccount,
        verbose_name=_("account"),
        on_delete=models.CASCADE,
        related_name="templates",
    )
    reference = models.CharField(_("provider's id"), max_length=64)
    name = models.CharField(_("name"), max_length=512)
    language = models.CharField(_("language"), max_length=20)
    category = models.CharField(_("category"), max_length=40, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=STATE_CHOICES)
    header_format = models.CharField(_("kind of header"), max_length=20, blank=True)
    header = models.TextField(_("header"), blank=True)
    body = models.TextField(_("text"))
    footer = models.TextField(_("footer"), blank=True)
    buttons = models.JSONField(_("buttons"), default=list)
    slots = models.JSONField(_("places to fill in"), default=list)
    rejected_because = models.CharField(_("rejected because"), max_length=300, blank=True)
    synced_at = models.DateTimeField(_("read from the provider"))

    objects = MessageTemplateQuerySet.as_manager()

    class Meta:
        verbose_name = _("message template")
        verbose_name_plural = _("message templates")
        ordering = ["name", "language"]
        constraints = [
            models.UniqueConstraint(
                fields=["account", "reference"], name="template_of_account_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.language})"

    @property
    def is_usable(self) -> bool:
        return self.state == TemplateState.APPROVED
