//! An administrator's day: a colleague gets another role, the thresholds of the criteria are
//! changed, and the trail of it all is searched and copied.

use chrono::Duration;
use surety::accounts::actor::Role;

use crate::chromium::{DESK, PHONE, Profile};
use crate::person::Person;
use crate::support::{self, PASSWORD, World};

struct Day {
    world: World,
    at: &'static str,
    account: support::Person,
    boss: Person,
}

impl Day {
    async fn new(at: &'static str, profile: Profile) -> Self {
        let world = World::new().await;
        let account = world.staff(Role::Administrator).await;
        world.staff(Role::Reviewer).await;
        let boss = Person::with(&world, profile).await;
        Self { world, at, account, boss }
    }

    async fn picture(&self, name: &str) {
        self.boss.screenshot(&format!("{name}-{}", self.at)).await;
    }

    /// A reviewer watches the money as well, from now on.
    async fn gives_a_role(&self) {
        let boss = &self.boss;
        boss.sign_in(&self.account).await;
        boss.goto("/admin/staff").await.follow("Staff reviewer").await.check().await;
        boss.follow("Change the roles").await.choose("Treasurer").await;
        boss.press("Change the roles").await.sees("Please check these points").await;
        boss.check().await.fill("Reason", "She watches the money, too.").await;
        boss.press("Change the roles").await.sees("The roles are changed.").await;
        boss.sees("Reviewer, Treasurer").await;
    }

    /// Everything is asked for that publishing takes, and nothing that was typed is lost.
    async fn changes_a_threshold(&self) {
        let boss = &self.boss;
        boss.goto("/admin").await.follow("Policies").await;
        boss.heads("Version 1 of the agreement and version 1 of the thresholds are in force.")
            .await;
        boss.press("Change the thresholds").await.check_both().await;
        self.picture("thresholds").await;
        boss.fill("Record with the operator, at least", "a year").await;
        boss.fill("Completed orders, at least (%)", "97.5").await;
        boss.press("Show what changes").await.sees("Enter a whole number, such as 12.").await;
        boss.check().await.fill("Record with the operator, at least", "24").await;
        boss.press("Show what changes").await;
        boss.heads("Version 2 of the thresholds is not published yet.").await.check_both().await;
        self.picture("thresholds-preview").await;
        boss.press("Publish version 2").await.sees("Give a reason for publishing.").await;
        self.world.advance(Duration::minutes(16)).await;
        boss.fill("Reason", "Young shops have failed.").await.press("Publish version 2").await;
        boss.sees("Enter your password to go on.").await;
        boss.press("I do not have my phone").await.sees("Type one of your recovery codes").await;
        boss.check_both().await;
        self.picture("thresholds-step-up").await;
        let code = boss.code_of(&self.account.email).await;
        boss.fill("Password", PASSWORD).await.fill("Code from your app", &code).await;
        boss.press("Publish version 2").await.sees("The thresholds are published").await;
        boss.sees("Young shops have failed.").await.check_both().await;
        self.picture("policies").await;
        boss.goto("/rules").await.sees("24 calendar months").await;
    }

    /// Both acts are found in the trail, and a copy is one itself.
    async fn searches_the_trail(&self) {
        let boss = &self.boss;
        boss.goto("/admin").await.follow("Audit trail").await;
        boss.sees("Completed orders, at least (%): 95% → 97.5%").await;
        self.picture("audit").await;
        boss.fill("Action", "Changed staff roles").await.fill("Who", "staff").await;
        boss.press("Show").await.sees("She watches the money, too.").await;
        boss.sees_not("Young shops have failed.").await.check_both().await;
        // What is saved to a file leads to no page.
        boss.run("document.querySelector('[name=format][value=csv]').click()", vec![]).await;
        let noted = "SELECT count(*) FROM audit_entries WHERE action = 'audit.export'";
        for _ in 0..100 {
            if self.world.value(noted).await == "1" {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        boss.goto("/admin/audit").await.sees("Took a copy of the trail").await;
        boss.fill("Subject", "tulips").await.press("Show").await.sees("Nothing recorded").await;
        boss.check().await;
    }
}

async fn goes_through_a_day(at: &'static str, profile: Profile) {
    let day = Day::new(at, profile).await;
    day.gives_a_role().await;
    day.changes_a_threshold().await;
    day.searches_the_trail().await;
}

#[tokio::test]
async fn a_day_of_an_administrator_at_a_desk() {
    goes_through_a_day("desk", DESK).await;
}

#[tokio::test]
async fn a_day_of_an_administrator_on_a_phone() {
    goes_through_a_day("phone", PHONE).await;
}

/// Each page in Chinese, with nothing of English on it but names.
#[tokio::test]
async fn an_administrator_who_reads_chinese_meets_no_english() {
    let world = World::new().await;
    let account = world.staff(Role::Administrator).await;
    let chinese =
        format!("UPDATE users SET name = '王芳', locale = 'zh-Hans' WHERE id = {}", account.id);
    world.owner_sql(&chinese).await;
    let boss = Person::chinese(&world, DESK).await;
    boss.sign_in(&account).await;
    for path in [
        "/admin/staff",
        "/admin/policies/agreement",
        "/account/security/second-factor",
        "/account/security/recovery-codes",
    ] {
        boss.goto(path).await.check().await;
    }
    boss.goto("/admin/policies/thresholds").await.check().await;
    boss.fill("在本平台的经营记录不少于", "一年").await.press("查看变更内容").await;
    boss.sees("请填写整数，例如 12。").await.check().await;
    boss.fill("在本平台的经营记录不少于", "6").await.press("查看变更内容").await;
    boss.heads("门槛第 2 版尚未发布。").await.check().await;
    boss.fill("理由", "新店倒闭较多。").await;
    boss.press("发布第 2 版").await.sees("新门槛已发布并生效。").await.check().await;
    boss.screenshot("policies-chinese").await;
    boss.goto("/admin/audit").await.sees("发布了新门槛").await.check().await;
    boss.screenshot("audit-chinese").await;
}
