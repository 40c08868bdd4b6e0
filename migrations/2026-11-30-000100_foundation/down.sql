DROP TABLE throttles, audit_entries, mails, notifications, outbox, clock_offset;
