//! The rules of the audit that are broken here, as the functions write them.

use std::collections::BTreeSet;

/// Their words, each once.
pub fn rules() -> BTreeSet<String> {
    let sql = concat!(
        include_str!("../../../src/db/functions/audit_guards.sql"),
        include_str!("../../../src/db/functions/audit_ledger.sql"),
        include_str!("../../../src/db/functions/audit_orders.sql"),
        include_str!("../../../src/db/functions/audit_disbursements.sql"),
        include_str!("../../../src/db/functions/audit_histories.sql"),
        include_str!("../../../src/db/functions/audit_trust.sql"),
        include_str!("../../../src/db/functions/audit_admission.sql")
    );
    let rules = sql.lines().filter_map(|line| line.trim_start().strip_prefix("SELECT '"));
    rules.map(|r| r.replace("''", "\n").split('\'').next().unwrap().replace('\n', "'")).collect()
}
