//! Opening an account and confirming its address.

use actix_session::Session;
use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use askama::Template;
use chrono_tz::Tz;
use serde::Deserialize;

use super::actor::Actor;
use super::commands::{self, AccountError, NewPerson};
use super::device_pages::Device;
use super::password;
use super::session_pages::{Attempt, begin_session, home_of, home_of_viewer, may_mail, with_next};
use super::state::{self, Purpose};
use super::zones;
use crate::db::Db;
use crate::kernel::email::Email;
use crate::web::WebConfig;
use crate::web::form::{Fields, Form, Posted};
use crate::web::identity::ClientAddress;
use crate::web::page::{Page, PageResult, html, html_refused, html_with, local_path, see_other};
use crate::web::query::Query;

const NAME_CHARS: usize = 80;

#[derive(Debug, Default, Deserialize)]
pub struct MailedLink {
    #[serde(default)]
    pub token: String,
    #[serde(default)]
    pub next: String,
}

#[derive(Template)]
#[template(path = "accounts/register.html")]
struct RegisterPage {
    page: Page,
    form: Form,
    zones: Vec<(&'static str, String)>,
    sign_in: String,
}

impl RegisterPage {
    fn new(page: Page, form: Form, operator_zone: Tz, next: &str) -> Self {
        let zones = zones::options(page.locale, page.now, operator_zone);
        Self { zones, sign_in: with_next("/login", next), page, form }
    }
}

/// Reads an email address, or adds an error to the form.
pub(super) fn read_email(form: &mut Form, page: &Page) -> Option<Email> {
    let text = form.required(page, "email", 254);
    if text.is_empty() {
        return None;
    }
    let email = Email::parse(&text).ok();
    if email.is_none() {
        form.wrong("email", page.t("accounts-email-wrong"));
    }
    email
}

/// Reads a person's name, or adds an error to the form.
pub(super) fn read_name(form: &mut Form, page: &Page) -> String {
    let name = form.optional(page, "name", NAME_CHARS);
    if name.is_empty() {
        form.wrong("name", page.t("accounts-name-missing"));
    } else if !state::is_name(&name) {
        form.wrong("name", page.t("accounts-name-wrong"));
    }
    name
}

/// Reads the chosen time zone, or adds an error to the form. Accepts any zone in the IANA database.
pub(super) fn read_zone(form: &mut Form, page: &Page) -> Option<Tz> {
    let zone = form.value("time_zone").parse().ok();
    if zone.is_none() {
        form.wrong("time_zone", page.t("accounts-choose"));
    }
    zone
}

/// Adds an error to the form if a new password is missing or too weak.
pub(super) fn check_password(
    form: &mut Form,
    page: &Page,
    field: &'static str,
    password: &str,
    email: &str,
    name: &str,
) {
    if password.is_empty() {
        form.missing(page, field);
    } else if let Some(weakness) = password::weakness(password, email, name) {
        form.wrong(field, page.t(weakness.text_key()));
    }
}

/// GET `/register`
pub async fn register(page: Page, query: Query<MailedLink>, config: Data<WebConfig>) -> PageResult {
    if let Some(viewer) = &page.viewer {
        return Ok(see_other(local_path(&query.next, home_of_viewer(viewer))));
    }
    let form = Form::filled(Fields::from_pairs(&[("time_zone", config.time_zone.name())]));
    html(&RegisterPage::new(page, form, config.time_zone, &query.next))
}

/// POST `/register`
pub async fn register_post(
    page: Page,
    Posted(fields): Posted,
    query: Query<MailedLink>,
    db: Data<Db>,
    config: Data<WebConfig>,
    client: ClientAddress,
) -> PageResult {
    let mut form = Form::filled(fields.clone());
    let name = read_name(&mut form, &page);
    let email = read_email(&mut form, &page);
    let zone = read_zone(&mut form, &page);
    let typed = email.as_ref().map_or("", Email::as_str);
    check_password(&mut form, &page, "password", fields.raw("password"), typed, &name);
    let (true, Some(email), Some(time_zone)) = (form.is_ok(), email, zone) else {
        let again = RegisterPage::new(page, form, config.time_zone, &query.next);
        return html_refused(&again);
    };
    if may_mail(&db, &config, &email, &client).await? {
        let password = fields.raw("password");
        let locale = page.locale;
        let person = NewPerson { email: &email, name: &name, password, locale, time_zone };
        commands::register(&db, &person, local_path(&query.next, "")).await?;
    }
    Ok(see_other(&with_next("/register/sent", &query.next)))
}

#[derive(Template)]
#[template(path = "accounts/sent.html")]
struct SentPage {
    page: Page,
    form: Form,
}

/// GET `/register/sent`
pub async fn sent(page: Page) -> PageResult {
    html(&SentPage { page, form: Form::new() })
}

/// POST `/register/sent`: mails the link again.
pub async fn sent_post(
    page: Page,
    Posted(fields): Posted,
    query: Query<MailedLink>,
    db: Data<Db>,
    config: Data<WebConfig>,
    client: ClientAddress,
) -> PageResult {
    let mut form = Form::filled(fields);
    let Some(email) = read_email(&mut form, &page) else {
        return html_refused(&SentPage { page, form });
    };
    if may_mail(&db, &config, &email, &client).await? {
        commands::resend_confirmation(&db, &email, local_path(&query.next, "")).await?;
    }
    Ok(see_other("/register/sent?done=confirm-mail-sent"))
}

#[derive(Template)]
#[template(path = "accounts/unconfirmed.html")]
struct UnconfirmedPage {
    page: Page,
    email: String,
}

/// GET `/account/confirm-email`: explains why access was refused and offers to resend the mail.
pub async fn unconfirmed(page: Page, Actor(me): Actor) -> PageResult {
    if me.email_confirmed {
        return Ok(see_other("/account"));
    }
    html(&UnconfirmedPage { page, email: me.email })
}

/// POST `/account/confirm-email`: mails the link to the viewer again.
pub async fn resend(
    Actor(me): Actor,
    Posted(_): Posted,
    db: Data<Db>,
    config: Data<WebConfig>,
    client: ClientAddress,
) -> PageResult {
    if let Ok(email) = Email::parse(&me.email)
        && may_mail(&db, &config, &email, &client).await?
    {
        commands::resend_confirmation(&db, &email, "").await?;
    }
    Ok(see_other("/account?done=confirm-mail-sent"))
}

#[derive(Template)]
#[template(path = "accounts/confirm_email.html")]
struct ConfirmPage {
    page: Page,
    form: Form,
    email: String,
    is_viewer: bool,
}

#[derive(Template)]
#[template(path = "accounts/dead_link.html")]
struct DeadLinkPage {
    page: Page,
    renew: &'static str,
    renew_text: String,
}

/// The response to a mailed link that is no longer valid.
pub(super) fn dead_link(page: Page, purpose: Purpose) -> PageResult {
    let (renew, key) = match purpose {
        Purpose::ConfirmEmail => ("/register/sent", "accounts-dead-link-confirm"),
        Purpose::ResetPassword => ("/password/forgot", "accounts-dead-link-reset"),
    };
    let renew_text = page.t(key);
    html_with(StatusCode::GONE, &DeadLinkPage { page, renew, renew_text })
}

/// GET `/confirm-email`: shows a button, as mail scanners follow links and must not confirm.
pub async fn confirm(
    page: Page,
    query: Query<MailedLink>,
    db: Data<Db>,
    config: Data<WebConfig>,
) -> PageResult {
    let link =
        match commands::open_link(&db, &config.key, Purpose::ConfirmEmail, &query.token).await {
            Ok(link) => link,
            Err(AccountError::DeadLink) => return dead_link(page, Purpose::ConfirmEmail),
            Err(error) => return Err(error.into()),
        };
    let is_viewer = page.viewer.as_ref().is_some_and(|v| v.user_id == link.account.id);
    html(&ConfirmPage { page, form: Form::new(), email: link.account.email, is_viewer })
}

/// POST `/confirm-email`
#[expect(clippy::too_many_arguments, reason = "extractors")]
pub async fn confirm_post(
    page: Page,
    Posted(fields): Posted,
    query: Query<MailedLink>,
    db: Data<Db>,
    config: Data<WebConfig>,
    session: Session,
    client: ClientAddress,
    request: HttpRequest,
) -> PageResult {
    let purpose = Purpose::ConfirmEmail;
    let link = match commands::open_link(&db, &config.key, purpose, &query.token).await {
        Ok(link) => link,
        Err(AccountError::DeadLink) => return dead_link(page, purpose),
        Err(error) => return Err(error.into()),
    };
    let viewer = page.viewer.as_ref().map(|v| v.user_id);
    let is_viewer = viewer == Some(link.account.id);
    let mut form = Form::filled(fields.clone());
    if !is_viewer && fields.raw("password").is_empty() {
        form.missing(&page, "password");
    } else {
        let (email, device) = (&link.account.email, Device::of(&request));
        let (attempt, _) = Attempt::at_address(&db, &config, email, &client, &device).await?;
        match commands::confirm_email(&db, &link, viewer, fields.raw("password")).await {
            Ok((_, person)) => {
                attempt.succeeded().await?;
                let home = format!("{}?done=email-confirmed", home_of(&db, &person).await?);
                if !is_viewer {
                    begin_session(&session, &request, &client, person)?;
                }
                return Ok(see_other(local_path(&query.next, &home)));
            }
            Err(AccountError::WrongPassword) => {
                form.wrong("password", page.t("accounts-wrong-first-password"));
            }
            Err(AccountError::DeadLink) => return dead_link(page, purpose),
            Err(error) => return Err(error.into()),
        }
    }
    let email = link.account.email;
    html_refused(&ConfirmPage { page, form, email, is_viewer })
}
