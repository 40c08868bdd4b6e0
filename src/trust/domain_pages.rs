//! A merchant's domains: claim, verify, remove.

use std::time::Duration;

use actix_web::web::{Data, Path};
use askama::Template;
use uuid::Uuid;

use super::commands::{self, DomainError};
use super::domain::{Domain, PROOF_PATH};
use super::domains;
use super::fetch::Fetcher;
use crate::accounts::actor::{Actor, Desk};
use crate::config::Config;
use crate::db::Db;
use crate::kernel::domain_name::DomainNameError;
use crate::kernel::time::Timestamp;
use crate::web::error::PageError;
use crate::web::form::{Form, Posted};
use crate::web::page::{Page, PageResult, html_with, see_other};
use crate::web::throttle::{self, Limit};

/// Limits checks, so that nobody can use us to flood a site.
const CHECKS: Limit = Limit { hits: 60, window: Duration::from_secs(60 * 60) };

struct DomainView {
    id: Uuid,
    name: String,
    /// If different from `name`.
    unicode: Option<String>,
    address: String,
    token: String,
    token_expires_at: Timestamp,
    verified_at: Option<Timestamp>,
    failure: Option<(String, Timestamp)>,
    is_next: bool,
}

#[derive(Template)]
#[template(path = "trust/domains.html")]
struct DomainsPage {
    page: Page,
    form: Form,
    domains: Vec<DomainView>,
    /// The first unverified domain.
    next: Option<Uuid>,
    proved: usize,
}

fn view(page: &Page, domain: Domain, next: Option<Uuid>) -> DomainView {
    let failure = domain.last_failure.zip(domain.last_checked_at);
    DomainView {
        id: domain.public_id,
        is_next: next == Some(domain.public_id),
        unicode: domain.name.is_internationalised().then(|| domain.name.unicode()),
        address: format!("https://{}{PROOF_PATH}", domain.name),
        name: domain.name.as_str().to_owned(),
        token: domain.token,
        token_expires_at: domain.token_expires_at,
        verified_at: domain.verified_at,
        failure: failure.map(|(f, at)| (page.t(format!("domain-failure-{}", f.key())), at)),
    }
}

pub async fn list(Desk { page, actor, db, .. }: Desk) -> PageResult {
    render(page, &actor, &db, Form::new()).await
}

async fn render(page: Page, actor: &Actor, db: &Db, form: Form) -> PageResult {
    let own = domains(db, actor.merchant_id()?).await?;
    let next = own.iter().find(|d| d.verified_at.is_none()).map(|d| d.public_id);
    let proved = own.iter().filter(|d| d.verified_at.is_some()).count();
    let domains = own.into_iter().map(|d| view(&page, d, next)).collect();
    let status = form.status();
    html_with(status, &DomainsPage { page, form, domains, next, proved })
}

pub async fn add(Desk { page, actor, db, .. }: Desk, Posted(fields): Posted) -> PageResult {
    let mut form = Form::filled(fields);
    let typed = form.required(&page, "domain", 2_048);
    if !form.is_ok() {
        return render(page, &actor, &db, form).await;
    }
    let key = match commands::add_domain(&db, actor.merchant_id()?, &typed).await {
        Ok(domain) => {
            let to = format!("/merchant/domains?done=domain-added#domain-{}", domain.public_id);
            return Ok(see_other(&to));
        }
        Err(DomainError::Name(error)) => name_error(error),
        Err(DomainError::AlreadyYours) => "domain-already-yours",
        Err(DomainError::TooMany) => "domain-too-many",
        Err(error) => return Err(error.into()),
    };
    form.wrong("domain", page.t(key));
    render(page, &actor, &db, form).await
}

const fn name_error(error: DomainNameError) -> &'static str {
    match error {
        DomainNameError::Empty => "form-required-domain",
        DomainNameError::TooLong | DomainNameError::Malformed => "domain-malformed",
        DomainNameError::IpAddress => "domain-ip-address",
        DomainNameError::SingleLabel => "domain-single-label",
        DomainNameError::NotPublic => "domain-not-public",
        DomainNameError::PublicSuffix => "domain-public-suffix",
    }
}

pub async fn check(
    actor: Actor,
    id: Path<Uuid>,
    Posted(_): Posted,
    db: Data<Db>,
    config: Data<Config>,
) -> PageResult {
    let merchant_id = actor.merchant_id()?;
    if !throttle::allow(&db, &format!("domain-check:merchant:{merchant_id}"), CHECKS).await? {
        return Err(PageError::too_many().with_way_on("/merchant/domains", "domains-way-on"));
    }
    let fetcher = Fetcher::new(&config.test_hosts);
    let failure = commands::check_domain(&db, &fetcher, merchant_id, actor.0.user_id, *id).await?;
    let done = if failure.is_none() { "?done=domain-verified" } else { "" };
    Ok(see_other(&format!("/merchant/domains{done}#domain-{id}")))
}

pub async fn remove(actor: Actor, id: Path<Uuid>, Posted(_): Posted, db: Data<Db>) -> PageResult {
    commands::remove_domain(&db, actor.merchant_id()?, actor.0.user_id, *id).await?;
    Ok(see_other("/merchant/domains?done=domain-removed"))
}

impl From<DomainError> for PageError {
    fn from(error: DomainError) -> Self {
        match error {
            DomainError::NotThere => Self::not_found(),
            DomainError::LastOfBadge => Self::conflict("domain-last-of-badge")
                .with_way_on("/merchant/domains", "domains-way-on"),
            DomainError::Db(error) => error.into(),
            DomainError::Random(error) => Self::internal(std::io::Error::other(error.to_string())),
            DomainError::Name(_) | DomainError::AlreadyYours | DomainError::TooMany => {
                Self::bad_request()
            }
        }
    }
}
