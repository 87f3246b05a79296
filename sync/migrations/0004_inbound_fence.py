"""Row-level security and composite keys of what comes back from the platforms; the sender reads a region's lane."""

from django.db import migrations

from creditrepair.tenancy import rls

TENANT = ["deliveryexport", "difference", "inboundchange", "reconcilerun", "regionlane"]


class Migration(migrations.Migration):
    dependencies = [("sync", "0003_inbound_and_reconcile"), ("tenancy", "0002_fence")]
    operations = [
        *[rls.fence(f"sync_{table}") for table in TENANT],
        rls.unique_with_region("sync_deliveryexport"),
        rls.unique_with_region("sync_reconcilerun"),
        rls.same_region("sync_delivery", "export_id", "sync_deliveryexport"),
        rls.same_region("sync_difference", "run_id", "sync_reconcilerun"),
        rls.append_only("sync_deliveryexport"),
        rls.readable_by("sync_regionlane", "sender"),
        migrations.RunSQL("GRANT SELECT ON sync_regionlane TO sender;", "REVOKE ALL ON sync_regionlane FROM sender;"),
    ]
