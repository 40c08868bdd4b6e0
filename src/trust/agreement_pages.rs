//! Reading and signing the alliance agreement, and downloading signed copies.

use actix_web::HttpResponse;
use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use actix_web::web::{Data, Path};
use askama::Template;

use super::agreement::copy::{Signer, signed_copy};
use super::agreement::diff::{Part, diff, paragraphs};
use super::agreement::{Agreement, SignAgain, Signature, sign_again};
use super::commands::{self, SignError};
use super::duties::Then;
use super::{Suspension, agreement, badge, merchant, signatures, standing, versions};
use crate::accounts::actor::{Actor, Desk};
use crate::accounts::people::names_of;
use crate::db::{Db, DbError};
use crate::kernel::time::Timestamp;
use crate::web::error::PageError;
use crate::web::form::{Form, Posted};
use crate::web::page::{Page, PageResult, html_with, see_other};

pub(super) struct Section {
    pub heading: Option<String>,
    pub text: String,
}

pub(super) struct Changed {
    pub is_added: bool,
    pub section: Section,
}

#[derive(Template)]
#[template(path = "trust/agreement.html")]
struct AgreementPage {
    page: Page,
    form: Form,
    merchant: String,
    version: i32,
    title: String,
    sections: Vec<Section>,
    signature: Option<Signature>,
    /// If an older version was signed: what to sign and by when.
    again: Option<SignAgain>,
    /// What signing again does for the badge.
    then: &'static str,
    /// If the version is not in force yet.
    effective_at: Option<Timestamp>,
    /// Compared with the version signed last.
    changes: Vec<Changed>,
    /// Newest first.
    signed: Vec<Signature>,
}

pub async fn show(Desk { page, actor, db, .. }: Desk) -> PageResult {
    render(page, &actor, &db, Form::new()).await
}

async fn render(page: Page, actor: &Actor, db: &Db, form: Form) -> PageResult {
    let merchant_id = actor.merchant_id()?;
    let merchant = merchant(db, merchant_id).await?.ok_or_else(PageError::not_found)?;
    let current = commands::current_agreement(db).await?;
    let versions = versions(db).await?;
    let mut signed = signatures(db, merchant_id).await?;
    signed.sort_by_key(|s| std::cmp::Reverse(s.version));
    // After an earlier signature, one signature covers all later versions; the first one is always
    // for the version in force.
    let newest = versions.first().map_or(current.version, |v| v.version);
    let shown = if signed.is_empty() { current.version } else { newest };
    let text = agreement(db, shown).await?.ok_or_else(PageError::not_found)?;
    let last = match signed.first() {
        Some(last) if last.version < shown => agreement(db, last.version).await?,
        _ => None,
    };
    let (title, sections) = sections(text.text(page.locale));
    let status = form.status();
    let view = AgreementPage {
        merchant: merchant.name,
        version: shown,
        title,
        sections,
        signature: signed.iter().find(|s| s.version == shown).cloned(),
        again: sign_again(&versions, &signed),
        then: then(db, merchant_id, page.now).await?,
        effective_at: Some(text.effective_at).filter(|at| *at > page.now),
        changes: last.map(|last| changes(&last, &text, &page)).unwrap_or_default(),
        signed,
        form,
        page,
    };
    html_with(status, &view)
}

async fn then(db: &Db, merchant_id: i64, now: Timestamp) -> Result<&'static str, DbError> {
    let badge = badge(db, merchant_id).await?;
    let standing = standing(db, merchant_id).await?;
    Ok(Then::after(Suspension::AgreementSuperseded, badge.as_ref(), &standing, now).name())
}

pub(super) fn sections(text: &str) -> (String, Vec<Section>) {
    let mut parts = paragraphs(text).into_iter();
    let title = parts.next().unwrap_or_default().to_owned();
    (title, parts.map(section).collect())
}

pub(super) fn changes(older: &Agreement, newer: &Agreement, page: &Page) -> Vec<Changed> {
    changes_of(older.text(page.locale), newer.text(page.locale))
}

pub(super) fn changes_of(older: &str, newer: &str) -> Vec<Changed> {
    let changed = |part| match part {
        Part::Kept(_) => None,
        Part::Added(text) => Some(Changed { is_added: true, section: section(text) }),
        Part::Removed(text) => Some(Changed { is_added: false, section: section(text) }),
    };
    diff(older, newer).into_iter().filter_map(changed).collect()
}

fn section(part: &str) -> Section {
    match part.split_once('\n') {
        Some((heading, text)) => {
            Section { heading: Some(heading.to_owned()), text: text.to_owned() }
        }
        None => Section { heading: None, text: part.to_owned() },
    }
}

pub async fn sign(Desk { page, actor, db, .. }: Desk, Posted(fields): Posted) -> PageResult {
    let merchant_id = actor.merchant_id()?;
    let mut form = Form::filled(fields.clone());
    let typed_name = form.required(&page, "typed_name", 100);
    if fields.get("agreed") != "yes" {
        form.wrong("agreed", page.t("agreement-agree-first"));
    }
    if !form.is_ok() {
        return render(page, &actor, &db, form).await;
    }
    // The language shown is the language signed, even if the reader has switched since.
    let shown = fields.get("shown").parse().unwrap_or(page.locale);
    let version = fields.get("version").parse().unwrap_or_default();
    let user_id = actor.0.user_id;
    let is_first = signatures(&db, merchant_id).await?.is_empty();
    let on = if is_first { "/merchant/application" } else { "/merchant/agreement" };
    match commands::sign_agreement(&db, merchant_id, user_id, &typed_name, version, shown).await {
        Ok(()) => Ok(see_other(&format!("{on}?done=agreement-signed"))),
        Err(SignError::Name) => {
            form.wrong("typed_name", page.t("agreement-name-wrong"));
            render(page, &actor, &db, form).await
        }
        Err(SignError::Superseded) => Err(PageError::conflict("agreement-superseded")
            .with_way_on("/merchant/agreement", "agreement-read-new")),
        Err(SignError::Db(error)) => Err(error.into()),
    }
}

/// GET `/merchant/agreement/{version}.txt`. Responds with 404 for a version that the merchant has
/// not signed.
pub async fn copy(actor: Actor, version: Path<String>, db: Data<Db>) -> PageResult {
    let merchant_id = actor.merchant_id()?;
    let version: i32 = version.parse().map_err(|_| PageError::not_found())?;
    let merchant = merchant(&db, merchant_id).await?.ok_or_else(PageError::not_found)?;
    let signed = signatures(&db, merchant_id).await?;
    let signature = signed.into_iter().find(|s| s.version == version);
    let signature = signature.ok_or_else(PageError::not_found)?;
    let text = agreement(&db, version).await?.ok_or_else(PageError::not_found)?;
    let account = names_of(&db, &[signature.user_id]).await?.remove(&signature.user_id);
    let account = account.unwrap_or_default();
    let code = merchant.code.as_str();
    let signer = Signer { merchant: &merchant.name, code, account: &account };
    let name = format!("attachment; filename=\"agreement-{version}-{code}.txt\"");
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/plain; charset=utf-8"))
        .insert_header((CONTENT_DISPOSITION, name))
        .body(signed_copy(&text, &signature, signer)))
}
