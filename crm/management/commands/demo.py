"""`python manage.py demo`: a believable small business to look at and try things on."""

from argparse import ArgumentParser
from typing import Any, override

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from crm.actions import setup_token
from crm.management.demo import talk
from crm.management.demo.crowds import add_crowd
from crm.management.demo.people import BUSINESS, PEOPLE
from crm.management.demo.story import Story
from crm.models import Business, Customer, User

USERNAME = PASSWORD = "demo"  # noqa: S105 (a demo's, said out loud)


class Command(BaseCommand):
    help = "Fills an empty installation with a made-up small business, dated from today."

    @override
    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--customers",
            type=int,
            default=len(PEOPLE),
            help=f"how many in all (at least {len(PEOPLE)}, those of the story)",
        )
        parser.add_argument(
            "--force", action="store_true", help="even where there are customers already"
        )

    @override
    def handle(self, *args: Any, **options: Any) -> None:
        if Customer.objects.exists() and not options["force"]:
            raise CommandError(
                "There are customers here already, and the demo does not mix with them.\n"
                "Give it data of its own (make demo DATA_DIR=/another/folder), or add --force."
            )
        with transaction.atomic():
            owner, is_new = _owner()
            story = Story(_business(), owner, now=timezone.now())
            story.tell(self.stdout.write)
            talk.tell(story, self.stdout.write)
            more = options["customers"] - len(PEOPLE)
            if more > 0:
                add_crowd(more, story)
                self.stdout.write(f"{more} more customers")
        if is_new:
            setup_token.forget(settings.DATA_DIR)
            self.stdout.write(f"Sign in as {USERNAME} with the password {PASSWORD}.")


def _owner() -> tuple[User, bool]:
    """The first user; "demo" only where there is none."""
    if owner := User.objects.order_by("pk").first():
        return owner, False
    owner = User.objects.create_superuser(
        USERNAME, "demo@example.com", PASSWORD, first_name="Luz", last_name="Moreno"
    )
    return owner, True


def _business() -> Business:
    """Named by the story only where nobody has named it."""
    business = Business.objects.current()
    if not business.name:
        for name, value in BUSINESS.items():
            setattr(business, name, value)
        business.save()
    return business
