"""Row-level security of tenancy. Departments are a public directory: readable by all, written only in their region."""

from django.db import migrations

from creditrepair.tenancy import rls


class Migration(migrations.Migration):
    dependencies = [("tenancy", "0001_initial")]
    operations = [
        rls.fence("tenancy_department"),
        rls.readable_by("tenancy_department", "app"),
        rls.unique_with_region("tenancy_department"),
        rls.fence("tenancy_membership"),
        rls.own_rows("tenancy_membership", "user_id", "app.user", "::bigint"),
        rls.same_region("tenancy_membership", "department_id", "tenancy_department"),
        rls.fence("tenancy_representation"),
        rls.own_rows("tenancy_representation", "user_id", "app.user", "::bigint"),
    ]
