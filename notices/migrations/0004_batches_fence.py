"""Row-level security and composite keys of batches of papers."""

from django.db import migrations

from creditrepair.tenancy import rls


class Migration(migrations.Migration):
    dependencies = [("notices", "0003_batches_and_seals"), ("tenancy", "0002_fence")]
    operations = [
        rls.fence("notices_paperbatch"),
        rls.unique_with_region("notices_paperbatch"),
        rls.same_region("notices_paperbatch", "department_id", "tenancy_department"),
        rls.same_region("notices_notice", "batch_id", "notices_paperbatch"),
    ]
