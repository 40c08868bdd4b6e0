//! The password within a form, and the second factor of who has one: asked for where they were
//! entered too long ago, so that what was typed is not lost on the way over another page.

use actix_session::SessionExt;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest, dev::Payload};

use super::actor::Actor;
use super::commands::{self, AccountError, SignedIn};
use super::second_factor::{Door, Given};
use super::second_step_pages::{given, note_refusal};
use super::session_pages::{Attempt, begin_session};
use crate::db::Db;
use crate::web::WebConfig;
use crate::web::error::PageError;
use crate::web::form::Form;
use crate::web::identity::{ClientAddress, client_address};
use crate::web::page::{Page, PageResult, see_other};

/// A weighty act: a handler that takes it asks [`StepUp::may_act`] before and answers with
/// [`StepUp::done`] after. The form shows `ui::password_again`.
#[derive(Debug)]
pub struct StepUp {
    request: HttpRequest,
    person: Option<SignedIn>,
}

impl FromRequest for StepUp {
    type Error = actix_web::Error;
    type Future = std::future::Ready<Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        std::future::ready(Ok(Self { request: request.clone(), person: None }))
    }
}

impl StepUp {
    /// Whether the form may be acted on: nothing is wrong with it, and the password was entered in
    /// the last 15 minutes or is in it. Notes in the form when the password is missing or wrong.
    /// Answers with 429 after too many wrong passwords; the database.
    pub async fn may_act(
        &mut self,
        page: &Page,
        actor: &Actor,
        db: &Db,
        form: &mut Form,
    ) -> Result<bool, PageError> {
        if actor.0.is_fresh() {
            return Ok(form.is_ok());
        }
        let password = form.value("password").to_owned();
        // A browser is not given a password back: with other mistakes it has to be typed again.
        if password.is_empty() || !form.is_ok() {
            form.wrong("password", page.t("accounts-password-again"));
            return Ok(false);
        }
        let given = given(form.fields());
        if actor.0.has_second_factor && given == Given::Nothing {
            form.missing(page, "one_time_code");
            form.wrong("password", page.t("accounts-password-again"));
            return Ok(false);
        }
        let config = self.request.app_data::<Data<WebConfig>>();
        let key = config.map_or(&[][..], |c| &c.key);
        let user_id = actor.0.user_id;
        let attempt = Attempt::of_viewer(db, user_id).await?;
        let door = Door { key, origin: &page.origin, session_id: actor.0.session_id };
        match commands::step_up(db, door, user_id, &password, &given).await {
            Ok(person) => {
                attempt.succeeded().await?;
                self.person = Some(person);
                Ok(true)
            }
            Err(AccountError::WrongPassword) => {
                form.wrong("password", page.t("accounts-wrong-password"));
                Ok(false)
            }
            Err(error) => {
                note_refusal(form, page, &given, error)?;
                // A browser is not given it back.
                form.wrong("password", page.t("accounts-password-again"));
                Ok(false)
            }
        }
    }

    /// Goes on after the act. Only now is the session a new one, in which the password counts as
    /// entered: the forms of a page that is shown again belong to the session before.
    /// Fails when the session cannot be written.
    pub fn done(self, to: &str) -> PageResult {
        if let Some(person) = self.person {
            let client = ClientAddress(client_address(&self.request));
            begin_session(&self.request.get_session(), &self.request, &client, person)?;
        }
        Ok(see_other(to))
    }
}
