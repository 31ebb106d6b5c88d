"""The tables. Import models from here; each module holds one noun and its QuerySet."""

from crm.models.broadcasts import Broadcast
from crm.models.business import Business
from crm.models.consents import Consent, OptOut
from crm.models.customers import Customer, Tag
from crm.models.events import Event
from crm.models.heartbeats import Heartbeat
from crm.models.inbound import InboundMedia, InboundMessage, ParkedReceipt, ProviderCallback
from crm.models.invoices import Invoice
from crm.models.ledger import Attempt, DeliveryEvent
from crm.models.message_templates import MessageTemplate
from crm.models.messages import MessageSchedule
from crm.models.notes import Note
from crm.models.provider_accounts import ProviderAccount
from crm.models.receipts import HeldReceipt, Receipt
from crm.models.series import MessageSeries, RemovedOccurrence
from crm.models.users import User

__all__ = [
    "Attempt",
    "Broadcast",
    "Business",
    "Consent",
    "Customer",
    "DeliveryEvent",
    "Event",
    "Heartbeat",
    "HeldReceipt",
    "InboundMedia",
    "InboundMessage",
    "Invoice",
    "MessageSchedule",
    "MessageSeries",
    "MessageTemplate",
    "Note",
    "OptOut",
    "ParkedReceipt",
    "ProviderAccount",
    "ProviderCallback",
    "Receipt",
    "RemovedOccurrence",
    "Tag",
    "User",
]
