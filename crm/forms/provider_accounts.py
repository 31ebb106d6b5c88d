"""Connecting an account: exactly the settings its provider asks for, in words."""

import re
from collections.abc import Mapping
from typing import Any, override

from django import forms
from django.forms.boundfield import BoundField
from django.utils.translation import gettext_lazy as _

from crm.actions.accounts import checked, kept_secrets
from crm.forms.account_words import SettingWords, Words, of_setting
from crm.forms.one_line import OneLineField
from crm.forms.phones import PhoneField
from crm.models import ProviderAccount
from providers.accounts import Setting
from providers.errors import SettingsError
from providers.registry import Entry

#: What any account has besides its settings.
OF_EVERY_ACCOUNT = ("label", "rate_per_s")
FORGET = "forget_"
LONGEST_LINE, LONGEST_TEXT = 2000, 20_000
FASTEST = 5000


class AccountForm(forms.Form):
    """A field for each setting, by its name; a secret's is never filled with what is kept."""

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        entry: Entry,
        country: str,
        account: ProviderAccount | None = None,
    ) -> None:
        self.entry, self.account = entry, account
        self.kept = kept_secrets(account) if account else {}
        super().__init__(data, initial=_initial(entry, account))
        self.words = {one.name: of_setting(entry.name, one.name) for one in entry.settings}
        for setting in entry.settings:
            field = _field(setting, self.words[setting.name], is_kept=setting.name in self.kept)
            if isinstance(field, PhoneField):
                field.country = country
            self.fields[setting.name] = field
            if setting.name in self.kept and not setting.required:
                self.fields[FORGET + setting.name] = _forget_field(self.words[setting.name])
        self.fields["label"] = _label_field(entry)
        self.fields["rate_per_s"] = _rate_field()

    @property
    def plain(self) -> list[BoundField]:
        return [self[name] for name in self.fields if not self._is_advanced(name)]

    @property
    def advanced(self) -> list[BoundField]:
        return [self[name] for name in self.fields if self._is_advanced(name)]

    @property
    def opens_advanced(self) -> bool:
        return any(field.errors for field in self.advanced)

    def _is_advanced(self, name: str) -> bool:
        words = self.words.get(name.removeprefix(FORGET))
        return name == "rate_per_s" or (words is not None and words.advanced)

    @property
    def values(self) -> dict[str, str]:
        """What was said of each setting, as the provider reads it."""
        return {
            one.name: getattr(value, "e164", value) or ""
            for one in self.entry.settings
            if (value := self.cleaned_data.get(one.name)) is not None
        }

    def to_check(self) -> dict[str, str]:
        return self.values

    @property
    def forget(self) -> set[str]:
        """The secrets that are to be kept no longer."""
        marked = (name for name in self.fields if name.startswith(FORGET))
        return {name.removeprefix(FORGET) for name in marked if self.cleaned_data.get(name)}

    @property
    def label(self) -> str:
        return str(self.cleaned_data["label"])

    @property
    def rate_per_s(self) -> float:
        return float(self.cleaned_data["rate_per_s"] or self.entry.rate_per_s)

    @override
    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self.errors:
            kept = {name: self.kept[name] for name in self.kept.keys() - self.forget}
            try:
                checked(self.entry, self.to_check(), kept=kept)
            except SettingsError as error:
                self._refuse(error)
        return cleaned

    def _refuse(self, error: SettingsError) -> None:
        """Say what the provider could not read beside the setting it names."""
        problem = error.problem.rstrip(".")
        for name, words in self.words.items():
            problem = re.sub(rf"\b{name}\b", f"“{words.label}”", problem)
        field = error.setting if error.setting in self.fields else None
        self.add_error(field, f"{problem[:1].upper()}{problem[1:]}.")


def _initial(entry: Entry, account: ProviderAccount | None) -> dict[str, Any]:
    initial = {one.name: one.default for one in entry.settings if not one.secret}
    if account is None:
        return initial | {"rate_per_s": f"{entry.rate_per_s:g}"}
    of_account = {"label": account.label, "rate_per_s": f"{account.rate_per_s:g}"}
    known = {name: value for name, value in account.settings.items() if name in initial}
    return initial | known | of_account


def _field(setting: Setting, words: SettingWords, *, is_kept: bool) -> forms.Field:
    options: dict[str, Any] = {
        "label": words.label,
        "help_text": words.help,
        "required": setting.required and not setting.default and not is_kept,
    }
    if setting.kind == "token":
        options["required"] = False
    if is_kept:
        options["help_text"] = _keeping(words)
    if setting.kind == "phone":
        return PhoneField(**options)
    if setting.kind == "choice":
        return forms.ChoiceField(choices=_choices(setting, words), **options)
    longest = LONGEST_TEXT if setting.kind == "multiline" else LONGEST_LINE
    return forms.CharField(max_length=longest, widget=_widget(setting), **options)


def _forget_field(words: SettingWords) -> forms.Field:
    label = _("Forget the %(name)s that is kept") % {"name": words.label}
    return forms.BooleanField(label=label, required=False)


def _keeping(words: SettingWords) -> Any:
    """A sentence more, once a value is there that is not shown."""
    kept = _("Kept, and not shown again. Leave it empty to keep it.")
    return _("%(help)s %(kept)s") % {"help": words.help, "kept": kept} if words.help else kept


def _choices(setting: Setting, words: SettingWords) -> list[tuple[str, Words]]:
    empty: list[tuple[str, Words]] = [] if setting.required or setting.default else [("", "—")]
    return [*empty, *((one, words.choices.get(one, one)) for one in setting.choices)]


def _widget(setting: Setting) -> forms.Widget:
    plain = {"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false", "dir": "ltr"}
    if setting.kind == "multiline":
        return forms.Textarea(attrs={**plain, "rows": 4})
    if setting.secret:
        # What was typed a moment ago stays; there is no initial value it could show.
        return forms.PasswordInput(
            attrs={**plain, "autocomplete": "new-password"}, render_value=True
        )
    kind = "url" if setting.kind == "url" else "text"
    return forms.TextInput(attrs={**plain, "inputmode": kind})


def _label_field(entry: Entry) -> forms.Field:
    return OneLineField(
        label=_("Name"),
        max_length=ProviderAccount._meta.get_field("label").max_length,
        required=False,
        help_text=_("As you call it, if “%(title)s” does not say enough.") % {"title": entry.title},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


def _rate_field() -> forms.Field:
    return forms.FloatField(
        label=_("Messages a second at most"),
        min_value=0.01,
        max_value=FASTEST,
        required=False,
        help_text=_("What the provider allows. More wait for their turn, and none is lost."),
        widget=forms.NumberInput(attrs={"step": "any", "inputmode": "decimal"}),
    )
