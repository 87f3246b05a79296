"""Row-level security of the codes sent by SMS."""

from django.db import migrations

from creditrepair.tenancy import rls


class Migration(migrations.Migration):
    dependencies = [("cases", "0014_sms_codes")]
    operations = [rls.fence("cases_smscode")]
