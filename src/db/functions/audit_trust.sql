-- What must be true of causes of suspension, badges and agreements. Called by audit_differences.
CREATE OR REPLACE FUNCTION audit_suspensions() RETURNS TABLE (rule text, subject text, detail text)
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT 'a badge is suspended while a cause stands', concat('merchant ', b.merchant_id),
      concat(b.state, ', causes that stand: ', c.standing)
    FROM badges b, LATERAL (SELECT count(*) AS standing FROM suspension_causes
      WHERE merchant_id = b.merchant_id AND ended_at IS NULL) c
    WHERE b.state IN ('active', 'suspended') AND (b.state = 'suspended') <> (c.standing > 0)
  UNION ALL
  SELECT 'a badge''s history names the causes that stand', concat('merchant ', b.merchant_id),
      concat('version ', b.version, ' names ', array_to_string(e.standing, ', '))
    FROM badges b
    JOIN badge_events e ON e.merchant_id = b.merchant_id AND e.version = b.version
    WHERE b.state IN ('active', 'suspended') AND e.event IS NOT NULL
      AND ARRAY(SELECT DISTINCT unnest(e.standing) ORDER BY 1) <> ARRAY(
        SELECT DISTINCT cause FROM suspension_causes
        WHERE merchant_id = b.merchant_id AND ended_at IS NULL ORDER BY 1)
  UNION ALL
  SELECT 'a revoked badge stays revoked for twelve months', concat('merchant ', e.merchant_id),
      concat('version ', e.version, ': ', e.to_state, ' at ', e.at)
    FROM badge_events e JOIN badge_events p
      ON p.merchant_id = e.merchant_id AND p.version = e.version - 1
    -- a month of the operator's zone may be a day longer or shorter than one of ours
    WHERE p.to_state = 'revoked' AND e.at < p.at + interval '12 months' - interval '2 days'
  UNION ALL
  SELECT 'a signature is under the text that was published', concat('merchant ', s.merchant_id),
      concat('version ', s.version)
    FROM agreement_signatures s JOIN agreements a ON a.version = s.version
    WHERE s.text_sha256 <> sha256(convert_to(
      CASE s.locale WHEN 'en' THEN a.text_en ELSE a.text_zh END, 'UTF8'))
  UNION ALL
  SELECT 'what is kept cannot be changed', concat('table ', g.name), concat(g.function,
      CASE WHEN t.tgname IS NULL THEN ' is missing' ELSE ' is switched off' END)
    FROM (VALUES ('suspension_causes', 'keep_suspension_cause'), ('agreements', 'forbid_change'),
      ('trust_reminders', 'forbid_change')) AS g (name, function)
    LEFT JOIN (pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
        AND c.relnamespace = 'public'::regnamespace JOIN pg_proc p ON p.oid = t.tgfoid)
      ON c.relname = g.name AND p.proname = g.function
    WHERE t.tgenabled IS DISTINCT FROM 'O';
$$;
