"""Why a message was not changed, in a sentence that says how it stands now."""

from django.utils.translation import gettext as _

from crm.actions.message_changes import MessageError, OnItsWayError
from crm.models import Event, MessageSchedule
from crm.templatetags.display import moment
from rules.message_states import GONE, IN_FLIGHT, Status


def refusal(message: MessageSchedule, error: MessageError | None) -> str:
    """`error` is None where what was asked for had been done before."""
    row = MessageSchedule.objects.select_related("sent_by").filter(pk=message.pk).first()
    if row is None:
        return _("It has gone with its series in this very moment: nothing was done.")
    if isinstance(error, OnItsWayError) or row.state in IN_FLIGHT:
        return _("It is on its way right now. Wait a moment for the outcome.")
    return _over(row) or _waiting(row, error)


def _over(row: MessageSchedule) -> str:
    if row.state in GONE:
        return _gone(row)
    if row.state is Status.CANCELLED:
        return _said_by(row, _("It has been called off."), _("%(who)s has called it off."))
    if row.acknowledged_at:
        return _said_by(row, _("It has been dismissed."), _("%(who)s has dealt with it already."))
    return ""


def _waiting(row: MessageSchedule, error: MessageError | None) -> str:
    if row.state is Status.SCHEDULED:
        when = {"moment": moment(row.schedule_date)}
        return _("It is scheduled for %(moment)s: nothing was changed.") % when
    if error is None:
        return _("That had been done already.")
    return _("It has changed meanwhile, so nothing was done. Please look at it again.")


def _gone(message: MessageSchedule) -> str:
    told = {"moment": moment(message.sent_at)}
    if message.sent_by is None:
        return _("It has gone out already, %(moment)s.") % told
    who = {"who": message.sent_by.display_name}
    return _("%(who)s has marked it as done already, %(moment)s.") % (told | who)


def _said_by(message: MessageSchedule, nobody: str, somebody: str) -> str:
    told = Event.objects.of(message.customer).about("message", message.pk)
    last = told.select_related("actor").first()
    if last is None or last.actor is None:
        return nobody
    return somebody % {"who": last.actor.display_name}
