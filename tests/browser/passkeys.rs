//! Passkeys, with the authenticator that Chromium plays: made, shown at sign-in and before a
//! weighty act, refused when it is a copy, removed.

use chrono::Duration;
use serde_json::{Value, json};
use surety::accounts::actor::Role;

use crate::chromium::{DESK, PHONE, Profile};
use crate::person::Person;
use crate::support::{self, PASSWORD, World};

const OVERVIEW: &str = "/account/security/second-factor";

/// A device that makes and shows passkeys when it is asked, its user verified.
struct Device<'a> {
    person: &'a Person,
    id: Value,
}

impl<'a> Device<'a> {
    async fn of(person: &'a Person) -> Self {
        person.protocol("WebAuthn.enable", json!({})).await;
        let options = json!({ "options": {
            "protocol": "ctap2", "transport": "internal", "hasResidentKey": true,
            "hasUserVerification": true, "isUserVerified": true,
            "automaticPresenceSimulation": true,
        } });
        let made = person.protocol("WebAuthn.addVirtualAuthenticator", options).await;
        Self { person, id: made["authenticatorId"].clone() }
    }

    async fn passkeys(&self) -> Vec<Value> {
        let of = json!({ "authenticatorId": self.id });
        let found = self.person.protocol("WebAuthn.getCredentials", of).await;
        found["credentials"].as_array().cloned().unwrap_or_default()
    }

    async fn user_is_verified(&self, verified: bool) {
        let params = json!({ "authenticatorId": self.id, "isUserVerified": verified });
        self.person.protocol("WebAuthn.setUserVerified", params).await;
    }

    /// Puts a copy of the one passkey in its place, whose counter stands at another number.
    async fn put_back(&self, mut passkey: Value, sign_count: u32) {
        let of = json!({ "authenticatorId": self.id, "credentialId": passkey["credentialId"] });
        self.person.protocol("WebAuthn.removeCredential", of).await;
        passkey["signCount"] = json!(sign_count);
        let params = json!({ "authenticatorId": self.id, "credential": passkey });
        self.person.protocol("WebAuthn.addCredential", params).await;
    }
}

/// The password over the page, and on to what asks the browser.
async fn asks_for_passkey(person: &Person, account: &support::Person) {
    person.goto("/login").await.fill("Email address", &account.email).await;
    person.fill("Password", PASSWORD).await.press("Sign in").await.sees("Enter your code").await;
    person.check_both().await.press("Use a passkey").await.sees("Show your passkey").await;
}

async fn sign_out(person: &Person) {
    person.run("document.querySelector('form[action=\"/logout\"]').submit()", vec![]).await;
    person.sees("You are signed out.").await;
}

async fn shows_passkeys(profile: Profile) {
    // A passkey is for a site with a name.
    let world = World::builder().set("SURETY_PUBLIC_URL", "http://localhost:0").start().await;
    let account = world.staff(Role::Reviewer).await;
    let person = Person::with(&world, profile).await;
    let device = Device::of(&person).await;
    person.sign_in(&account).await.goto(OVERVIEW).await.check_both().await;
    person.press("Add a passkey").await.sees("What shall it be called?").await.check_both().await;
    person.press("Go on").await.sees("Give it a name.").await.check_both().await;
    person.fill("What shall it be called?", "Phone").await.press("Go on").await;
    person.sees("Make the passkey “Phone”").await.check_both().await;
    person.press("Make it now").await.sees("The passkey is added.").await.check_both().await;
    if profile.is_phone {
        person.screenshot("passkeys-phone").await;
    }
    assert_eq!(device.passkeys().await.len(), 1);

    // The same device makes no second one for the account.
    person.goto("/account/security/passkeys").await.fill("What shall it be called?", "Again").await;
    person.press("Go on").await.press("Make it now").await.sees("That did not work").await;
    person.check_both().await;

    sign_out(&person).await;
    asks_for_passkey(&person, &account).await;
    person
        .check_both()
        .await
        .press("Go on with the passkey")
        .await
        .is_at("/admin/applications")
        .await;
    let counted = device.passkeys().await.remove(0);
    assert!(counted["signCount"].as_u64() > Some(0), "{counted}");

    // Before a weighty act: password and passkey.
    world.advance(Duration::minutes(16)).await;
    person.goto(&format!("/account/security/confirm?next={OVERVIEW}")).await;
    person.press("Use a passkey").await.fill("Password", PASSWORD).await.check_both().await;
    person.press("Go on with the passkey").await.is_at(OVERVIEW).await;

    // A question is answered once: the same form again is refused.
    sign_out(&person).await;
    asks_for_passkey(&person, &account).await;
    world.owner_sql("DELETE FROM passkey_challenges").await;
    person.press("Go on with the passkey").await.sees("The passkey was not taken").await;
    person.check_both().await;

    // A copy of the passkey, whose counter stands where it was before, is told apart.
    let current = device.passkeys().await.remove(0);
    device.put_back(current.clone(), 1).await;
    asks_for_passkey(&person, &account).await;
    person.press("Go on with the passkey").await.sees("The passkey was not taken").await;
    // So is one whose user was not verified: the browser does not even answer.
    device.put_back(current, 1_000).await;
    device.user_is_verified(false).await;
    asks_for_passkey(&person, &account).await;
    person.press("Go on with the passkey").await.sees("That did not work").await;
    device.user_is_verified(true).await;
    person.press("Go on with the passkey").await.is_at("/admin/applications").await;

    world.advance(Duration::seconds(1)).await;
    person.goto(OVERVIEW).await.press("Remove: Phone").await.sees("The passkey is removed.").await;
    assert_eq!(world.value("SELECT count(*) FROM passkeys").await, "0");
}

#[tokio::test]
async fn a_passkey_is_made_shown_and_removed_at_a_desk() {
    shows_passkeys(DESK).await;
}

#[tokio::test]
async fn a_passkey_is_made_shown_and_removed_on_a_phone() {
    shows_passkeys(PHONE).await;
}

#[tokio::test]
async fn without_scripts_nothing_of_passkeys_is_offered() {
    let world = World::builder().set("SURETY_PUBLIC_URL", "http://localhost:0").start().await;
    let lin = world.person("Lin").await;
    world.give_factor(&lin).await;
    let person = Person::without_scripts(&world, DESK).await;
    person.sign_in(&lin).await.goto("/account/security/passkeys").await;
    person.sees("runs no scripts").await.sees_not("What shall it be called?").await.check().await;
}
