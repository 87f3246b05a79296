"""Events: row-level security, and INSERT and SELECT as the only grants."""

from django.db import migrations

from creditrepair.tenancy import rls


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial"), ("tenancy", "0002_fence")]
    operations = [rls.fence("audit_event"), rls.append_only("audit_event")]
