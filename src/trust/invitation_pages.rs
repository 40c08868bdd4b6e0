//! The page on which an invited person accepts an invitation.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use askama::Template;
use serde::Deserialize;

use super::commands::{self, ACCEPT_PATH};
use super::members::Invitation;
use super::merchant::Merchant;
use super::store::members::MemberError;
use crate::accounts::StepUp;
use crate::accounts::actor::{CONFIRM_FIRST, Desk};
use crate::db::Db;
use crate::web::WebConfig;
use crate::web::error::PageError;
use crate::web::form::{Form, Posted};
use crate::web::identity::Identity;
use crate::web::page::{Page, PageResult, html, html_refused};
use crate::web::query::Query;

#[derive(Debug, Default, Deserialize)]
pub struct MailedToken {
    #[serde(default)]
    pub token: String,
}

enum Reader {
    /// Signed out: the addresses to sign in and to register.
    Stranger(String, String),
    /// Signed in with another address.
    Another(String),
    Unconfirmed,
    Taken,
    Here,
    Invited,
}

#[derive(Template)]
#[template(path = "trust/invitation.html")]
struct InvitationPage {
    page: Page,
    form: Form,
    invitation: Invitation,
    shop: Merchant,
    token: String,
    reader: Reader,
}

fn reader(viewer: Option<&Identity>, invitation: &Invitation, token: &str) -> Reader {
    let Some(viewer) = viewer else {
        let here = format!("{ACCEPT_PATH}?token={token}");
        let next: String = url::form_urlencoded::byte_serialize(here.as_bytes()).collect();
        return Reader::Stranger(format!("/login?next={next}"), format!("/register?next={next}"));
    };
    match viewer.merchant_id {
        _ if viewer.email != invitation.email => Reader::Another(viewer.email.clone()),
        _ if !viewer.email_confirmed => Reader::Unconfirmed,
        Some(own) if own == invitation.merchant_id => Reader::Here,
        Some(_) => Reader::Taken,
        None => Reader::Invited,
    }
}

fn dead() -> PageError {
    PageError::new(StatusCode::GONE, "member-invitation-dead").with_way_on("/", "error-way-home")
}

fn gone(error: MemberError) -> PageError {
    if matches!(error, MemberError::Ended) { dead() } else { error.into() }
}

/// GET `/merchant/invitation`: only shows a button, because mail scanners follow links and must not
/// accept. Responds with 410 for a link that is no longer valid.
pub async fn show(
    page: Page,
    query: Query<MailedToken>,
    db: Data<Db>,
    config: Data<WebConfig>,
) -> PageResult {
    let token = query.into_inner().token;
    let opened = commands::open_invitation(&db, &config.key, &token).await;
    let (invitation, shop) = opened.map_err(gone)?;
    let reader = reader(page.viewer.as_ref(), &invitation, &token);
    html(&InvitationPage { page, form: Form::new(), invitation, shop, token, reader })
}

/// POST `/merchant/invitation`. Responds with 410 for a link that is no longer valid, with 404 for
/// an invitation to another address.
pub async fn accept(
    Desk { mut page, actor, db, config }: Desk,
    Posted(fields): Posted,
    mut step_up: StepUp,
) -> PageResult {
    let token = fields.get("token").to_owned();
    let opened = commands::open_invitation(&db, &config.key, &token).await;
    let (invitation, shop) = opened.map_err(gone)?;
    if actor.0.email == invitation.email {
        actor.confirmed()?;
    } else {
        return Err(PageError::not_found());
    }
    let mut form = Form::filled(fields);
    if !step_up.may_act(&page, &actor, &db, &mut form).await? {
        // The page needs its token to be shown again.
        page.back = format!("{ACCEPT_PATH}?token={token}");
        let reader = reader(page.viewer.as_ref(), &invitation, &token);
        let again = InvitationPage { page, form, invitation, shop, token, reader };
        return html_refused(&again);
    }
    let by = (actor.0.user_id, actor.0.name.as_str());
    let confirmed = Some(actor.0.email.as_str());
    let accepted = commands::accept_invitation(&db, &invitation, &shop, by, confirmed).await;
    accepted.map_err(gone)?;
    step_up.done("/merchant?done=member-joined")
}
