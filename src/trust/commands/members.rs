//! Adding members to a merchant, changing their roles and removing them.

use serde_json::{Value as Json, json};
use uuid::Uuid;

use crate::accounts;
use crate::db::{Db, DbError};
use crate::kernel::email::Email;
use crate::kernel::locale::Locale;
use crate::kernel::signing;
use crate::trust::members::{INVITATION_KEPT, Invitation, MemberRole, MembershipRequest, Refused};
use crate::trust::merchant::Merchant;
use crate::trust::store::invitations::{self, NewInvitation};
use crate::trust::store::members::{self as store, MemberError, Told};
use crate::trust::store::merchants::merchant;

/// The purpose of the token.
pub const INVITATION: &str = "join_merchant";
pub const ACCEPT_PATH: &str = "/merchant/invitation";
const MEMBERS: &str = "/merchant/members";

/// User id and name.
pub type By<'a> = (i64, &'a str);

fn role_text(role: MemberRole) -> Json {
    json!({ "text": format!("member-as-{}", role.name()) })
}

async fn shop(db: &Db, merchant_id: i64) -> Result<Merchant, DbError> {
    merchant(db, merchant_id).await?.ok_or(DbError::NotFound)
}

/// Invites an address and mails the link. Ends any earlier invitation of that address.
pub async fn invite(
    db: &Db,
    merchant_id: i64,
    by: By<'_>,
    email: &Email,
    role: MemberRole,
    locale: Locale,
) -> Result<(), MemberError> {
    let user_id = accounts::people::with_address(db, email).await?;
    let members = store::members(db, merchant_id).await?;
    if members.iter().any(|m| Some(m.user_id) == user_id) {
        return Err(MemberError::OneOfYours);
    }
    let shop = shop(db, merchant_id).await?;
    let args = json!({
        "merchant": shop.name,
        "code": shop.code.as_str(),
        "by": by.1,
        "email": email.as_str(),
        "role": role_text(role),
        // The inviter's language, if the address has no account with its own.
        "locale": locale.tag(),
        "link": MEMBERS,
    });
    let path = format!("{ACCEPT_PATH}?token=");
    let link = (INVITATION, path.as_str());
    let email = email.as_str();
    let new = NewInvitation { merchant_id, by: by.0, email, user_id, role, link };
    invitations::invite(db, &new, &args).await
}

pub async fn withdraw_invitation(
    db: &Db,
    merchant_id: i64,
    by: i64,
    id: Uuid,
) -> Result<(), MemberError> {
    invitations::withdraw(db, merchant_id, by, id).await
}

/// Checks a mailed token without using it up. Fails with [`MemberError::Ended`] if the token is
/// forged or the invitation is no longer open.
pub async fn open_invitation(
    db: &Db,
    key: &[u8],
    token: &str,
) -> Result<(Invitation, Merchant), MemberError> {
    let id = signing::mailed_id(key, INVITATION, token)
        .and_then(|id| Uuid::try_parse(id).ok())
        .ok_or(MemberError::Ended)?;
    let (invitation, now) = invitations::invitation(db, id).await?.ok_or(MemberError::Ended)?;
    if !invitation.is_open(now) {
        return Err(MemberError::Ended);
    }
    let shop = shop(db, invitation.merchant_id).await?;
    Ok((invitation, shop))
}

/// Knowing the link is not enough: `confirmed`, the account's address, must be the invited one.
pub async fn accept_invitation(
    db: &Db,
    invitation: &Invitation,
    shop: &Merchant,
    by: By<'_>,
    confirmed: Option<&str>,
) -> Result<(), MemberError> {
    if confirmed != Some(invitation.email.as_str()) {
        return Err(MemberError::NotYours);
    }
    let args = json!({
        "merchant": shop.name,
        "member": by.1,
        "role": role_text(invitation.role),
        "link": MEMBERS,
    });
    let told = Told { tell: &["merchant:member-joined"], args: &args };
    invitations::accept(db, invitation, by.0, told).await
}

/// The arguments of messages about a change; `whom` is the member concerned, by default `by`.
async fn told_of(
    db: &Db,
    merchant_id: i64,
    by: By<'_>,
    whom: Option<Uuid>,
) -> Result<Json, MemberError> {
    let member = match whom {
        None => by.1.to_owned(),
        Some(id) => {
            let members = store::members(db, merchant_id).await?;
            let found = members.iter().find(|m| m.public_id == id).ok_or(Refused::NotThere)?;
            let names = accounts::names_of(db, &[found.user_id]).await?;
            names.into_values().next().unwrap_or_default()
        }
    };
    let shop = shop(db, merchant_id).await?;
    Ok(json!({ "merchant": shop.name, "member": member, "by": by.1, "link": MEMBERS }))
}

pub async fn leave(db: &Db, merchant_id: i64, by: By<'_>) -> Result<(), MemberError> {
    let args = told_of(db, merchant_id, by, None).await?;
    let told = Told { tell: &["merchant:member-left"], args: &args };
    store::change(db, merchant_id, by.0, MembershipRequest::Leave, &[told]).await
}

/// Takes effect at once, because each request reads the membership.
pub async fn remove_member(
    db: &Db,
    merchant_id: i64,
    by: By<'_>,
    whom: Uuid,
) -> Result<(), MemberError> {
    let args = told_of(db, merchant_id, by, Some(whom)).await?;
    let mut own = args.clone();
    own["link"] = json!("/account");
    let told = [
        Told { tell: &["merchant:member-removed"], args: &args },
        Told { tell: &["user:member-removed-you"], args: &own },
    ];
    store::change(db, merchant_id, by.0, MembershipRequest::Remove(whom), &told).await
}

pub async fn change_role(
    db: &Db,
    merchant_id: i64,
    by: By<'_>,
    whom: Uuid,
    role: MemberRole,
) -> Result<(), MemberError> {
    let mut args = told_of(db, merchant_id, by, Some(whom)).await?;
    args["role"] = role_text(role);
    let told = Told { tell: &["merchant:member-role"], args: &args };
    store::change(db, merchant_id, by.0, MembershipRequest::Change(whom, role), &[told]).await
}

/// Deletes invitations [`INVITATION_KEPT`] after they expire, in batches of `limit`.
pub async fn clean_up(db: &Db, limit: i64) -> Result<usize, DbError> {
    let before = db.now().await? - INVITATION_KEPT;
    let mut deleted = 0;
    loop {
        let batch = invitations::delete_old_invitations(db, before, limit).await?;
        if batch == 0 {
            return Ok(deleted);
        }
        deleted += batch;
    }
}
