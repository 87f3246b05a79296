"""Row-level security of the service hall's tables. People and subjects are no tenant's, so no composite keys."""

from django.db import migrations

from creditrepair.tenancy import rls


class Migration(migrations.Migration):
    dependencies = [("cases", "0020_counter"), ("tenancy", "0002_fence")]
    operations = [rls.fence(f"cases_{table}") for table in ("queueticket", "counterdraft", "advice")]
