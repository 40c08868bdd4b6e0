-- What reviewers and administrators ask for, found without reading what was ever decided. The
-- queue itself has had its index, applications_queue, from the beginning.

-- A reviewer's own numbers, and the questions that they asked.
CREATE INDEX applications_by_decision ON applications (decided_by, decided_at)
  WHERE decided_at IS NOT NULL;
CREATE INDEX application_events_by_user ON application_events (user_id, event, at);

-- The audit trail by time, and by time of one person or of one action.
CREATE INDEX audit_entries_by_time ON audit_entries (at, id);
CREATE INDEX audit_entries_by_user ON audit_entries (user_id, at, id);
CREATE INDEX audit_entries_by_action ON audit_entries (action, at, id);
