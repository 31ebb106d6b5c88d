"""Why a message did not go out, or may not have: the closed set a person is ever told.

The sentences for people, in their language, are in `crm/templatetags/message_words.py`; a
provider's own code and words are kept beside the reason, never instead of it.
"""

from enum import StrEnum


class Reason(StrEnum):
    BY_HAND = "by_hand"  # no account serves the channel: a person sends it
    TAKEN = "taken"  # a person took it from the sender, to send it by hand
    NO_PHONE = "no_phone"
    MISSING_PLACEHOLDER = "missing_placeholder"
    QUIET_HOURS = "quiet_hours"  # waits until they are over where the customer is
    TOO_LATE = "too_late"  # its send-by moment had passed
    WAS_IN_TRASH = "was_in_trash"  # its moment passed while its customer was in the trash
    REFUSED = "refused"  # the provider said no; its code and words say why
    RECIPIENT = "recipient"  # this number cannot receive it
    CONTENT = "content"
    ACCOUNT = "account"
    CONFIGURATION = "configuration"
    OPTED_OUT = "opted_out"  # they asked to hear nothing on this channel
    NO_CONSENT = "no_consent"  # nobody recorded that they may be written to on this channel
    WINDOW_CLOSED = "window_closed"  # WhatsApp: over 24 hours since they wrote, and no template
    TEMPLATE = "template"  # the template is not approved, or lacks something
    LIMIT = "limit"  # the provider's limit for now, for the day or for this person
    FELL_BACK = "fell_back"  # the other channel was refused for good
    GAVE_UP = "gave_up"  # nothing left in all the time we tried
    TIMED_OUT = "timed_out"  # the request was written and no answer came
    CONNECTION_LOST = "connection_lost"
    WORKER_DIED = "worker_died"  # the sender stopped between writing and hearing the answer
    PROVIDER_ERROR = "provider_error"
    INTERNAL_ERROR = "internal_error"
