//! The SQL of merchants that have not signed again.

use diesel::dsl::{exists, not};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::Bool;
use diesel_async::RunQueryDsl;

use super::badge_moves::{By, MoveError, apply_event_in, hold};
use crate::db::schema::{agreement_signatures, badges, suspension_causes};
use crate::db::{Conn, Db, DbError, Fetch};
use crate::trust::badge::life::Event;
use crate::trust::badge::{BadgeState, Suspension};

type Condition = Box<dyn BoxableExpression<badges::table, Pg, SqlType = Bool>>;

/// The merchant signed an older version, but neither this nor a later one.
pub(super) fn has_not_signed(version: i32) -> Condition {
    let signed = || {
        agreement_signatures::table
            .filter(agreement_signatures::merchant_id.eq(badges::merchant_id))
            .select(agreement_signatures::version)
    };
    let newer = signed().filter(agreement_signatures::version.ge(version));
    Box::new(exists(signed()).and(not(exists(newer))))
}

fn has_no_cause() -> Condition {
    let stands = suspension_causes::table
        .filter(suspension_causes::merchant_id.eq(badges::merchant_id))
        .filter(suspension_causes::cause.eq(Suspension::AgreementSuperseded.name()))
        .filter(suspension_causes::ended_at.is_null())
        .select(suspension_causes::id);
    Box::new(not(exists(stands)))
}

/// Merchants with a badge that has not ended, late in signing and not suspended for it yet.
pub async fn late(db: &Db, version: i32, limit: i64) -> Result<Vec<i64>, DbError> {
    badges::table
        .filter(badges::state.eq_any([BadgeState::Active.name(), BadgeState::Suspended.name()]))
        .filter(has_not_signed(version))
        .filter(has_no_cause())
        .order(badges::merchant_id)
        .limit(limit)
        .select(badges::merchant_id)
        .fetch_all(db)
        .await
}

/// False if the merchant has signed or was suspended meanwhile.
pub async fn suspend(db: &Db, merchant_id: i64, version: i32) -> Result<bool, DbError> {
    let suspended = db
        .transaction(async |conn: &mut Conn| -> Result<bool, MoveError> {
            // Signing locks the merchant as well.
            hold(conn, merchant_id).await?;
            let still = badges::table
                .filter(badges::merchant_id.eq(merchant_id))
                .filter(has_not_signed(version))
                .filter(has_no_cause());
            if !diesel::select(exists(still)).get_result::<bool>(conn).await? {
                return Ok(false);
            }
            let reference = format!("version {version}");
            let detail = version.to_string();
            let reason = "The superseded agreement was not signed again within 30 days.";
            let by = By { detail: &detail, ..By::clock(reason) };
            let begin = Event::Begin(Suspension::AgreementSuperseded, &reference);
            apply_event_in(conn, merchant_id, begin, by).await
        })
        .await;
    match suspended {
        Ok(done) => Ok(done),
        Err(MoveError::Refused(_) | MoveError::OwnMerchant | MoveError::Lost) => Ok(false),
        Err(MoveError::Db(error)) => Err(error),
    }
}
