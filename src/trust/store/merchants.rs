//! The SQL of merchants.

use std::collections::HashMap;

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use diesel_async::RunQueryDsl;

use super::members::{NewLine, append};
use super::unreadable;
use crate::db::schema::{merchant_members, merchants};
use crate::db::{Conn, Db, DbError, Fetch, like_pattern, now_in};
use crate::kernel::merchant_code::MerchantCode;
use crate::kernel::time::Timestamp;
use crate::trust::members::MemberEvent;
use crate::trust::merchant::{Industry, Merchant};

#[derive(Queryable, Selectable)]
#[diesel(table_name = merchants, check_for_backend(Pg))]
struct Row {
    id: i64,
    code: String,
    name: String,
    industry: String,
    registered_name: String,
    created_at: Timestamp,
}

impl TryFrom<Row> for Merchant {
    type Error = DbError;

    fn try_from(row: Row) -> Result<Self, DbError> {
        let code =
            MerchantCode::parse(&row.code).map_err(|_| unreadable("merchants", &row.code))?;
        let industry =
            Industry::parse(&row.industry).ok_or_else(|| unreadable("merchants", &row.industry))?;
        Ok(Self {
            id: row.id,
            code,
            name: row.name,
            industry,
            registered_name: row.registered_name,
            created_at: row.created_at,
        })
    }
}

pub async fn merchant(db: &Db, id: i64) -> Result<Option<Merchant>, DbError> {
    let query = merchants::table.find(id).select(Row::as_select());
    let row = query.fetch_optional(db).await?;
    row.map(Merchant::try_from).transpose()
}

pub async fn merchant_by_code(db: &Db, code: MerchantCode) -> Result<Option<Merchant>, DbError> {
    let query = merchants::table.filter(merchants::code.eq(code.as_str())).select(Row::as_select());
    let row = query.fetch_optional(db).await?;
    row.map(Merchant::try_from).transpose()
}

pub async fn merchant_in(conn: &mut Conn, id: i64) -> Result<Merchant, DbError> {
    let row: Row = merchants::table.find(id).select(Row::as_select()).get_result(conn).await?;
    row.try_into()
}

pub async fn merchant_of(db: &Db, user_id: i64) -> Result<Option<Merchant>, DbError> {
    let query = merchants::table
        .inner_join(merchant_members::table.on(merchant_members::merchant_id.eq(merchants::id)))
        .filter(merchant_members::user_id.eq(user_id))
        .select(Row::as_select());
    let row = query.fetch_optional(db).await?;
    row.map(Merchant::try_from).transpose()
}

pub async fn merchants_by_ids(db: &Db, ids: &[i64]) -> Result<HashMap<i64, Merchant>, DbError> {
    let rows: Vec<Row> = merchants::table
        .filter(merchants::id.eq_any(ids))
        .select(Row::as_select())
        .fetch_all(db)
        .await?;
    rows.into_iter().map(|row| Merchant::try_from(row).map(|m| (m.id, m))).collect()
}

/// Id, code and name of all other merchants, newest first, for look-alike warnings.
pub async fn names(
    db: &Db,
    besides: i64,
    limit: i64,
) -> Result<Vec<(i64, String, String)>, DbError> {
    merchants::table
        .filter(merchants::id.ne(besides))
        .order(merchants::id.desc())
        .limit(limit)
        .select((merchants::id, merchants::code, merchants::name))
        .fetch_all(db)
        .await
}

/// A subquery of ids.
pub fn ids_in_industry(industry: Industry) -> merchants::BoxedQuery<'static, Pg, BigInt> {
    merchants::table
        .filter(merchants::industry.eq(industry.name()))
        .select(merchants::id)
        .into_boxed()
}

/// A subquery of ids of merchants whose name or code contains the text, ignoring case.
pub fn ids_named(text: &str) -> merchants::BoxedQuery<'static, Pg, BigInt> {
    let pattern = like_pattern(text);
    merchants::table
        .filter(merchants::name.ilike(pattern.clone()).or(merchants::code.ilike(pattern)))
        .select(merchants::id)
        .into_boxed()
}

/// Fails with [`DbError::Taken`]: `merchants_code_key` if the code is in use,
/// `merchant_members_pkey` if the person belongs to a merchant.
pub async fn insert(
    db: &Db,
    code: MerchantCode,
    name: &str,
    industry: Industry,
    user_id: i64,
) -> Result<Merchant, DbError> {
    let inserted = db
        .transaction(async |conn: &mut Conn| -> Result<Row, DbError> {
            let now = now_in(conn).await?;
            let rows: Vec<Row> = diesel::insert_into(merchants::table)
                .values((
                    merchants::code.eq(code.as_str()),
                    merchants::name.eq(name),
                    merchants::industry.eq(industry.name()),
                    merchants::created_at.eq(now),
                ))
                .returning(Row::as_returning())
                .load(conn)
                .await?;
            let row = rows.into_iter().next().ok_or(DbError::NotFound)?;
            diesel::insert_into(merchant_members::table)
                .values((
                    merchant_members::user_id.eq(user_id),
                    merchant_members::merchant_id.eq(row.id),
                    merchant_members::role.eq("owner"),
                    merchant_members::since.eq(now),
                ))
                .execute(conn)
                .await?;
            let (merchant_id, event) = (row.id, MemberEvent::Opened);
            let whom = Some(user_id);
            let line = NewLine { merchant_id, event, by: user_id, whom, invitation: None };
            append(conn, &line).await?;
            Ok(row)
        })
        .await?;
    inserted.try_into()
}
