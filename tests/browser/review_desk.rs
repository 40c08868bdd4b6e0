//! A reviewer at work on a filled queue: finds, takes, asks; the applicant answers; what changed is
//! seen; approved. And the same desk in Chinese.

use chrono::Duration;
use surety::accounts::actor::Role;
use surety::admission::application::{BusinessDetails, Category};
use surety::admission::state::Act;

use crate::chromium::{DESK, PHONE, Profile};
use crate::person::Person;
use crate::ready::{Applicant, PDF};
use crate::support::World;

/// Types the reason of the decision; other forms of the page ask for a reason, too.
const DECIDE: &str = "document.querySelector('[name=reason]').value = arguments[0];";
/// Judges one criterion as good, and sends that form.
const JUDGE: &str = "const [key] = arguments;\
    document.querySelector(`input[name=${key}_verdict][value=good]`).click();\
    document.querySelector(`[name=${key}_reason]`).value = 'Looked at.';";
/// Presses a key where the focus is, and says where it is then.
const KEY: &str = "(document.activeElement || document.body).dispatchEvent(\
    new KeyboardEvent('keydown', { key: arguments[0], bubbles: true, cancelable: true }));\
    return document.activeElement.innerText;";

/// A month of daily checks, with two days on which the site was silent.
async fn looked_at(world: &World, applicant: &Applicant) {
    let insert = format!(
        "INSERT INTO domain_checks (merchant_id, name, method, checked_at, failure, asked_by) \
         SELECT {id}, 'shop{id}.test', 'file', surety_now() - interval '1 day' * (30 - n), \
           CASE WHEN n IN (1, 20, 21) THEN 'too-slow' END, CASE n WHEN 1 THEN {} END \
         FROM generate_series(1, 30) n",
        applicant.merchant.owner.id,
        id = applicant.merchant.id
    );
    world.owner_sql(&insert).await;
}

struct Desk {
    world: World,
    at: &'static str,
    profile: Profile,
    alder: Applicant,
    reviewer: Person,
}

impl Desk {
    async fn new(at: &'static str, profile: Profile) -> Self {
        let world = World::new().await;
        let alder = world.applicant("Alder Rentals").await;
        looked_at(&world, &alder).await;
        world.advance(Duration::days(9)).await;
        for name in ["Birch Books", "Cedar Cars"] {
            world.applicant(name).await;
            world.advance(Duration::hours(5)).await;
        }
        let used_cars = "UPDATE merchants SET industry = 'used_cars' WHERE name = 'Cedar Cars'";
        world.owner_sql(used_cars).await;
        let reviewer = Person::with(&world, profile).await;
        reviewer.sign_in(&world.staff(Role::Reviewer).await).await;
        Self { world, at, profile, alder, reviewer }
    }

    async fn picture(&self, person: &Person, name: &str) {
        person.screenshot(&format!("{name}-{}", self.at)).await;
    }

    /// Work is found by filters and by a name.
    async fn finds(&self) {
        let reviewer = &self.reviewer;
        reviewer.goto("/admin/applications").await.sees("3 applications wait.").await;
        reviewer.sees("One is overdue.").await.check_both().await;
        self.picture(reviewer, "queue-filled").await;
        reviewer.fill("Age", "Overdue").await.press("Show").await.sees("Alder Rentals").await;
        reviewer.sees_not("Birch Books").await.check().await;
        reviewer.fill("Age", "Any").await.fill("Industry", "Used cars").await.press("Show").await;
        reviewer.sees("Cedar Cars").await.sees_not("Alder Rentals").await;
        reviewer.fill("Industry", "Every industry").await;
        reviewer.fill("Merchant’s name or number", "BIRCH").await.press("Show").await;
        reviewer.sees("Birch Books").await.sees_not("Cedar Cars").await;
        reviewer.fill("Merchant’s name or number", "tulips").await.press("Show").await;
        reviewer.sees("Nothing to review here").await.check_both().await;
        reviewer.press("Show all that wait").await.sees("Cedar Cars").await;
    }

    /// Keys move within the queue and take what they are at.
    async fn takes(&self) {
        let reviewer = &self.reviewer;
        for (key, lands) in
            [("j", "Alder Rentals"), ("j", "Birch Books"), ("k", "Alder Rentals"), ("k", "Alder")]
        {
            let at = reviewer.run(KEY, vec![key.into()]).await;
            assert!(at.as_str().unwrap_or_default().contains(lands), "{key}: {at}");
        }
        // What is typed into a field is no command.
        reviewer.run("document.querySelector('#name').focus()", vec![]).await;
        reviewer.run(KEY, vec!["c".into()]).await;
        reviewer.is_at("/admin/applications").await;
        reviewer.run("document.activeElement.blur()", vec![]).await;
        reviewer.run(KEY, vec!["j".into()]).await;
        reviewer.run(KEY, vec!["c".into()]).await;
        reviewer.sees("It is yours.").await.is_at(&self.alder.path()).await;
    }

