//! Passkeys as a forger would show them: a device of our own that says of itself what it likes.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use chrono::Duration;
use ed25519_dalek::{Signer as _, SigningKey};
use serde_json::{Value, json};
use surety::accounts::actor::Role;
use surety::kernel::signing::sha256;

use crate::support::{PASSWORD, Person, Reply, Visitor, World};

const ADD: &str = "/account/security/passkeys";
const STEP: &str = "/login/second-factor";

/// Its user was there, and was verified.
const PRESENT_AND_VERIFIED: u8 = 0b101;

/// A device with one passkey, and what it says when it is asked.
#[derive(Clone)]
struct Device {
    key: SigningKey,
    id: Vec<u8>,
    origin: String,
    site: String,
    flags: u8,
    counter: u32,
    /// Instead of the challenge that it was given.
    challenge: Option<String>,
}

impl Device {
    fn of(world: &World, number: u8) -> Self {
        Self {
            key: SigningKey::from_bytes(&[number; 32]),
            id: vec![number; 32],
            origin: world.config.http.origin(),
            site: "localhost".to_owned(),
            flags: PRESENT_AND_VERIFIED,
            counter: 1,
            challenge: None,
        }
    }

    /// The device as it is, but for something.
    fn but(&self, change: impl Fn(&mut Self)) -> Self {
        let mut other = self.clone();
        change(&mut other);
        other
    }

    fn client_data(&self, kind: &str, options: &str) -> Vec<u8> {
        let asked: Value = serde_json::from_str(options).expect("options");
        let given = asked["challenge"].as_str().expect("a challenge");
        let challenge = self.challenge.as_deref().unwrap_or(given);
        let data = json!({ "type": kind, "challenge": challenge, "origin": self.origin,
            "crossOrigin": false });
        data.to_string().into_bytes()
    }

    fn said(&self, flags: u8) -> Vec<u8> {
        let site = sha256(self.site.as_bytes());
        [&site[..], &[flags], &self.counter.to_be_bytes()].concat()
    }

    fn answer(&self, response: &Value) -> String {
        let id = BASE64.encode(&self.id);
        json!({ "id": id, "rawId": id, "type": "public-key", "response": response,
            "clientExtensionResults": {} })
        .to_string()
    }

    /// Makes its passkey.
    fn make(&self, options: &str) -> String {
        // A key of Ed25519 in COSE, and a statement without attestation in CBOR.
        let key = [
            &hex::decode("a4010103272006215820").unwrap(),
            &self.key.verifying_key().to_bytes()[..],
        ];
        let length = u16::try_from(self.id.len()).unwrap().to_be_bytes();
        let attested = [&[0; 16][..], &length, &self.id, &key.concat()].concat();
        let said = [self.said(self.flags | 0b100_0000), attested].concat();
        let start = b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58";
        let statement = [&start[..], &[u8::try_from(said.len()).unwrap()], &said].concat();
        self.answer(&json!({
            "clientDataJSON": BASE64.encode(self.client_data("webauthn.create", options)),
            "attestationObject": BASE64.encode(statement),
            "transports": ["internal"],
        }))
    }

    /// Shows its passkey.
    fn show(&self, options: &str) -> String {
        let data = self.client_data("webauthn.get", options);
        let said = self.said(self.flags);
        let signed = self.key.sign(&[&said[..], &sha256(&data)].concat());
        self.answer(&json!({
            "clientDataJSON": BASE64.encode(data),
            "authenticatorData": BASE64.encode(said),
            "signature": BASE64.encode(signed.to_bytes()),
        }))
    }
}

async fn world() -> World {
    // A passkey is for a site with a name.
    World::builder().set("SURETY_PUBLIC_URL", "http://localhost:0").start().await
}

fn options(page: &Reply) -> String {
    page.attribute("form[data-options]", "data-options").expect("a question to the browser")
}

/// Adds the passkey of a device.
async fn add(visitor: &mut Visitor, device: &Device) -> Reply {
    let page = visitor.submit(ADD, ADD, &[("passkey_name", "Phone")]).await;
    let made = device.make(&options(&page));
    visitor.submit_on(&page, "/account/security/passkeys/add", &[("passkey", &made)]).await
}

/// The password, and the question for a passkey.
async fn asked(world: &World, person: &Person) -> (Visitor, Reply) {
    // What is tried here is not how often one may try.
    world.owner_sql("DELETE FROM throttles").await;
    let mut visitor = world.visitor();
    let fields = [("email", person.email.as_str()), ("password", PASSWORD)];
    let step = visitor.submit("/login", "/login", &fields).await;
    let page = visitor.follow(step).await;
    let token = page.field("csrf_token");
    let page = visitor.post("/login/second-factor/passkey", &[("csrf_token", &token)]).await;
    page.ok();
    (visitor, page)
}

