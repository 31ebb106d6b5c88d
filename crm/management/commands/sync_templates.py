"""`python manage.py sync_templates`: the message templates of all accounts, read anew."""

from typing import Any, override

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from crm.actions import templates
from crm.actions.secrets import SecretsLostError
from crm.models import ProviderAccount
from crm.templatetags.account_words import account_name
from providers.errors import ProviderError


class Command(BaseCommand):
    help = "Reads the message templates of every account in use from its provider."

    @override
    def handle(self, *args: Any, **options: Any) -> None:
        failed = [
            account_name(account)
            for account in ProviderAccount.objects.in_use()
            if templates.has_templates(account) and not self._read(account)
        ]
        if failed:
            raise CommandError(f"Not read: {', '.join(failed)}.")

    def _read(self, account: ProviderAccount) -> bool:
        try:
            count = templates.read(account, now=timezone.now())
        except (ProviderError, SecretsLostError) as error:
            self.stderr.write(f"{account_name(account)}: {type(error).__name__}")
            return False
        usable = account.templates.usable().count()
        self.stdout.write(f"{account_name(account)}: {usable} can be used, {count} are different.")
        return True
