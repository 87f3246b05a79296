"""Row-level security and composite keys of revocations."""

from django.db import migrations

from creditrepair.tenancy import rls

LINKS = [
    ("case_id", "cases_case"),
    ("department_id", "tenancy_department"),
    ("file_id", "cases_storedfile"),
]


class Migration(migrations.Migration):
    dependencies = [("cases", "0032_revocation"), ("tenancy", "0002_fence")]
    operations = [
        rls.fence("cases_revocation"),
        *[rls.same_region("cases_revocation", column, to) for column, to in LINKS],
    ]
