use diesel::pg::Pg;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::kind::Kind;
use crate::db::schema::{files, stored_objects};
use crate::db::{Conn, Db, DbError, Fetch, only, surety_now};
use crate::kernel::time::Timestamp;

/// A file whose content is stored but which has no row yet.
#[derive(Debug, Clone)]
pub struct Kept {
    /// Of the stored content, in hex.
    pub sha256: String,
    pub kind: Kind,
    pub bytes: i64,
    /// Of a picture: width and height in pixels.
    pub size: Option<(u32, u32)>,
    pub name: String,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = files, check_for_backend(Pg))]
struct Row {
    id: i64,
    public_id: Uuid,
    sha256: String,
    kind: String,
    bytes: i64,
    name: String,
    uploaded_by: i64,
    uploaded_at: Timestamp,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredFile {
    pub id: i64,
    pub public_id: Uuid,
    pub sha256: String,
    pub kind: Kind,
    pub bytes: u64,
    /// As the uploader's machine called it, cleaned; may be empty.
    pub name: String,
    pub uploaded_by: i64,
    pub uploaded_at: Timestamp,
}

impl From<Row> for StoredFile {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            public_id: row.public_id,
            sha256: row.sha256,
            // Treat kinds unknown to this version as the most restricted one.
            kind: Kind::parse(&row.kind).unwrap_or(Kind::Pdf),
            bytes: row.bytes.unsigned_abs(),
            name: row.name,
            uploaded_by: row.uploaded_by,
            uploaded_at: row.uploaded_at,
        }
    }
}

pub async fn find(db: &Db, public_id: Uuid) -> Result<Option<StoredFile>, DbError> {
    let row: Option<Row> = files::table
        .filter(files::public_id.eq(public_id))
        .select(Row::as_select())
        .fetch_optional(db)
        .await?;
    Ok(row.map(StoredFile::from))
}

/// In the order of their upload.
pub async fn of_ids(db: &Db, ids: &[i64]) -> Result<Vec<StoredFile>, DbError> {
    let rows: Vec<Row> = files::table
        .filter(files::id.eq_any(ids))
        .order(files::id)
        .select(Row::as_select())
        .fetch_all(db)
        .await?;
    Ok(rows.into_iter().map(StoredFile::from).collect())
}

/// Records that an object is about to be stored. Returns `false` if it is being removed.
pub async fn announce(db: &Db, sha256: &str, bytes: i64) -> Result<bool, DbError> {
    let is_new = diesel::insert_into(stored_objects::table)
        .values((
            stored_objects::sha256.eq(sha256),
            stored_objects::bytes.eq(bytes),
            stored_objects::touched_at.eq(surety_now()),
        ))
        .on_conflict_do_nothing()
        .run(db)
        .await?;
    if is_new == 1 {
        return Ok(true);
    }
    let there = stored_objects::table.find(sha256).filter(stored_objects::removing_since.is_null());
    let touched =
        diesel::update(there).set(stored_objects::touched_at.eq(surety_now())).run(db).await?;
    Ok(touched == 1)
}

/// Writes the row of a kept file, in the transaction of what it belongs to. Returns the row's id.
/// Fails with [`DbError::Busy`] if the object is being removed, as it was kept more than a day ago.
pub async fn keep_in(
    conn: &mut Conn,
    kept: &Kept,
    uploaded_by: i64,
    now: Timestamp,
) -> Result<i64, DbError> {
    name_object(conn, &kept.sha256).await?;
    let side = |side: u32| i32::try_from(side).unwrap_or(i32::MAX);
    let ids: Vec<i64> = diesel::insert_into(files::table)
        .values((
            files::sha256.eq(&kept.sha256),
            files::kind.eq(kept.kind.name()),
            files::bytes.eq(kept.bytes),
            files::width.eq(kept.size.map(|(width, _)| side(width))),
            files::height.eq(kept.size.map(|(_, height)| side(height))),
            files::name.eq(&kept.name),
            files::uploaded_by.eq(uploaded_by),
            files::uploaded_at.eq(now),
        ))
        .returning(files::id)
        .load(conn)
        .await?;
    Ok(only(ids)?)
}

