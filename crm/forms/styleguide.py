"""One field of every kind, for the style page."""

from datetime import datetime, timedelta

from django import forms
from django.utils.translation import gettext_lazy as _

from crm.forms.widgets import Preset, ScheduleInput

CHANNELS = [("whatsapp", _("WhatsApp")), ("sms", _("SMS"))]
DELIVERIES = [
    ("auto", _("Send it at that time")),
    ("hand", _("Remind me, and I send it")),
]


class SampleForm(forms.Form):
    name = forms.CharField(label=_("Name"), help_text=_("As you would greet them."))
    email = forms.EmailField(label=_("E-mail"), required=False)
    phone_number = forms.CharField(
        label=_("Phone number"),
        required=False,
        help_text=_("As they write it: 612 34 56 78 or +34 612 34 56 78."),
    )
    country = forms.ChoiceField(
        label=_("Country"), choices=[("ES", _("Spain")), ("IN", _("India")), ("AE", _("Emirates"))]
    )
    amount = forms.DecimalField(
        label=_("Amount"), widget=forms.TextInput(attrs={"inputmode": "decimal"})
    )
    currency = forms.ChoiceField(
        label=_("Currency"), choices=[("EUR", "EUR €"), ("USD", "USD $"), ("JPY", "JPY ¥")]
    )
    message_type = forms.ChoiceField(
        label=_("Send as"), choices=CHANNELS, widget=forms.RadioSelect(attrs={"class": "segmented"})
    )
    delivery = forms.ChoiceField(
        label=_("At its time"),
        choices=DELIVERIES,
        widget=forms.RadioSelect(attrs={"class": "choice-cards"}),
    )
    message_content = forms.CharField(label=_("Message"), widget=forms.Textarea(attrs={"rows": 4}))
    schedule_date = forms.DateTimeField(label=_("When"), widget=ScheduleInput())
    receipt = forms.FileField(
        label=_("Receipts"),
        required=False,
        help_text=_("Photos or PDF, 15 MB each."),
    )
    consent = forms.BooleanField(label=_("They agreed to messages on WhatsApp"), required=False)


def sample_form(now: datetime, *, wrong: bool = False) -> SampleForm:
    """A fresh form, or one that was sent half empty; `now` is a wall time."""
    sent = {"name": "", "email": "zoe@", "message_type": "sms", "amount": "a lot"}
    form = SampleForm(sent if wrong else None, auto_id="wrong_%s" if wrong else "id_%s")
    tomorrow = now + timedelta(days=1)
    form.fields["schedule_date"].widget = ScheduleInput(
        now=now,
        presets=[
            Preset(label=_("In 1 hour"), minutes=60),
            Preset(label=_("This evening"), wall=now.replace(hour=18, minute=0)),
            Preset(label=_("Tomorrow 9:00"), wall=tomorrow.replace(hour=9, minute=0)),
            Preset(label=_("Next week"), wall=now + timedelta(days=7)),
        ],
    )
    return form
