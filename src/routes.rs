//! The whole URL map. Each row names its audience; a route that is not here does not exist, and a
//! test tries every row as every kind of reader.

use actix_web::dev::ServiceRequest;
use actix_web::guard;
use actix_web::middleware::{Next, from_fn};
use actix_web::web::{self, ServiceConfig};

use crate::accounts::actor::{self, Audience};
use crate::badges::picture_pages;
use crate::notifications::{dev_pages as mail_pages, pages as notification_pages};
use crate::{accounts, app, web as kit};

/// A row of the map.
#[derive(Debug, Clone, Copy)]
pub struct Route {
    /// The method; GET answers HEAD too.
    pub method: &'static str,
    /// The path, with `{…}` for its parts.
    pub path: &'static str,
    /// Whom it is for.
    pub audience: Audience,
}

/// Builds the table that tests read and the function that actix calls, from the same rows.
macro_rules! routes {
    ($($method:ident $path:literal $audience:expr => $handler:path;)*) => {
        /// Every route there is.
        pub const ROUTES: &[Route] = &[
            $(Route { method: stringify!($method), path: $path, audience: $audience },)*
        ];

        /// Registers every route.
        pub fn configure(config: &mut ServiceConfig) {
            $(config.service(
                web::resource($path)
                    .guard(routes!(@guard $method))
                    .wrap(from_fn(|request: ServiceRequest, next: Next<_>| {
                        actor::guard($audience, request, next)
                    }))
                    .route(web::route().to($handler)),
            );)*
        }
    };
    (@guard GET) => { guard::Any(guard::Get()).or(guard::Head()) };
    (@guard POST) => { guard::Post() };
}

use Audience::{Development, Public, SignedIn};

routes! {
    GET "/static/{hash}/{name}" Public => kit::assets::serve;
    GET "/healthz" Public => app::health;
    GET "/readyz" Public => app::ready;
    // Accounts.
    GET "/register" Public => accounts::register_pages::register;
    POST "/register" Public => accounts::register_pages::register_post;
    GET "/register/sent" Public => accounts::register_pages::sent;
    POST "/register/sent" Public => accounts::register_pages::sent_post;
    GET "/confirm-email" Public => accounts::register_pages::confirm;
    POST "/confirm-email" Public => accounts::register_pages::confirm_post;
    GET "/login" Public => accounts::sign_in_pages::sign_in;
    POST "/login" Public => accounts::sign_in_pages::sign_in_post;
    POST "/logout" Public => accounts::sign_in_pages::sign_out;
    POST "/language" Public => accounts::account_pages::language;
    GET "/password/forgot" Public => accounts::password_pages::forgot;
    POST "/password/forgot" Public => accounts::password_pages::forgot_post;
    GET "/password/sent" Public => accounts::password_pages::forgot_sent;
    GET "/password/reset" Public => accounts::password_pages::reset;
    POST "/password/reset" Public => accounts::password_pages::reset_post;
    GET "/account" SignedIn => accounts::account_pages::account;
    POST "/account" SignedIn => accounts::account_pages::account_post;
    POST "/account/confirm-email" SignedIn => accounts::register_pages::resend;
    GET "/account/security" SignedIn => accounts::security_pages::security;
    POST "/account/security" SignedIn => accounts::security_pages::change_password;
    GET "/account/security/confirm" SignedIn => accounts::sign_in_pages::step_up;
    POST "/account/security/confirm" SignedIn => accounts::sign_in_pages::step_up_post;
    POST "/account/security/sessions/end-others" SignedIn => accounts::security_pages::end_others;
    POST "/account/security/sessions/{id}/end" SignedIn => accounts::security_pages::end_session;
    // Notifications.
    GET "/notifications" SignedIn => notification_pages::list;
    POST "/notifications/read" SignedIn => notification_pages::read_all;
    GET "/notifications/{id}" SignedIn => notification_pages::follow;
    // Development.
    GET "/dev" Development => kit::dev_pages::index;
    GET "/dev/components" Development => kit::components_pages::show;
    GET "/dev/mail" Development => mail_pages::mails;
    GET "/dev/mail/{id}" Development => mail_pages::mail;
    // badges
    GET "/badge/{code}.svg" Public => picture_pages::badge;
    GET "/verify/{code}/qr.svg" Public => picture_pages::qr;
}
