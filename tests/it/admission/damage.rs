//! What breaks the audit's rules of submissions and documents: see `ledger::audit`.

/// An application that waits, and what it stated.
macro_rules! submitted {
    ($then:literal) => {
        concat!(
            "WITH a AS (INSERT INTO applications (merchant_id, kind, status, created_at, \
             status_since) SELECT id, 'first', 'submitted', created_at, created_at FROM merchants \
             LIMIT 1 RETURNING id), s AS (INSERT INTO application_submissions (application_id, \
             version, submitted_at, registered_name, registration_number, address, \
             responsible_person, about) SELECT id, 0, surety_now(), '', '', '', '', '' FROM a \
             RETURNING id, application_id) ",
            $then
        )
    };
}

/// A rule, and what breaks it.
pub const OF_SUBMISSIONS: &[(&str, &str)] = &[
    ("a submission stands in its application's history", submitted!("SELECT FROM s")),
    (
        "a submission stands in its application's history",
        submitted!(
            "INSERT INTO application_events (application_id, version, event, at) \
             SELECT application_id, 0, 'save', surety_now() FROM s"
        ),
    ),
    (
        "what waits or was decided is what was submitted",
        submitted!("SELECT FROM s; UPDATE applications SET address = 'elsewhere'"),
    ),
    (
        "what waits or was decided is what was submitted",
        submitted!(
            "INSERT INTO submitted_documents (submission_id, file_id, category, label) \
             SELECT id, -1, 'licence', '' FROM s"
        ),
    ),
    (
        "a document that was taken over is the merchant's own",
        submitted!(
            "INSERT INTO application_documents (application_id, file_id, category, \
             idempotency_key, taken_over_from) SELECT application_id, -1, 'licence', \
             gen_random_uuid(), -2 FROM s"
        ),
    ),
    (
        "what is kept cannot be changed",
        "ALTER TABLE domain_checks DISABLE TRIGGER domain_checks_append_only",
    ),
    (
        "what is kept cannot be changed",
        "DROP TRIGGER submitted_documents_append_only ON submitted_documents",
    ),
];
