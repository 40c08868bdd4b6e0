-- What must be true of ratings, self-dealt orders and tiers. Called by audit_differences.
CREATE OR REPLACE FUNCTION audit_credit() RETURNS TABLE (rule text, subject text, detail text)
LANGUAGE sql STABLE SET search_path = public, pg_temp SET work_mem = '64MB' SET jit = off AS $$
  SELECT 'a guard is on its table', concat('table ', g.name), concat('forbid_change',
      CASE WHEN t.tgname IS NULL THEN ' is missing' ELSE ' is switched off' END)
    FROM (VALUES ('ratings'), ('rating_replies'), ('rating_publications'),
      ('self_dealt_orders')) AS g (name)
    LEFT JOIN (pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
        AND c.relnamespace = 'public'::regnamespace JOIN pg_proc p ON p.oid = t.tgfoid
        AND p.proname = 'forbid_change')
      ON c.relname = g.name
    WHERE t.tgenabled IS DISTINCT FROM 'O'
  UNION ALL
  SELECT 'the server''s role does not write what functions write', concat('table ', c.relname),
      w.name
    FROM pg_class c, (VALUES ('INSERT'), ('UPDATE'), ('DELETE'), ('TRUNCATE')) AS w (name),
      pg_roles r
    WHERE r.rolname = 'surety_server' AND c.relnamespace = 'public'::regnamespace
      AND c.relname IN ('self_dealt_orders', 'payment_fingerprints')
      AND (has_table_privilege(r.oid, c.oid, w.name)
        OR w.name IN ('INSERT', 'UPDATE') AND has_any_column_privilege(r.oid, c.oid, w.name))
  UNION ALL
  SELECT 'a rating is its buyer''s, of a completed order', concat('rating ', r.id),
      concat('order ', r.order_id, ' ', o.status, ', buyer ', o.buyer_id, ', rated by ', r.user_id)
    FROM ratings r LEFT JOIN orders o ON o.id = r.order_id
    WHERE (o.status = 'completed' AND o.buyer_id = r.user_id AND o.merchant_id = r.merchant_id
      AND r.rated_at >= o.ended_at) IS NOT TRUE
  UNION ALL
  SELECT 'an order is rated once', concat('order ', order_id), concat(count(*), ' ratings')
    FROM ratings GROUP BY order_id HAVING count(*) > 1
  UNION ALL
  SELECT 'a rating is published with its answer or in its time', concat('rating ', r.id),
      concat('published ', p.published_at, ', answered ', a.replied_at, ', due ', r.publish_at)
    FROM ratings r LEFT JOIN rating_publications p ON p.rating_id = r.id
    LEFT JOIN rating_replies a ON a.rating_id = r.id
    LEFT JOIN ratings_to_publish w ON w.rating_id = r.id
    WHERE (CASE
      WHEN p.rating_id IS NULL THEN w.publish_at = r.publish_at AND a.rating_id IS NULL
      ELSE w.rating_id IS NULL AND p.merchant_id = r.merchant_id
        AND CASE p.because WHEN 'reply' THEN a.replied_at = p.published_at
          ELSE p.published_at >= r.publish_at AND coalesce(a.replied_at >= p.published_at, true)
        END END) IS NOT TRUE
  UNION ALL
  SELECT 'a self-dealt order is not covered', concat('order ', s.order_id),
      array_to_string(s.links, ', ')
    FROM self_dealt_orders s LEFT JOIN orders o ON o.id = s.order_id
    WHERE (NOT o.covered AND o.paid_at IS NOT NULL AND o.merchant_id = s.merchant_id) IS NOT TRUE
  UNION ALL
  SELECT 'a badge''s tier is what its history says', concat('merchant ', b.merchant_id),
      concat(b.tier, ', last moved to ', e.to_tier)
    FROM badges b
    JOIN (SELECT DISTINCT ON (merchant_id) merchant_id, to_tier
      FROM (SELECT merchant_id, version, CASE WHEN from_state IS NULL
          OR from_state IN ('revoked', 'expired') THEN 'trusted' ELSE to_tier END AS to_tier
        FROM badge_events) m
      WHERE to_tier IS NOT NULL ORDER BY merchant_id, version DESC) e
      ON e.merchant_id = b.merchant_id
    WHERE e.to_tier <> b.tier
      -- Before tiers were moved they were not written down.
      AND EXISTS (SELECT FROM badge_events t
        WHERE t.merchant_id = b.merchant_id AND t.to_tier IS NOT NULL);
$$;
