"""Made-up firms, records and cases in bulk, written by a superuser past policies, triggers and foreign-key checks.

Only the shape counts: how many rows, how many of them open, how they spread over departments and days.
"""

import hashlib
from datetime import date

from django.contrib.auth.hashers import make_password
from psycopg2.extensions import connection as Connection

from cases.services.calendar import seed_calendar
from creditrepair.tenancy.actor import Actor, staff_actor
from creditrepair.tenancy.context import region_context
from creditrepair.tenancy.models import Department, Membership, Role, User
from creditrepair.tenancy.seed import seed_regions

REGION = "620321"
TODAY = date(2026, 11, 23)
OPEN_SHARE = 20  # one case in so many is open

DEPARTMENTS = (
    "CREATE TEMP TABLE departments AS SELECT array_agg(id ORDER BY code = 'scjgj' DESC, code) AS ids, "
    "array_agg(market ORDER BY code = 'scjgj' DESC, code) AS markets FROM tenancy_department WHERE region_id = %(region)s"
)
SUBJECTS = """
INSERT INTO cases_subject (code, name, folded_name, pinyin, kind, legal_representative)
SELECT '91620321MB' || lpad(i::text, 7, '0') || 'X', '永昌县示例企业' || i || '有限公司', '永昌县示例企业' || i || '有限公司',
  'yong chang xian shi li qi ye ' || i, 'organisation', '赵' || i %% 97
FROM generate_series(0, %(subjects)s - 1) i ON CONFLICT DO NOTHING
"""
RECORDS = """
INSERT INTO cases_failurerecord (region_id, ref, category, record_key, department_id, subject_id, subject_name, doc_no,
  decided_on, published_on, ground, ground_text, penalty_kinds, market, field, amount_fen, content, facts_text, basis_text,
  extra, content_hash, severity, status, version, eligible_on, eligibility, eligible_pack, received_at,
  stock)
SELECT %(region)s, 'R' || lpad(i::text, 19, '0'), 'administrative_penalty', md5('r' || i), d.ids[1 + p.n],
  '91620321MB' || lpad((i %% %(subjects)s)::text, 7, '0') || 'X', '永昌县示例企业' || i %% %(subjects)s || '有限公司',
  '永市监罚〔2026〕' || i || '号', date '2026-01-01' + i %% 200, date '2026-01-08' + i %% 200, '', '', '{fine}', d.markets[1 + p.n],
  '', 500000, '罚款人民币五千元', '未按规定履行义务', '《中华人民共和国行政处罚法》第二十八条', '{}', md5('c' || i) || md5('d' || i),
  'general', 'published', 1, date '2026-05-01' + i %% 200, 'from_date', '', timestamptz '2026-05-01 10:00+08',
  false
FROM generate_series(0, %(cases)s - 1) i, departments d,
  LATERAL (SELECT CASE WHEN (i / %(open)s + i) %% 2 = 0 THEN 0 ELSE (i / %(open)s + i %% %(open)s) %% 12 END AS n) p
"""
APPLICATIONS = """
INSERT INTO cases_application (id, region_id, ref, filing_no, form_token, query_code_hash, subject_id, filed_by_id, channel,
  authority, agent_name, agent_phone, commitment, committed_by, committed_at, urgent_reason, submitted_at,
  came_from, came_no, paper_reason)
OVERRIDING SYSTEM VALUE
SELECT i + 1, %(region)s, 'A' || lpad(i::text, 19, '0'), '620321' || lpad(i::text, 12, '0'), 'bench-' || i,
  encode(sha256(convert_to('query-code|BENCH' || lpad(i::text, 11, '0'), 'UTF8')), 'hex'),
  '91620321MB' || lpad((i %% %(subjects)s)::text, 7, '0') || 'X', %(user)s, 'portal', '{}', '赵申', '13800000000',
  '本单位承诺所提交材料真实有效。', '赵申', now(), '', now() - i %% 300 * interval '1 day',
  '', '', ''
FROM generate_series(0, %(cases)s / %(each)s - 1) i
"""
CASES = """
INSERT INTO cases_case (id, region_id, ref, application_id, record_id, subject_id, category, department_id, state, regime, tiers,
  record_version, verdict, round, submitted_at, accepted_at, decided_at, repaired_at, holder_id, holder_tier, due_on, paused,
  outcome, decision, version, source_seen)
OVERRIDING SYSTEM VALUE
SELECT r.n + 1, %(region)s, 'C' || lpad(r.n::text, 19, '0'), 1 + r.n / %(each)s, r.id,
  '91620321MB' || lpad((r.n / %(each)s %% %(subjects)s)::text, 7, '0') || 'X', 'administrative_penalty', r.department_id,
  CASE WHEN r.open THEN (ARRAY['submitted', 'in_review', 'in_review', 'correction'])[1 + r.k / 2 %% 4]
       WHEN r.n %% 500 = 7 THEN 'approved' ELSE 'repaired' END,
  'order36', '[{"tier": "handler", "title": "经办"}, {"tier": "head", "title": "处罚机关负责人"}]', 1, %(verdict)s, 1,
  timestamptz '2026-01-01 09:00+08' + r.n %% 300 * interval '1 day', timestamptz '2026-01-02 09:00+08' + r.n %% 300 * interval '1 day',
  CASE WHEN NOT r.open THEN timestamptz '2026-01-10 09:00+08' + r.n %% 300 * interval '1 day' + r.n * interval '1 ms' END, NULL,
  CASE WHEN r.open THEN r.department_id END, CASE WHEN r.open THEN (ARRAY['handler', 'head'])[1 + r.k / 8 %% 2] ELSE '' END,
  CASE WHEN r.k / 2 %% 50 <> 3 THEN date '2026-11-01' + (r.k %% 61)::int END, r.open AND r.k / 2 %% 4 = 3, '[]', %(decision)s, 1, 0
FROM (SELECT id, department_id, id - %(base)s AS n, (id - %(base)s) / %(open)s AS k, (id - %(base)s) %% %(open)s = 0 AS open
      FROM cases_failurerecord WHERE region_id = %(region)s AND id >= %(base)s) r
"""
STEPS = """
INSERT INTO cases_reviewstep (region_id, uuid, case_id, round, position, tier, title, department_id, status, opened_at, settled_at,
  settled_by_id, comment, verdict, external)
SELECT %(region)s, gen_random_uuid(), c.id, 1, 1, CASE WHEN c.holder_tier = '' THEN 'head' ELSE c.holder_tier END, '经办', c.department_id,
  CASE WHEN c.holder_id IS NULL THEN 'agreed' ELSE 'open' END, c.submitted_at, c.decided_at,
  CASE WHEN c.holder_id IS NULL THEN %(user)s END, '', '{}', '{}'
FROM cases_case c WHERE c.region_id = %(region)s
"""
DELIVERIES = """
INSERT INTO sync_delivery (region_id, target, kind, key, message_no, record_key, thing_kind, thing, version, expect, body, state,
  queued_at, due_at, tries, verified_how, last_error, acked_at, verified_at, looked_at, done_at,
  phone_hash, receipt, officer_note, proof_path, proof_sha256)
SELECT %(region)s, t.code, 'repair', 'yc1-' || md5(t.code || c.id), 'RP-' || left(t.code, 1) || c.id, md5('r' || c.id), 'case', c.ref, 1,
  'absent', '\\x7b7d', CASE WHEN c.state = 'approved' THEN 'acked' ELSE 'verified' END, now(), now(), 1, 'api', '', now(),
  now(), now(), CASE WHEN c.state <> 'approved' THEN now() END,
  '', '', '', '', ''
FROM cases_case c, (VALUES ('creditchina_jinchang'), ('gsxt_gansu')) t (code)
WHERE c.region_id = %(region)s AND c.holder_id IS NULL AND (c.state = 'approved' OR %(legs)s)
"""
VERDICT = (
    '{"status": "now", "earliest": "2026-08-01", "publication_ends": "2027-05-01", "regime": "order36", "reasons": [{"code": '
    '"minimum_period", "text": "一般失信行为公示满三个月可以申请修复", "article": "第十条", "from": "2026-05-01", "certainty": "verified"}]}'
)


