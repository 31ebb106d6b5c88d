"""`python manage.py connect twilio account_sid=AC… auth_token=@/run/secrets/twilio`."""

import os
import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from dataclasses import asdict
from pathlib import Path
from typing import Any, override

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from crm.actions import account_checks, accounts
from crm.models import ProviderAccount
from crm.models.customers import Channel
from crm.templatetags.account_words import said
from crm.views.sending_cards import callback_card
from providers import registry
from providers.accounts import Check
from providers.errors import SettingsError
from providers.registry import Entry

_HELP = """\
Lets a provider send on a channel from now on. Run again, it changes what it is told: settings that
are not given keep their values.

A value is given as it is, or, so that a secret stays out of the shell's history, by its place:
  name=value     name=@FILE     name=@env:NAME     name=@-  (from the standard input)
"""


class Command(BaseCommand):
    help = _HELP

    @override
    def create_parser(self, *args: Any, **kwargs: Any) -> Any:
        return super().create_parser(*args, formatter_class=RawDescriptionHelpFormatter, **kwargs)

    @override
    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("provider", nargs="?", choices=sorted(registry.PROVIDERS))
        parser.add_argument("values", nargs="*", metavar="name=value")
        parser.add_argument("--channel", choices=Channel.values, help="where it sends on several")
        parser.add_argument("--label", help="how you call it")
        parser.add_argument("--rate", type=float, help="messages a second at most")
        parser.add_argument("--check", action="store_true", help="and ask it whether it works")
        parser.add_argument("--listen", action="store_true", help="and let it call this address")
        parser.add_argument("--list", action="store_true", help="print all providers and settings")

    @override
    def handle(self, *args: Any, **options: Any) -> None:
        if options["list"] or options["provider"] is None:
            self._list()
            return
        entry = registry.entry(options["provider"])
        channel = _channel(entry, options["channel"])
        if options["listen"]:
            _require_listening(entry)
        values = dict(_value(argument) for argument in options["values"])
        if options["rate"] is not None and not options["rate"] > 0:
            raise CommandError("--rate is a number of messages above 0")
        try:
            account = self._connect(entry, channel, values, options)
        except SettingsError as error:
            raise CommandError(f"{entry.title}: {error}") from None
        self._tell_address(account)
        if options["listen"]:
            self._listen(account)
        if options["check"]:
            self._check(account)

    def _connect(
        self, entry: Entry, channel: Channel, values: dict[str, str], options: dict[str, Any]
    ) -> ProviderAccount:
        before = ProviderAccount.objects.in_use().filter(channel=channel).first()
        if before is not None and before.provider == entry.name:
            return self._change(before, values, options)
        account = accounts.connect(
            entry.name,
            channel,
            values,
            label=options["label"] or "",
            rate_per_s=options["rate"],
            actor=None,
            now=timezone.now(),
        )
        self.stdout.write(f"{channel.label} messages go out through {entry.title}.")
        if before is not None:
            self.stdout.write(f"It takes the place of {before}, which keeps its settings.")
        return account

    def _change(
        self, account: ProviderAccount, values: dict[str, str], options: dict[str, Any]
    ) -> ProviderAccount:
        changed = accounts.change(
            account,
            account.settings | values,
            label=account.label if options["label"] is None else options["label"],
            rate_per_s=options["rate"] or account.rate_per_s,
            actor=None,
        )
        accounts.resume(account, actor=None)
        self.stdout.write(f"Changed: {', '.join(changed)}." if changed else "Nothing was changed.")
        account.refresh_from_db()
        return account

    def _tell_address(self, account: ProviderAccount) -> None:
        callback = callback_card(account)
        if callback is None:
            return
        if not settings.SITE_URL:
            self.stdout.write(
                "Receipts and replies need SITE_URL, an address that begins with https://."
            )
            return
        self.stdout.write(f"Address to call: {callback.address}")
        for label, value in callback.tokens:
            self.stdout.write(f"{label}: {value}")

    def _check(self, account: ProviderAccount) -> None:
        found = account_checks.check(account, now=timezone.now())
        if found.problem is None:
            self.stdout.write(" · ".join(filter(None, ("The connection works", found.found))) + ".")
            return
        raise _problem(account, found)

    def _listen(self, account: ProviderAccount) -> None:
        callback = callback_card(account)
        assert callback is not None  # noqa: S101 (asked before)
        found = account_checks.listen(account, callback.address)
        if found.problem is not None:
            raise _problem(account, found)
        self.stdout.write("It calls this address from now on.")

    def _list(self) -> None:
        for entry in registry.PROVIDERS.values():
            self.stdout.write(f"{entry.name}  {entry.title}: {', '.join(sorted(entry.channels))}")
            for one in entry.settings:
                marks = [word for word, is_so in _marks(one) if is_so]
                self.stdout.write(f"    {one.name}" + (f"  ({', '.join(marks)})" if marks else ""))


def _require_listening(entry: Entry) -> None:
    if not entry.tellable:
        raise CommandError(f"{entry.title} is told the address by a person; its how-to says where.")
    if not settings.HTTPS:
        raise CommandError("--listen needs SITE_URL, an address that begins with https://")


def _problem(account: ProviderAccount, found: Check) -> CommandError:
    sentence = " ".join(said(asdict(found), account))
    setting = f" Look at {found.setting}." if found.setting else ""
    words = " · ".join(filter(None, (found.words, found.code)))
    return CommandError(sentence + setting + (f" ({words})" if words else ""))


def _marks(setting: Any) -> list[tuple[str, bool]]:
    return [
        ("required", setting.required and not setting.default and setting.kind != "token"),
        ("secret", setting.secret),
        ("made by itself", setting.kind == "token"),
        (" or ".join(setting.choices), bool(setting.choices)),
        (f"else {setting.default}", bool(setting.default)),
    ]


def _channel(entry: Entry, asked: str | None) -> Channel:
    if asked is None and len(entry.channels) == 1:
        (asked,) = entry.channels
    if asked is None:
        ways = " or ".join(f"--channel {channel}" for channel in sorted(entry.channels))
        raise CommandError(f"{entry.title} sends on several channels: say {ways}.")
    if asked not in entry.channels:
        raise CommandError(f"{entry.title} does not send on {Channel(asked).label}.")
    return Channel(asked)


def _value(argument: str) -> tuple[str, str]:
    name, is_given, value = argument.partition("=")
    if not is_given:
        raise CommandError(f"{argument}: write it as name=value.")
    return name, _from_elsewhere(name, value[1:]) if value.startswith("@") else value


def _from_elsewhere(name: str, place: str) -> str:
    if place == "-":
        return sys.stdin.readline().strip()
    if place.startswith("env:"):
        variable = place.removeprefix("env:")
        if variable not in os.environ:
            raise CommandError(f"{name}: there is no {variable} in the environment.")
        return os.environ[variable].strip()
    try:
        return Path(place).read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as error:
        raise CommandError(f"{name}: cannot read the file {place}.") from error
