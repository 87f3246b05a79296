"""Row-level security and composite keys of the tickets for uploading by telephone."""

from django.db import migrations

from creditrepair.tenancy import rls


class Migration(migrations.Migration):
    dependencies = [("cases", "0026_upload_tickets"), ("tenancy", "0002_fence")]
    operations = [
        rls.unique_with_region("cases_draft"),
        rls.fence("cases_uploadticket"),
        rls.same_region("cases_uploadticket", "draft_id", "cases_draft"),
    ]
