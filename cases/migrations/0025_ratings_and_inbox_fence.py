"""Row-level security and composite keys of ratings and inbox marks; both are append-only."""

from django.db import migrations

from creditrepair.tenancy import rls


class Migration(migrations.Migration):
    dependencies = [("cases", "0024_ratings_and_inbox"), ("tenancy", "0002_fence")]
    operations = [
        *[rls.fence(f"cases_{table}") for table in ("rating", "inboxmark")],
        rls.same_region("cases_rating", "application_id", "cases_application"),
        *[rls.append_only(f"cases_{table}") for table in ("rating", "inboxmark")],
    ]
