"""Row-level security and composite keys of objections, withdrawn penalties and restructurings; their steps are append-only."""

from django.db import migrations

from creditrepair.tenancy import rls

TENANT = ["objection", "objectionfile", "penaltywithdrawal", "restructuring", "restructuringstep"]
OF_SUBJECTS = ["objection", "penaltywithdrawal", "restructuring"]
LINKS = [
    *((table, "record_id", "cases_failurerecord") for table in OF_SUBJECTS),
    *((table, "department_id", "tenancy_department") for table in OF_SUBJECTS),
    ("objection", "case_id", "cases_case"),
    ("objectionfile", "objection_id", "cases_objection"),
    ("objectionfile", "file_id", "cases_storedfile"),
    ("penaltywithdrawal", "file_id", "cases_storedfile"),
    ("restructuringstep", "track_id", "cases_restructuring"),
    ("restructuringstep", "file_id", "cases_storedfile"),
]


class Migration(migrations.Migration):
    dependencies = [("cases", "0016_beside_repair"), ("tenancy", "0002_fence")]
    operations = [
        *[rls.fence(f"cases_{table}") for table in TENANT],
        *[rls.own_rows(f"cases_{table}", "subject_id", "app.subject") for table in OF_SUBJECTS],
        *[rls.unique_with_region(f"cases_{table}") for table in ("objection", "restructuring")],
        *[rls.same_region(f"cases_{table}", column, to) for table, column, to in LINKS],
        *[rls.append_only(f"cases_{table}") for table in ("objectionfile", "restructuringstep")],
    ]
