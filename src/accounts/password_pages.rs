//! Setting a new password after forgetting the old one.

use actix_web::web::Data;
use askama::Template;

use super::commands::{self, AccountError};
use super::register_pages::{MailedLink, check_password, dead_link, read_email};
use super::session_pages::{forget_tries, may_mail};
use super::state::Purpose;
use crate::db::Db;
use crate::web::WebConfig;
use crate::web::form::{Form, Posted};
use crate::web::identity::ClientAddress;
use crate::web::page::{Page, PageResult, html, html_refused, see_other};
use crate::web::query::Query;

#[derive(Template)]
#[template(path = "accounts/forgot.html")]
struct ForgotPage {
    page: Page,
    form: Form,
}

/// GET `/password/forgot`
pub async fn forgot(page: Page) -> PageResult {
    html(&ForgotPage { page, form: Form::new() })
}

/// POST `/password/forgot`
pub async fn forgot_post(
    page: Page,
    Posted(fields): Posted,
    db: Data<Db>,
    config: Data<WebConfig>,
    client: ClientAddress,
) -> PageResult {
    let mut form = Form::filled(fields);
    let Some(email) = read_email(&mut form, &page) else {
        return html_refused(&ForgotPage { page, form });
    };
    if may_mail(&db, &config, &email, &client).await? {
        commands::forgot_password(&db, &email).await?;
    }
    Ok(see_other("/password/sent"))
}

#[derive(Template)]
#[template(path = "accounts/forgot_sent.html")]
struct ForgotSentPage {
    page: Page,
}

/// GET `/password/sent`
pub async fn forgot_sent(page: Page) -> PageResult {
    html(&ForgotSentPage { page })
}

#[derive(Template)]
#[template(path = "accounts/reset.html")]
struct ResetPage {
    page: Page,
    form: Form,
    email: String,
}

/// GET `/password/reset`
pub async fn reset(
    page: Page,
    query: Query<MailedLink>,
    db: Data<Db>,
    config: Data<WebConfig>,
) -> PageResult {
    let purpose = Purpose::ResetPassword;
    match commands::open_link(&db, &config.key, purpose, &query.token).await {
        Ok(link) => html(&ResetPage { page, form: Form::new(), email: link.account.email }),
        Err(AccountError::DeadLink) => dead_link(page, purpose),
        Err(error) => Err(error.into()),
    }
}

/// POST `/password/reset`
pub async fn reset_post(
    page: Page,
    Posted(fields): Posted,
    query: Query<MailedLink>,
    db: Data<Db>,
    config: Data<WebConfig>,
) -> PageResult {
    let purpose = Purpose::ResetPassword;
    let link = match commands::open_link(&db, &config.key, purpose, &query.token).await {
        Ok(link) => link,
        Err(AccountError::DeadLink) => return dead_link(page, purpose),
        Err(error) => return Err(error.into()),
    };
    let mut form = Form::filled(fields.clone());
    let password = fields.raw("password");
    let (email, name) = (&link.account.email, &link.account.name);
    check_password(&mut form, &page, "password", password, email, name);
    if !form.is_ok() {
        let email = link.account.email;
        return html_refused(&ResetPage { page, form, email });
    }
    match commands::reset_password(&db, &link, password).await {
        Ok(confirmed) => {
            forget_tries(&db, &config, &confirmed.email).await?;
            Ok(see_other("/login?done=password-set"))
        }
        Err(AccountError::DeadLink) => dead_link(page, purpose),
        Err(error) => Err(error.into()),
    }
}
