"""The SQL of the proof (`proof`): one SELECT for each kind of thing, all of one shape.

Marks: `/*narrow*/` may be narrowed to what is not over, `/*task what thing*/` asks whether somebody has a task about it.
"""

from typing import Final

HAS_TASK: Final = """EXISTS (SELECT 1 FROM cases_task t WHERE t.region_id = %(region)s AND t.thing_kind = '/*what*/'
  AND t.thing = /*thing*/ AND (t.closed_at IS NULL OR (t.closed_by_id IS NOT NULL AND t.closed_at > %(held)s)))"""

# A case has ended when its end is proven: repaired by read-back of every platform of its room and none showing
# otherwise, refused or not accepted by a paper that was made (of ours, or the other organ's). The platform that decided
# itself (结果互认) is told nothing and need not be read back; what goes upward has its own rows and holds no case back.
CASES: Final = """
SELECT 'case' AS what, x.id, x.ref AS thing, x.fate,
  CASE WHEN x.fate = 'silent' OR (x.state = 'correction' AND x.day < %(today)s) THEN 'silent'
       WHEN x.state IN ('submitted', 'in_review') AND NOT x.paused AND x.day < %(today)s THEN 'overdue'
       WHEN x.fate = 'person' THEN 'silent' END AS cause,
  x.unit_id, x.day, x.since, x.state AS state, '' AS detail
FROM (
  SELECT c.id, c.ref, c.state, c.paused, coalesce(c.holder_id, c.department_id) AS unit_id,
    CASE WHEN c.state = 'correction' THEN coalesce(q.due_on, ((q.asked_at + %(unanswered)s) AT TIME ZONE 'Asia/Shanghai')::date)
         WHEN c.state IN ('submitted', 'in_review') THEN c.due_on
         ELSE (coalesce(c.decided_at, c.submitted_at) AT TIME ZONE 'Asia/Shanghai')::date + 1 END AS day,
    coalesce(c.repaired_at, c.decided_at, c.accepted_at, c.submitted_at) AS since,
    CASE
      WHEN c.state = 'withdrawn' THEN 'ended'
      WHEN c.state = 'repaired' AND legs.proven >= want.legs AND legs.unproven = 0
        THEN 'ended'
      WHEN c.state = 'revoked' AND legs.unproven = 0 THEN 'ended'
      WHEN c.state = 'revoked' THEN 'waiting'
      WHEN c.state IN ('refused', 'not_accepted') AND (papers.made > 0 OR a.channel = 'elsewhere') THEN 'ended'
      WHEN c.state IN ('refused', 'not_accepted') AND papers.coming > 0 THEN 'waiting'
      WHEN c.state = 'approved' AND legs.targets >= want.legs
        AND (legs.unproven > 0 OR legs.proven_at > %(settle_late)s) THEN 'waiting'
      WHEN c.state IN ('submitted', 'in_review') AND c.holder_id IS NOT NULL AND c.holder_tier <> ''
        AND c.due_on IS NOT NULL THEN 'waiting'
      WHEN c.state = 'correction' AND c.holder_id IS NOT NULL AND q.id IS NOT NULL THEN 'waiting'
      WHEN /*task case c.ref*/ THEN 'person'
      ELSE 'silent' END AS fate
  FROM cases_case c
  JOIN cases_application a ON a.region_id = c.region_id AND a.id = c.application_id
  CROSS JOIN LATERAL (
    SELECT t.targets, jsonb_array_length(t.targets) - coalesce((t.targets ? (c.decision ->> 'mirrored_from'))::int, 0) AS legs
    FROM (SELECT %(needed)s::jsonb -> c.category AS targets) t) want
  LEFT JOIN cases_correction q ON c.state = 'correction' AND q.region_id = c.region_id AND q.case_id = c.id
    AND q.answered_at IS NULL
  LEFT JOIN LATERAL (
    SELECT count(DISTINCT d.target) AS targets,
      count(DISTINCT d.target) FILTER (WHERE d.state = 'verified') AS proven, max(d.verified_at) AS proven_at,
      count(*) FILTER (WHERE d.state NOT IN ('verified', 'superseded')) AS unproven
    FROM sync_delivery d WHERE d.region_id = %(region)s AND d.thing_kind = 'case' AND d.thing = c.ref
      AND d.kind = 'repair' AND want.targets ? d.target) legs ON c.state IN ('approved', 'repaired', 'revoked')
  LEFT JOIN LATERAL (
    SELECT count(*) FILTER (WHERE n.status IN ('issued', 'superseded')) AS made,
      count(*) FILTER (WHERE n.status IN ('requested', 'failed')) AS coming
    FROM notices_notice n WHERE n.region_id = %(region)s AND n.case_ref = c.ref
      AND n.kind IN ('refusal', 'non_acceptance')) papers ON c.state IN ('refused', 'not_accepted')
  WHERE c.region_id = %(region)s AND c.id > %(after)s AND c.id <= %(last)s /*narrow*/
) x
"""

