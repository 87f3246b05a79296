"""Who may read authorisations beside their region and their holder: the firm itself, and whoever holds the number of a
grant that nobody has claimed yet."""

from django.db import migrations

from creditrepair.tenancy import rls


class Migration(migrations.Migration):
    dependencies = [("tenancy", "0005_accounts")]
    operations = [
        rls.own_rows("tenancy_representation", "subject_code", "app.subject"),
        rls.own_rows("tenancy_representation", "phone_hash", "app.phone"),
    ]
