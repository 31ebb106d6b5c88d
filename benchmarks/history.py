"""Years of messages that have gone: `python -m benchmarks.history 300000`, in an installation."""

import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "customer_manager.settings")
django.setup()

from benchmarks import outbox
from crm.models import Customer
from rules.message_states import Status

outbox.make_messages(list(Customer.objects.all()), int(sys.argv[1]), status=Status.READ)
