"""A run goes on at its `cursor`; the number beside it was never used."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("sync", "0007_bodies_aside")]
    operations = [migrations.RemoveField(model_name="reconcilerun", name="position")]