def people() -> dict[str, Actor]:
    """Regions, calendar, and who works in the benches: a recorder at 文旅局, a reviewer at 市监局. Idempotent."""
    seed_regions()
    seed_calendar(range(2024, 2029))
    actors = {}
    for name, unit, role, tiers in (
        ("recorder", "wlj", Role.RECORDER, []),
        ("reviewer", "scjgj", Role.REVIEWER, ["handler", "head"]),
    ):
        user, _ = User.objects.get_or_create(
            username=f"bench-{name}", defaults={"full_name": "钱多", "password": make_password(None)}
        )
        with region_context(REGION):
            department = Department.objects.get(region_id=REGION, code=unit)
            membership, _ = Membership.objects.get_or_create(
                region_id=REGION,
                user=user,
                role=role,
                department=department,
                defaults={"tiers": tiers, "from_on": date(2026, 1, 1)},
            )
            membership = Membership.objects.select_related("department").get(region_id=REGION, pk=membership.pk)
            actors[name] = staff_actor(user, [membership])
    return actors


def many_cases(admin: Connection, cases: int, *, each: int, legs: bool, user_id: int) -> None:
    """`cases` cases, `each` a filing, one in OPEN_SHARE open, the open ones spread over twelve departments.

    admin  superuser connection to the database that gets them; its tables of cases are empty
    legs   also two verified deliveries for each case that is over (else only for the approved ones)
    """
    words = {
        "cases": cases, "each": each, "subjects": max(1, cases // 10), "region": REGION, "user": user_id, "open": OPEN_SHARE,
        "verdict": VERDICT, "decision": "{}", "legs": legs,
    }  # fmt: skip
    with admin.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")  # no triggers, no foreign-key checks: made to fit
        cursor.execute("SET synchronous_commit = off")
        cursor.execute(DEPARTMENTS, words)
        cursor.execute(SUBJECTS, words)
        cursor.execute(RECORDS, words)
        cursor.execute("SELECT min(id) FROM cases_failurerecord WHERE region_id = %(region)s", words)
        words["base"] = cursor.fetchone()[0]
        for statement in (APPLICATIONS, CASES, STEPS, DELIVERIES):
            cursor.execute(statement, words)
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("CHECKPOINT")


def many_records(admin: Connection, records: int) -> None:
    """Published records alone, spread over twelve departments, 200 days of decision and of eligibility."""
    words = {"cases": records, "subjects": max(1, records // 10), "region": REGION, "open": OPEN_SHARE}
    with admin.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("SET synchronous_commit = off")
        cursor.execute(DEPARTMENTS, words)
        cursor.execute(SUBJECTS, words)
        cursor.execute(RECORDS, words)


def query_code(number: int) -> str:
    """The query code of the filing `number` that `many_cases` made."""
    return f"BENCH{number:011d}"


def code_hash(number: int) -> str:
    return hashlib.sha256(f"query-code|{query_code(number)}".encode()).hexdigest()
