//! Pages for passkeys. Each ceremony takes two forms: the first requests a challenge, and
//! `static/passkey.js` puts the browser's answer to it into the second. Without scripts or passkey
//! support, the pages offer none of this.

use actix_session::Session;
use actix_web::web::{Data, Path};
use askama::Template;
use uuid::Uuid;

use super::actor::{Actor, SECOND_STEP, step_up};
use super::commands::{self, AccountError};
use super::passkey::Site;
use super::second_step_pages::begin_again;
use super::session_pages::{Next, with_next};
use super::session_store::PendingSecondFactor;
use crate::db::Db;
use crate::web::error::PageError;
use crate::web::form::{Form, Posted};
use crate::web::page::{Page, PageResult, html, html_refused, see_other};
use crate::web::query::Query;

const OVERVIEW: &str = "/account/security/second-factor";
const ADD: &str = "/account/security/passkeys";
const NAME: usize = 60;

fn site(page: &Page) -> Result<Site, PageError> {
    Site::of(&page.origin).ok_or_else(|| PageError::conflict("passkey-no-site"))
}

#[derive(Template)]
#[template(path = "accounts/passkey.html")]
struct PasskeyPage {
    page: Page,
    form: Form,
    /// The options for the browser, once the passkey has a name.
    options: Option<String>,
}

/// GET `/account/security/passkeys`: asks for a name.
pub async fn add(page: Page, Actor(me): Actor) -> PageResult {
    site(&page)?;
    if !me.is_fresh() {
        return Ok(step_up(ADD));
    }
    html(&PasskeyPage { page, form: Form::new(), options: None })
}

/// POST `/account/security/passkeys`: takes the name and asks the browser for a passkey.
pub async fn begin(
    page: Page,
    Actor(me): Actor,
    Posted(fields): Posted,
    db: Data<Db>,
) -> PageResult {
    let site = site(&page)?;
    if !me.is_fresh() {
        return Ok(step_up(ADD));
    }
    let mut form = Form::filled(fields);
    let name = form.required(&page, "passkey_name", NAME);
    if !form.is_ok() {
        let again = PasskeyPage { page, form, options: None };
        return html_refused(&again);
    }
    let options = commands::begin_passkey(&db, &site, me.user_id, me.session_id, &name).await?;
    html(&PasskeyPage { page, form, options: Some(options) })
}

/// POST `/account/security/passkeys/add`: takes the passkey that the browser created.
pub async fn finish(
    page: Page,
    Actor(me): Actor,
    Posted(fields): Posted,
    db: Data<Db>,
) -> PageResult {
    let site = site(&page)?;
    if !me.is_fresh() {
        return Ok(step_up(ADD));
    }
    let answer = fields.get("passkey");
    match commands::add_passkey(&db, &site, me.user_id, me.session_id, answer).await {
        Ok(()) => Ok(see_other(&format!("{OVERVIEW}?done=passkey-added"))),
        Err(AccountError::WrongPasskey) => {
            let mut form = Form::new();
            form.wrong("passkey_name", page.t("passkey-not-made"));
            let again = PasskeyPage { page, form, options: None };
            html_refused(&again)
        }
        Err(error) => Err(error.into()),
    }
}

/// POST `/account/security/passkeys/{id}/remove`
pub async fn remove(
    Actor(me): Actor,
    Posted(_): Posted,
    id: Path<Uuid>,
    db: Data<Db>,
) -> PageResult {
    if !me.is_fresh() {
        return Ok(step_up(OVERVIEW));
    }
    if commands::remove_passkey(&db, me.user_id, *id).await? {
        Ok(see_other(&format!("{OVERVIEW}?done=passkey-removed")))
    } else {
        Err(PageError::not_found().with_way_on(OVERVIEW, "factor-heading"))
    }
}

#[derive(Template)]
#[template(path = "accounts/show_passkey.html")]
struct ShowPage {
    page: Page,
    form: Form,
    options: String,
    action: String,
    asks_password: bool,
}

/// POST `/login/second-factor/passkey`: asks the browser for a passkey, as the second step.
pub async fn second_step(
    page: Page,
    Posted(_): Posted,
    query: Query<Next>,
    db: Data<Db>,
    session: Session,
) -> PageResult {
    let half = PendingSecondFactor::of(&session).ok_or_else(begin_again)?;
    let options =
        commands::ask_for_passkey(&db, &site(&page)?, half.user_id, half.session_id).await?;
    let action = with_next(SECOND_STEP, &query.next);
    html(&ShowPage { page, form: Form::new(), options, action, asks_password: false })
}

/// POST `/account/security/confirm/passkey`: asks for the password and for a passkey.
pub async fn confirm(
    page: Page,
    Actor(me): Actor,
    Posted(_): Posted,
    query: Query<Next>,
    db: Data<Db>,
) -> PageResult {
    let options = commands::ask_for_passkey(&db, &site(&page)?, me.user_id, me.session_id).await?;
    let action = with_next("/account/security/confirm", &query.next);
    html(&ShowPage { page, form: Form::new(), options, action, asks_password: true })
}
