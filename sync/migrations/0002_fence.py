"""Row-level security of the outbox. The sender's lanes serve all regions: they may read and settle, nothing else."""

from django.db import migrations

from creditrepair.tenancy import rls

SENDER = """
GRANT SELECT, UPDATE ON sync_delivery TO sender;
GRANT SELECT, INSERT ON sync_attempt TO sender;
GRANT SELECT, INSERT, UPDATE ON sync_lane TO sender;
GRANT USAGE ON SEQUENCE sync_attempt_id_seq TO sender;
CREATE SEQUENCE sync_message_no;
GRANT USAGE, SELECT ON SEQUENCE sync_message_no TO app;
"""
UNDO = """
DROP SEQUENCE sync_message_no;
REVOKE ALL ON sync_delivery, sync_attempt, sync_lane FROM sender;
"""


class Migration(migrations.Migration):
    dependencies = [("sync", "0001_initial"), ("tenancy", "0002_fence")]
    operations = [
        *[rls.fence(f"sync_{table}") for table in ("delivery", "attempt")],
        *[rls.writable_by(f"sync_{table}", "sender") for table in ("delivery", "attempt")],
        rls.unique_with_region("sync_delivery"),
        rls.same_region("sync_attempt", "delivery_id", "sync_delivery"),
        migrations.RunSQL(SENDER, UNDO),
    ]
