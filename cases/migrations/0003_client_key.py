"""Keys of machine clients, fenced like every tenant row; the region of a key's public prefix is looked up before any."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

from creditrepair.tenancy import rls


class Migration(migrations.Migration):
    dependencies = [("cases", "0002_fence"), ("tenancy", "0002_fence")]
    operations = [
        migrations.CreateModel(
            name="ClientKey",
            fields=[
                ("id", models.CharField(editable=False, max_length=150, primary_key=True, serialize=False, unique=True)),
                ("prefix", models.CharField(editable=False, max_length=8, unique=True)),
                ("hashed_key", models.CharField(editable=False, max_length=150)),
                ("created", models.DateTimeField(auto_now_add=True, db_index=True)),
                ("name", models.CharField(default=None, help_text="A free-form name for the API key. Need not be unique. 50 characters max.", max_length=50)),
                ("revoked", models.BooleanField(blank=True, default=False, help_text="If the API key is revoked, clients cannot use it anymore. (This cannot be undone.)")),
                ("expiry_date", models.DateTimeField(blank=True, help_text="Once API key expires, clients cannot use it anymore.", null=True, verbose_name="Expires")),
                ("scopes", django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[("cases:read", "读取案件"), ("events:read", "读取办理过程")], max_length=32), default=list, size=None, verbose_name="权限范围")),
                ("region", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="tenancy.region", verbose_name="行政区")),
            ],
            options={
                "verbose_name": "接口密钥",
                "verbose_name_plural": "接口密钥",
                "ordering": ("-created",),
                "abstract": False,
            },
        ),
        rls.fence("cases_clientkey"),
        rls.looked_up_by(
            "client_region",
            "key_prefix text",
            "text",
            "SELECT region_id::text FROM cases_clientkey WHERE prefix = key_prefix",
            {"cases_clientkey": "region_id, prefix"},
        ),
    ]
