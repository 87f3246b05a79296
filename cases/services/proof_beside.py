"""The SQL of the proof for the doors beside repair: of one shape with `proof_sql`, and with the same marks.

An objection has ended when it was taken back, or when its 异议答复书 was made. Where no rule names a day, the unit's is
the day after which silence is no answer any more (`unanswered`), as for a correction without a day of its own.
"""

from typing import Final

OBJECTIONS: Final = """
SELECT 'objection', x.id, x.ref, x.fate,
  CASE WHEN x.fate = 'silent' THEN 'silent' WHEN x.state = 'open' AND x.day < %(today)s THEN 'overdue' END,
  x.department_id, x.day, x.since, x.state, x.objection_no
FROM (
  SELECT o.id, o.ref, o.state, o.department_id, o.objection_no, coalesce(o.settled_at, o.filed_at) AS since,
    CASE WHEN o.state = 'open' THEN coalesce(o.due_on, ((o.filed_at + %(unanswered)s) AT TIME ZONE 'Asia/Shanghai')::date)
         ELSE (o.settled_at AT TIME ZONE 'Asia/Shanghai')::date END AS day,
    CASE WHEN o.state = 'withdrawn' THEN 'ended'
         WHEN o.state = 'open' THEN 'waiting'
         WHEN n.status IN ('issued', 'superseded') THEN 'ended'
         WHEN n.status IN ('requested', 'failed') THEN 'waiting'
         WHEN /*task objection o.ref*/ THEN 'person'
         ELSE 'silent' END AS fate
  FROM cases_objection o
  LEFT JOIN notices_notice n ON n.region_id = o.region_id AND n.ref = o.paper_ref
  WHERE o.region_id = %(region)s AND o.id > %(after)s AND o.id <= %(last)s /*narrow*/
) x
"""

WITHDRAWALS: Final = """
SELECT 'withdrawal', x.id, x.ref, CASE WHEN x.state = 'reported' THEN 'waiting' ELSE 'ended' END,
  CASE WHEN x.state = 'reported' AND x.day < %(today)s THEN 'overdue' END,
  x.department_id, x.day, x.since, x.state, x.report_no
FROM (
  SELECT w.id, w.ref, w.state, w.department_id, w.report_no, coalesce(w.settled_at, w.reported_at) AS since,
    coalesce(w.due_on, ((w.reported_at + %(unanswered)s) AT TIME ZONE 'Asia/Shanghai')::date) AS day
  FROM cases_penaltywithdrawal w
  WHERE w.region_id = %(region)s AND w.id > %(after)s AND w.id <= %(last)s /*narrow*/
) x
"""

# Shielded waits for the court, which nobody here can hurry; a ruling waits for the unit.
RESTRUCTURINGS: Final = """
SELECT 'restructuring', x.id, x.ref, CASE WHEN x.state IN ('ruled', 'shielded') THEN 'waiting' ELSE 'ended' END,
  CASE WHEN x.state = 'ruled' AND x.day < %(today)s THEN 'overdue' END,
  x.department_id, x.day, x.moved_at, x.state, x.court_no
FROM (
  SELECT t.id, t.ref, t.state, t.department_id, t.court_no, t.moved_at,
    CASE WHEN t.state = 'ruled' THEN ((t.opened_at + %(unanswered)s) AT TIME ZONE 'Asia/Shanghai')::date END AS day
  FROM cases_restructuring t
  WHERE t.region_id = %(region)s AND t.id > %(after)s AND t.id <= %(last)s /*narrow*/
) x
"""
