from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tenancy", "0002_fence")]
    operations = [
        migrations.AddField(
            model_name="heartbeat",
            name="told",
            field=models.JSONField(blank=True, default=dict),
        ),
    ]
