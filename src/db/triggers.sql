-- The triggers that call our functions. `migrate` runs this after the functions. It
-- makes what the database lacks and replaces a trigger that differs; what stands as it is written
-- here is left alone, so that a run which changes nothing locks no table. Each trigger is written
-- as pg_get_triggerdef() writes it.
DO $$
DECLARE
  wanted text;
  standing text;
  name text;
  on_table text;
BEGIN
  FOR wanted IN
    -- Tables that are only added to.
    SELECT format('CREATE TRIGGER %1$s_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON %1$s '
      'FOR EACH STATEMENT EXECUTE FUNCTION forbid_change()', t)
    FROM unnest(ARRAY['agreements', 'application_events', 'application_submissions',
      'audit_entries', 'badge_events', 'case_events', 'criteria_thresholds', 'dispatches',
      'domain_checks', 'entries',
      'journals', 'merchant_member_events', 'order_events', 'disbursement_accounts',
      'rating_publications', 'rating_replies', 'ratings', 'self_dealt_orders',
      'submitted_documents', 'trust_reminders']) AS t
    UNION ALL SELECT regexp_replace(t, '\s+', ' ', 'g') FROM unnest(ARRAY[
    'CREATE TRIGGER suspension_causes_only_end BEFORE DELETE OR UPDATE ON suspension_causes
      FOR EACH ROW EXECUTE FUNCTION keep_suspension_cause()',
    'CREATE TRIGGER suspension_causes_are_kept BEFORE TRUNCATE ON suspension_causes
      FOR EACH STATEMENT EXECUTE FUNCTION forbid_change()',
    'CREATE TRIGGER application_documents_stay
      BEFORE INSERT OR DELETE OR UPDATE ON application_documents
      FOR EACH ROW EXECUTE FUNCTION keep_submitted_documents()',
    'CREATE TRIGGER application_documents_no_truncate BEFORE TRUNCATE ON application_documents
      FOR EACH STATEMENT EXECUTE FUNCTION keep_submitted_documents()',
    -- What the public is shown of a merchant.
    'CREATE TRIGGER merchants_public_record
      AFTER INSERT OR UPDATE OF code, name, registered_name, industry ON merchants
      FOR EACH ROW EXECUTE FUNCTION tell_public_record()',
    'CREATE TRIGGER badges_public_record AFTER INSERT OR DELETE OR UPDATE ON badges
      FOR EACH ROW EXECUTE FUNCTION tell_public_record()',
    'CREATE TRIGGER domains_public_record
      AFTER INSERT OR DELETE OR UPDATE OF merchant_id, name, verified_at ON domains
      FOR EACH ROW EXECUTE FUNCTION tell_public_record()',
    'CREATE TRIGGER credit_records_public_record AFTER INSERT OR UPDATE ON credit_records
      FOR EACH ROW EXECUTE FUNCTION tell_public_record()',
    'CREATE TRIGGER rating_publications_public_record AFTER INSERT ON rating_publications
      FOR EACH ROW EXECUTE FUNCTION tell_public_record()',
    'CREATE TRIGGER rating_replies_public_record AFTER INSERT ON rating_replies
      FOR EACH ROW EXECUTE FUNCTION tell_public_record()',
    -- What is kept beside a merchant.
    'CREATE TRIGGER merchants_search AFTER INSERT OR UPDATE OF code, name, industry ON merchants
      FOR EACH ROW EXECUTE FUNCTION keep_merchant_search()',
    'CREATE TRIGGER domains_search
      AFTER INSERT OR DELETE OR UPDATE OF merchant_id, name, verified_at ON domains
      FOR EACH ROW EXECUTE FUNCTION keep_merchant_search()',
    -- A line of a badge''s history is told on.
    'CREATE TRIGGER badge_events_dispatch AFTER INSERT ON badge_events
      FOR EACH ROW EXECUTE FUNCTION dispatch_badge_event()',
    'CREATE TRIGGER merchants_begin_credit AFTER INSERT ON merchants
      FOR EACH ROW EXECUTE FUNCTION begin_credit()']) AS t
  LOOP
    name := substring(wanted FROM 'TRIGGER (\w+)');
    on_table := substring(wanted FROM ' ON (\w+)');
    SELECT pg_get_triggerdef(oid, true) INTO standing FROM pg_trigger
      WHERE tgrelid = on_table::regclass AND tgname = name;
    CONTINUE WHEN standing = wanted;
    IF standing IS NOT NULL THEN
      EXECUTE format('DROP TRIGGER %I ON %I', name, on_table);
    END IF;
    EXECUTE wanted;
  END LOOP;
END $$;
