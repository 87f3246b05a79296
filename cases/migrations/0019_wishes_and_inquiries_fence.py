"""Row-level security and composite keys of reminders and inquiries; what was asked and answered is append-only."""

from django.db import migrations

from creditrepair.tenancy import rls

TENANT = ["reminderwish", "inquiry", "inquiryanswer"]


class Migration(migrations.Migration):
    dependencies = [("cases", "0018_wishes_and_inquiries"), ("tenancy", "0002_fence")]
    operations = [
        *[rls.fence(f"cases_{table}") for table in TENANT],
        rls.unique_with_region("cases_inquiry"),
        rls.same_region("cases_reminderwish", "record_id", "cases_failurerecord"),
        rls.same_region("cases_inquiryanswer", "inquiry_id", "cases_inquiry"),
        *[rls.append_only(f"cases_{table}") for table in ("inquiry", "inquiryanswer")],
    ]
