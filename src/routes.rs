//! The whole URL map. Each row names its audience; a route that is not here does not exist, and a
//! test tries every row as every kind of reader.

use actix_web::dev::ServiceRequest;
use actix_web::guard;
use actix_web::middleware::{Next, from_fn};
use actix_web::web::{self, ServiceConfig};

use crate::accounts::actor::{self, Audience};
use crate::notifications::{dev_pages as mail_pages, pages as notification_pages};
use crate::{app, web as kit};

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
    // Notifications.
    GET "/notifications" SignedIn => notification_pages::list;
    POST "/notifications/read" SignedIn => notification_pages::read_all;
    GET "/notifications/{id}" SignedIn => notification_pages::follow;
    // Development.
    GET "/dev" Development => kit::dev_pages::index;
    GET "/dev/mail" Development => mail_pages::mails;
    GET "/dev/mail/{id}" Development => mail_pages::mail;
}
