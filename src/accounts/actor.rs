//! Who may: the audiences that `routes.rs` names, and the person behind a request as handlers take
//! it.

use actix_session::SessionExt;
use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest, HttpResponse};
use strum::{EnumString, IntoStaticStr, VariantArray};

use super::session_store::PendingSecondFactor;
use crate::db::Db;
use crate::kernel::named::named;
use crate::web::WebConfig;
use crate::web::error::PageError;
use crate::web::identity::Identity;
use crate::web::page::{Page, confirm_address, see_other};

#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum Role {
    /// Decides on applications and badges.
    Reviewer,
    Mediator,
    Treasurer,
    /// Staff accounts, policies, the audit trail.
    Administrator,
}

named!(Role, name);

/// Whom a route is for. Checked before the handler runs; what of *theirs* a person may see is the
/// handler's to check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    Public,
    SignedIn,
    /// Members of a merchant, with a confirmed address.
    Merchant,
    /// Owners of a merchant, with a confirmed address.
    Owner,
    /// Staff with this role, with a confirmed address.
    Staff(Role),
    /// Staff of any kind, with a confirmed address.
    AnyStaff,
    /// No cookie counts here; the text names the proof that is asked for instead.
    OwnProof(&'static str),
    /// As public, but only in development and the demo.
    Development,
}

/// The person behind a request. Extracting it asks for a sign-in.
#[derive(Debug, Clone)]
pub struct Actor(pub Identity);

impl Actor {
    /// The merchant that the person belongs to.
    /// Answers with 403 for a person without one.
    pub fn merchant_id(&self) -> Result<i64, PageError> {
        self.0.merchant_id.ok_or_else(PageError::forbidden)
    }

    /// That the address of the account was confirmed: whoever only typed it may do nothing in its
    /// name that others rely on.
    /// 403, with the way to the page that sends the mail again.
    pub fn confirmed(&self) -> Result<(), PageError> {
        if self.0.email_confirmed { Ok(()) } else { Err(unconfirmed()) }
    }

    /// Whether the person has a role of the staff.
    pub fn has(&self, role: Role) -> bool {
        self.0.staff_roles.iter().any(|r| r == role.name())
    }
}

/// The page that says that an address is not confirmed, and sends the mail again.
pub const CONFIRM_FIRST: &str = "/account/confirm-email";
/// The page that asks for the second factor after the password.
pub const SECOND_STEP: &str = "/login/second-factor";
/// The page where a second factor is set.
pub const ENROL: &str = "/account/security/second-factor/enrol";

fn unconfirmed() -> PageError {
    PageError::new(StatusCode::FORBIDDEN, "accounts-unconfirmed-refused")
        .with_way_on(CONFIRM_FIRST, "accounts-unconfirmed-way-on")
}

/// The refusal of what owners alone may do, to another member of the merchant.
pub fn owners_only() -> PageError {
    PageError::new(StatusCode::FORBIDDEN, "accounts-owners-only")
        .with_way_on("/merchant/members", "accounts-owners-way-on")
}

/// Sends a person who is about to do something weighty to enter their password again, and then back
/// to the page of the form.
pub fn step_up(back: &str) -> HttpResponse {
    see_other(&confirm_address(back))
}

impl FromRequest for Actor {
    type Error = actix_web::Error;
    type Future = std::future::Ready<Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, _: &mut actix_web::dev::Payload) -> Self::Future {
        std::future::ready(
            Identity::of(request)
                .map(Self)
                .ok_or_else(|| PageError::new(StatusCode::UNAUTHORIZED, "error-sign-in").into()),
        )
    }
}

/// What a page of somebody who is signed in is made with.
pub struct Desk {
    pub page: Page,
    pub actor: Actor,
    pub db: Data<Db>,
    pub config: Data<WebConfig>,
}

impl FromRequest for Desk {
    type Error = actix_web::Error;
    type Future = std::future::Ready<Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, payload: &mut actix_web::dev::Payload) -> Self::Future {
        let mut desk = || {
            Ok(Self {
                page: Page::of(request),
                actor: Actor::from_request(request, payload).into_inner()?,
                db: Data::from_request(request, payload).into_inner()?,
                config: Data::from_request(request, payload).into_inner()?,
            })
        };
        std::future::ready(desk())
    }
}

/// What stands between a reader and a route.
enum Refusal {
    SignIn,
    SecondStep,
    ConfirmFirst,
    EnrolFirst,
    BecomeMerchant,
    OwnersOnly,
    Forbidden,
    NotThere,
}

/// Who asks, as far as the session says.
enum Reader {
    Stranger,
    Half,
    SignedIn(Identity),
}

