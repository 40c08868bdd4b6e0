//! Whom a message to a person goes to.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::db::schema::users;
use crate::db::{Db, DbError};
use crate::kernel::time;
use crate::notifications::Recipient;

type Row = (i64, String, String, String, String);

fn recipient((id, email, name, locale, time_zone): Row) -> Recipient {
    Recipient {
        user_id: Some(id),
        email,
        name,
        locale: locale.parse().unwrap_or_default(),
        time_zone: time::zone(&time_zone),
    }
}

/// These people, without closed accounts.
///
/// # Errors
/// [`DbError`].
pub async fn people(db: &Db, user_ids: &[i64]) -> Result<Vec<Recipient>, DbError> {
    let mut conn = db.conn().await?;
    let rows: Vec<Row> = users::table
        .filter(users::id.eq_any(user_ids))
        .filter(users::disabled_at.is_null())
        .order(users::id)
        .select((users::id, users::email, users::name, users::locale, users::time_zone))
        .load(&mut conn)
        .await
        .map_err(|e| db.note(e))?;
    Ok(rows.into_iter().map(recipient).collect())
}

/// The staff with a role.
///
/// # Errors
/// [`DbError`].
pub async fn staff(db: &Db, role: &str) -> Result<Vec<Recipient>, DbError> {
    let mut conn = db.conn().await?;
    let rows: Vec<Row> = users::table
        .filter(users::staff_roles.contains(vec![role]))
        .filter(users::disabled_at.is_null())
        .order(users::id)
        .select((users::id, users::email, users::name, users::locale, users::time_zone))
        .load(&mut conn)
        .await
        .map_err(|e| db.note(e))?;
    Ok(rows.into_iter().map(recipient).collect())
}
