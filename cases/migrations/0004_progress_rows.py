"""The public progress query as one narrow function: what a query code shows, in one round trip, before any region is set.

It gives state, step and days of the filing's cases and how far the platforms are; no name, no number, no person.
"""

from django.db import migrations, models

from creditrepair.tenancy import rls

BODY = """
SELECT json_build_object(
  'last_four', right(a.subject_id, 4), 'filing_no', a.filing_no, 'submitted_at', a.submitted_at,
  'cases', coalesce((
    SELECT json_agg(json_build_object(
      'category', c.category, 'state', c.state, 'department', d.name, 'submitted_at', c.submitted_at,
      'due_on', c.due_on, 'paused', c.paused,
      'step', (SELECT json_build_array(u.name, s.title) FROM cases_reviewstep s
               JOIN tenancy_department u ON u.region_id = s.region_id AND u.id = s.department_id
               WHERE s.region_id = c.region_id AND s.case_id = c.id AND s.status = 'open'),
      'legs', coalesce((
        SELECT json_agg(json_build_array(y.target, y.state, y.looked_at) ORDER BY y.target, y.version)
        FROM sync_delivery y WHERE y.region_id = c.region_id AND y.thing_kind = 'case' AND y.thing = c.ref
        AND y.kind <> 'sms'), '[]'::json)
      ) ORDER BY c.region_id, c.id)
    FROM cases_application b
    JOIN cases_case c ON c.region_id = b.region_id AND c.application_id = b.id
    JOIN tenancy_department d ON d.region_id = c.region_id AND d.id = c.department_id
    WHERE b.filing_no = a.filing_no AND b.subject_id = a.subject_id), '[]'::json))
FROM cases_application a WHERE a.query_code_hash = code_hash
"""


class Migration(migrations.Migration):
    dependencies = [("cases", "0003_client_key"), ("sync", "0002_fence"), ("tenancy", "0002_fence")]
    operations = [
        # the parts of one filing in other regions: the one question that no region leads
        migrations.AddIndex("application", models.Index(fields=["filing_no"], name="application_of_filing")),
        migrations.RunSQL(
            "GRANT SELECT (id, subject_id, filing_no, submitted_at) ON cases_application TO lookup;",
            "REVOKE SELECT (id, subject_id, filing_no, submitted_at) ON cases_application FROM lookup;",
        ),
        rls.looked_up_by(
            "progress_rows",
            "code_hash text",
            "json",
            BODY,
            {
                "cases_case": "id, region_id, ref, application_id, subject_id, category, department_id, state, "
                "submitted_at, due_on, paused",
                "cases_reviewstep": "region_id, case_id, department_id, title, status",
                "tenancy_department": "id, region_id, name",
                "sync_delivery": "region_id, thing_kind, thing, kind, target, state, looked_at, version",
            },
        ),
    ]