async fn answer(visitor: &mut Visitor, page: &Reply, shown: &str) -> Reply {
    let fields = [("csrf_token", page.field("csrf_token")), ("passkey", shown.to_owned())];
    let fields: Vec<(&str, &str)> = fields.iter().map(|(k, v)| (*k, v.as_str())).collect();
    visitor.post(STEP, &fields).await
}

#[tokio::test]
async fn only_a_passkey_of_our_site_and_its_verified_user_is_kept() {
    let world = world().await;
    let staff = world.staff(Role::Reviewer).await;
    let mut visitor = world.visitor_as(&staff).await;
    let device = Device::of(&world, 7);
    for (why, forged) in [
        ("another site's", device.but(|d| d.origin = "https://evil.example".to_owned())),
        ("another port's", device.but(|d| d.origin = "http://localhost:1".to_owned())),
        ("another name's", device.but(|d| d.site = "evil.example".to_owned())),
        ("nobody's verified", device.but(|d| d.flags = 0b001)),
        ("nobody's there", device.but(|d| d.flags = 0b100)),
        ("another question's", device.but(|d| d.challenge = Some(BASE64.encode([1; 16])))),
    ] {
        let refused = add(&mut visitor, &forged).await;
        assert_eq!(refused.status, 422, "{why}: {}", refused.text());
    }
    assert_eq!(world.value("SELECT count(*) FROM passkeys").await, "0");
    add(&mut visitor, &device).await.sends_to("/account/security/second-factor?done=passkey-added");
    // The same one is nobody's second.
    let again = add(&mut visitor, &device).await;
    again.expect(422);
    let other = world.staff(Role::Reviewer).await;
    let mut others = world.visitor_as(&other).await;
    add(&mut others, &device).await.expect(422);
    assert_eq!(world.value("SELECT count(*) FROM passkeys").await, "1");
}

#[tokio::test]
async fn a_passkey_stands_beside_an_app_and_never_alone() {
    let world = world().await;
    let lin = world.person("Lin").await;
    let mut visitor = world.visitor_as(&lin).await;
    let refused = visitor.submit(ADD, ADD, &[("passkey_name", "Phone")]).await;
    assert_eq!(refused.count("form[data-options]"), 0, "{}", refused.text());
    assert_ne!(refused.status, 500);
    // Nor when the app is taken away in between.
    world.give_factor(&lin).await;
    let mut visitor = world.visitor();
    visitor.sign_in_with_code(&world, &lin).await;
    let page = visitor.submit(ADD, ADD, &[("passkey_name", "Phone")]).await;
    world.owner_sql("DELETE FROM second_factors").await;
    let made = Device::of(&world, 7).make(&options(&page));
    visitor.submit_on(&page, "/account/security/passkeys/add", &[("passkey", &made)]).await;
    assert_eq!(world.value("SELECT count(*) FROM passkeys").await, "0");
}

#[tokio::test]
async fn passkeys_come_and_go_after_password_and_code_alone() {
    let world = world().await;
    let staff = world.staff(Role::Reviewer).await;
    let mut visitor = world.visitor_as(&staff).await;
    let page = visitor.submit(ADD, ADD, &[("passkey_name", "Phone")]).await;
    let made = Device::of(&world, 7).make(&options(&page));
    let (token, confirm) = (page.field("csrf_token"), "/account/security/confirm?next=");
    world.advance(Duration::minutes(16)).await;
    visitor.get(ADD).await.sends_to(confirm);
    let finish = "/account/security/passkeys/add";
    for (path, name, value) in [(ADD, "passkey_name", "Other"), (finish, "passkey", &made)] {
        let fields = [("csrf_token", token.as_str()), (name, value)];
        visitor.post(path, &fields).await.sends_to(confirm);
    }
    assert_eq!(world.value("SELECT count(*) FROM passkeys").await, "0");
    let mut visitor = world.visitor_as(&staff).await;
    add(&mut visitor, &Device::of(&world, 7)).await.expect(303);
    let page = visitor.get("/account/security/second-factor").await;
    let remove = page.attribute("form[action*=passkeys][action$='/remove']", "action");
    world.advance(Duration::minutes(16)).await;
    visitor.submit_on(&page, &remove.expect("a form"), &[]).await.sends_to(confirm);
    assert_eq!(world.value("SELECT count(*) FROM passkeys").await, "1");
}

