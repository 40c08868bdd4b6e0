//! Somebody joins the staff: invited by an administrator, with a password and an app of their own;
//! decides with both; and comes in with a recovery code when the phone is not at hand.

use chrono::Duration;
use surety::accounts::actor::Role;
use totp_rs::{Builder, Secret};

use crate::chromium::{DESK, PHONE, Profile};
use crate::person::Person;
use crate::support::{PASSWORD, World};

const EMAIL: &str = "rita@staff.test";

/// An application that waits, for the first decision of the new reviewer.
async fn waiting(world: &World) -> String {
    let merchant = world.merchant("Lantern Bikes").await;
    let insert = format!(
        "INSERT INTO applications (merchant_id, kind, status, created_at, status_since, \
         submitted_at) VALUES ({}, 'first', 'submitted', surety_now(), surety_now(), surety_now()) \
         RETURNING public_id",
        merchant.id
    );
    world.value(&insert).await
}

struct Journey {
    world: World,
    at: &'static str,
    boss: Person,
    rita: Person,
}

impl Journey {
    async fn new(at: &'static str, profile: Profile) -> Self {
        let world = World::new().await;
        let (boss, rita) =
            (Person::with(&world, profile).await, Person::with(&world, profile).await);
        Self { world, at, boss, rita }
    }

    async fn picture(&self, person: &Person, name: &str) {
        person.screenshot(&format!("{name}-{}", self.at)).await;
    }

    /// The administrator signs in with password and code, and invites.
    async fn is_invited(&self) {
        let account = self.world.staff(Role::Administrator).await;
        let boss = &self.boss;
        boss.goto("/login").await.fill("Email address", &account.email).await;
        boss.fill("Password", PASSWORD).await.press("Sign in").await;
        boss.sees("Enter your code").await.check_both().await;
        self.picture(boss, "second-step").await;
        boss.fill("Code from your app", "12").await.press("Sign in").await;
        boss.sees("This code is not right.").await.check_both().await;
        let code = boss.code_of(&account.email).await;
        boss.fill("Code from your app", &code).await.press("Sign in").await.is_at("/admin").await;
        boss.follow("Staff").await.goto("/admin/staff").await.sees("One person works here.").await;
        boss.check_both().await.press("Invite somebody").await;
        boss.press("Send the invitation").await.sees("Choose at least one role.").await;
        boss.check_both().await.fill("Email address", EMAIL).await.choose("Reviewer").await;
        boss.fill("Reason", "She joins the reviewers.").await;
        self.picture(boss, "staff-invite").await;
        boss.press("Send the invitation").await.sees("The invitation is on its way.").await;
        boss.sees("Invited, not come yet").await.check_both().await;
        self.picture(boss, "staff-list").await;
    }

    /// The reviewer sets a password and an app, and saves the recovery codes, which are returned.
    async fn enrols(&self) -> Vec<String> {
        self.world.work().await;
        let (rita, mail) = (&self.rita, self.world.mail_to(EMAIL).await);
        assert_eq!(mail.message, "accounts-staff-invited");
        rita.goto(mail.href()).await.fill("New password", PASSWORD).await;
        rita.press("Set password").await.sees("Your new password is set.").await;
        rita.fill("Email address", EMAIL).await.fill("Password", PASSWORD).await;
        rita.press("Sign in").await.sees("Set up the second step").await.check_both().await;
        self.picture(rita, "enrol").await;
        let width = "return document.querySelector('img.qr').naturalWidth";
        assert!(rita.run(width, vec![]).await.as_u64() > Some(100), "the code is drawn");
        rita.fill("Code from your app", "000000").await.press("Check the code").await;
        rita.sees("This code is not right.").await.check_both().await;
        let key = rita.text("#secret").await.replace(' ', "");
        let secret = Secret::try_from_base32(key).expect("a key");
        let app = Builder::new().with_secret(secret).build().expect("an app");
        let now = u64::try_from(self.world.now().await.timestamp()).expect("after 1970");
        rita.fill("Code from your app", &app.generate(now).to_string()).await;
        rita.press("Check the code").await.sees("Now your recovery codes.").await;
        rita.check_both().await.press("Make 10 recovery codes").await;
        rita.sees("Save these codes now.").await.check_both().await;
        self.picture(rita, "recovery-codes").await;
        let codes = rita.text("#codes").await;
        rita.press("I have saved them").await.is_at("/admin/applications").await.check_both().await;
        codes.split_whitespace().map(str::to_owned).collect()
    }

