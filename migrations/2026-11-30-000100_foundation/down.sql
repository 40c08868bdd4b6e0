DROP TABLE dispatches, deferrals, throttles, audit_entries, mails, notifications, outbox, clock_offset;
