"""What has been tried in vain for long is shown to a person, who may take it from the sender.

The index holds only what waits for another try: few rows, however many are promised.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("crm", "0008_cheaper_steps")]
    operations = [
        migrations.AlterField(
            model_name="messageschedule",
            name="reason",
            field=models.CharField(
                blank=True,
                choices=[
                    ("by_hand", "by_hand"),
                    ("taken", "taken"),
                    ("no_phone", "no_phone"),
                    ("missing_placeholder", "missing_placeholder"),
                    ("quiet_hours", "quiet_hours"),
                    ("too_late", "too_late"),
                    ("was_in_trash", "was_in_trash"),
                    ("refused", "refused"),
                    ("recipient", "recipient"),
                    ("content", "content"),
                    ("account", "account"),
                    ("configuration", "configuration"),
                    ("opted_out", "opted_out"),
                    ("no_consent", "no_consent"),
                    ("window_closed", "window_closed"),
                    ("template", "template"),
                    ("limit", "limit"),
                    ("fell_back", "fell_back"),
                    ("gave_up", "gave_up"),
                    ("timed_out", "timed_out"),
                    ("connection_lost", "connection_lost"),
                    ("worker_died", "worker_died"),
                    ("provider_error", "provider_error"),
                    ("internal_error", "internal_error"),
                ],
                max_length=30,
                verbose_name="reason",
            ),
        ),
        migrations.AddIndex(
            model_name="messageschedule",
            index=models.Index(
                condition=models.Q(first_tried_at__isnull=False, status="scheduled"),
                fields=["first_tried_at"],
                name="message_tried_again",
            ),
        ),
    ]