# Closed by a person counts as ended only with that person's name on it; acked and never looked at is not agreement.
DELIVERIES: Final = """
SELECT 'delivery', x.id, x.message_no, x.fate,
  CASE WHEN x.fate = 'ended' THEN NULL
       WHEN x.kind = 'sms' AND x.state = 'parked' AND x.thing_kind <> 'reminder' THEN 'unreachable'
       WHEN x.kind = 'sms' AND x.tries > 0 AND x.queued_at < %(stalled)s AND x.key NOT LIKE 'T01|%%' THEN 'unreachable'
       WHEN x.kind = 'sms' THEN NULL
       WHEN x.state = 'disagreed' THEN 'difference'
       WHEN x.state = 'parked' OR x.done_at IS NOT NULL THEN 'delivery'
       WHEN x.tries > 0 AND x.queued_at < %(stalled)s AND NOT EXISTS (SELECT 1 FROM sync_lane l
         WHERE l.target = x.target AND (l.stopped_at IS NOT NULL OR l.failures > 0)) THEN 'delivery' END,
  coalesce(
    (SELECT c.department_id FROM cases_case c WHERE c.region_id = %(region)s AND x.thing_kind = 'case' AND c.ref = x.thing),
    (SELECT r.department_id FROM cases_failurerecord r
      WHERE r.region_id = %(region)s AND x.thing_kind = 'record' AND r.ref = x.thing),
    (SELECT c.department_id FROM cases_application a JOIN cases_case c
      ON c.region_id = a.region_id AND c.application_id = a.id
      WHERE a.region_id = %(region)s AND x.thing_kind = 'application' AND a.ref = x.thing ORDER BY c.id LIMIT 1),
    (SELECT u.id FROM tenancy_department u WHERE u.region_id = %(region)s AND u.code = 'fgj')),
  (x.due_at AT TIME ZONE 'Asia/Shanghai')::date, x.queued_at, x.state, x.target || ' ' || x.last_error
FROM (
  SELECT d.*, CASE
      WHEN d.state IN ('verified', 'superseded') THEN 'ended'
      WHEN d.thing_kind = 'code' THEN 'ended'  -- whoever waits for a code asks for another: no errand for the window
      WHEN d.state = 'parked' AND d.thing_kind = 'wish' THEN 'ended'  -- the firm was told beside it
      WHEN d.state = 'parked' AND d.thing_kind = 'reminder' AND d.done_at IS NULL THEN 'waiting'
      WHEN d.state = 'parked' AND d.thing_kind = 'reminder' THEN coalesce((SELECT CASE WHEN m.settled_at IS NULL THEN 'person'
        ELSE 'ended' END FROM cases_reminder m WHERE m.region_id = %(region)s AND m.ref = d.thing), 'silent')
      WHEN d.done_at IS NOT NULL AND d.officer_id IS NOT NULL THEN 'ended'
      WHEN d.done_at IS NULL AND d.state NOT IN ('parked', 'disagreed') THEN 'waiting'
      WHEN /*task delivery d.message_no*/ THEN 'person'
      ELSE 'silent' END AS fate
  FROM (SELECT id, message_no, kind, key, target, state, tries, thing_kind, thing, due_at, queued_at, done_at, officer_id,
          last_error FROM sync_delivery
        WHERE region_id = %(region)s AND id > %(after)s AND id <= %(last)s /*narrow*/) d
) x
"""

