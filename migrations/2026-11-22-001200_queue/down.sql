DROP INDEX audit_entries_by_action;
DROP INDEX audit_entries_by_user;
DROP INDEX audit_entries_by_time;
DROP INDEX application_events_by_user;
DROP INDEX applications_by_decision;
