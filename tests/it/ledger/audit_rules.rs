//! The rules of the audit, as the migrations write them.

use std::collections::BTreeSet;

/// Their words, each once.
pub fn rules() -> BTreeSet<String> {
    let sql = concat!(
        include_str!("../../../migrations/2026-11-22-000700_audit/up.sql"),
        include_str!("../../../migrations/2026-11-22-001000_badge_life/up.sql"),
        include_str!("../../../migrations/2026-11-22-001300_review_desk/up.sql")
    );
    let rules = sql.lines().filter_map(|line| line.trim_start().strip_prefix("SELECT '"));
    rules.map(|r| r.replace("''", "\n").split('\'').next().unwrap().replace('\n', "'")).collect()
}
