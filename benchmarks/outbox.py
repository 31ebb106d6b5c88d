"""Messages for a benchmark, written in bulk."""

from datetime import UTC, datetime, timedelta
from itertools import batched

from django.db import connection

from crm.actions.secrets import sealed
from crm.models import Business, Customer, MessageSchedule, ProviderAccount
from rules.message_states import Status

CUSTOMERS = 1_000


def now() -> datetime:
    return datetime.now(UTC)


def set_up(account: ProviderAccount, *, rate_per_s: float = 1e6) -> list[Customer]:
    """An empty outbox, an account (never the limit by itself), customers with names to fill in."""
    Customer.objects.all().delete()
    ProviderAccount.objects.all().delete()
    Business.objects.current()
    account.rate_per_s = rate_per_s
    account.save()
    customers = [
        Customer(name=f"Customer {number}", phone_number=f"+3461{number:07}")
        for number in range(CUSTOMERS)
    ]
    return Customer.objects.bulk_create(customers)


def console(latency_s: float) -> ProviderAccount:
    settings = {"latency_s": latency_s}
    return ProviderAccount(provider="console", channel="sms", settings=settings)


def twilio(base_url: str) -> ProviderAccount:
    """An account whose provider is a server on this machine."""
    settings = {"base_url": base_url, "account_sid": f"AC{1:032}", "from_number": "+34600000000"}
    secrets = sealed({"auth_token": "benchmark"})
    return ProviderAccount(provider="twilio", channel="sms", settings=settings, secrets=secrets)


def make_messages(
    customers: list[Customer], count: int, *, status: Status = Status.SCHEDULED
) -> None:
    at = now() - timedelta(minutes=5)
    for numbers in batched(range(count), 2_000):
        MessageSchedule.objects.bulk_create(
            _message(customers[number % len(customers)], number, at, status) for number in numbers
        )
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")  # as it would by itself within a minute


def _message(customer: Customer, number: int, at: datetime, status: Status) -> MessageSchedule:
    message = MessageSchedule(
        customer=customer,
        message_type="sms",
        message_content=f"Hello {{first_name}}, your order {number} is ready.",
        status=status,
    )
    message.set_time(at.replace(tzinfo=None), "UTC")
    message.due_at -= timedelta(milliseconds=number)
    return message
