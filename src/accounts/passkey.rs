//! Passkeys: what the browser is asked, and whether its answer is valid. `webauthn_rp` implements
//! the cryptography and the standard (WebAuthn level 3). We require our own origin, a verified
//! user, and a counter that never goes back.

use serde::de::DeserializeOwned;
use url::{Host, Url};
use uuid::Uuid;
use webauthn_rp::bin::{Decode as _, Encode as _};
use webauthn_rp::request::auth::{
    AllowedCredentials, AuthenticationVerificationOptions, NonDiscoverableCredentialRequestOptions,
};
use webauthn_rp::request::register::{
    PublicKeyCredentialCreationOptions, PublicKeyCredentialUserEntity,
    RegistrationVerificationOptions, UserHandle16,
};
use webauthn_rp::request::{
    AsciiDomain, Credentials as _, PublicKeyCredentialDescriptor, RpId, UserVerificationRequirement,
};
use webauthn_rp::response::auth::ser_relaxed::AuthenticationRelaxed;
use webauthn_rp::response::register::ser_relaxed::RegistrationRelaxed;
use webauthn_rp::response::register::{DynamicState, StaticState};
use webauthn_rp::response::{AuthTransports, CredentialId};
use webauthn_rp::{
    AuthenticatedCredential, NonDiscoverableAuthenticationServerState, RegistrationServerState,
};

/// Bytes of a user handle, which is the person's public id.
const HANDLE: usize = 16;

/// This site as the relying party.
#[derive(Debug, Clone)]
pub struct Site {
    id: RpId,
    origin: String,
}

/// The stored parts of a passkey, under the standard's names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    pub credential_id: Vec<u8>,
    /// A bit set of the ways to reach the authenticator.
    pub transports: u8,
    /// The public key, which never changes.
    pub static_state: Vec<u8>,
    /// The signature counter and whatever else changes.
    pub dynamic_state: Vec<u8>,
}

#[derive(Debug, Clone)]
pub struct Begun {
    /// The server's state, to be stored until the answer comes.
    pub state: Vec<u8>,
    /// The options for the browser, as JSON.
    pub options: String,
}

/// The answer is invalid: forged, late, for another site or passkey, or without user verification.
#[derive(Debug, thiserror::Error)]
#[error("the passkey is not taken: {0}")]
pub struct Refused(String);

fn refused(why: impl std::fmt::Display) -> Refused {
    Refused(why.to_string())
}

fn read<T: DeserializeOwned>(json: &str) -> Result<T, Refused> {
    serde_json::from_str(json).map_err(refused)
}

impl Site {
    /// The site of an origin. `None` if the host is not a domain name, as passkeys need one.
    pub fn of(origin: &str) -> Option<Self> {
        let url = Url::parse(origin).ok()?;
        let Some(Host::Domain(name)) = url.host() else { return None };
        let id = RpId::Domain(AsciiDomain::try_from(name.to_owned()).ok()?);
        Some(Self { id, origin: url.origin().ascii_serialization() })
    }

    /// Asks for a new passkey in addition to `others`. Fails with [`Refused`] if the email address
    /// cannot be used as a name.
    pub fn begin_create(&self, user: Uuid, email: &str, others: &[Kept]) -> Result<Begun, Refused> {
        let Ok(handle) = UserHandle16::decode(user.into_bytes());
        let entity = PublicKeyCredentialUserEntity {
            name: email.try_into().map_err(refused)?,
            id: &handle,
            display_name: None,
        };
        let others: Result<Vec<_>, Refused> = others.iter().map(descriptor).collect();
        let mut options =
            PublicKeyCredentialCreationOptions::second_factor(&self.id, entity, others?);
        options.authenticator_selection.user_verification = UserVerificationRequirement::Required;
        let (state, client) = options.start_ceremony().map_err(refused)?;
        Ok(Begun {
            state: state.encode().map_err(refused)?,
            options: serde_json::to_string(&client).map_err(refused)?,
        })
    }

    /// Verifies a passkey that the browser created.
    pub fn finish_create(&self, state: &[u8], answer: &str) -> Result<Kept, Refused> {
        let state = RegistrationServerState::<HANDLE>::decode(state).map_err(refused)?;
        let RegistrationRelaxed(answer) = read(answer)?;
        let origins = [self.origin.as_str()];
        let options = RegistrationVerificationOptions::<&str, &str> {
            allowed_origins: &origins,
            ..Default::default()
        };
        let made = state.verify(&self.id, &answer, &options).map_err(refused)?;
        let Ok(transports) = made.transports().encode();
        let Ok(static_state) = made.static_state().encode();
        let Ok(dynamic_state) = made.dynamic_state().encode();
        Ok(Kept {
            credential_id: made.id().as_ref().to_vec(),
            transports,
            static_state,
            dynamic_state: dynamic_state.to_vec(),
        })
    }