    /// After a while: password and code before the decision.
    async fn decides(&self) {
        let rita = &self.rita;
        let id = waiting(&self.world).await;
        let path = format!("/admin/applications/{id}");
        rita.goto(&path).await.press("Take this application").await;
        rita.sees("Nobody else can decide while you review.").await;
        self.world.advance(Duration::minutes(16)).await;
        rita.reload().await.press("Enter your password again").await;
        rita.sees("by your password and a code").await.check_both().await;
        self.picture(rita, "step-up").await;
        rita.fill("Password", PASSWORD).await.press("Go on").await;
        rita.sees("Type the code that your app shows.").await.check_both().await;
        let code = rita.code_of(EMAIL).await;
        rita.fill("Password", PASSWORD).await.fill("Code from your app", &code).await;
        rita.press("Go on").await.is_at(&path).await.choose("Reject").await;
        let reason = "document.querySelector('[name=reason]').value = 'The register says no.';";
        rita.run(reason, vec![]).await;
        rita.press("Record this decision").await.sees("Rejected").await;
        let status = "SELECT status FROM applications";
        assert_eq!(self.world.value(status).await, "rejected");
    }

    /// Without the phone.
    async fn recovers(&self, codes: &[String]) {
        let rita = &self.rita;
        assert_eq!(codes.len(), 10);
        rita.run("document.querySelector('form[action=\"/logout\"]').submit()", vec![]).await;
        rita.sees("You are signed out.").await.goto("/login").await;
        rita.fill("Email address", EMAIL).await.fill("Password", PASSWORD).await;
        rita.press("Sign in").await.sees("Enter your code").await;
        rita.press("I do not have my phone").await.check_both().await;
        rita.fill("Recovery code", &codes[0].to_lowercase()).await.press("Sign in").await;
        rita.is_at("/admin/applications").await.goto("/account/security/second-factor").await;
        rita.sees("You have 9 recovery codes left.").await.check_both().await;
        self.picture(rita, "second-factor").await;
        rita.goto("/account/security").await.sees("Second step at sign-in").await;
        rita.check_both().await;
        self.world.work().await;
        assert_eq!(self.world.mail_to(EMAIL).await.message, "accounts-recovery-code-used");
    }

    /// The administrator looks at her, and resets what she lost.
    async fn is_reset(&self) {
        let boss = &self.boss;
        boss.goto("/admin/staff").await.sees("2 people work here.").await.follow("rita").await;
        boss.sees("rita: Reviewer").await.check_both().await;
        self.picture(boss, "staff-member").await;
        boss.follow("Reset the second step").await.fill("Reason", "I met her.").await;
        // The administrator's own password is too old by now; the form asks for both.
        boss.press("Reset the second step").await.sees("Enter your password to go on.").await;
        boss.check_both().await;
        self.picture(boss, "staff-reset").await;
    }
}

async fn joins_the_staff(at: &'static str, profile: Profile) {
    let journey = Journey::new(at, profile).await;
    journey.is_invited().await;
    let codes = journey.enrols().await;
    journey.decides().await;
    journey.recovers(&codes).await;
    journey.is_reset().await;
}

#[tokio::test]
async fn a_reviewer_joins_the_staff_at_a_desk() {
    joins_the_staff("desk", DESK).await;
}

#[tokio::test]
async fn a_reviewer_joins_the_staff_on_a_phone() {
    joins_the_staff("phone", PHONE).await;
}

#[tokio::test]
async fn the_second_step_reads_well_in_chinese_and_without_scripts() {
    let world = World::new().await;
    let lin = world.chinese_person("林伟").await;
    let person = Person::chinese(&world, PHONE).await;
    person.sign_in(&lin).await.goto("/account/security/second-factor").await;
    person.check_both().await.press("设置第二步").await.sees("把密钥放进应用").await;
    person.check_both().await.screenshot("enrol-chinese").await;
    world.give_factor(&lin).await;
    let person = Person::without_scripts(&world, DESK).await;
    person.sign_in(&lin).await.goto("/account/security/second-factor").await;
    person.sees("第二步已开启。").await.check().await;
}
