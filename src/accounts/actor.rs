//! Access control: the audiences named in `routes.rs`, and the person behind a request as handlers
//! receive them.

use actix_session::SessionExt;
use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::HOST;
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest, HttpResponse};
use percent_encoding::percent_decode_str;
use strum::{EnumString, IntoStaticStr, VariantArray};
use url::{Host, Url};

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
    /// Manages staff accounts, policies and the audit trail.
    Administrator,
}

named!(Role, name);

/// Who may use a route. All but the first two require a confirmed address.
/// Checked before the handler runs; the handler itself must check whose data the person may see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    Public,
    SignedIn,
    /// For what binds an account: until the address is confirmed, anybody may have opened it.
    Confirmed,
    Merchant,
    Owner,
    Staff(Role),
    AnyStaff,
    /// Cookies are ignored; the text names the proof required instead.
    OwnProof(&'static str),
    /// Everybody, but only in development and the demo.
    Development,
}

/// The person behind a request. Extraction fails if nobody is signed in.
#[derive(Debug, Clone)]
pub struct Actor(pub Identity);

impl Actor {
    /// The merchant that the person belongs to. Fails with 403 if there is none.
    pub fn merchant_id(&self) -> Result<i64, PageError> {
        self.0.merchant_id.ok_or_else(PageError::forbidden)
    }

    /// Requires a confirmed address: until then anybody may have typed it, and others must not rely
    /// on what is done in its name. Fails with 403 and a link to the page that resends the mail.
    pub fn confirmed(&self) -> Result<(), PageError> {
        if self.0.email_confirmed { Ok(()) } else { Err(unconfirmed()) }
    }

    pub fn has(&self, role: Role) -> bool {
        self.0.staff_roles.iter().any(|r| r == role.name())
    }
}

pub const CONFIRM_FIRST: &str = "/account/confirm-email";
pub const SECOND_STEP: &str = "/login/second-factor";
pub const ENROL: &str = "/account/security/second-factor/enrol";

fn unconfirmed() -> PageError {
    PageError::new(StatusCode::FORBIDDEN, "accounts-unconfirmed-refused")
        .with_way_on(CONFIRM_FIRST, "accounts-unconfirmed-way-on")
}

/// The error for members who try to do what only the merchant's owners may do.
pub fn owners_only() -> PageError {
    PageError::new(StatusCode::FORBIDDEN, "accounts-owners-only")
        .with_way_on("/merchant/members", "accounts-owners-way-on")
}

/// Redirects to the page that asks for the password again, and from there back to `back`.
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

/// The arguments that most handlers for signed-in people need.
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
        (Audience::Confirmed, Reader::SignedIn(_)) => None,
        (Audience::Merchant | Audience::Owner, Reader::SignedIn(v)) if v.merchant_id.is_none() => {
            Some(Refusal::BecomeMerchant)
        }
        (Audience::Merchant, Reader::SignedIn(_)) => None,
        (Audience::Owner, Reader::SignedIn(v)) => (!v.owns_merchant).then_some(Refusal::OwnersOnly),
        // Roles have no effect until there is a second factor: see `session_store`.
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

/// The middleware of a route: refuses cross-site requests and people outside the audience.
pub async fn guard<B: MessageBody + 'static>(
    audience: Audience,
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, actix_web::Error> {
    let http = request.request();
    // Nothing of ours is named with a control character, and the database refuses some in a text.
    if percent_decode_str(http.path()).any(|byte| byte.is_ascii_control()) {
        return Ok(refused(request, PageError::not_found()));
    }
    let cookies_count = !matches!(audience, Audience::OwnProof(_));
    if cookies_count && crate::web::csrf::is_cross_site(http) {
        return Ok(refused(request, PageError::cross_site()));
    }
    let development = is_local(http)
        && http
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

/// Whether the request was made under a name of this machine: a site whose name was made to lead
/// here must not read the pages of development. The proofs of the demo's own shops are asked for
/// under theirs.
fn is_local(request: &HttpRequest) -> bool {
    if request.path().starts_with("/.well-known/") {
        return true;
    }
    // Not what a proxy says: whoever leads a name here can say that too.
    let host = request.headers().get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let host = Url::parse(&format!("http://{host}"));
    match host.ok().as_ref().and_then(Url::host) {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

fn reader_of(request: &HttpRequest) -> Reader {
    match Identity::of(request) {
        Some(identity) => Reader::SignedIn(identity),
        None if PendingSecondFactor::of(&request.get_session()).is_some() => Reader::Half,
        None => Reader::Stranger,
    }
}

/// For GET and HEAD, redirects to the page that resolves the refusal, if any; else an error page.
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

/// Redirects to a page that must be passed first, with the requested path as `next`.
fn led<B: MessageBody + 'static>(
    request: ServiceRequest,
    over: &str,
) -> ServiceResponse<EitherBody<B>> {
    let path = request.uri().path_and_query().map_or("/", |p| p.as_str());
    let next: String = url::form_urlencoded::byte_serialize(path.as_bytes()).collect();
    request.into_response(see_other(&format!("{over}?next={next}"))).map_into_right_body()
}

/// Responds with an error page. A returned error would lose the request, and so the viewer.
fn refused<B: MessageBody + 'static>(
    request: ServiceRequest,
    error: PageError,
) -> ServiceResponse<EitherBody<B>> {
    request.error_response(error).map_into_right_body()
}
