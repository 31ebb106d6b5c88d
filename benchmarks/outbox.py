"""Messages for a benchmark, written in bulk."""

from datetime import UTC, datetime, timedelta
from itertools import batched

from crm.models import Business, Customer, MessageSchedule, ProviderAccount
from rules.message_states import Status

CUSTOMERS = 1_000


def now() -> datetime:
    return datetime.now(UTC)


def set_up(*, latency_s: float) -> list[Customer]:
    """An empty outbox, an account that is never the limit, customers with names to fill in."""
    Customer.objects.all().delete()
    ProviderAccount.objects.all().delete()
    Business.objects.current()
    ProviderAccount.objects.create(
        provider="console", channel="whatsapp", rate_per_s=1e6, settings={"latency_s": latency_s}
    )
    customers = [
        Customer(name=f"Customer {number}", phone_number=f"+3461{number:07}")
        for number in range(CUSTOMERS)
    ]
    return Customer.objects.bulk_create(customers)


def make_messages(
    customers: list[Customer], count: int, *, status: Status = Status.SCHEDULED
) -> None:
    at = now() - timedelta(minutes=5)
    for numbers in batched(range(count), 2_000):
        MessageSchedule.objects.bulk_create(
            _message(customers[number % len(customers)], number, at, status) for number in numbers
        )


def _message(customer: Customer, number: int, at: datetime, status: Status) -> MessageSchedule:
    message = MessageSchedule(
        customer=customer,
        message_type="whatsapp",
        message_content=f"Hello {{first_name}}, your order {number} is ready.",
        status=status,
    )
    message.set_time(at.replace(tzinfo=None), "UTC")
    message.due_at -= timedelta(milliseconds=number)
    return message
