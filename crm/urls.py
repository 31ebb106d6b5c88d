"""The addresses of the app, one endpoint for each verb."""

from django.conf import settings
from django.urls import path

from crm.views import (
    broadcasts,
    business,
    consents,
    customers,
    health,
    home,
    invoices,
    message_templates,
    messages,
    notes,
    receipt_links,
    receipts,
    reminders,
    replies,
    search,
    sending,
    series,
    setup,
    styleguide,
    trash,
)

urlpatterns = [
    path("", home.customer_list, name="customer_list"),
    path("reminders/", reminders.reminder_list, name="reminder_list"),
    path("search/", search.search, name="search"),
    # customers
    path("customers/", customers.customer_index, name="customer_index"),
    path("customers/duplicates/", customers.customer_duplicates, name="customer_duplicates"),
    path("customer/create/", customers.customer_create, name="customer_create"),
    path("customer/<int:customer_id>/", customers.customer_detail, name="customer_detail"),
    path("customer/<int:customer_id>/edit/", customers.customer_edit, name="customer_edit"),
    path("customer/<int:customer_id>/delete/", customers.customer_delete, name="customer_delete"),
    path(
        "customer/<int:customer_id>/restore/", customers.customer_restore, name="customer_restore"
    ),
    path("customer/<int:customer_id>/consent/", consents.consent_record, name="consent_record"),
    path(
        "customer/<int:customer_id>/consent/<int:event_id>/undo/",
        consents.consent_undo,
        name="consent_undo",
    ),
    path(
        "customer/<int:customer_id>/conversation/",
        customers.customer_conversation,
        name="customer_conversation",
    ),
    path("customer/<int:customer_id>/note/", notes.note_create, name="note_create"),
    path("note/<int:note_id>/delete/", notes.note_delete, name="note_delete"),
    path("note/<int:note_id>/restore/", notes.note_restore, name="note_restore"),
    # invoices and their receipts
    path("invoices/", invoices.invoice_list, name="invoice_list"),
    path("invoice/create/<int:customer_id>/", invoices.invoice_create, name="invoice_create"),
    path("invoice/<int:invoice_id>/", invoices.invoice_detail, name="invoice_detail"),
    path("invoice/<int:invoice_id>/edit/", invoices.invoice_edit, name="invoice_edit"),
    path("invoice/<int:invoice_id>/paid/", invoices.invoice_paid, name="invoice_paid"),
    path("invoice/<int:invoice_id>/unpaid/", invoices.invoice_unpaid, name="invoice_unpaid"),
    path("invoice/<int:invoice_id>/delete/", invoices.invoice_delete, name="invoice_delete"),
    path("invoice/<int:invoice_id>/restore/", invoices.invoice_restore, name="invoice_restore"),
    path("invoice/<int:invoice_id>/receipts/", receipts.receipt_create, name="receipt_create"),
    path("receipt/<int:receipt_id>/", receipts.receipt_detail, name="receipt_detail"),
    path("receipt/<int:receipt_id>/file/", receipts.receipt_file, name="receipt_file"),
    path("receipt/<int:receipt_id>/download/", receipts.receipt_download, name="receipt_download"),
    path(
        "receipt/<int:receipt_id>/thumbnail/", receipts.receipt_thumbnail, name="receipt_thumbnail"
    ),
    path("receipt/<int:receipt_id>/page/<int:page>/", receipts.receipt_page, name="receipt_page"),
    path("receipt/<int:receipt_id>/delete/", receipts.receipt_delete, name="receipt_delete"),
    path("receipt/<int:receipt_id>/restore/", receipts.receipt_restore, name="receipt_restore"),
    path("receipt/shared/<str:token>/", receipt_links.receipt_shared, name="receipt_shared"),
    # messages and reminders
    path("messages/", messages.message_list, name="message_list"),
    path("message/schedule/<int:customer_id>/", messages.message_schedule, name="message_schedule"),
    path("message/preview/<int:customer_id>/", messages.message_preview, name="message_preview"),
    path("message/<int:message_id>/", messages.message_detail, name="message_detail"),
    path("message/<int:message_id>/edit/", messages.message_edit, name="message_edit"),
    path("message/<int:message_id>/cancel/", messages.message_cancel, name="message_cancel"),
    path("message/<int:message_id>/uncancel/", messages.message_uncancel, name="message_uncancel"),
    path("series/<int:series_id>/", series.series_detail, name="series_detail"),
    path("series/<int:series_id>/stop/", series.series_stop, name="series_stop"),
    path("series/<int:series_id>/resume/", series.series_resume, name="series_resume"),
    path("broadcasts/", broadcasts.broadcast_list, name="broadcast_list"),
    path("broadcast/create/", broadcasts.broadcast_create, name="broadcast_create"),
    path("broadcast/audience/", broadcasts.broadcast_audience, name="broadcast_audience"),
    path("broadcast/<int:broadcast_id>/", broadcasts.broadcast_detail, name="broadcast_detail"),
    path("broadcast/<int:broadcast_id>/stop/", broadcasts.broadcast_stop, name="broadcast_stop"),
    path(
        "broadcast/<int:broadcast_id>/resume/",
        broadcasts.broadcast_resume,
        name="broadcast_resume",
    ),
    path(
        "mark-reminder-sent/<int:message_id>/",
        reminders.mark_reminder_sent,
        name="mark_reminder_sent",
    ),
    path("reminder/<int:message_id>/dismiss/", reminders.reminder_dismiss, name="reminder_dismiss"),
    path("reminder/<int:message_id>/take/", reminders.reminder_take, name="reminder_take"),
    path("reminder/<int:message_id>/reopen/", reminders.reminder_reopen, name="reminder_reopen"),
    path("reminder/<int:message_id>/snooze/", reminders.reminder_snooze, name="reminder_snooze"),
    path("reminder/<int:message_id>/wake/", reminders.reminder_wake, name="reminder_wake"),
    path("reminders/retry/<str:channel>/", reminders.reminder_retry_all, name="reminder_retry_all"),
    path("reminder/<int:message_id>/retry/", reminders.reminder_retry, name="reminder_retry"),
    # what customers write
    path("reply/<int:reply_id>/done/", replies.reply_done, name="reply_done"),
    path("reply/<int:reply_id>/reopen/", replies.reply_reopen, name="reply_reopen"),
    path("reply/<int:reply_id>/stop/", replies.reply_stop, name="reply_stop"),
    path("reply/<int:reply_id>/fine/", replies.reply_fine, name="reply_fine"),
    path("reply/file/<int:media_id>/", replies.reply_file, name="reply_file"),
    path("reply/file/<int:media_id>/thumbnail/", replies.reply_thumbnail, name="reply_thumbnail"),
    # the installation
    path("settings/", business.settings_page, name="settings"),
    path("settings/rules/", business.writing_rules, name="writing_rules"),
    path("settings/sending/<str:channel>/", sending.sending_ways, name="sending_ways"),
    path(
        "settings/sending/<str:channel>/<str:provider>/",
        sending.account_connect,
        name="account_connect",
    ),
    path("settings/account/<int:account_id>/", sending.account_detail, name="account_detail"),
    path("settings/account/<int:account_id>/check/", sending.account_check, name="account_check"),
    path(
        "settings/account/<int:account_id>/listen/", sending.account_listen, name="account_listen"
    ),
    path(
        "settings/account/<int:account_id>/seen/",
        sending.account_unread_seen,
        name="account_unread_seen",
    ),
    path(
        "settings/account/<int:account_id>/resume/", sending.account_resume, name="account_resume"
    ),
    path(
        "settings/account/<int:account_id>/disconnect/",
        sending.account_disconnect,
        name="account_disconnect",
    ),
    path("settings/account/<int:account_id>/use/", sending.account_use, name="account_use"),
    path(
        "settings/account/<int:account_id>/remove/", sending.account_remove, name="account_remove"
    ),
    path(
        "settings/account/<int:account_id>/templates/",
        message_templates.template_list,
        name="template_list",
    ),
    path(
        "settings/account/<int:account_id>/templates/read/",
        message_templates.template_read,
        name="template_read",
    ),
    path("trash/", trash.trash, name="trash"),
    path("setup/", setup.setup, name="setup"),
    path("healthz", health.healthz, name="healthz"),
]

if settings.DEBUG:
    urlpatterns.append(path("styleguide/", styleguide.styleguide, name="styleguide"))
