"""Row-level security and composite keys of what a region decides about the law; its decisions are append-only."""

from django.db import migrations

from creditrepair.tenancy import rls

TENANT = ["extension", "guidetext", "regionday", "regionrule", "rulerun"]
LINKS = [
    ("extension", "case_id", "cases_case"),
    ("guidetext", "department_id", "tenancy_department"),
    ("regionrule", "forecast_id", "cases_rulerun"),
    ("reviewstep", "external_file_id", "cases_storedfile"),
]


class Migration(migrations.Migration):
    dependencies = [("cases", "0005_whole_law"), ("tenancy", "0002_fence")]
    operations = [
        *[rls.fence(f"cases_{table}") for table in TENANT],
        rls.unique_with_region("cases_rulerun"),
        *[rls.same_region(f"cases_{table}", column, to) for table, column, to in LINKS],
        *[rls.append_only(f"cases_{table}") for table in ("guidetext", "regionday", "regionrule")],
    ]
