//! Reminders of ending terms and new agreements. Each is sent once, whichever worker sends it.

use chrono::Duration;
use serde_json::json;

use crate::db::{Db, DbError};
use crate::kernel::time::Timestamp;
use crate::trust::agreement::{SIGN_AGAIN, Version};
use crate::trust::badge::RENEWAL_OPENS;
use crate::trust::store;
use crate::trust::store::reminders::{self, Reminder};

/// How long before the end, and the message.
const OF_EXPIRY: [(Duration, &str); 3] = [
    (RENEWAL_OPENS, "merchant:badge-renewal-opens"),
    (Duration::days(14), "merchant:badge-ends-soon"),
    (Duration::days(1), "merchant:badge-ends-tomorrow"),
];

/// A badge whose renewal waits for us is extended this long before its end, by this much. Both are
/// longer than a worker is likely to be down.
const KEPT_FROM: Duration = Duration::days(3);
const KEPT_FOR: Duration = Duration::days(7);

/// Extends badges whose renewal waits for us, which is not the merchant's fault. Returns how many.
pub async fn keep_badges(db: &Db, merchants: &[i64], now: Timestamp) -> Result<usize, DbError> {
    // Only the last reminder is sent again, in case the renewal fails.
    let reminded: Vec<&str> =
        OF_EXPIRY.iter().filter(|(before, _)| *before > KEPT_FROM).map(|(_, m)| *m).collect();
    let mut kept = 0;
    for (id, ends) in reminders::ending_of(db, merchants, now, now + KEPT_FROM).await? {
        let term = (ends, ends + KEPT_FOR);
        kept += usize::from(reminders::prolong(db, id, term, &reminded).await?);
    }
    Ok(kept)
}

/// How long before the deadline, and the message.
const OF_AGREEMENT: [(Duration, &str); 2] = [
    (Duration::days(14), "merchant:agreement-sign-soon"),
    (Duration::days(1), "merchant:agreement-sign-tomorrow"),
];

/// A new version is announced for this long. Merchants that sign an older one later learn of it on
/// the agreement's page.
const TELL_FOR: Duration = Duration::days(60);

/// Merchants per message and run.
const ROUND: i64 = 200;

/// Sends the reminders that are due. Returns how many.
pub async fn remind(db: &Db, now: Timestamp) -> Result<usize, DbError> {
    Ok(of_expiry(db, now).await? + of_agreement(db, now).await?)
}

async fn of_expiry(db: &Db, now: Timestamp) -> Result<usize, DbError> {
    let mut sent = 0;
    for (before, message) in OF_EXPIRY {
        for (merchant_id, expires_at) in
            reminders::ending(db, message, now, now + before, ROUND).await?
        {
            let link = "/merchant/application";
            let args = json!({ "ends_at": expires_at.to_rfc3339(), "link": link });
            let reminder = Reminder { merchant_id, message, about: expires_at, args };
            sent += usize::from(reminders::send_of_term(db, &reminder).await?);
        }
    }
    Ok(sent)
}

async fn of_agreement(db: &Db, now: Timestamp) -> Result<usize, DbError> {
    // Newest first.
    let versions = store::agreements::versions(db).await?;
    let mut sent = 0;
    if let [newest, _, ..] = versions.as_slice()
        && now < newest.published_at + TELL_FOR
    {
        sent += tell(db, newest, "merchant:agreement-published", false).await?;
    }
    for pair in versions.windows(2) {
        let [version, _] = pair else { continue };
        let ends = version.effective_at + SIGN_AGAIN;
        for (before, message) in OF_AGREEMENT {
            if ends - before <= now && now < ends {
                sent += tell(db, version, message, true).await?;
            }
        }
    }
    Ok(sent)
}

async fn tell(
    db: &Db,
    version: &Version,
    message: &str,
    badges_only: bool,
) -> Result<usize, DbError> {
    let mut sent = 0;
    let about = version.effective_at;
    let what = (message, about);
    for merchant_id in reminders::unsigned(db, version.version, what, badges_only, ROUND).await? {
        let args = json!({
            "version": version.version.to_string(),
            "effective_at": version.effective_at.to_rfc3339(),
            "sign_by_at": (version.effective_at + SIGN_AGAIN).to_rfc3339(),
            "link": "/merchant/agreement",
        });
        let reminder = Reminder { merchant_id, message, about, args };
        sent += usize::from(reminders::send_of_agreement(db, &reminder, version.version).await?);
    }
    Ok(sent)
}