fn refusal(audience: Audience, reader: &Reader, development: bool) -> Option<Refusal> {
    let has = |role: Role| move |v: &Identity| v.staff_roles.iter().any(|r| r == role.name());
    match (audience, reader) {
        (Audience::Public | Audience::OwnProof(_), _) => None,
        (Audience::Development, _) => (!development).then_some(Refusal::NotThere),
        (_, Reader::Stranger) => Some(Refusal::SignIn),
        (_, Reader::Half) => Some(Refusal::SecondStep),
        (Audience::SignedIn, Reader::SignedIn(_)) => None,
        (_, Reader::SignedIn(v)) if !v.email_confirmed => Some(Refusal::ConfirmFirst),
        (Audience::Merchant | Audience::Owner, Reader::SignedIn(v)) if v.merchant_id.is_none() => {
            Some(Refusal::BecomeMerchant)
        }
        (Audience::Merchant, Reader::SignedIn(_)) => None,
        (Audience::Owner, Reader::SignedIn(v)) => (!v.owns_merchant).then_some(Refusal::OwnersOnly),
        // Roles do not count before there is a second factor: see `session_store`.
        (Audience::Staff(_) | Audience::AnyStaff, Reader::SignedIn(v)) if v.roles_wait => {
            Some(Refusal::EnrolFirst)
        }
        (Audience::Staff(role), Reader::SignedIn(v)) => {
            (!has(role)(v)).then_some(Refusal::Forbidden)
        }
        (Audience::AnyStaff, Reader::SignedIn(v)) => {
            v.staff_roles.is_empty().then_some(Refusal::Forbidden)
        }
    }
}

/// The middleware of a route: refuses whoever the route is not for, and cross-site requests.
pub async fn guard<B: MessageBody + 'static>(
    audience: Audience,
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, actix_web::Error> {
    let http = request.request();
    let cookies_count = !matches!(audience, Audience::OwnProof(_));
    if cookies_count && crate::web::csrf::is_cross_site(http) {
        return Ok(refused(request, PageError::cross_site()));
    }
    let development = http
        .app_data::<actix_web::web::Data<crate::web::WebConfig>>()
        .is_some_and(|c| c.mode.is_development());
    let is_anybodys =
        matches!(audience, Audience::Public | Audience::OwnProof(_) | Audience::Development);
    let reader = if is_anybodys { Reader::Stranger } else { reader_of(http) };
    match refusal(audience, &reader, development) {
        None => Ok(next.call(request).await?.map_into_left_body()),
        Some(refusal) => Ok(turned_away(request, &refusal)),
    }
}

fn reader_of(request: &HttpRequest) -> Reader {
    match Identity::of(request) {
        Some(identity) => Reader::SignedIn(identity),
        None if PendingSecondFactor::of(&request.get_session()).is_some() => Reader::Half,
        None => Reader::Stranger,
    }
}

/// The page that leads on, for who wanted to read one; else a page that says what is missing.
fn turned_away<B: MessageBody + 'static>(
    request: ServiceRequest,
    refusal: &Refusal,
) -> ServiceResponse<EitherBody<B>> {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    let error = match refusal {
        Refusal::SignIn if reads => return led(request, "/login"),
        Refusal::SecondStep if reads => return led(request, SECOND_STEP),
        Refusal::EnrolFirst if reads => return led(request, ENROL),
        Refusal::ConfirmFirst if reads => {
            return request.into_response(see_other(CONFIRM_FIRST)).map_into_right_body();
        }
        Refusal::BecomeMerchant if reads => {
            return request.into_response(see_other("/merchant")).map_into_right_body();
        }
        Refusal::SignIn => PageError::new(StatusCode::UNAUTHORIZED, "error-sign-in")
            .with_way_on("/login", "nav-sign-in"),
        Refusal::SecondStep => PageError::new(StatusCode::UNAUTHORIZED, "error-sign-in")
            .with_way_on(SECOND_STEP, "factor-step-heading"),
        Refusal::ConfirmFirst => unconfirmed(),
        Refusal::EnrolFirst => PageError::new(StatusCode::FORBIDDEN, "factor-staff-refused")
            .with_way_on(ENROL, "factor-enrol-heading"),
        Refusal::OwnersOnly => owners_only(),
        Refusal::BecomeMerchant | Refusal::Forbidden => PageError::forbidden(),
        Refusal::NotThere => PageError::not_found(),
    };
    refused(request, error)
}

/// To a page that has to be passed first, and knows what was asked for.
fn led<B: MessageBody + 'static>(
    request: ServiceRequest,
    over: &str,
) -> ServiceResponse<EitherBody<B>> {
    let path = request.uri().path_and_query().map_or("/", |p| p.as_str());
    let next: String = url::form_urlencoded::byte_serialize(path.as_bytes()).collect();
    request.into_response(see_other(&format!("{over}?next={next}"))).map_into_right_body()
}

/// A refusal as an answer and not as an error, which would lose the request and with it who asks.
fn refused<B: MessageBody + 'static>(
    request: ServiceRequest,
    error: PageError,
) -> ServiceResponse<EitherBody<B>> {
    request.error_response(error).map_into_right_body()
}
