"""The SQL of a day's reminders: who comes into question, what is known of each, and the marks, in one statement each.

Fates: `due`, or why not: `before` (told on this occasion, or of a later day that has come), `under_way` (a case is open).
Only a day that is certain is asked for: where an officer has to judge, none is told as if it were sure (`officer` counts).
"""

from typing import Final

# Days not yet asked for, and behind them what has moved since: other rules or facts, or a record that came late. Stock
# that was imported with its days long over is no news to anybody.
_IN_QUESTION: Final = """
  SELECT r.id, r.subject_id, r.certain_on AS first_on
  FROM cases_failurerecord r WHERE r.region_id = %(region)s AND r.status = 'published'
    AND r.certain_on > %(since)s AND r.certain_on <= %(soon)s
    AND (r.certain_on <= %(today)s OR r.certain_on > %(soon_after)s)
  UNION ALL
  SELECT r.id, r.subject_id, r.certain_on
  FROM cases_failurerecord r WHERE r.region_id = %(region)s AND r.status = 'published'
    AND r.certain_moved_on >= %(since)s AND r.certain_on <= %(since)s
    AND NOT (r.stock AND (r.received_at AT TIME ZONE 'Asia/Shanghai')::date = r.certain_moved_on)
"""
_ONE: Final = """
  SELECT r.id, r.subject_id, r.certain_on AS first_on
  FROM cases_failurerecord r WHERE r.region_id = %(region)s AND r.status = 'published' AND r.certain_on <= %(soon)s
    AND r.id = %(only)s
"""
_FATES: Final = """
SELECT x.id, x.subject_id, x.first_on, x.occasion,
  CASE WHEN EXISTS (SELECT 1 FROM cases_case c WHERE c.region_id = %(region)s AND c.record_id = x.id
         AND c.state IN ('submitted', 'correction', 'in_review', 'approved')) THEN 'under_way'
       WHEN EXISTS (SELECT 1 FROM cases_reminderline l WHERE l.region_id = %(region)s AND l.record_id = x.id
         AND l.first_on = x.first_on AND l.occasion IN (x.occasion, 'today')) THEN 'before'
       WHEN x.occasion = 'today' AND (SELECT l.occasion = 'today' AND l.first_on >= x.first_on FROM cases_reminderline l
         WHERE l.region_id = %(region)s AND l.record_id = x.id ORDER BY l.id DESC LIMIT 1) THEN 'before'
       ELSE 'due' END AS fate
FROM (SELECT i.*, CASE WHEN i.first_on <= %(today)s THEN 'today' ELSE 'soon' END AS occasion FROM (/*asked*/) i) x
"""
CANDIDATES: Final = _FATES.replace("/*asked*/", _IN_QUESTION)
ONE: Final = _FATES.replace("/*asked*/", _ONE)

COUNT: Final = f"SELECT fate, count(*) FROM ({CANDIDATES}) f GROUP BY fate"  # noqa: S608 - our own text
OFFICER: Final = """
SELECT count(*) FROM cases_failurerecord WHERE region_id = %(region)s AND status = 'published'
  AND eligible_on > %(since)s AND eligible_on <= %(soon)s AND eligibility = 'needs_officer' AND certain_on IS NULL
"""
_MARK: Final = """
WITH asked AS MATERIALIZED (/*candidates*/),
marked AS (
  INSERT INTO cases_reminderline (region_id, run_id, record_id, subject_id, occasion, first_on)
  SELECT %(region)s, %(run)s, a.id, a.subject_id, a.occasion, a.first_on FROM asked a WHERE a.fate = 'due'
  ON CONFLICT DO NOTHING)
SELECT fate, count(*) FROM asked GROUP BY fate
"""
MARK: Final = _MARK.replace("/*candidates*/", CANDIDATES)
MARK_ONE: Final = _MARK.replace("/*candidates*/", ONE)

# 试运行: how many messages that would be, and for how many of them no mobile number is known.
_MOBILE: Final = "'^1[3-9][0-9]{9}$'"
FORECAST: Final = f"""
WITH asked AS MATERIALIZED ({CANDIDATES}),
firms AS (
  SELECT a.subject_id, a.occasion, CASE WHEN a.occasion = 'soon' THEN a.first_on END AS first_on, count(*) AS records,
    bool_or(EXISTS (SELECT 1 FROM notices_notice n JOIN notices_service s ON s.region_id = n.region_id AND s.notice_id = n.id
      WHERE n.region_id = %(region)s AND n.record_ref = r.ref AND s.phone ~ {_MOBILE})) AS served
  FROM asked a JOIN cases_failurerecord r ON r.region_id = %(region)s AND r.id = a.id WHERE a.fate = 'due' GROUP BY 1, 2, 3)
SELECT f.occasion, f.served OR EXISTS (SELECT 1 FROM cases_application p WHERE p.region_id = %(region)s
    AND p.subject_id = f.subject_id AND p.agent_phone ~ {_MOBILE}) AS reached, count(*), sum(f.records)::int
FROM firms f GROUP BY 1, 2
"""  # noqa: S608 - our own text

# A case that is being filed holds its records: wait for it, then look.
HOLD: Final = "SELECT id FROM cases_failurerecord WHERE region_id = %s AND id = ANY(%s) ORDER BY id FOR KEY SHARE"
TOLD: Final = """
UPDATE cases_reminderline l SET reminder_id = v.reminder FROM unnest(%s::bigint[], %s::bigint[]) AS v (id, reminder)
WHERE l.region_id = %s AND l.id = v.id
"""
