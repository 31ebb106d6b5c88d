"""What providers said and this program could not read: told to a person until one has seen it."""

from django.db.models import Max

from crm.actions.events import record
from crm.models import ProviderAccount, User
from crm.models.inbound import CallbackState


def acknowledge(account: ProviderAccount, *, actor: User) -> None:
    """Somebody knows of all there is by now; what comes later is told anew."""
    unreadable = account.callbacks.filter(state=CallbackState.UNREADABLE)
    last = unreadable.aggregate(at=Max("received_at"))["at"]
    if last is None:
        return
    account.unread_seen_at = last
    account.save(update_fields=["unread_seen_at"])
    record("account.unread_seen", subject=account, actor=actor, account=str(account))


def reasons(account: ProviderAccount, at_most: int = 3) -> list[str]:
    """What was wrong with the latest of them, in words for whoever looks into it."""
    unreadable = account.callbacks.filter(state=CallbackState.UNREADABLE).exclude(words="")
    found = unreadable.order_by("-received_at").values_list("words", flat=True)[: at_most * 10]
    return list(dict.fromkeys(found))[:at_most]
