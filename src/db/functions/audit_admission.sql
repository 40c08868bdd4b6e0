-- What must be true of what was submitted. Called by audit_differences.
CREATE OR REPLACE FUNCTION audit_submissions() RETURNS TABLE (rule text, subject text, detail text)
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT 'a submission stands in its application''s history', concat('application ',
      s.application_id), concat('version ', s.version, ' at ', s.submitted_at)
    FROM application_submissions s
    LEFT JOIN application_events e ON e.application_id = s.application_id
      AND e.version = s.version AND e.event = 'submit' AND e.at = s.submitted_at
    WHERE e.id IS NULL
  UNION ALL
  SELECT 'what waits or was decided is what was submitted', concat('application ', a.id),
      concat(a.status, ', last submitted as version ', s.version)
    FROM applications a
    JOIN (SELECT DISTINCT ON (application_id) * FROM application_submissions
      ORDER BY application_id, version DESC) s ON s.application_id = a.id
    WHERE a.status IN ('submitted', 'in_review', 'approved', 'rejected')
      AND ((a.registered_name, a.registration_number, a.address, a.responsible_person, a.about)
        IS DISTINCT FROM (s.registered_name, s.registration_number, s.address,
          s.responsible_person, s.about)
      OR ARRAY(SELECT (file_id, category, label)::text FROM application_documents
          WHERE application_id = a.id ORDER BY file_id)
        <> ARRAY(SELECT (file_id, category, label)::text FROM submitted_documents
          WHERE submission_id = s.id ORDER BY file_id))
  UNION ALL
  SELECT 'a document that was taken over is the merchant''s own', concat('application ',
      n.application_id), concat('document ', n.id, ' from document ', n.taken_over_from)
    FROM application_documents n JOIN applications ours ON ours.id = n.application_id
    LEFT JOIN files nf ON nf.id = n.file_id
    LEFT JOIN application_documents o ON o.id = n.taken_over_from
    LEFT JOIN applications theirs ON theirs.id = o.application_id
    LEFT JOIN files f ON f.id = o.file_id
    WHERE n.taken_over_from IS NOT NULL
      AND (theirs.merchant_id = ours.merchant_id AND f.sha256 = nf.sha256) IS NOT TRUE
  UNION ALL
  SELECT 'what is kept cannot be changed', concat('table ', g.name), concat('forbid_change',
      CASE WHEN t.tgname IS NULL THEN ' is missing' ELSE ' is switched off' END)
    FROM (VALUES ('application_submissions'), ('submitted_documents'),
      ('domain_checks')) AS g (name)
    LEFT JOIN (pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
        AND c.relnamespace = 'public'::regnamespace JOIN pg_proc p ON p.oid = t.tgfoid
        AND p.proname = 'forbid_change')
      ON c.relname = g.name
    WHERE t.tgenabled IS DISTINCT FROM 'O';
$$;
