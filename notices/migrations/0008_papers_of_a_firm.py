"""The papers of one firm, newest first: its inbox is read by pages."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("notices", "0007_numbers_at_the_counter")]
    operations = [
        migrations.AddIndex(
            model_name="notice",
            index=models.Index(fields=["region", "subject_code", "requested_at"], name="notice_of_subject"),
        ),
    ]
