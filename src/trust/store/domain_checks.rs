//! The SQL of domain checks, which are only ever added.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::unreadable;
use crate::db::schema::domain_checks;
use crate::db::{Conn, Db, DbError, Fetch};
use crate::kernel::time::Timestamp;
use crate::trust::domain::{Domain, Failure};
use crate::trust::domain_check::{DomainCheck, Method};

/// To be called in the transaction that stores the result.
pub(super) async fn append(
    conn: &mut Conn,
    domain: &Domain,
    asked_by: Option<i64>,
    failure: Option<Failure>,
    now: Timestamp,
) -> Result<(), DbError> {
    diesel::insert_into(domain_checks::table)
        .values((
            domain_checks::merchant_id.eq(domain.merchant_id),
            domain_checks::name.eq(domain.name.as_str()),
            domain_checks::method.eq(Method::File.name()),
            domain_checks::asked_by.eq(asked_by),
            domain_checks::checked_at.eq(now),
            domain_checks::failure.eq(failure.map(Failure::key)),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChecksFrom {
    Newest,
    Before(i64),
    After(i64),
}

type CheckRow = (i64, String, String, Option<i64>, Timestamp, Option<String>);

/// Checks of current and former domains of a merchant, newest first, and whether there are more in
/// the direction of reading.
pub async fn domain_checks(
    db: &Db,
    merchant_id: i64,
    from: ChecksFrom,
    limit: usize,
) -> Result<(Vec<DomainCheck>, bool), DbError> {
    let mut query = domain_checks::table
        .filter(domain_checks::merchant_id.eq(merchant_id))
        .select((
            domain_checks::id,
            domain_checks::name,
            domain_checks::method,
            domain_checks::asked_by,
            domain_checks::checked_at,
            domain_checks::failure,
        ))
        .into_boxed();
    query = match from {
        ChecksFrom::Newest => query.order(domain_checks::id.desc()),
        ChecksFrom::Before(id) => {
            query.filter(domain_checks::id.lt(id)).order(domain_checks::id.desc())
        }
        ChecksFrom::After(id) => {
            query.filter(domain_checks::id.gt(id)).order(domain_checks::id.asc())
        }
    };
    let one_more = i64::try_from(limit + 1).unwrap_or(i64::MAX);
    let mut rows: Vec<CheckRow> = query.limit(one_more).fetch_all(db).await?;
    let more = rows.len() > limit;
    rows.truncate(limit);
    if matches!(from, ChecksFrom::After(_)) {
        rows.reverse();
    }
    let checks: Result<_, DbError> = rows.into_iter().map(check).collect();
    Ok((checks?, more))
}

fn check((id, name, method, asked_by, at, failure): CheckRow) -> Result<DomainCheck, DbError> {
    let method = Method::parse(&method).ok_or_else(|| unreadable("domain_checks", &method))?;
    let known = |key: String| Failure::parse(&key).ok_or_else(|| unreadable("domain_checks", &key));
    let failure = failure.map(known).transpose()?;
    Ok(DomainCheck { id, name, method, asked_by, at, failure })
}
