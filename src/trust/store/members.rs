//! The SQL of members and their history.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde_json::Value as Json;
use uuid::Uuid;

use super::unreadable;
use crate::db::schema::{
    merchant_invitations, merchant_member_events, merchant_members, merchants,
};
use crate::db::{Conn, Db, DbError, Fetch, append_outbox, now_in, surety_now};
use crate::kernel::time::Timestamp;
use crate::trust::members::{Member, MemberEvent, MemberRole, MembershipRequest, Refused, decide};

#[derive(Debug, thiserror::Error)]
pub enum MemberError {
    #[error(transparent)]
    Refused(#[from] Refused),
    #[error("the merchant has as many members as it may")]
    TooMany,
    /// Accepted, withdrawn, replaced or expired.
    #[error("the invitation is not open any more")]
    Ended,
    /// Sent to another address, or the address is not confirmed.
    #[error("the invitation is another's")]
    NotYours,
    #[error("the address is a member's")]
    OneOfYours,
    #[error("the person belongs to a merchant already")]
    AlreadyMember,
    #[error(transparent)]
    Db(#[from] DbError),
}

impl From<diesel::result::Error> for MemberError {
    fn from(error: diesel::result::Error) -> Self {
        match DbError::from(error) {
            DbError::Taken(constraint) if constraint == "merchant_members_pkey" => {
                Self::AlreadyMember
            }
            other => Self::Db(other),
        }
    }
}

type MemberRow = (i64, Uuid, String, Timestamp);

fn member((user_id, public_id, role, since): MemberRow) -> Result<Member, DbError> {
    let role = MemberRole::parse(&role).ok_or_else(|| unreadable("merchant_members", &role))?;
    Ok(Member { user_id, public_id, role, since })
}

pub(super) async fn members_in(conn: &mut Conn, merchant_id: i64) -> Result<Vec<Member>, DbError> {
    let rows: Vec<MemberRow> = merchant_members::table
        .filter(merchant_members::merchant_id.eq(merchant_id))
        .order((merchant_members::since, merchant_members::user_id))
        .select((
            merchant_members::user_id,
            merchant_members::public_id,
            merchant_members::role,
            merchant_members::since,
        ))
        .load(conn)
        .await?;
    rows.into_iter().map(member).collect()
}

/// Earliest first.
pub async fn members(db: &Db, merchant_id: i64) -> Result<Vec<Member>, DbError> {
    let mut conn = db.conn().await?;
    members_in(&mut conn, merchant_id).await.map_err(|e| db.note(e))
}

/// Nobody may decide on their own merchant, nor leave it just to decide.
pub async fn is_or_was_member(db: &Db, user_id: i64, merchant_id: i64) -> Result<bool, DbError> {
    let mut conn = db.conn().await?;
    belongs_in(&mut conn, user_id, merchant_id).await.map_err(|e| db.note(e))
}

/// As [`is_or_was_member`], and locks the merchant: nobody joins until the transaction ends.
pub async fn is_or_was_member_in(
    conn: &mut Conn,
    user_id: i64,
    merchant_id: i64,
) -> Result<bool, DbError> {
    lock(conn, merchant_id).await?;
    belongs_in(conn, user_id, merchant_id).await
}

async fn belongs_in(conn: &mut Conn, user_id: i64, merchant_id: i64) -> Result<bool, DbError> {
    let is =
        merchant_members::table.find(user_id).filter(merchant_members::merchant_id.eq(merchant_id));
    let was = merchant_member_events::table
        .filter(merchant_member_events::user_id.eq(user_id))
        .filter(merchant_member_events::merchant_id.eq(merchant_id));
    use diesel::dsl::exists;
    Ok(diesel::select(exists(is).or(exists(was))).get_result(conn).await?)
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberLine {
    pub event: MemberEvent,
    pub at: Timestamp,
    pub by: i64,
    pub whom: Option<i64>,
}

/// Newest first.
pub async fn member_history(
    db: &Db,
    merchant_id: i64,
    limit: i64,
) -> Result<Vec<MemberLine>, DbError> {
    let rows: Vec<(String, Timestamp, i64, Option<i64>)> = merchant_member_events::table
        .filter(merchant_member_events::merchant_id.eq(merchant_id))
        .order(merchant_member_events::id.desc())
        .limit(limit)
        .select((
            merchant_member_events::event,
            merchant_member_events::at,
            merchant_member_events::by_user_id,
            merchant_member_events::user_id,
        ))
        .fetch_all(db)
        .await?;
    let line = |(event, at, by, whom): (String, _, _, _)| {
        let known = MemberEvent::parse(&event);
        let event = known.ok_or_else(|| unreadable("merchant_member_events", &event))?;
        Ok(MemberLine { event, at, by, whom })
    };
    rows.into_iter().map(line).collect()
}

pub(super) struct NewLine {
    pub merchant_id: i64,
    pub event: MemberEvent,
    pub by: i64,
    pub whom: Option<i64>,
    pub invitation: Option<Uuid>,
}

pub(super) async fn append(conn: &mut Conn, line: &NewLine) -> Result<(), DbError> {
    diesel::insert_into(merchant_member_events::table)
        .values((
            merchant_member_events::merchant_id.eq(line.merchant_id),
            merchant_member_events::event.eq(line.event.name()),
            merchant_member_events::at.eq(surety_now()),
            merchant_member_events::by_user_id.eq(line.by),
            merchant_member_events::user_id.eq(line.whom),
            merchant_member_events::invitation_id.eq(line.invitation),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

#[derive(Debug, Clone, Copy)]
pub struct Told<'a> {
    /// Such as `merchant:member-left`.
    pub tell: &'a [&'a str],
    pub args: &'a Json,
}

pub(super) async fn tell(
    conn: &mut Conn,
    merchant_id: i64,
    user_id: Option<i64>,
    email: Option<&str>,
    told: Told<'_>,
) -> Result<(), DbError> {
    let whom = told.tell.to_vec();
    let row =
        append_outbox(whom, None::<i64>, Some(merchant_id), user_id, email, told.args.clone());
    diesel::select(row).execute(conn).await?;
    Ok(())
}

/// Serialises changes of a merchant's membership, so that two owners cannot remove each other.
pub(super) async fn lock(conn: &mut Conn, merchant_id: i64) -> Result<Timestamp, DbError> {
    let _: i64 = merchants::table
        .find(merchant_id)
        .select(merchants::id)
        .for_no_key_update()
        .get_result(conn)
        .await?;
    now_in(conn).await
}

/// Executes [`MembershipRequest::Leave`], `Remove` or `Change`. When an owner leaves or loses the
/// role, their open invitations end. Assigning the current role has no effect.
pub async fn change(
    db: &Db,
    merchant_id: i64,
    by: i64,
    wish: MembershipRequest,
    told: &[Told<'_>],
) -> Result<(), MemberError> {
    db.transaction(async |conn: &mut Conn| -> Result<(), MemberError> {
        let now = lock(conn, merchant_id).await?;
        let members = members_in(conn, merchant_id).await?;
        let whom = decide(&members, by, wish)?;
        let row = merchant_members::table.find(whom.user_id);
        let event = match wish {
            MembershipRequest::Invite => return Ok(()),
            MembershipRequest::Change(_, role) if role == whom.role => return Ok(()),
            MembershipRequest::Change(_, role) => {
                let set = merchant_members::role.eq(role.name());
                diesel::update(row).set(set).execute(conn).await?;
                MemberEvent::of_role(role)
            }
            MembershipRequest::Leave | MembershipRequest::Remove(_) => {
                diesel::delete(row).execute(conn).await?;
                if whom.user_id == by { MemberEvent::Left } else { MemberEvent::Removed }
            }
        };
        if event != MemberEvent::MadeOwner {
            end_invitations(conn, merchant_id, Which::By(whom.user_id), now).await?;
        }
        let whom = Some(whom.user_id);
        append(conn, &NewLine { merchant_id, event, by, whom, invitation: None }).await?;
        for told in told {
            tell(conn, merchant_id, whom, None, *told).await?;
        }
        Ok(())
    })
    .await
}

pub(super) async fn end_invitations(
    conn: &mut Conn,
    merchant_id: i64,
    which: Which<'_>,
    now: Timestamp,
) -> Result<usize, DbError> {
    let open = diesel::update(merchant_invitations::table)
        .filter(merchant_invitations::merchant_id.eq(merchant_id))
        .filter(merchant_invitations::ended_at.is_null())
        .set(merchant_invitations::ended_at.eq(now))
        .into_boxed();
    let ended = match which {
        Which::One(id) => open
            .filter(merchant_invitations::id.eq(id))
            .filter(merchant_invitations::expires_at.gt(now)),
        Which::To(email) => open.filter(merchant_invitations::email.eq(email)),
        Which::By(user_id) => open.filter(merchant_invitations::invited_by.eq(user_id)),
    };
    Ok(ended.execute(conn).await?)
}

pub(super) enum Which<'a> {
    One(Uuid),
    To(&'a str),
    By(i64),
}
