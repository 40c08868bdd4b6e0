//! Asking for the password, and for the second factor if there is one, within the form of a
//! sensitive act. If they were entered too long ago, nothing typed is lost to a redirect.

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

/// Extractor for a sensitive act: the handler calls [`StepUp::may_act`] before the act and answers
/// with [`StepUp::done`] after it. The form must show `ui::password_again`.
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
    /// Whether to act on the form: it has no errors, and the password was entered in the last 15
    /// minutes or is in it; otherwise adds an error. Fails with 429 after too many wrong passwords.
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
        // The response never contains the password, so after any error it must be typed again.
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
                // The response never contains the password.
                form.wrong("password", page.t("accounts-password-again"));
                Ok(false)
            }
        }
    }

    /// Redirects after the act. Only now does a new session begin, in which the password counts as
    /// recently entered: until then, a page that is shown again still belongs to the old session.
    pub fn done(self, to: &str) -> PageResult {
        if let Some(person) = self.person {
            let client = ClientAddress(client_address(&self.request));
            begin_session(&self.request.get_session(), &self.request, &client, person)?;
        }
        Ok(see_other(to))
    }
}
