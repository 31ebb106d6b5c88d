"""What customers are to read, and by which channel."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from crm.models.customers import Channel
from crm.models.message_templates import MessageTemplate


class Written(models.Model):
    message_type = models.CharField(_("send as"), max_length=10, choices=Channel)
    message_content = models.TextField(_("message"), max_length=4096)
    # Where the first channel refuses for good, a person allowed this one: one promise, never both.
    fallback_channel = models.CharField(
        _("else send as"), max_length=10, choices=Channel, blank=True
    )
    # An approved template; `template_values` is what its slots say, by key, placeholders and all,
    # and `message_content` its whole text with them.
    template = models.ForeignKey(
        MessageTemplate,
        verbose_name=_("template"),
        null=True,
        blank=True,
        db_index=False,
        on_delete=models.PROTECT,
        related_name="+",
    )
    template_values = models.JSONField(_("what the template says"), default=dict, blank=True)
    also_in_quiet_hours = models.BooleanField(_("also in quiet hours"), default=False)

    class Meta:
        abstract = True
