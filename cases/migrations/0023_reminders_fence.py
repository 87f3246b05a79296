"""Row-level security and composite keys of the reminders; what was said to whom is append-only."""

from django.db import migrations

from creditrepair.tenancy import rls

TENANT = ["reminderrun", "reminder", "reminderline", "remindercontact"]
KEYS = [
    ("reminder", "run_id", "cases_reminderrun"),
    ("reminder", "department_id", "tenancy_department"),
    ("reminderline", "run_id", "cases_reminderrun"),
    ("reminderline", "record_id", "cases_failurerecord"),
    ("reminderline", "reminder_id", "cases_reminder"),
    ("remindercontact", "reminder_id", "cases_reminder"),
]
# All published records are due to be judged anew (cases.services.recompute), so that each gets its certain day; an empty pack
# says that nothing has moved by it. Under FORCE the owner sees no rows: it is lifted for the moment of the change.
JUDGE_ANEW = """
ALTER TABLE cases_failurerecord NO FORCE ROW LEVEL SECURITY;
UPDATE cases_failurerecord SET eligible_pack = '', judge_again_on = current_date WHERE status = 'published';
ALTER TABLE cases_failurerecord FORCE ROW LEVEL SECURITY;
"""


class Migration(migrations.Migration):
    dependencies = [("cases", "0022_reminders"), ("tenancy", "0002_fence")]
    operations = [
        *[rls.fence(f"cases_{table}") for table in TENANT],
        *[rls.unique_with_region(f"cases_{table}") for table in ("reminderrun", "reminder")],
        *[rls.same_region(f"cases_{table}", column, to) for table, column, to in KEYS],
        rls.append_only("cases_remindercontact"),
        migrations.RunSQL(JUDGE_ANEW, migrations.RunSQL.noop),
    ]
