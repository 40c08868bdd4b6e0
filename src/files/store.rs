//! What is stored, and which files name it.

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::kind::Kind;
use crate::db::schema::{files, stored_objects};
use crate::db::{Conn, Db, DbError, Fetch, only, surety_now};
use crate::kernel::time::Timestamp;

/// A file whose content is stored; its row is yet to be written.
#[derive(Debug, Clone)]
pub struct Kept {
    /// The SHA-256 of what is stored, in hex.
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

/// A file, as its row says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredFile {
    pub id: i64,
    pub public_id: Uuid,
    /// The SHA-256 of its content, in hex.
    pub sha256: String,
    pub kind: Kind,
    pub bytes: u64,
    /// As its uploader's machine called it, cleaned; may be empty.
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
            // The most cautious kind, should the database know one that this program does not.
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

/// Files by their rows, the first uploaded first.
pub async fn of_ids(db: &Db, ids: &[i64]) -> Result<Vec<StoredFile>, DbError> {
    let rows: Vec<Row> = files::table
        .filter(files::id.eq_any(ids))
        .order(files::id)
        .select(Row::as_select())
        .fetch_all(db)
        .await?;
    Ok(rows.into_iter().map(StoredFile::from).collect())
}

/// Notes that an object is about to be stored; false while the same is being removed.
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

/// Writes the row of a file that was kept, in the transaction of what it belongs to; gives its row
/// number.
/// Fails with [`DbError::Busy`] when its object has been removed meanwhile: it was kept more than a
/// day ago.
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

/// Names the content of files once more, for something else that they belong to: rows of their own
/// for the same stored objects. Gives each file with its new row.
/// Fails with [`DbError::Busy`] when an object is being removed: no file of these named it any
/// more.
pub async fn name_again_in(conn: &mut Conn, ids: &[i64]) -> Result<Vec<(i64, i64)>, DbError> {
    let mut hashes: Vec<String> =
        files::table.filter(files::id.eq_any(ids)).select(files::sha256).load(conn).await?;
    // Always in the same order, so that two who share objects do not wait for each other.
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

/// Removes the row of a file, in the transaction of what it belonged to. Its content goes after a
/// day, unless another file names it.
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

/// Objects that no file has named since `before`, or whose removal was begun before `stale` and
/// not ended.
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

/// Begins a removal: from now on nobody may name the object. False when somebody was faster.
pub async fn begin_removal(db: &Db, sha256: &str, before: Timestamp) -> Result<bool, DbError> {
    let object = stored_objects::table
        .find(sha256)
        .filter(stored_objects::names.eq(0))
        .filter(stored_objects::touched_at.lt(before));
    let marked = diesel::update(object)
        .set(stored_objects::removing_since.eq(surety_now().nullable()))
        .run(db)
        .await?;
    Ok(marked == 1)
}

/// Ends a removal, once the object is gone.
pub async fn end_removal(db: &Db, sha256: &str) -> Result<(), DbError> {
    let object =
        stored_objects::table.find(sha256).filter(stored_objects::removing_since.is_not_null());
    diesel::delete(object).run(db).await?;
    Ok(())
}
