//! Signing in, signing out and confirming the password.

use actix_session::Session;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use super::actor::Actor;
use super::commands::{self, AccountError};
use super::device_pages::Device;
use super::second_factor::{Door, Given};
use super::second_step_pages::{beside, can_show_passkey, given, note_refusal, over_second_step};
use super::session_pages::{Attempt, Next, begin_session, home_of, home_of_viewer, with_next};
use crate::db::Db;
use crate::web::WebConfig;
use crate::web::error::PageError;
use crate::web::form::{Form, Posted};
use crate::web::identity::ClientAddress;
use crate::web::page::{Page, PageResult, html, html_refused, local_path, see_other};
use crate::web::query::Query;

#[derive(Template)]
#[template(path = "accounts/sign_in.html")]
struct SignInPage {
    page: Page,
    form: Form,
    register: String,
}

/// GET `/login`
pub async fn sign_in(page: Page, query: Query<Next>) -> PageResult {
    if let Some(viewer) = &page.viewer {
        return Ok(see_other(local_path(&query.next, home_of_viewer(viewer))));
    }
    let register = with_next("/register", &query.next);
    html(&SignInPage { page, form: Form::new(), register })
}

/// POST `/login`
#[expect(clippy::too_many_arguments, reason = "extractors")]
pub async fn sign_in_post(
    page: Page,
    Posted(fields): Posted,
    query: Query<Next>,
    db: Data<Db>,
    config: Data<WebConfig>,
    session: Session,
    client: ClientAddress,
    request: HttpRequest,
) -> PageResult {
    let mut form = Form::filled(fields.clone());
    let email = form.required(&page, "email", 254);
    let password = fields.raw("password");
    if password.is_empty() {
        form.missing(&page, "password");
    }
    if form.is_ok() {
        let device = Device::of(&request);
        let (attempt, lane) = Attempt::at_address(&db, &config, &email, &client, &device).await?;
        match commands::sign_in(&db, &email, password, lane).await {
            Ok(person) => {
                attempt.succeeded().await?;
                let home = home_of(&db, &person).await?;
                let to = over_second_step(person.has_second_factor, local_path(&query.next, home));
                begin_session(&session, &request, &client, person)?;
                return Ok(see_other(&to));
            }
            Err(AccountError::WrongPassword) => {
                form.wrong("email", page.t("accounts-wrong-sign-in"));
            }
            Err(error) => return Err(error.into()),
        }
    }
    let register = with_next("/register", &query.next);
    html_refused(&SignInPage { page, form, register })
}

/// POST `/logout`
pub async fn sign_out(Posted(_): Posted, session: Session) -> HttpResponse {
    session.purge();
    see_other("/?done=signed-out")
}

#[derive(Template)]
#[template(path = "accounts/step_up.html")]
struct StepUpPage {
    page: Page,
    form: Form,
    has_passkeys: bool,
}

impl StepUpPage {
    async fn new(page: Page, form: Form, db: &Db, user_id: i64) -> Result<Self, PageError> {
        let has_passkeys = can_show_passkey(&page, db, user_id).await?;
        Ok(Self { page, form, has_passkeys })
    }

    fn beside(&self, path: &str) -> String {
        beside(&self.page, path)
    }
}

/// GET `/account/security/confirm`
pub async fn step_up(page: Page, Actor(me): Actor, db: Data<Db>) -> PageResult {
    html(&StepUpPage::new(page, Form::new(), &db, me.user_id).await?)
}

/// POST `/account/security/confirm`
#[expect(clippy::too_many_arguments, reason = "extractors")]
pub async fn step_up_post(
    page: Page,
    Actor(me): Actor,
    Posted(fields): Posted,
    query: Query<Next>,
    db: Data<Db>,
    config: Data<WebConfig>,
    session: Session,
    client: ClientAddress,
    request: HttpRequest,
) -> PageResult {
    let mut form = Form::filled(fields.clone());
    let (password, given) = (fields.raw("password"), given(&fields));
    if password.is_empty() {
        form.missing(&page, "password");
    }
    if me.has_second_factor && given == Given::Nothing {
        form.missing(&page, "one_time_code");
    }
    if form.is_ok() {
        let attempt = Attempt::of_viewer(&db, me.user_id).await?;
        let door = Door { key: &config.key, origin: &page.origin, session_id: me.session_id };
        match commands::step_up(&db, door, me.user_id, password, &given).await {
            Ok(person) => {
                attempt.succeeded().await?;
                begin_session(&session, &request, &client, person)?;
                return Ok(see_other(local_path(&query.next, "/account/security")));
            }
            Err(AccountError::WrongPassword) => {
                form.wrong("password", page.t("accounts-wrong-password"));
            }
            Err(error) => note_refusal(&mut form, &page, &given, error)?,
        }
    }
    let again = StepUpPage::new(page, form, &db, me.user_id).await?;
    html_refused(&again)
}
