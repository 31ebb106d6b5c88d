"""What a message's form does where the message comes again."""

from urllib.parse import urlencode

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crm.actions import series
from crm.forms.messages import MessageScheduleForm
from crm.models import MessageSchedule, MessageSeries
from crm.templatetags.display import moment, number
from crm.templatetags.series_words import rhythm
from crm.views.notices import notify
from crm.views.requests import AuthenticatedRequest
from rules.recurrence import Rule


def say_begun(request: AuthenticatedRequest, first: MessageSchedule, one: MessageSeries) -> None:
    customer = reverse("customer_detail", args=[first.customer_id])
    said = _("%(rhythm)s. The first goes %(moment)s.") % {
        "rhythm": rhythm(one),
        "moment": moment(first.schedule_date),
    }
    undo = f"{reverse('series_stop', args=[one.pk])}?{urlencode({'next': customer})}"
    notify(request, said, undo=undo)


def change_following(
    request: AuthenticatedRequest, form: MessageScheduleForm, rule: Rule, message: MessageSchedule
) -> HttpResponse:
    """The message itself may be another one now: the series' page shows them all."""
    one = message.series
    if one is None:
        raise ValueError("it belongs to no series")
    apart = series.change(
        one, form.draft, rule, instead_of=message, actor=request.user, now=form.now
    )
    said = [_("Saved for this message and all that follow.")]
    if apart:
        words = ngettext(
            "%(count)s that was changed by itself stays as it is.",
            "%(count)s that were changed by themselves stay as they are.",
            apart,
        )
        said.append(words % {"count": number(apart)})
    notify(request, " ".join(said))
    return HttpResponseRedirect(reverse("series_detail", args=[one.pk]))


def apart_from_series(message: MessageSchedule) -> str:
    """What a person should know who has changed one of many."""
    if message.series is None:
        return ""
    return _("Only this one: the series goes on as it was, and changes of it pass this one by.")