/// Adds a second row for each file, for something else that it belongs to. Returns pairs of old and
/// new row ids. Fails with [`DbError::Busy`] if an object is being removed.
pub async fn name_again_in(conn: &mut Conn, ids: &[i64]) -> Result<Vec<(i64, i64)>, DbError> {
    let mut hashes: Vec<String> =
        files::table.filter(files::id.eq_any(ids)).select(files::sha256).load(conn).await?;
    // In a fixed order, so that transactions that share objects cannot deadlock.
    hashes.sort_unstable();
    for sha256 in &hashes {
        name_object(conn, sha256).await?;
    }
    let mut named = Vec::new();
    for id in ids {
        let what = (
            files::sha256,
            files::kind,
            files::bytes,
            files::width,
            files::height,
            files::name,
            files::uploaded_by,
            files::uploaded_at,
        );
        let copy = files::table.find(id).select(what);
        let new: Vec<i64> = copy
            .insert_into(files::table)
            .into_columns(what)
            .returning(files::id)
            .load(conn)
            .await?;
        named.push((*id, only(new)?));
    }
    Ok(named)
}

async fn name_object(conn: &mut Conn, sha256: &str) -> Result<(), DbError> {
    let object =
        stored_objects::table.find(sha256).filter(stored_objects::removing_since.is_null());
    let named = diesel::update(object)
        .set((
            stored_objects::names.eq(stored_objects::names + 1),
            stored_objects::touched_at.eq(surety_now()),
        ))
        .execute(conn)
        .await?;
    if named == 1 { Ok(()) } else { Err(DbError::Busy("the file is being removed".to_owned())) }
}

/// Deletes a file's row, in the transaction of what it belonged to. The content goes after a day,
/// unless another file names it.
pub async fn remove_in(conn: &mut Conn, file_id: i64) -> Result<(), DbError> {
    let hashes: Vec<String> =
        diesel::delete(files::table.find(file_id)).returning(files::sha256).load(conn).await?;
    diesel::update(stored_objects::table.find(only(hashes)?))
        .set((
            stored_objects::names.eq(stored_objects::names - 1),
            stored_objects::touched_at.eq(surety_now()),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

/// Objects that no file has named since `before`, unless a removal began at `stale` or later.
pub async fn unnamed(
    db: &Db,
    before: Timestamp,
    stale: Timestamp,
    limit: i64,
) -> Result<Vec<String>, DbError> {
    stored_objects::table
        .filter(stored_objects::names.eq(0))
        .filter(stored_objects::touched_at.lt(before))
        .filter(
            stored_objects::removing_since.is_null().or(stored_objects::removing_since.lt(stale)),
        )
        .order(stored_objects::touched_at)
        .limit(limit)
        .select(stored_objects::sha256)
        .fetch_all(db)
        .await
}

/// Prevents that an object is named again. Returns `false` if it was named or touched meanwhile, or
/// another worker has been removing it since `stale`.
pub async fn begin_removal(
    db: &Db,
    sha256: &str,
    before: Timestamp,
    stale: Timestamp,
) -> Result<bool, DbError> {
    let object = stored_objects::table
        .find(sha256)
        .filter(stored_objects::names.eq(0))
        .filter(stored_objects::touched_at.lt(before))
        .filter(
            stored_objects::removing_since.is_null().or(stored_objects::removing_since.lt(stale)),
        );
    let marked = diesel::update(object)
        .set(stored_objects::removing_since.eq(surety_now().nullable()))
        .run(db)
        .await?;
    Ok(marked == 1)
}

/// To be called once the object is gone.
pub async fn end_removal(db: &Db, sha256: &str) -> Result<(), DbError> {
    let object =
        stored_objects::table.find(sha256).filter(stored_objects::removing_since.is_not_null());
    diesel::delete(object).run(db).await?;
    Ok(())
}
