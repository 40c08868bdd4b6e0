//! What breaks the audit's rules of badges, causes and agreements: see `ledger::audit`.

const STANDING: &str = "INSERT INTO suspension_causes (merchant_id, cause, reference, detail, \
     reason, since) SELECT merchant_id, 'staff', 'x', '', 'x', surety_now() FROM badges";

/// A rule, and what breaks it.
pub const OF_BADGES: &[(&str, &str)] = &[
    ("a badge's history leads to its state", "UPDATE badges SET state = 'suspended'"),
    ("a badge's history is unbroken", "DELETE FROM badge_events"),
    ("a badge's history is unbroken", "UPDATE badge_events SET from_state = 'revoked'"),
    ("a badge is suspended while a cause stands", STANDING),
    (
        "a badge's history names the causes that stand",
        "UPDATE badge_events SET event = 'grant', standing = '{staff}'",
    ),
    (
        "a revoked badge stays revoked for twelve months",
        "INSERT INTO badge_events (merchant_id, version, from_state, to_state, cause, at) \
         SELECT merchant_id, 1, 'active', 'revoked', 'staff', surety_now() FROM badges; \
         INSERT INTO badge_events (merchant_id, version, from_state, to_state, cause, at) \
         SELECT merchant_id, 2, 'revoked', 'active', 'approved', surety_now() FROM badges",
    ),
    (
        "a signature is under the text that was published",
        "INSERT INTO agreements VALUES (9, 'en', 'zh', surety_now()); \
         INSERT INTO agreement_signatures SELECT m.id, 9, u.id, 'x', sha256('other'), 'en', \
           surety_now() FROM merchants m, users u LIMIT 1",
    ),
    (
        "what is kept cannot be changed",
        "ALTER TABLE suspension_causes DISABLE TRIGGER suspension_causes_only_end",
    ),
    ("what is kept cannot be changed", "DROP TRIGGER agreements_append_only ON agreements"),
];
