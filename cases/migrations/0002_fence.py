"""Row-level security, composite keys and own rows of the cases tables; the lookup of a query code before any region."""

from django.db import migrations

from creditrepair.tenancy import rls

REFERENCED = ["collectionbatch", "failurerecord", "storedfile", "application", "case"]
TENANT = [
    *REFERENCED, "collectionrow", "recordversion", "severitychange", "draft", "material", "tier", "reviewstep", "correction",
]  # fmt: skip
LINKS = [
    ("collectionbatch", "department_id", "tenancy_department"),
    ("collectionrow", "batch_id", "cases_collectionbatch"),
    ("failurerecord", "department_id", "tenancy_department"),
    ("failurerecord", "batch_id", "cases_collectionbatch"),
    ("failurerecord", "decision_file_id", "cases_storedfile"),
    ("recordversion", "record_id", "cases_failurerecord"),
    ("recordversion", "batch_id", "cases_collectionbatch"),
    ("severitychange", "record_id", "cases_failurerecord"),
    ("case", "application_id", "cases_application"),
    ("case", "record_id", "cases_failurerecord"),
    ("case", "department_id", "tenancy_department"),
    ("case", "holder_id", "tenancy_department"),
    ("material", "application_id", "cases_application"),
    ("material", "case_id", "cases_case"),
    ("material", "file_id", "cases_storedfile"),
    ("reviewstep", "case_id", "cases_case"),
    ("reviewstep", "department_id", "tenancy_department"),
    ("correction", "case_id", "cases_case"),
]


class Migration(migrations.Migration):
    dependencies = [("cases", "0001_initial"), ("tenancy", "0002_fence")]
    operations = [
        *[rls.fence(f"cases_{table}") for table in TENANT],
        *[rls.unique_with_region(f"cases_{table}") for table in REFERENCED],
        *[rls.same_region(f"cases_{table}", column, to) for table, column, to in LINKS],
        *[
            rls.own_rows(f"cases_{table}", "subject_id", "app.subject")
            for table in ("failurerecord", "application", "case")
        ],
        rls.append_only("cases_recordversion"),
        rls.append_only("cases_severitychange"),
        rls.looked_up_by(
            "application_region",
            "code_hash text",
            "text",
            "SELECT region_id::text FROM cases_application WHERE query_code_hash = code_hash",
            {"cases_application": "region_id, query_code_hash"},
        ),
    ]
