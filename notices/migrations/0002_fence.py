"""Row-level security of papers, and the lookup of a verify token before any region is known."""

from django.db import migrations

from creditrepair.tenancy import rls


class Migration(migrations.Migration):
    dependencies = [("notices", "0001_initial"), ("tenancy", "0002_fence")]
    operations = [
        *[rls.fence(f"notices_{table}") for table in ("numbercounter", "notice", "service")],
        rls.unique_with_region("notices_notice"),
        *[
            rls.same_region(f"notices_{table}", column, to)
            for table, column, to in (
                ("numbercounter", "department_id", "tenancy_department"),
                ("notice", "department_id", "tenancy_department"),
                ("service", "notice_id", "notices_notice"),
            )
        ],
        rls.append_only("notices_service"),
        rls.looked_up_by(
            "notice_region",
            "token text",
            "text",
            "SELECT region_id::text FROM notices_notice WHERE token_id = token",
            {"notices_notice": "region_id, token_id"},
        ),
    ]
