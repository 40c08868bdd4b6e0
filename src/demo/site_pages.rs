//! The shops' own websites, as far as proofs of control need them: in development every name below
//! `.test` leads to this program.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

use crate::db::Db;
use crate::kernel::domain_name::DomainName;
use crate::trust;

/// `GET /.well-known/surety-challenge`: the token for the requested host.
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