    /// The history of the domain, on the page and whole; then a question.
    async fn asks(&self) {
        let reviewer = &self.reviewer;
        reviewer.sees("No answer within 5 seconds.").await.sees("18 times, since").await;
        reviewer.check_both().await;
        self.picture(reviewer, "review-taken").await;
        reviewer.follow("See every check").await.sees("Every check of every domain").await;
        reviewer.check_both().await;
        self.picture(reviewer, "domain-checks").await;
        reviewer.press("Older").await.sees("asked for by Alder Rentals Owner").await;
        reviewer.goto(&self.alder.path()).await.choose("Ask for information").await;
        reviewer.run(DECIDE, vec!["Which street is it?".into()]).await;
        reviewer.press("Record this decision").await.sees("The merchant is asked.").await;
        reviewer.sees("Next in the queue: Birch Books").await.check_both().await;
    }

    /// The applicant changes a detail and a document, and answers.
    async fn is_answered(&self) {
        let owner = Person::with(&self.world, self.profile).await;
        owner.sign_in(&self.alder.merchant.owner).await.goto("/merchant/application").await;
        owner.sees("Which street is it?").await.follow("Change business details").await;
        owner.fill("Address", "2 Canal Street, Shanghai").await.press("Save").await;
        let permit = [PDF, b"% permit\n"].concat();
        let merchant = &self.alder.merchant;
        let added = self.world.add_document(merchant, Category::Licence, "permit.pdf", &permit);
        added.await.expect("a document");
        owner.goto("/merchant/application/documents").await.press("Remove licence.pdf").await;
        owner.sees("The document is removed.").await.check_both().await;
        self.picture(&owner, "documents-asked").await;
        owner.press("Go on to your answer").await.fill("Answer", "Number two, the red door.").await;
        owner.press("Send the answer").await.sees("waits for a reviewer").await;
    }

    /// The reviewer sees what changed, judges and approves; it counts among their own numbers.
    async fn approves(&self) {
        let reviewer = &self.reviewer;
        reviewer.goto(&self.alder.path()).await.sees("What changed").await;
        for words in ["Number two, the red door.", "2 Canal Street", "permit.pdf", "licence.pdf"] {
            reviewer.sees(words).await;
        }
        reviewer.check_both().await;
        self.picture(reviewer, "review-changes").await;
        reviewer.press("Take this application").await.sees("It is yours.").await;
        for (key, name) in
            [("identity", "Is who it says it is"), ("reputation", "Has a good reputation")]
        {
            reviewer.run(JUDGE, vec![key.into()]).await;
            reviewer.press(&format!("Record the judgement: {name}")).await;
            reviewer.sees("The judgement is recorded.").await;
        }
        reviewer.choose("Approve").await.run(DECIDE, vec!["Now it is clear.".into()]).await;
        reviewer.press("Record this decision").await.sees("The badge is active.").await;
        reviewer.goto("/admin").await.sees("1 approved, 0 rejected, 1 asked for information").await;
        reviewer.check_both().await;
        self.picture(reviewer, "own-numbers").await;
    }
}

async fn works_a_queue(at: &'static str, profile: Profile) {
    let desk = Desk::new(at, profile).await;
    desk.finds().await;
    desk.takes().await;
    desk.asks().await;
    desk.is_answered().await;
    desk.approves().await;
}

#[tokio::test]
async fn a_reviewer_works_a_filled_queue_at_a_desk() {
    works_a_queue("desk", DESK).await;
}

#[tokio::test]
async fn a_reviewer_works_a_filled_queue_on_a_phone() {
    works_a_queue("phone", PHONE).await;
}

#[tokio::test]
async fn the_desk_reads_well_in_chinese() {
    let world = World::new().await;
    let stated = |address: &str| BusinessDetails {
        registered_name: "云途票务有限公司".to_owned(),
        registration_number: "91310000MA1K".to_owned(),
        address: address.to_owned(),
        responsible_person: "王安".to_owned(),
        about: "机票和火车票。".to_owned(),
    };
    let applicant = world.applicant_stating("云途票务", &stated("上海市运河路 1 号")).await;
    looked_at(&world, &applicant).await;
    let staff = world.staff(Role::Reviewer).await;
    let chinese = format!(
        "UPDATE users SET locale = 'zh-Hans', name = CASE id WHEN {} THEN '李审' ELSE '王安' END; \
         UPDATE agreement_signatures SET typed_name = '王安'",
        staff.id
    );
    world.owner_sql(&chinese).await;
    let path = applicant.path();
    let reviewer = Person::chinese(&world, PHONE).await;
    reviewer.sign_in(&staff).await.goto("/admin/applications").await.sees("等待审核").await;
    // Keys are named by their letters in every language.
    reviewer.run("document.querySelector('.keys').remove()", vec![]).await;
    reviewer.check_both().await;
    reviewer.screenshot("queue-chinese").await;
    reviewer.press("领取云途票务的申请").await.sees("已领取。").await.check_both().await;
    reviewer.choose("要求补充信息").await.run(DECIDE, vec!["请问具体地址？".into()]).await;
    reviewer.press("记录决定").await.sees("已向商家询问。").await;
    let save = Act::Save(stated("上海市运河路 2 号"));
    world.act(&applicant.merchant, &save).await;
    let answer = Act::Submit { note: "二号，红色大门。".to_owned() };
    world.act(&applicant.merchant, &answer).await;
    reviewer.goto(&path).await.sees("有何变化").await.sees("运河路 2 号").await;
    reviewer.check_both().await.screenshot("review-changes-chinese").await;
    reviewer.follow("查看全部检查").await.sees("最新的在前").await.check_both().await;
    reviewer.goto("/admin").await.sees("要求补充信息 1 次").await.check_both().await;
}
