//! The shops' own websites, as far as a proof of control needs them: every name below `.test` leads
//! to this program, which answers for the shop. In development and the demo only.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

use crate::db::Db;
use crate::kernel::domain_name::DomainName;
use crate::trust;

/// `GET /.well-known/surety-challenge`: the token of the site that was asked for.
pub async fn challenge(request: HttpRequest, db: Data<Db>) -> HttpResponse {
    let host = request.connection_info().host().to_owned();
    let Ok(name) = DomainName::parse(&host) else { return HttpResponse::NotFound().finish() };
    match trust::challenge_of(&db, &name).await {
        Ok(Some(token)) => HttpResponse::Ok().content_type("text/plain").body(token),
        Ok(None) => HttpResponse::NotFound().finish(),
        Err(error) => {
            tracing::warn!(%error, "a demo site cannot answer");
            HttpResponse::ServiceUnavailable().finish()
        }
    }
}
