"""When and to whom the business writes."""

from datetime import time
from typing import Any

from django.db import transaction

from crm.actions.events import record
from crm.models import Business, User

_RULES = ("quiet_from", "quiet_until", "only_with_consent")


def change(business: Business, *, actor: User) -> bool:
    """Save the rules that a form has changed; False where it changed nothing."""
    with transaction.atomic():
        before = Business.objects.select_for_update().get(pk=business.pk)
        changed = {
            name: [_written(getattr(before, name)), _written(getattr(business, name))]
            for name in _RULES
            if getattr(before, name) != getattr(business, name)
        }
        if changed:
            business.save(update_fields=_RULES)
            record("business.changed", actor=actor, changed=changed)
    return bool(changed)


def _written(value: time | bool | None) -> Any:
    return value.isoformat("minutes") if isinstance(value, time) else value
