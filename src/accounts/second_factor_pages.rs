//! Setting up and removing a second factor, and its recovery codes.

use actix_session::Session;
use actix_web::http::header::CACHE_CONTROL;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use qrcode::render::svg;
use qrcode::{EcLevel, QrCode};

use super::actor::{Actor, ENROL, step_up};
use super::commands::{self, AccountError, Passkey, SecondFactor};
use super::passkey::Site;
use super::second_factor::{RECOVERY_CODES, Secret};
use super::session_pages::{Attempt, Next, begin_session, with_next};
use crate::db::Db;
use crate::web::WebConfig;
use crate::web::error::PageError;
use crate::web::form::{Form, Posted};
use crate::web::identity::{ClientAddress, Identity};
use crate::web::page::{Page, PageResult, html, html_refused, local_path, see_other};
use crate::web::query::Query;

const OVERVIEW: &str = "/account/security/second-factor";
const RECOVERY: &str = "/account/security/recovery-codes";

/// Whether the person is staff, even if their roles do not count yet.
fn is_staff(me: &Identity) -> bool {
    me.roles_wait || !me.staff_roles.is_empty()
}

/// Forbids caching a page that shows a secret.
fn not_kept(mut response: HttpResponse) -> HttpResponse {
    let value = actix_web::http::header::HeaderValue::from_static("no-store");
    response.headers_mut().insert(CACHE_CONTROL, value);
    response
}

#[derive(Template)]
#[template(path = "accounts/second_factor.html")]
struct OverviewPage {
    page: Page,
    factor: Option<SecondFactor>,
    is_staff: bool,
    /// `None` if this site has no domain name, which passkeys need.
    passkeys: Option<Vec<Passkey>>,
}

/// GET `/account/security/second-factor`
pub async fn overview(page: Page, Actor(me): Actor, db: Data<Db>) -> PageResult {
    let factor = commands::second_factor_of(&db, me.user_id).await?;
    let passkeys = match Site::of(&page.origin) {
        Some(_) => Some(commands::passkeys_of(&db, me.user_id).await?),
        None => None,
    };
    html(&OverviewPage { page, factor, is_staff: is_staff(&me), passkeys })
}

#[derive(Template)]
#[template(path = "accounts/enrol.html")]
struct EnrolPage {
    page: Page,
    form: Form,
    me: Identity,
    is_staff: bool,
    secret: String,
    picture: String,
    /// A link that opens an app on the same phone.
    address: String,
}

impl EnrolPage {
    fn new(page: Page, me: Identity, form: Form, secret: &Secret) -> Result<Self, PageError> {
        let address = secret.address();
        let picture = QrCode::with_error_correction_level(&address, EcLevel::M)
            .map_err(PageError::internal)?
            .render::<svg::Color<'_>>()
            .min_dimensions(220, 220)
            .build();
        let picture = format!("data:image/svg+xml;base64,{}", STANDARD.encode(picture));
        let is_staff = is_staff(&me);
        Ok(Self { page, form, me, is_staff, secret: secret.text(), picture, address })
    }
}

/// GET `/account/security/second-factor/enrol`: shows the secret, but only after a recent password.
pub async fn enrol(
    page: Page,
    Actor(me): Actor,
    query: Query<Next>,
    db: Data<Db>,
    config: Data<WebConfig>,
) -> PageResult {
    if !me.is_fresh() {
        return Ok(step_up(&with_next(ENROL, &query.next)));
    }
    let secret = commands::secret_to_enrol(&db, &config.key, me.user_id).await?;
    html(&EnrolPage::new(page, me, Form::new(), &secret)?).map(not_kept)
}

/// POST `/account/security/second-factor/enrol`: takes the first code.
#[expect(clippy::too_many_arguments, reason = "extractors")]
pub async fn enrol_post(
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
    if !me.is_fresh() {
        return Ok(step_up(&with_next(ENROL, &query.next)));
    }
    let mut form = Form::filled(fields);
    let code = form.required(&page, "one_time_code", 20);
    if form.is_ok() {
        let attempt = Attempt::of_viewer(&db, me.user_id).await?;
        match commands::enrol(&db, &config.key, me.user_id, &code, me.session_id).await {
            Ok(person) => {
                attempt.succeeded().await?;
                begin_session(&session, &request, &client, person)?;
                let next = local_path(&query.next, "");
                let next: String = url::form_urlencoded::byte_serialize(next.as_bytes()).collect();
                let to = format!("{RECOVERY}?done=second-factor-set&next={next}");
                return Ok(see_other(&to));
            }
            Err(AccountError::WrongCode) => {
                form.wrong("one_time_code", page.t("factor-code-wrong"));
            }
            Err(AccountError::DeadLink) => {
                form.wrong("one_time_code", page.t("factor-enrol-late"));
            }
            Err(error) => return Err(error.into()),
        }
    }
    let secret = commands::secret_to_enrol(&db, &config.key, me.user_id).await?;
    let again = EnrolPage::new(page, me, form, &secret)?;
    html_refused(&again).map(not_kept)
}

/// POST `/account/security/second-factor/remove`
pub async fn remove(Actor(me): Actor, Posted(_): Posted, db: Data<Db>) -> PageResult {
    if !me.is_fresh() {
        return Ok(step_up(OVERVIEW));
    }
    commands::remove_second_factor(&db, me.user_id, me.session_id).await?;
    Ok(see_other("/account/security?done=second-factor-removed"))
}

#[derive(Template)]
#[template(path = "accounts/recovery_codes.html")]
struct RecoveryPage {
    page: Page,
    factor: SecondFactor,
    codes: Vec<String>,
    next: String,
}

impl RecoveryPage {
    fn text(&self) -> String {
        self.codes.join("\n")
    }

    const fn how_many(&self) -> usize {
        RECOVERY_CODES
    }
}

async fn recovery_page(
    page: Page,
    db: &Db,
    me: &Identity,
    codes: Vec<String>,
    next: &str,
) -> PageResult {
    let Some(factor) = commands::second_factor_of(db, me.user_id).await? else {
        return Ok(see_other(OVERVIEW));
    };
    let next = local_path(next, OVERVIEW).to_owned();
    html(&RecoveryPage { page, factor, codes, next }).map(not_kept)
}

/// GET `/account/security/recovery-codes`
pub async fn recovery_codes(
    page: Page,
    Actor(me): Actor,
    query: Query<Next>,
    db: Data<Db>,
) -> PageResult {
    recovery_page(page, &db, &me, Vec::new(), &query.next).await
}

/// POST `/account/security/recovery-codes`: creates new codes, shown only in this response.
pub async fn renew_recovery_codes(
    page: Page,
    Actor(me): Actor,
    Posted(_): Posted,
    query: Query<Next>,
    db: Data<Db>,
) -> PageResult {
    if !me.is_fresh() {
        return Ok(step_up(&with_next(RECOVERY, &query.next)));
    }
    let codes = commands::renew_recovery_codes(&db, me.user_id).await?;
    recovery_page(page, &db, &me, codes, &query.next).await
}
