//! A person's own account (name, language, time zone), and the language choice for everybody.

use actix_web::cookie::time::Duration as CookieDuration;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::http::StatusCode;
use actix_web::web::Data;
use askama::Template;
use chrono_tz::Tz;

use super::actor::Actor;
use super::commands::{self, AccountError};
use super::password::HashError;
use super::register_pages::{read_name, read_zone};
use super::zones;
use crate::db::Db;
use crate::kernel::locale::Locale;
use crate::kernel::time::{self, zone_label};
use crate::web::WebConfig;
use crate::web::error::PageError;
use crate::web::form::{Fields, Form, Posted};
use crate::web::identity::Identity;
use crate::web::page::{
    Page, PageResult, html, html_refused, language_cookie, local_path, see_other,
};

impl From<AccountError> for PageError {
    fn from(error: AccountError) -> Self {
        match error {
            AccountError::Db(error) => error.into(),
            AccountError::WrongPassword
            | AccountError::WrongCode
            | AccountError::UsedCode
            | AccountError::WrongPasskey
            | AccountError::Disabled => Self::forbidden(),
            AccountError::TooMany => Self::conflict("passkey-too-many"),
            AccountError::NoFactor => Self::conflict("factor-none"),
            AccountError::FactorRequired => Self::conflict("factor-required"),
            AccountError::DeadLink => Self::not_found(),
            AccountError::Taken => Self::conflict("accounts-taken"),
            AccountError::Hash(HashError::Busy) => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "error-busy")
            }
            other @ (AccountError::Hash(HashError::Failed(_))
            | AccountError::Random(_)
            | AccountError::Unreadable
            | AccountError::NotInProduction) => Self::internal(other),
        }
    }
}

#[derive(Template)]
#[template(path = "accounts/account.html")]
struct AccountPage {
    page: Page,
    form: Form,
    me: Identity,
    languages: Vec<(&'static str, String)>,
    zones: Vec<(&'static str, String)>,
}

impl AccountPage {
    fn new(page: Page, me: Identity, form: Form, operator_zone: Tz) -> Self {
        let own = time::zone(&me.time_zone);
        let mut zones = zones::options(page.locale, page.now, operator_zone);
        if !zones.iter().any(|(name, _)| *name == own.name()) {
            zones.insert(0, (own.name(), zone_label(own, page.locale, page.now)));
        }
        let languages = Locale::ALL.map(|l| (l.tag(), l.own_name().to_owned())).to_vec();
        Self { page, form, me, languages, zones }
    }
}

/// GET `/account`
pub async fn account(page: Page, Actor(me): Actor, config: Data<WebConfig>) -> PageResult {
    let form = Form::filled(Fields::from_pairs(&[
        ("name", &me.name),
        ("locale", me.locale.tag()),
        ("time_zone", &me.time_zone),
    ]));
    html(&AccountPage::new(page, me, form, config.time_zone))
}

/// POST `/account`
pub async fn account_post(
    page: Page,
    Actor(me): Actor,
    Posted(fields): Posted,
    db: Data<Db>,
    config: Data<WebConfig>,
) -> PageResult {
    let mut form = Form::filled(fields.clone());
    let name = read_name(&mut form, &page);
    let locale = fields.get("locale").parse::<Locale>().ok();
    if locale.is_none() {
        form.wrong("locale", page.t("accounts-choose"));
    }
    let zone = read_zone(&mut form, &page);
    let (true, Some(locale), Some(zone)) = (form.is_ok(), locale, zone) else {
        let again = AccountPage::new(page, me, form, config.time_zone);
        return html_refused(&again);
    };
    commands::set_profile(&db, me.user_id, &name, locale, zone).await?;
    Ok(see_other("/account?done=profile-saved"))
}

/// POST `/language`
pub async fn language(
    page: Page,
    Posted(fields): Posted,
    db: Data<Db>,
    config: Data<WebConfig>,
) -> PageResult {
    let locale: Locale = fields.get("locale").parse().map_err(|_| PageError::bad_request())?;
    let mut answer = see_other(local_path(fields.get("next"), "/"));
    if let Some(viewer) = &page.viewer {
        commands::set_locale(&db, viewer.user_id, locale).await?;
    }
    // Set for signed-in people as well, so that the language stays after they sign out.
    let secure = config.http.secure();
    let cookie = Cookie::build(language_cookie(secure), locale.tag())
        .path("/")
        .http_only(true)
        .secure(secure)
        .same_site(SameSite::Lax)
        .max_age(CookieDuration::days(365))
        .finish();
    answer.add_cookie(&cookie).map_err(PageError::internal)?;
    Ok(answer)
}
