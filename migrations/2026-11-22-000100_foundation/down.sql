DROP FUNCTION append_audit(bigint, text, text, jsonb, jsonb, text);
DROP TABLE audit_entries;
DROP FUNCTION append_outbox(text[], bigint, bigint, bigint, text, jsonb);
DROP TABLE mails, notifications, outbox;
DROP FUNCTION forbid_change();
DROP FUNCTION surety_now();
DROP TABLE clock_offset;
