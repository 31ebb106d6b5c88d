"""The forms. The three that everything turns on are found here; each module holds one noun."""

from crm.forms.customers import CustomerForm
from crm.forms.invoices import InvoiceForm
from crm.forms.messages import MessageScheduleForm

__all__ = ["CustomerForm", "InvoiceForm", "MessageScheduleForm"]
