//! A person's password and sessions.

use actix_session::Session;
use actix_web::HttpRequest;
use actix_web::web::{Data, Path};
use askama::Template;
use uuid::Uuid;

use super::actor::Actor;
use super::commands::{self, AccountError, OwnSession, SignedIn};
use super::register_pages::check_password;
use super::session_pages::{Attempt, begin_session};
use super::session_store::Shown;
use super::state;
use crate::db::Db;
use crate::web::error::PageError;
use crate::web::form::{Form, Posted};
use crate::web::identity::{ClientAddress, Identity};
use crate::web::page::{Page, PageResult, html, html_refused, see_other};

struct SessionLine {
    session: OwnSession,
    browser: String,
    is_this: bool,
}

#[derive(Template)]
#[template(path = "accounts/security.html")]
struct SecurityPage {
    page: Page,
    form: Form,
    me: Identity,
    sessions: Vec<SessionLine>,
}

impl SecurityPage {
    async fn new(page: Page, me: Identity, form: Form, db: &Db) -> Result<Self, PageError> {
        let sessions = commands::sessions_of(db, me.user_id).await?;
        let mut sessions: Vec<SessionLine> = sessions
            .into_iter()
            .map(|session| SessionLine {
                browser: browser(&page, &session.agent),
                is_this: session.id == me.session_id,
                session,
            })
            .collect();
        sessions.sort_by_key(|line| !line.is_this);
        Ok(Self { page, form, me, sessions })
    }

    fn has_others(&self) -> bool {
        self.sessions.iter().any(|line| !line.is_this)
    }
}

fn browser(page: &Page, agent: &str) -> String {
    match state::browser_of(agent) {
        (Some(browser), Some(system)) => {
            page.t2("accounts-browser-on", "browser", browser, "system", system)
        }
        (Some(name), None) | (None, Some(name)) => name.to_owned(),
        (None, None) => page.t("accounts-browser-unknown"),
    }
}

/// GET `/account/security`
pub async fn security(page: Page, Actor(me): Actor, db: Data<Db>) -> PageResult {
    html(&SecurityPage::new(page, me, Form::new(), &db).await?)
}

/// POST `/account/security`: changes the password. This session gets a new key as well, so anybody
/// who has stolen the old one loses access.
pub async fn change_password(
    page: Page,
    Actor(me): Actor,
    Posted(fields): Posted,
    db: Data<Db>,
    session: Session,
    client: ClientAddress,
    request: HttpRequest,
) -> PageResult {
    let mut form = Form::filled(fields.clone());
    let (current, new) = (fields.raw("current_password"), fields.raw("new_password"));
    if current.is_empty() {
        form.missing(&page, "current_password");
    }
    check_password(&mut form, &page, "new_password", new, &me.email, &me.name);
    if form.is_ok() {
        let attempt = Attempt::of_viewer(&db, me.user_id).await?;
        match commands::change_password(&db, me.user_id, me.session_id, current, new).await {
            Ok(person) => {
                attempt.succeeded().await?;
                // No code was required here, so the factor keeps the time when it was presented.
                let shown = me.second_factor_at.map_or(Shown::No, Shown::At);
                let person = SignedIn { shown, ..person };
                begin_session(&session, &request, &client, person)?;
                return Ok(see_other("/account/security?done=password-changed"));
            }
            Err(AccountError::WrongPassword) => {
                form.wrong("current_password", page.t("accounts-wrong-password"));
            }
            Err(error) => return Err(error.into()),
        }
    }
    let again = SecurityPage::new(page, me, form, &db).await?;
    html_refused(&again)
}

/// POST `/account/security/sessions/{id}/end`
pub async fn end_session(
    Actor(me): Actor,
    Posted(_): Posted,
    id: Path<Uuid>,
    db: Data<Db>,
) -> PageResult {
    if commands::end_session(&db, me.user_id, *id).await? {
        Ok(see_other("/account/security?done=session-ended"))
    } else {
        Err(PageError::not_found().with_way_on("/account/security", "accounts-security-heading"))
    }
}

/// POST `/account/security/sessions/end-others`
pub async fn end_others(Actor(me): Actor, Posted(_): Posted, db: Data<Db>) -> PageResult {
    commands::end_other_sessions(&db, me.user_id, me.session_id).await?;
    Ok(see_other("/account/security?done=sessions-ended"))
}
