-- What is, against the history of how it came about. Called by audit_differences.
CREATE OR REPLACE FUNCTION audit_histories() RETURNS TABLE (rule text, subject text, detail text)
LANGUAGE sql STABLE SET search_path = public, pg_temp SET work_mem = '64MB' SET jit = off AS $$
  SELECT 'a history is unbroken', concat('order ', coalesce(o.id, h.order_id)),
      concat('version ', o.version, ', events ', coalesce(h.events, 0))
    FROM orders o
    FULL JOIN (SELECT order_id, count(*) AS events, min(version) AS first, max(version) AS last
      FROM order_events GROUP BY 1) h ON h.order_id = o.id
    WHERE h.first IS DISTINCT FROM 0 OR h.last IS DISTINCT FROM o.version
      OR h.events IS DISTINCT FROM o.version + 1
  UNION ALL
  SELECT 'a history leads to the status', concat('order ', o.id),
      concat(o.status, ', last event ', e.event, ' to ', e.to_status)
    FROM orders o JOIN order_events e ON e.order_id = o.id AND e.version = o.version
    WHERE e.to_status <> o.status
  UNION ALL
  SELECT 'a step of a history begins where the one before ended', concat('order ', e.order_id),
      concat('version ', e.version, ' from ', e.from_status, ' after ', p.to_status)
    FROM order_events e JOIN order_events p
      ON p.order_id = e.order_id AND p.version = e.version - 1
    WHERE e.from_status IS DISTINCT FROM p.to_status
  UNION ALL
  SELECT 'a step of a history is one that an order may take', concat('order ', e.order_id),
      concat('version ', e.version, ': ', e.event, ' from ', e.from_status, ' to ', e.to_status)
    FROM order_events e LEFT JOIN orders o ON o.id = e.order_id
    LEFT JOIN order_moves m ON (m.channel, m.event, m.from_status, m.to_status)
      = (o.channel, e.event, e.from_status, e.to_status)
    WHERE CASE WHEN e.version = 0
      THEN (e.event, e.from_status, e.to_status)
        IS DISTINCT FROM ('create', NULL::text, 'awaiting_payment')
      ELSE (e.actor = ANY (m.actors)) IS NOT TRUE END
  UNION ALL
  SELECT 'an order''s times are those of its history', concat('order ', o.id),
      concat(e.event, ' at ', e.at, ', the order says ', CASE e.event WHEN 'create'
        THEN o.created_at WHEN 'pay' THEN o.paid_at WHEN 'deliver' THEN o.delivered_at
        ELSE o.ended_at END, ', in its status since ', o.status_since)
    FROM order_events e JOIN orders o ON o.id = e.order_id
    WHERE e.from_status IS DISTINCT FROM e.to_status
      AND (e.to_status = o.status AND e.at <> o.status_since
        OR e.to_status IN ('completed', 'closed') AND e.at IS DISTINCT FROM o.ended_at
        OR e.event = 'create' AND e.at <> o.created_at
        OR e.event = 'pay' AND e.at IS DISTINCT FROM o.paid_at
        OR e.event = 'deliver' AND e.at IS DISTINCT FROM o.delivered_at)
  UNION ALL
  SELECT 'a case''s history leads to its status', concat('case ', coalesce(c.id, h.case_id)),
      concat(c.status, ', version ', c.version, ', events ', coalesce(h.events, 0), ' to ',
        h.status)
    FROM cases c
    FULL JOIN (SELECT case_id, count(*) AS events, max(version) AS last,
        (array_agg(to_status ORDER BY version DESC))[1] AS status
      FROM case_events GROUP BY 1) h ON h.case_id = c.id
    WHERE (h.last = c.version AND h.events = c.version + 1 AND h.status = c.status) IS NOT TRUE
  UNION ALL
  SELECT 'a line of a history has its dispatch', concat(h.stream, ' ', h.subject_id),
      concat('lines ', h.lines, ', dispatches ', coalesce(d.lines, 0))
    FROM (
      SELECT order_id AS subject_id, count(*) AS lines, 'order' AS stream
        FROM order_events GROUP BY 1
      UNION ALL SELECT case_id, count(*), 'case' FROM case_events GROUP BY 1
      UNION ALL SELECT merchant_id, count(*), 'badge' FROM badge_events GROUP BY 1) h
    LEFT JOIN (SELECT stream, subject_id, count(DISTINCT version) AS lines
      FROM dispatches GROUP BY 1, 2) d USING (stream, subject_id)
    WHERE d.lines IS DISTINCT FROM h.lines
  UNION ALL
  SELECT 'a badge''s history leads to its state', concat('merchant ', b.merchant_id), b.state
    FROM badges b LEFT JOIN badge_events e
      ON e.merchant_id = b.merchant_id AND e.version = b.version
    WHERE e.to_state IS DISTINCT FROM b.state
  UNION ALL
  SELECT 'a badge''s history is unbroken', concat('merchant ', coalesce(b.merchant_id,
      h.merchant_id)), concat('version ', b.version, ', moves ', coalesce(h.moves, 0))
    FROM badges b
    FULL JOIN (
      SELECT merchant_id, count(*) AS moves, max(version) AS last, bool_and(follows) AS unbroken
      FROM (
        SELECT merchant_id, version, from_state IS NOT DISTINCT FROM lag(to_state)
          OVER (PARTITION BY merchant_id ORDER BY version) AS follows
        FROM badge_events) e GROUP BY 1) h ON h.merchant_id = b.merchant_id
    WHERE (h.unbroken AND h.last = b.version AND h.moves = b.version + 1) IS NOT TRUE
  UNION ALL
  SELECT 'an application''s history is unbroken', concat('application ', coalesce(a.id,
      h.application_id)), concat('version ', a.version, ', events ', coalesce(h.events, 0))
    FROM applications a
    FULL JOIN (SELECT application_id, count(*) AS events, max(version) AS last
      FROM application_events GROUP BY 1) h ON h.application_id = a.id
    WHERE (h.last = a.version AND h.events = a.version + 1) IS NOT TRUE;
$$;
