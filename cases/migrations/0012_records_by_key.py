"""Keys that bring records, for a department in the name of a recorder; and the first answer to each of their tries."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from creditrepair.tenancy import rls


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0011_task_of_thing"),
        ("tenancy", "0003_what_a_beat_told"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="clientkey",
            name="department",
            field=models.ForeignKey(
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="tenancy.department",
                verbose_name="归集单位",
            ),
        ),
        migrations.AddField(
            model_name="clientkey",
            name="recorder",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="归集负责人",
            ),
        ),
        migrations.AlterField(
            model_name="clientkey",
            name="scopes",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(
                    choices=[
                        ("cases:read", "读取案件"),
                        ("events:read", "读取办理过程"),
                        ("records:write", "报送失信信息"),
                    ],
                    max_length=32,
                ),
                default=list,
                size=None,
                verbose_name="权限范围",
            ),
        ),
        migrations.CreateModel(
            name="KeptAnswer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("client", models.CharField(max_length=8, verbose_name="密钥前缀")),
                ("route", models.CharField(max_length=64, verbose_name="地址")),
                ("key", models.CharField(max_length=255, verbose_name="幂等键")),
                ("body_sha256", models.CharField(max_length=64, verbose_name="请求散列值")),
                ("status", models.IntegerField(verbose_name="状态码")),
                ("answer", models.TextField(verbose_name="应答")),
                ("at", models.DateTimeField(verbose_name="时间")),
                (
                    "region",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenancy.region",
                        verbose_name="行政区",
                    ),
                ),
            ],
            options={
                "verbose_name": "接口回执",
                "verbose_name_plural": "接口回执",
                "indexes": [models.Index(fields=["region", "at"], name="answer_by_age")],
                "constraints": [
                    models.UniqueConstraint(fields=("region", "client", "route", "key"), name="one_answer_a_key")
                ],
            },
        ),
        rls.same_region("cases_clientkey", "department_id", "tenancy_department"),
        rls.fence("cases_keptanswer"),
    ]
