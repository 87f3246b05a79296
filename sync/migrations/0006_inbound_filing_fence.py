"""Row-level security of applications that platforms hand over."""

from django.db import migrations

from creditrepair.tenancy import rls


class Migration(migrations.Migration):
    dependencies = [("sync", "0005_inbound_filings")]
    operations = [rls.fence("sync_inboundfiling")]
