"""Connecting one more account: as its settings are, with what can be taken over from another."""

from collections.abc import Mapping, Sequence
from typing import Any, override

from django import forms
from django.forms.boundfield import BoundField
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from crm.actions.accounts import lent
from crm.forms.form_ids import FormIdField
from crm.forms.provider_accounts import AccountForm
from crm.models import ProviderAccount
from providers.registry import Entry


class ConnectForm(AccountForm):
    """`lenders` are accounts of the same provider; the credentials of one may serve this one too.

    What is lent never leaves the server, and what stands in the fields of it does not count.
    """

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        entry: Entry,
        country: str,
        channel: str,
        lenders: Sequence[ProviderAccount] = (),
    ) -> None:
        super().__init__(data, entry=entry, country=country)
        self.lenders = {str(one.pk): one for one in lenders}
        self.fields["form_id"] = FormIdField()
        if lenders:
            self.fields["same_as"] = _same_as_field(entry, self.lenders)
            elsewhere = (key for key, one in self.lenders.items() if one.channel != channel)
            self.initial["same_as"] = next(elsewhere, "")
        if self.lender:
            for name in entry.credentials:
                self.fields[name].required = False

    @cached_property
    def lender(self) -> ProviderAccount | None:
        chosen = self["same_as"].value() if "same_as" in self.fields else ""
        return self.lenders.get(str(chosen))

    @property
    @override
    def plain(self) -> list[BoundField]:
        return [field for field in super().plain if field.name not in {"form_id", "same_as"}]

    @property
    @override
    def values(self) -> dict[str, str]:
        """Without what is lent: only whoever saves it adds that."""
        lent_ones = self.entry.credentials if self.lender else frozenset()
        return {name: said for name, said in super().values.items() if name not in lent_ones}

    @override
    def to_check(self) -> dict[str, str]:
        return self.values | (lent(self.entry, self.lender) if self.lender else {})


def _same_as_field(entry: Entry, lenders: Mapping[str, ProviderAccount]) -> forms.Field:
    named = [
        (key, gettext("The same as %(account)s") % {"account": _name(entry, one)})
        for key, one in lenders.items()
    ]
    return forms.ChoiceField(
        label=_("Credentials"),
        choices=[*named, ("", gettext("Others, which I type in"))],
        required=False,
    )


def _name(entry: Entry, account: ProviderAccount) -> str:
    return f"{account.label or entry.title} ({account.get_channel_display()})"
