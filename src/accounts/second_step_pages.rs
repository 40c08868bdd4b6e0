//! The second step of signing in: an app's code, a recovery code or a passkey, after the password.

use actix_session::Session;
use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use askama::Template;

use super::actor::SECOND_STEP;
use super::commands::{self, AccountError};
use super::passkey::Site;
use super::second_factor::{Door, Given};
use super::session_pages::{Attempt, Next, begin_session, home_of, home_of_viewer};
use super::session_store::PendingSecondFactor;
use crate::db::Db;
use crate::web::WebConfig;
use crate::web::error::PageError;
use crate::web::form::{Fields, Form, Posted};
use crate::web::identity::ClientAddress;
use crate::web::page::{Page, PageResult, html, html_refused, local_path, see_other};
use crate::web::query::Query;

const CODE: &str = "one_time_code";
const RECOVERY: &str = "recovery_code";
const PASSKEY: &str = "passkey";

/// Reads the second factor from a form: see `ui::one_time_code`.
pub(super) fn given(fields: &Fields) -> Given {
    match (fields.get(PASSKEY), fields.get(RECOVERY), fields.get(CODE)) {
        ("", "", "") => Given::Nothing,
        ("", "", code) => Given::Code(code.to_owned()),
        ("", recovery, _) => Given::Recovery(recovery.to_owned()),
        (passkey, ..) => Given::Passkey(passkey.to_owned()),
    }
}

/// Adds an error to the form if the second factor was refused; returns any other error.
pub(super) fn note_refusal(
    form: &mut Form,
    page: &Page,
    given: &Given,
    error: AccountError,
) -> Result<(), AccountError> {
    match (given, error) {
        (Given::Nothing, AccountError::WrongCode) => form.missing(page, CODE),
        (Given::Recovery(_), AccountError::WrongCode) => {
            form.wrong(RECOVERY, page.t("factor-recovery-wrong"));
        }
        (_, AccountError::WrongPasskey) => form.wrong(CODE, page.t("passkey-wrong")),
        (_, AccountError::WrongCode) => form.wrong(CODE, page.t("factor-code-wrong")),
        (_, AccountError::UsedCode) => form.wrong(CODE, page.t("factor-code-used")),
        (_, error) => return Err(error),
    }
    Ok(())
}

#[derive(Template)]
#[template(path = "accounts/second_step.html")]
struct SecondStepPage {
    page: Page,
    form: Form,
    has_passkeys: bool,
}

impl SecondStepPage {
    async fn new(page: Page, form: Form, db: &Db, user_id: i64) -> Result<Self, PageError> {
        let has_passkeys = can_show_passkey(&page, db, user_id).await?;
        Ok(Self { page, form, has_passkeys })
    }

    fn beside(&self, path: &str) -> String {
        beside(&self.page, path)
    }
}

/// Whether a person has a passkey for this site.
pub(super) async fn can_show_passkey(
    page: &Page,
    db: &Db,
    user_id: i64,
) -> Result<bool, PageError> {
    let site = Site::of(&page.origin);
    Ok(site.is_some() && !commands::passkeys_of(db, user_id).await?.is_empty())
}

/// Adds the page's query, which says where to go next, to a path.
pub(super) fn beside(page: &Page, path: &str) -> String {
    page.path
        .split_once('?')
        .map_or_else(|| path.to_owned(), |(_, query)| format!("{path}?{query}"))
}

/// The error shown when the password was not entered in this browser, or too long ago.
pub(super) fn begin_again() -> PageError {
    PageError::new(StatusCode::GONE, "factor-step-gone").with_way_on("/login", "nav-sign-in")
}

/// GET `/login/second-factor`
pub async fn second_step(
    page: Page,
    query: Query<Next>,
    session: Session,
    db: Data<Db>,
) -> PageResult {
    if let Some(viewer) = &page.viewer {
        return Ok(see_other(local_path(&query.next, home_of_viewer(viewer))));
    }
    let half = PendingSecondFactor::of(&session).ok_or_else(begin_again)?;
    html(&SecondStepPage::new(page, Form::new(), &db, half.user_id).await?)
}

/// POST `/login/second-factor`
#[expect(clippy::too_many_arguments, reason = "extractors")]
pub async fn second_step_post(
    page: Page,
    Posted(fields): Posted,
    query: Query<Next>,
    db: Data<Db>,
    config: Data<WebConfig>,
    session: Session,
    client: ClientAddress,
    request: HttpRequest,
) -> PageResult {
    let half = PendingSecondFactor::of(&session).ok_or_else(begin_again)?;
    let (given, user_id) = (given(&fields), half.user_id);
    let mut form = Form::filled(fields);
    if given == Given::Nothing {
        form.missing(&page, CODE);
    } else {
        let attempt = Attempt::at_second_step(&db, user_id, &client).await?;
        let door = Door { key: &config.key, origin: &page.origin, session_id: half.session_id };
        match commands::second_step(&db, door, half, &given).await {
            Ok(person) => {
                attempt.succeeded().await?;
                let home = home_of(&db, &person).await?;
                begin_session(&session, &request, &client, person)?;
                return Ok(see_other(local_path(&query.next, home)));
            }
            Err(error) => note_refusal(&mut form, &page, &given, error)?,
        }
    }
    let again = SecondStepPage::new(page, form, &db, user_id).await?;
    html_refused(&again)
}

/// Where to go after the right password: through the second step, if there is one, and on to `to`.
pub(super) fn over_second_step(has_second_factor: bool, to: &str) -> String {
    if !has_second_factor {
        return to.to_owned();
    }
    let next: String = url::form_urlencoded::byte_serialize(to.as_bytes()).collect();
    format!("{SECOND_STEP}?next={next}")
}
