//! Expands the outbox: each row becomes one notification and one mail per recipient.

use std::future::Future;

use metrics::{counter, gauge};
use serde_json::Value;

use super::state::{Audience, Recipient};
use super::store::{self, OutboxRow, Told};
use crate::db::{Db, DbError};
use crate::kernel::locale::Locale;
use crate::kernel::texts::Texts;

const BATCH: i64 = 50;

/// Finds the people in an audience. The worker implements it, because people, members and orders
/// belong to higher layers.
pub trait Recipients: Sync {
    fn resolve(
        &self,
        audience: &Audience,
        row: &OutboxRow,
    ) -> impl Future<Output = Result<Vec<Recipient>, DbError>> + Send;
}

/// Expands one batch of the outbox and returns how many rows it read. Several workers may read the
/// same row, but only the one that locks it writes. On an error nothing of the batch is written.
pub async fn expand(db: &Db, recipients: &impl Recipients) -> Result<usize, DbError> {
    let rows = store::waiting_rows(db, BATCH).await?;
    let mut told = Vec::new();
    for row in &rows {
        for element in &row.tell {
            let Some((audience, message)) = understood(element) else {
                counter!("surety_outbox_errors_total").increment(1);
                tracing::error!(outbox_id = row.id, element, "nobody can be told this");
                continue;
            };
            let meant = match recipients.resolve(&audience, row).await {
                // The subject does not exist; do not block the rest of the outbox.
                Err(DbError::NotFound) => {
                    counter!("surety_outbox_errors_total").increment(1);
                    tracing::error!(outbox_id = row.id, element, "this is about nothing");
                    Vec::new()
                }
                meant => meant?,
            };
            for recipient in meant {
                // Only the address is proven here, so never put the message into an account.
                let user_id = recipient.user_id.filter(|_| audience != Audience::Email);
                let recipient = Recipient { user_id, ..recipient };
                let args = args_for(&audience, &row.args);
                told.push(Told { row, recipient, message, args });
            }
        }
    }
    if !rows.is_empty() {
        let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
        store::write_told(db, &ids, &told).await?;
    }
    Ok(rows.len())
}

/// The arguments for an audience. `buyer_only` may hold a link that proves who the buyer is, so
/// nobody else may get it.
fn args_for(audience: &Audience, args: &Value) -> Value {
    let mut args = args.clone();
    if let Some(map) = args.as_object_mut()
        && let Some(Value::Object(own)) = map.remove("buyer_only")
        && *audience == Audience::Buyer
    {
        map.extend(own);
    }
    args
}

/// Parses an element of `tell`; `None` if its audience or its texts do not exist.
fn understood(element: &str) -> Option<(Audience, &str)> {
    let (audience, message) = Audience::parse(element)?;
    let has = |part| Texts::new(Locale::En).has(&format!("mail-{message}-{part}"));
    (has("subject") && has("body")).then_some((audience, message))
}

pub async fn measure(db: &Db) -> Result<(), DbError> {
    let (outbox, mails) = store::waiting(db).await?;
    #[expect(clippy::cast_precision_loss, reason = "a gauge is read by people")]
    {
        gauge!("surety_outbox_waiting").set(outbox as f64);
        gauge!("surety_mails_waiting").set(mails as f64);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::*;

    fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() {
                sources(&path, found);
            } else if path.extension().is_some_and(|e| e == "rs" || e == "sql") {
                found.push(path);
            }
        }
    }

    /// Literals such as `buyer:order-delivered`, in either kind of quotes.
    fn told_in(text: &str) -> Vec<&str> {
        let audiences = ["user:", "merchant:", "buyer:", "email:", "staff-"];
        let literals = text.split(['"', '\'']);
        let told = literals.filter(|l| audiences.iter().any(|a| l.starts_with(a)));
        told.filter(|l| Audience::parse(l).is_some()).collect()
    }

    #[test]
    fn every_message_that_the_program_tells_has_its_texts() {
        let mut files = Vec::new();
        sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut files);
        let mut missing = Vec::new();
        let mut seen = 0;
        for file in files.iter().filter(|f| !f.ends_with("notifications/state.rs")) {
            let text = std::fs::read_to_string(file).unwrap();
            for told in told_in(&text) {
                seen += 1;
                if understood(told).is_none() {
                    missing.push(format!("{}: {told}", file.display()));
                }
            }
        }
        assert!(seen > 5, "no messages were found: is this test still looking for them?");
        assert!(missing.is_empty(), "no mail-…-subject and -body for\n{}", missing.join("\n"));
    }
}
