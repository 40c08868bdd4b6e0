DROP TABLE dispatches, throttles, audit_entries, mails, notifications, outbox, clock_offset;
