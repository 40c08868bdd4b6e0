//! Reading and signing the alliance agreement.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use askama::Template;

use super::agreement::Signature;
use super::commands::{self, SignError};
use super::{merchant, signatures};
use crate::accounts::actor::Actor;
use crate::db::Db;
use crate::web::error::PageError;
use crate::web::form::{Form, Posted};
use crate::web::page::{Page, PageResult, html_with, see_other};

/// A part of the text: a heading, or none, and a paragraph.
struct Section {
    heading: Option<String>,
    text: String,
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
}

/// GET `/merchant/agreement`
///
/// # Errors
/// [`PageError`].
pub async fn show(page: Page, actor: Actor, db: Data<Db>) -> PageResult {
    render(page, &actor, &db, Form::new()).await
}

async fn render(page: Page, actor: &Actor, db: &Db, form: Form) -> PageResult {
    let merchant_id = actor.merchant_id()?;
    let merchant = merchant(db, merchant_id).await?.ok_or_else(PageError::not_found)?;
    let agreement = commands::current_agreement(db).await?;
    let signature =
        signatures(db, merchant_id).await?.into_iter().find(|s| s.version == agreement.version);
    let mut parts = agreement.text(page.locale).trim().split("\n\n");
    let title = parts.next().unwrap_or_default().to_owned();
    let sections = parts.map(section).collect();
    let status = if form.is_ok() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let (version, merchant) = (agreement.version, merchant.name);
    html_with(status, &AgreementPage { page, form, merchant, version, title, sections, signature })
}

fn section(part: &str) -> Section {
    match part.split_once('\n') {
        Some((heading, text)) => {
            Section { heading: Some(heading.to_owned()), text: text.to_owned() }
        }
        None => Section { heading: None, text: part.to_owned() },
    }
}

/// POST `/merchant/agreement`
///
/// # Errors
/// [`PageError`].
pub async fn sign(page: Page, actor: Actor, Posted(fields): Posted, db: Data<Db>) -> PageResult {
    let merchant_id = actor.merchant_id()?;
    let mut form = Form::filled(fields.clone());
    let typed_name = form.required(&page, "typed_name", 100);
    if fields.get("agreed") != "yes" {
        form.wrong("agreed", page.t("agreement-agree-first"));
    }
    if !form.is_ok() {
        return render(page, &actor, &db, form).await;
    }
    // What was shown is what is signed, whatever language is chosen meanwhile.
    let shown = fields.get("shown").parse().unwrap_or(page.locale);
    let version = fields.get("version").parse().unwrap_or_default();
    let user_id = actor.0.user_id;
    match commands::sign_agreement(&db, merchant_id, user_id, &typed_name, version, shown).await {
        Ok(()) => Ok(see_other("/merchant/application?done=agreement-signed")),
        Err(SignError::Name) => {
            form.wrong("typed_name", page.t("agreement-name-wrong"));
            render(page, &actor, &db, form).await
        }
        Err(SignError::Superseded) => Err(PageError::conflict("agreement-superseded")
            .with_way_on("/merchant/agreement", "agreement-read-new")),
        Err(SignError::Db(error)) => Err(error.into()),
    }
}
