//! What changed since an application was last submitted, as its reviewer sees it.

use chrono::Duration;
use surety::admission::application::Category;
use surety::admission::commands as admission;

use super::ready::{Applicant, PDF, decide, judge, take};
use crate::support::{Reply, Visitor, World};

/// Another PDF than [`PDF`].
fn pdf(words: &str) -> Vec<u8> {
    let mut bytes = PDF.to_vec();
    let comment = format!("% {words}\n");
    bytes.splice(9..9, comment.into_bytes());
    bytes
}

/// What the section says, without what surrounds it.
fn changes(page: &Reply) -> String {
    page.ok().text_of("#changes")
}

async fn ask(reviewer: &mut Visitor, path: &str, question: &str) {
    take(reviewer, path).await;
    decide(reviewer, path, "ask", question).await.expect(303);
}

async fn answer(owner: &mut Visitor, words: &str) {
    let sent = owner.submit("/merchant/application", "Send the answer", &[("Answer", words)]).await;
    sent.sends_to("/merchant/application?done=application-submitted");
}

/// An application that was sent, asked about, changed and sent again.
async fn resubmitted(world: &World) -> (Applicant, Visitor, Visitor) {
    let applicant = world.applicant("Lantern Bikes").await;
    let merchant = &applicant.merchant;
    let (_, mut reviewer) = world.reviewer().await;
    ask(&mut reviewer, &applicant.path(), "Which street is it?").await;
    let mut owner = world.visitor_as(&merchant.owner).await;
    let change = [("Address", "2 Canal Street, Shanghai"), ("Responsible person", "")];
    owner.submit("/merchant/application/details", "Save", &change).await.expect(303);
    let change = [("Responsible person", "Wei Lin")];
    owner.submit("/merchant/application/details", "Save", &change).await.expect(303);
    world.add_document(merchant, Category::Licence, "permit.pdf", &pdf("permit")).await.unwrap();
    let papers = "/merchant/application/documents";
    owner.submit(papers, "Remove licence.pdf", &[]).await.expect(303);
    (applicant, reviewer, owner)
}

#[tokio::test]
async fn the_reviewer_sees_what_changed_since_the_last_submission() {
    let world = World::new().await;
    let (applicant, mut reviewer, mut owner) = resubmitted(&world).await;
    // Until it is sent again, what was sent is what is shown.
    let page = reviewer.get(&applicant.path()).await;
    page.ok().sees("1 Canal Street").sees("licence.pdf").sees("Anna Weber");
    page.sees_not("2 Canal Street").sees_not("permit.pdf");
    assert_eq!(page.count("#changes"), 0, "there is nothing to compare yet");
    answer(&mut owner, "Number two, the yellow house.").await;
    let page = reviewer.get(&applicant.path()).await;
    let said = changes(&page);
    for words in [
        "What changed",
        "Which street is it?",
        "Number two, the yellow house.",
        "Address",
        "1 Canal Street, Shanghai",
        "2 Canal Street, Shanghai",
        "Responsible person",
        "Anna Weber",
        "Wei Lin",
        "permit.pdf",
        "licence.pdf",
    ] {
        assert!(said.contains(words), "{words} is not in {said}");
    }
    for words in ["Registered name", "Registration number", "What it sells", "91310000MA1K"] {
        assert!(!said.contains(words), "{words} did not change: {said}");
    }
    assert_eq!(page.texts("#changes del"), ["1 Canal Street, Shanghai", "Anna Weber"]);
    assert_eq!(page.texts("#changes ins"), ["2 Canal Street, Shanghai", "Wei Lin"]);
    // Of a second round, what changed since the first.
    world.advance(Duration::hours(2)).await;
    let (_, mut reviewer) = world.reviewer().await;
    ask(&mut reviewer, &applicant.path(), "Is there a telephone?").await;
    answer(&mut owner, "No.").await;
    let said = changes(&reviewer.get(&applicant.path()).await);
    assert!(said.contains("Is there a telephone?"), "{said}");
    assert!(said.contains("The details and documents are the same as before."), "{said}");
    assert!(!said.contains("Canal Street"), "{said}");
}

