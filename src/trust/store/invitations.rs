//! The SQL of invitations.

use diesel::dsl::exists;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::members::{
    MemberError, NewLine, Told, Which, append, end_invitations, lock, members_in, tell,
};
use super::unreadable;
use crate::db::schema::{merchant_invitations, merchant_members};
use crate::db::{Conn, Db, DbError, Fetch, only, surety_now};
use crate::kernel::time::Timestamp;
use crate::trust::members::{
    INVITATION_LIFETIME, Invitation, MAX_MEMBERS, MemberEvent, MemberRole, MembershipRequest,
    Refused, decide,
};

#[derive(Queryable, Selectable)]
#[diesel(table_name = merchant_invitations, check_for_backend(Pg))]
struct InvitationRow {
    id: Uuid,
    merchant_id: i64,
    email: String,
    role: String,
    invited_by: i64,
    expires_at: Timestamp,
    ended_at: Option<Timestamp>,
}

impl TryFrom<InvitationRow> for Invitation {
    type Error = DbError;

    fn try_from(row: InvitationRow) -> Result<Self, DbError> {
        Ok(Self {
            id: row.id,
            merchant_id: row.merchant_id,
            email: row.email,
            role: MemberRole::parse(&row.role)
                .ok_or_else(|| unreadable("merchant_invitations", &row.role))?,
            invited_by: row.invited_by,
            expires_at: row.expires_at,
            ended_at: row.ended_at,
        })
    }
}

pub async fn invitation(db: &Db, id: Uuid) -> Result<Option<(Invitation, Timestamp)>, DbError> {
    let query =
        merchant_invitations::table.find(id).select((InvitationRow::as_select(), surety_now()));
    let row: Option<(InvitationRow, Timestamp)> = query.fetch_optional(db).await?;
    row.map(|(row, now)| Ok((row.try_into()?, now))).transpose()
}

/// Newest first.
pub async fn open_invitations(db: &Db, merchant_id: i64) -> Result<Vec<Invitation>, DbError> {
    let rows: Vec<InvitationRow> = merchant_invitations::table
        .filter(merchant_invitations::merchant_id.eq(merchant_id))
        .filter(merchant_invitations::ended_at.is_null())
        .filter(merchant_invitations::expires_at.gt(surety_now()))
        .order((merchant_invitations::created_at.desc(), merchant_invitations::id))
        .select(InvitationRow::as_select())
        .fetch_all(db)
        .await?;
    rows.into_iter().map(Invitation::try_from).collect()
}

#[derive(Debug, Clone, Copy)]
pub struct NewInvitation<'a> {
    pub merchant_id: i64,
    pub by: i64,
    pub email: &'a str,
    /// The account with this address, if any, whose language the mail uses.
    pub user_id: Option<i64>,
    pub role: MemberRole,
    /// The purpose of the token, and the path before it.
    pub link: (&'a str, &'a str),
}

/// Ends any earlier invitation of the address.
pub async fn invite(db: &Db, new: &NewInvitation<'_>, args: &Json) -> Result<(), MemberError> {
    db.transaction(async |conn: &mut Conn| -> Result<(), MemberError> {
        let now = lock(conn, new.merchant_id).await?;
        let members = members_in(conn, new.merchant_id).await?;
        decide(&members, new.by, MembershipRequest::Invite)?;
        end_invitations(conn, new.merchant_id, Which::To(new.email), now).await?;
        let open: i64 = merchant_invitations::table
            .filter(merchant_invitations::merchant_id.eq(new.merchant_id))
            .filter(merchant_invitations::ended_at.is_null())
            .filter(merchant_invitations::expires_at.gt(now))
            .count()
            .get_result(conn)
            .await?;
        if members.len() + usize::try_from(open).unwrap_or(MAX_MEMBERS) >= MAX_MEMBERS {
            return Err(MemberError::TooMany);
        }
        write_invitation(conn, new, args, now).await?;
        Ok(())
    })
    .await
}