#[tokio::test]
async fn only_the_right_passkey_lets_in_and_an_answer_counts_once() {
    let world = world().await;
    let (ruth, eve) = (world.staff(Role::Reviewer).await, world.staff(Role::Reviewer).await);
    let (device, hers) = (Device::of(&world, 7), Device::of(&world, 9));
    add(&mut world.visitor_as(&ruth).await, &device).await.expect(303);
    add(&mut world.visitor_as(&eve).await, &hers).await.expect(303);
    let fresh = device.but(|d| d.counter = 100);
    for (why, forged) in [
        ("another site's", fresh.but(|d| d.origin = "https://evil.example".to_owned())),
        ("another port's", fresh.but(|d| d.origin = "http://localhost:1".to_owned())),
        ("another name's", fresh.but(|d| d.site = "evil.example".to_owned())),
        ("nobody's verified", fresh.but(|d| d.flags = 0b001)),
        ("nobody's there", fresh.but(|d| d.flags = 0b100)),
        ("another question's", fresh.but(|d| d.challenge = Some(BASE64.encode([1; 16])))),
        ("another key's", fresh.but(|d| d.key = SigningKey::from_bytes(&[8; 32]))),
        ("a copy's, that did not count on", device.clone()),
        ("somebody else's", hers.but(|d| d.counter = 100)),
    ] {
        let (mut visitor, page) = asked(&world, &ruth).await;
        let refused = answer(&mut visitor, &page, &forged.show(&options(&page))).await;
        assert_eq!(refused.status, 422, "{why}: {}", refused.text());
        assert!(refused.error("one_time_code").contains("The passkey was not taken"), "{why}");
        visitor.get("/admin").await.sends_to("/login/second-factor");
    }
    // A wrong answer uses its question up; so does the right one.
    let (mut visitor, page) = asked(&world, &ruth).await;
    let right = fresh.show(&options(&page));
    answer(&mut visitor, &page, "{}").await.expect(422);
    answer(&mut visitor, &page, &right).await.expect(422);
    let (mut visitor, page) = asked(&world, &ruth).await;
    let mut late = visitor.clone();
    let right = fresh.show(&options(&page));
    answer(&mut visitor, &page, &right).await.expect(303);
    visitor.get("/admin/applications").await.ok();
    let again = answer(&mut late, &page, &right).await;
    assert!(matches!(again.status, 403 | 410 | 422), "{}", again.status);
    late.get("/admin").await.sends_to("/login");
    // An answer is for the session that was asked, and for five minutes.
    let newer = fresh.but(|d| d.counter = 200);
    let (_, page) = asked(&world, &ruth).await;
    let elsewhere = newer.show(&options(&page));
    let (mut visitor, page) = asked(&world, &ruth).await;
    answer(&mut visitor, &page, &elsewhere).await.expect(422);
    let (mut visitor, page) = asked(&world, &ruth).await;
    let right = newer.show(&options(&page));
    world.advance(Duration::minutes(5)).await;
    answer(&mut visitor, &page, &right).await.expect(422);
    let (mut visitor, page) = asked(&world, &ruth).await;
    let right = newer.show(&options(&page));
    answer(&mut visitor, &page, &right).await.expect(303);
}

#[tokio::test]
async fn of_two_answers_at_once_one_comes_in() {
    let world = world().await;
    let ruth = world.staff(Role::Reviewer).await;
    let device = Device::of(&world, 7);
    add(&mut world.visitor_as(&ruth).await, &device).await.expect(303);
    let mut browsers = Vec::new();
    for _ in 0..4 {
        browsers.push(asked(&world, &ruth).await);
    }
    world.owner_sql("DELETE FROM throttles").await;
    // Each its own question, all with the count of one moment: one device cannot say that. Nobody
    // writes it down before all have been found right.
    let fresh = device.but(|d| d.counter = 100);
    let hold = world.as_owner().await;
    hold.rows("BEGIN; SELECT public_id FROM passkeys FOR UPDATE").await;
    let tries = browsers.iter_mut().map(|(visitor, page)| {
        let shown = fresh.show(&options(page));
        async move { answer(visitor, page, &shown).await }
    });
    let all_wait = async {
        // Each has its answer looked at, and waits for the row.
        while world.value("SELECT count(*) FROM passkey_challenges").await != "0" {
            tokio::task::yield_now().await;
        }
        hold.rows("COMMIT").await;
    };
    let (replies, ()) = tokio::join!(futures::future::join_all(tries), all_wait);
    let let_in = replies.iter().filter(|r| r.status == 303).count();
    assert_eq!(let_in, 1, "{:?}", replies.iter().map(|r| r.status).collect::<Vec<_>>());
}