#[tokio::test]
async fn what_was_submitted_stays_as_it_was() {
    let world = World::new().await;
    let (applicant, mut reviewer, mut owner) = resubmitted(&world).await;
    answer(&mut owner, "Number two.").await;
    let kept = world
        .owner_sql(
            "SELECT address, responsible_person, version::text, (SELECT count(*) \
             FROM submitted_documents d WHERE d.submission_id = s.id)::text \
             FROM application_submissions s ORDER BY id",
        )
        .await;
    let line = |texts: [&str; 4]| texts.map(|t| Some(t.to_owned())).to_vec();
    assert_eq!(
        kept,
        [
            line(["1 Canal Street, Shanghai", "Anna Weber", "3", "1"]),
            line(["2 Canal Street, Shanghai", "Wei Lin", "10", "1"]),
        ]
    );
    // A document that was taken out can still be looked at, where it belongs and nowhere else.
    let page = reviewer.get(&applicant.path()).await;
    let removed = page.ok().link("licence.pdf");
    reviewer.get(&removed).await.ok();
    let file = removed.rsplit('/').next().unwrap().to_owned();
    owner.get(&format!("/merchant/application/documents/{file}")).await.ok();
    let other = world.applicant("Birch Books").await;
    reviewer.get(&format!("{}/documents/{file}", other.path())).await.expect(404);
    let mut stranger = world.visitor_as(&other.merchant.owner).await;
    stranger.get(&format!("/merchant/application/documents/{file}")).await.expect(404);
    // Neither does the worker clean it away.
    world.advance(Duration::days(3)).await;
    world.work().await;
    let (_, mut reviewer) = world.reviewer().await;
    reviewer.get(&removed).await.ok();
    assert_eq!(world.audit().await, Vec::<Vec<_>>::new());
}

#[tokio::test]
async fn a_new_application_is_compared_with_the_one_that_was_rejected() {
    let world = World::new().await;
    let applicant = world.applicant("Lantern Bikes").await;
    let earlier = applicant.path();
    let (_, mut reviewer) = world.reviewer().await;
    assert_eq!(reviewer.get(&earlier).await.count("#changes"), 0, "the first has none before it");
    take(&mut reviewer, &earlier).await;
    judge(&mut reviewer, &earlier, "bad", "good").await;
    decide(&mut reviewer, &earlier, "reject", "The register says otherwise.").await.expect(303);
    world.advance(Duration::days(31)).await;
    let mut owner = world.visitor_as(&applicant.merchant.owner).await;
    owner.submit("/merchant/application", "Begin an application", &[]).await.expect(303);
    let change = [("Registered name", "Lantern Bicycles Ltd"), ("What you sell", "")];
    owner.submit("/merchant/application/details", "Save", &change).await.expect(303);
    let last = admission::last_of(&world.db, applicant.merchant.id).await.unwrap().unwrap();
    let path = format!("/admin/applications/{}", last.public_id);
    let (_, mut reviewer) = world.reviewer().await;
    owner.submit("/merchant/application", "Send the application", &[]).await.expect(303);
    let page = reviewer.get(&path).await;
    let said = changes(&page);
    for words in [
        "the application that was rejected",
        "Lantern Bikes Ltd",
        "Lantern Bicycles Ltd",
        "What it",
    ] {
        assert!(said.contains(words), "{words} is not in {said}");
    }
    assert_eq!(page.link("See the earlier application"), earlier);
    // What was rejected then is shown as it was.
    let page = reviewer.get(&earlier).await;
    page.ok().sees("Lantern Bikes Ltd").sees_not("Lantern Bicycles Ltd");
}

#[tokio::test]
async fn what_others_submitted_is_never_compared() {
    let world = World::new().await;
    world.applicant("Birch Books").await;
    let applicant = world.applicant("Lantern Bikes").await;
    let (_, mut reviewer) = world.reviewer().await;
    assert_eq!(reviewer.get(&applicant.path()).await.ok().count("#changes"), 0);
}
