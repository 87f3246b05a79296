"""How many codes one number got and one address asked for, in all regions together: counts and nothing else."""

from django.db import migrations, models

from creditrepair.tenancy import rls

BODY = """
SELECT (SELECT count(*) FROM cases_smscode WHERE phone_hash = phone AND sent_at >= midnight AND sent_at <= until),
       (SELECT count(*) FROM cases_smscode WHERE address_hash = asker AND sent_at > since AND sent_at <= until)
"""


class Migration(migrations.Migration):
    dependencies = [("cases", "0030_task_kinds")]
    operations = [
        migrations.RemoveIndex("smscode", "code_by_phone"),
        migrations.RemoveIndex("smscode", "code_by_address"),
        migrations.AddIndex("smscode", models.Index(fields=["phone_hash", "sent_at"], name="code_to_phone")),
        migrations.AddIndex("smscode", models.Index(fields=["address_hash", "sent_at"], name="code_by_asker")),
        rls.looked_up_by(
            "codes_sent",
            "phone text, asker text, midnight timestamptz, since timestamptz, until timestamptz",
            "TABLE (to_phone bigint, by_address bigint)",
            BODY,
            {"cases_smscode": "phone_hash, address_hash, sent_at"},
        ),
    ]
