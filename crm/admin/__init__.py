"""Every table for the person who runs the installation; people work with the pages.

What the pages keep in step (the trash, the ledger, planned times) is shown here and changed there.
"""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from crm.admin import customers, installation, invoices, messages, people, providers

__all__ = ["customers", "installation", "invoices", "messages", "people", "providers"]

admin.site.site_header = _("Customer Manager: all tables")
admin.site.site_title = _("Customer Manager")
admin.site.index_title = _("Tables")
admin.site.enable_nav_sidebar = True
