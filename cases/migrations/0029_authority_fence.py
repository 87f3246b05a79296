"""Row-level security and composite keys of requests for authority; their askers read them in every region."""

from django.db import migrations

from creditrepair.tenancy import rls


class Migration(migrations.Migration):
    dependencies = [("cases", "0028_authority"), ("tenancy", "0006_grants_fence")]
    operations = [
        rls.fence("cases_authorityrequest"),
        rls.own_rows("cases_authorityrequest", "user_id", "app.user", "::bigint"),
        rls.same_region("cases_authorityrequest", "letter_id", "cases_storedfile"),
        rls.same_region("cases_authorityrequest", "identity_id", "cases_storedfile"),
    ]