    /// Asks for one of these passkeys. Fails with [`Refused`] if there are none.
    pub fn begin_show(&self, passkeys: &[Kept]) -> Result<Begun, Refused> {
        let mut allowed = AllowedCredentials::with_capacity(passkeys.len());
        for passkey in passkeys {
            allowed.push(descriptor(passkey)?.into());
        }
        let mut options = NonDiscoverableCredentialRequestOptions::second_factor(&self.id, allowed)
            .map_err(refused)?;
        options.options().user_verification = UserVerificationRequirement::Required;
        let (state, client) = options.start_ceremony().map_err(refused)?;
        Ok(Begun {
            state: state.encode().map_err(refused)?,
            options: serde_json::to_string(&client).map_err(refused)?,
        })
    }

    /// Verifies a passkey that the browser presented. Returns its index in `passkeys` and its new
    /// dynamic state.
    pub fn finish_show(
        &self,
        state: &[u8],
        answer: &str,
        user: Uuid,
        passkeys: &[Kept],
    ) -> Result<(usize, Vec<u8>), Refused> {
        let state = NonDiscoverableAuthenticationServerState::decode(state).map_err(refused)?;
        let AuthenticationRelaxed::<HANDLE, false>(answer) = read(answer)?;
        let shown = answer.raw_id();
        let place = passkeys.iter().position(|p| p.credential_id == shown.as_ref());
        let kept = place.and_then(|place| passkeys.get(place)).ok_or_else(|| refused("unknown"))?;
        let Ok(handle) = UserHandle16::decode(user.into_bytes());
        let dynamic: [u8; 7] = kept.dynamic_state.as_slice().try_into().map_err(refused)?;
        let mut credential = AuthenticatedCredential::new(
            answer.raw_id(),
            &handle,
            StaticState::decode(&kept.static_state).map_err(refused)?,
            DynamicState::decode(dynamic).map_err(refused)?,
        )
        .map_err(refused)?;
        let origins = [self.origin.as_str()];
        let options = AuthenticationVerificationOptions::<&str, &str> {
            allowed_origins: &origins,
            ..Default::default()
        };
        state.verify(&self.id, &answer, &mut credential, &options).map_err(refused)?;
        let Ok(changed) = credential.dynamic_state().encode();
        Ok((place.unwrap_or_default(), changed.to_vec()))
    }
}

fn descriptor(passkey: &Kept) -> Result<PublicKeyCredentialDescriptor<Vec<u8>>, Refused> {
    Ok(PublicKeyCredentialDescriptor {
        id: CredentialId::decode(passkey.credential_id.clone()).map_err(refused)?,
        transports: AuthTransports::decode(passkey.transports).map_err(refused)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_site_has_a_name() {
        for (origin, name) in [
            ("https://surety.example", Some("surety.example")),
            ("https://www.surety.example:8443/x", Some("www.surety.example")),
            ("http://localhost:8080", Some("localhost")),
            ("http://127.0.0.1:8080", None),
            ("http://[::1]:8080", None),
            ("surety.example", None),
        ] {
            let site = Site::of(origin);
            assert_eq!(site.as_ref().map(|s| s.id.as_ref()), name, "{origin}");
        }
        let origin = Site::of("https://surety.example:443/x").expect("a site").origin;
        assert_eq!(origin, "https://surety.example");
    }

    #[test]
    fn what_is_asked_for_is_our_site_s_and_wants_the_user() {
        let site = Site::of("http://localhost:8080").expect("a site");
        let begun = site.begin_create(Uuid::new_v4(), "lin@example.com", &[]).expect("options");
        let asked: serde_json::Value = serde_json::from_str(&begun.options).expect("JSON");
        assert_eq!(asked["rp"]["id"], "localhost");
        assert_eq!(asked["authenticatorSelection"]["userVerification"], "required");
        assert!(site.finish_create(&begun.state, "{}").is_err());
        assert!(site.finish_create(b"other", "{}").is_err());
        assert!(site.begin_show(&[]).is_err());
    }
}
