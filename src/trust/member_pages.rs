//! The page of a merchant's members.

use std::collections::HashMap;
use std::time::Duration;

use actix_web::web::{Data, Path};
use askama::Template;
use uuid::Uuid;

use super::commands;
use super::members::{Invitation, Member, MemberRole, Refused};
use super::store::invitations::open_invitations;
use super::store::members::{MemberError, MemberLine, member_history, members};
use crate::accounts::StepUp;
use crate::accounts::actor::{Actor, Desk, owners_only, step_up};
use crate::accounts::people::{Face, faces_of};
use crate::db::Db;
use crate::kernel::email::Email;
use crate::kernel::time::Timestamp;
use crate::web::error::PageError;
use crate::web::form::{Form, Posted};
use crate::web::page::{Page, PageResult, html_with, see_other};
use crate::web::throttle::{self, Limit};

const HERE: &str = "/merchant/members";
const HOUR: Duration = Duration::from_secs(60 * 60);
/// For each merchant.
const INVITATIONS: Limit = Limit { hits: 20, window: HOUR };
/// For each recipient, whoever sends them.
const TO_ADDRESS: Limit = Limit { hits: 5, window: HOUR };
const HISTORY: i64 = 20;

struct MemberView {
    member: Member,
    name: String,
    email: String,
    is_me: bool,
}

#[derive(Template)]
#[template(path = "trust/members.html")]
struct MembersPage {
    page: Page,
    form: Form,
    members: Vec<MemberView>,
    invitations: Vec<Invitation>,
    history: Vec<(Timestamp, String)>,
    /// Other members can only look and leave.
    is_owner: bool,
}

impl MembersPage {
    fn roles(&self) -> Vec<(&'static str, String)> {
        let words = |r: MemberRole| (r.name(), self.page.t(format!("member-may-{}", r.name())));
        MemberRole::ALL.map(words).to_vec()
    }
}

fn line(page: &Page, line: &MemberLine, faces: &HashMap<i64, Face>) -> (Timestamp, String) {
    let name = |id: i64| faces.get(&id).map_or("", |f| f.name.as_str());
    let whom = line.whom.map_or("", name);
    let key = format!("member-event-{}", line.event.name());
    (line.at, page.t2(&key, "by", name(line.by), "member", whom))
}

async fn render(page: Page, actor: &Actor, db: &Db, form: Form) -> PageResult {
    let merchant_id = actor.merchant_id()?;
    let members = members(db, merchant_id).await?;
    let invitations = open_invitations(db, merchant_id).await?;
    let history = member_history(db, merchant_id, HISTORY).await?;
    let mut ids: Vec<i64> = members.iter().map(|m| m.user_id).collect();
    ids.extend(history.iter().flat_map(|l| [Some(l.by), l.whom]).flatten());
    let faces = faces_of(db, &ids).await?;
    let view = |member: Member| {
        let face = faces.get(&member.user_id).cloned();
        let (name, email) = face.map(|f| (f.name, f.email)).unwrap_or_default();
        MemberView { is_me: member.user_id == actor.0.user_id, member, name, email }
    };
    let members = members.into_iter().map(view).collect();
    let history = history.iter().map(|l| line(&page, l, &faces)).collect();
    let is_owner = actor.0.owns_merchant;
    let status = form.status();
    html_with(status, &MembersPage { page, form, members, invitations, history, is_owner })
}

pub async fn list(Desk { page, actor, db, .. }: Desk) -> PageResult {
    render(page, &actor, &db, Form::new()).await
}

pub async fn invite(
    Desk { page, actor, db, config }: Desk,
    Posted(fields): Posted,
    mut step_up: StepUp,
) -> PageResult {
    let merchant_id = actor.merchant_id()?;
    let mut form = Form::filled(fields);
    let typed = form.required(&page, "email", 254);
    let email = Email::parse(&typed).ok();
    if email.is_none() && !typed.is_empty() {
        form.wrong("email", page.t("form-email"));
    }
    let role = MemberRole::parse(form.value("role"));
    if role.is_none() {
        form.wrong("role", page.t("member-role-wrong"));
    }
    let may = step_up.may_act(&page, &actor, &db, &mut form).await?;
    let (true, Some(email), Some(role)) = (may, email, role) else {
        return render(page, &actor, &db, form).await;
    };
    let to = throttle::address_key("invitation", &config.key, email.as_str());
    if !throttle::allow(&db, &format!("invite:merchant:{merchant_id}"), INVITATIONS).await?
        || !throttle::allow(&db, &to, TO_ADDRESS).await?
    {
        return Err(PageError::too_many().with_way_on(HERE, "members-way-on"));
    }
    let by = (actor.0.user_id, actor.0.name.as_str());
    let key = match commands::invite(&db, merchant_id, by, &email, role, page.locale).await {
        Ok(()) => return step_up.done("/merchant/members?done=member-invited"),
        Err(MemberError::OneOfYours) => "member-one-of-yours",
        Err(MemberError::TooMany) => "member-too-many",
        Err(error) => return Err(error.into()),
    };
    form.wrong("email", page.t(key));
    render(page, &actor, &db, form).await
}

pub async fn withdraw(actor: Actor, id: Path<Uuid>, Posted(_): Posted, db: Data<Db>) -> PageResult {
    let merchant_id = actor.merchant_id()?;
    commands::withdraw_invitation(&db, merchant_id, actor.0.user_id, *id).await?;
    Ok(see_other("/merchant/members?done=invitation-withdrawn"))
}

pub async fn remove(actor: Actor, id: Path<Uuid>, Posted(_): Posted, db: Data<Db>) -> PageResult {
    if !actor.0.is_fresh() {
        return Ok(step_up(HERE));
    }
    let by = (actor.0.user_id, actor.0.name.as_str());
    commands::remove_member(&db, actor.merchant_id()?, by, *id).await?;
    Ok(see_other("/merchant/members?done=member-removed"))
}

pub async fn role(
    actor: Actor,
    id: Path<Uuid>,
    Posted(fields): Posted,
    db: Data<Db>,
) -> PageResult {
    let role = MemberRole::parse(fields.get("role")).ok_or_else(PageError::bad_request)?;
    if !actor.0.is_fresh() {
        return Ok(step_up(HERE));
    }
    let by = (actor.0.user_id, actor.0.name.as_str());
    commands::change_role(&db, actor.merchant_id()?, by, *id, role).await?;
    Ok(see_other("/merchant/members?done=member-role"))
}

pub async fn leave(actor: Actor, Posted(_): Posted, db: Data<Db>) -> PageResult {
    if !actor.0.is_fresh() {
        return Ok(step_up(HERE));
    }
    let by = (actor.0.user_id, actor.0.name.as_str());
    commands::leave(&db, actor.merchant_id()?, by).await?;
    Ok(see_other("/account?done=member-left"))
}

impl From<MemberError> for PageError {
    fn from(error: MemberError) -> Self {
        let key = match error {
            MemberError::Db(error) => return error.into(),
            MemberError::Refused(Refused::NotOwner) => return owners_only(),
            MemberError::Refused(Refused::NotThere) | MemberError::NotYours => {
                return Self::not_found();
            }
            MemberError::Refused(Refused::LastOwner) => "member-last-owner",
            MemberError::Ended => "member-invitation-ended",
            MemberError::TooMany => "member-too-many",
            MemberError::OneOfYours => "member-one-of-yours",
            MemberError::AlreadyMember => "member-of-another",
        };
        Self::conflict(key).with_way_on(HERE, "members-way-on")
    }
}