async fn write_invitation(
    conn: &mut Conn,
    new: &NewInvitation<'_>,
    args: &Json,
    now: Timestamp,
) -> Result<(), DbError> {
    let expires_at = now + INVITATION_LIFETIME;
    let ids: Vec<Uuid> = diesel::insert_into(merchant_invitations::table)
        .values((
            merchant_invitations::merchant_id.eq(new.merchant_id),
            merchant_invitations::email.eq(new.email),
            merchant_invitations::role.eq(new.role.name()),
            merchant_invitations::invited_by.eq(new.by),
            merchant_invitations::created_at.eq(now),
            merchant_invitations::expires_at.eq(expires_at),
        ))
        .returning(merchant_invitations::id)
        .load(conn)
        .await?;
    let id = only(ids)?;
    let line = NewLine {
        merchant_id: new.merchant_id,
        event: MemberEvent::Invited,
        by: new.by,
        whom: None,
        invitation: Some(id),
    };
    append(conn, &line).await?;
    let told = Told { tell: &["merchant:member-invited"], args };
    tell(conn, new.merchant_id, None, None, told).await?;
    let mut letter = args.clone();
    letter["link"] = json!(new.link.1);
    letter["link_token"] = json!({ "purpose": new.link.0, "id": id.simple().to_string() });
    letter["expires_at"] = json!(expires_at.to_rfc3339());
    let told = Told { tell: &["email:member-invitation"], args: &letter };
    tell(conn, new.merchant_id, new.user_id, Some(new.email), told).await
}

pub async fn withdraw(db: &Db, merchant_id: i64, by: i64, id: Uuid) -> Result<(), MemberError> {
    db.transaction(async |conn: &mut Conn| -> Result<(), MemberError> {
        let now = lock(conn, merchant_id).await?;
        let members = members_in(conn, merchant_id).await?;
        decide(&members, by, MembershipRequest::Invite)?;
        if end_invitations(conn, merchant_id, Which::One(id), now).await? == 0 {
            let own = merchant_invitations::table
                .find(id)
                .filter(merchant_invitations::merchant_id.eq(merchant_id));
            let exists = diesel::select(exists(own)).get_result(conn).await?;
            return Err(if exists { MemberError::Ended } else { Refused::NotThere.into() });
        }
        let event = MemberEvent::Withdrawn;
        let line = NewLine { merchant_id, event, by, whom: None, invitation: Some(id) };
        Ok(append(conn, &line).await?)
    })
    .await
}

pub async fn accept(
    db: &Db,
    invitation: &Invitation,
    user_id: i64,
    told: Told<'_>,
) -> Result<(), MemberError> {
    db.transaction(async |conn: &mut Conn| -> Result<(), MemberError> {
        let merchant_id = invitation.merchant_id;
        let now = lock(conn, merchant_id).await?;
        if end_invitations(conn, merchant_id, Which::One(invitation.id), now).await? == 0 {
            return Err(MemberError::Ended);
        }
        diesel::insert_into(merchant_members::table)
            .values((
                merchant_members::user_id.eq(user_id),
                merchant_members::merchant_id.eq(merchant_id),
                merchant_members::role.eq(invitation.role.name()),
                merchant_members::since.eq(now),
            ))
            .execute(conn)
            .await?;
        let line = NewLine {
            merchant_id,
            event: MemberEvent::Joined,
            by: user_id,
            whom: Some(user_id),
            invitation: Some(invitation.id),
        };
        append(conn, &line).await?;
        Ok(tell(conn, merchant_id, Some(user_id), None, told).await?)
    })
    .await
}

/// Deletes up to `limit` invitations that expired by `before`. Returns how many.
pub async fn delete_old_invitations(
    db: &Db,
    before: Timestamp,
    limit: i64,
) -> Result<usize, DbError> {
    let old: Vec<Uuid> = merchant_invitations::table
        .filter(merchant_invitations::expires_at.le(before))
        .order(merchant_invitations::expires_at)
        .limit(limit)
        .select(merchant_invitations::id)
        .fetch_all(db)
        .await?;
    diesel::delete(merchant_invitations::table.filter(merchant_invitations::id.eq_any(old)))
        .run(db)
        .await
}
