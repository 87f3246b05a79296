"""Row-level security and composite keys of collection's tables and of tasks; what was declared is append-only."""

from django.db import migrations

from creditrepair.tenancy import rls

TENANT = ["columnmap", "declaredcount", "decisionbundle", "task"]
# Under FORCE the owner sees no rows: it is lifted for the moment of the change.
IMPORTED = """
ALTER TABLE cases_collectionbatch NO FORCE ROW LEVEL SECURITY;
UPDATE cases_collectionbatch SET stage = 'imported', imported_by_id = received_by_id WHERE imported_at IS NOT NULL;
ALTER TABLE cases_collectionbatch FORCE ROW LEVEL SECURITY;
"""


class Migration(migrations.Migration):
    dependencies = [("cases", "0008_collection_and_tasks"), ("tenancy", "0002_fence")]
    operations = [
        *[rls.fence(f"cases_{table}") for table in TENANT],
        *[rls.same_region(f"cases_{table}", "department_id", "tenancy_department") for table in TENANT],
        *[rls.append_only(f"cases_{table}") for table in ("declaredcount", "decisionbundle")],
        migrations.RunSQL(IMPORTED, migrations.RunSQL.noop),
    ]