PAPERS: Final = """
SELECT 'paper', n.id, n.ref,
  CASE WHEN n.status NOT IN ('requested', 'failed') THEN 'ended' WHEN n.status = 'requested' THEN 'waiting'
       WHEN /*task paper n.ref*/ THEN 'person' ELSE 'silent' END,
  CASE WHEN n.status = 'failed' OR (n.status = 'requested' AND n.tries > 0 AND n.requested_at < %(paper_late)s) THEN 'paper' END,
  n.department_id, (n.requested_at AT TIME ZONE 'Asia/Shanghai')::date, n.requested_at, n.status,
  n.number || ' ' || n.problem
FROM notices_notice n WHERE n.region_id = %(region)s AND n.id > %(after)s AND n.id <= %(last)s /*narrow*/
"""

IMPORTS: Final = """
SELECT 'import', b.id, b.ref,
  CASE WHEN b.stage IN ('received', 'asked') THEN 'waiting' WHEN b.stage <> 'failed' THEN 'ended'
       WHEN /*task import b.ref*/ THEN 'person' ELSE 'silent' END,
  CASE WHEN b.stage = 'failed'
    OR (b.stage IN ('received', 'asked') AND coalesce(b.moved_at, b.received_at) < %(import_late)s) THEN 'collection' END,
  b.department_id, (b.received_at AT TIME ZONE 'Asia/Shanghai')::date, coalesce(b.moved_at, b.received_at), b.stage,
  b.file_name || ' ' || b.problem
FROM cases_collectionbatch b WHERE b.region_id = %(region)s AND b.id > %(after)s AND b.id <= %(last)s /*narrow*/
"""

# One task for a lane that stands still, not one for each message in it. A target without an interface here, or one whose
# messages go by file, stands still until somebody carries them over: a task after a day. `due_at`: not what is parked.
LANES: Final = """
SELECT 'lane', 1::bigint, x.target,
  CASE WHEN NOT x.wrong THEN 'waiting' WHEN /*task lane x.target*/ THEN 'person' ELSE 'silent' END,
  CASE WHEN x.wrong THEN 'delivery' END,
  (SELECT u.id FROM tenancy_department u WHERE u.region_id = %(region)s AND u.code = 'fgj'),
  (x.since AT TIME ZONE 'Asia/Shanghai')::date, x.since, x.state, x.reason
FROM (
  SELECT o.target, coalesce(l.stopped_at, o.at) AS since, coalesce(nullif(r.reason, ''), l.reason, '') AS reason,
    CASE WHEN l.stopped_at IS NOT NULL THEN 'stopped' WHEN l.failures > 0 THEN 'failing'
         WHEN l.target IS NULL OR r.mode = 'file' OR r.stopped_at IS NOT NULL THEN 'by_hand' ELSE 'alive' END AS state,
    l.stopped_at IS NOT NULL OR (l.failures > 0 AND coalesce(l.last_ok_at, o.at) < %(lane_late)s)
      OR ((l.target IS NULL OR r.mode = 'file' OR r.stopped_at IS NOT NULL) AND o.at < %(stalled)s) AS wrong
  FROM (SELECT d.target, min(d.queued_at) AS at FROM sync_delivery d
        WHERE d.region_id = %(region)s AND d.done_at IS NULL AND d.due_at < %(now)s + interval '1 day'
        GROUP BY d.target) o
  LEFT JOIN sync_lane l ON l.target = o.target
  LEFT JOIN sync_regionlane r ON r.region_id = %(region)s AND r.target = o.target
  WHERE %(after)s < 1 /*narrow*/
) x
"""
