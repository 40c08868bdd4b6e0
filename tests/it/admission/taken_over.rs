//! What a new application takes over from the merchant's last one: details and documents.

use chrono::Duration;
use surety::admission::application::Category;
use surety::admission::commands::{self as admission, AdmissionError};

use super::ready::{Applicant, PDF, decide, judge, take};
use crate::support::{Visitor, World};

const PAPERS: &str = "/merchant/application/documents";

/// What documents the applications have: application, title, object.
const LISTED: &str = "SELECT d.application_id::text, f.name, f.sha256 FROM application_documents d \
     JOIN files f ON f.id = d.file_id ORDER BY d.application_id, f.id";

/// An application with a licence and a photograph of the register that was rejected, a month later.
async fn rejected() -> (World, Applicant, Visitor) {
    let world = World::new().await;
    let applicant = world.applicant("Lantern Bikes").await;
    let path = applicant.path();
    let (_, mut reviewer) = world.reviewer().await;
    take(&mut reviewer, &path).await;
    judge(&mut reviewer, &path, "bad", "good").await;
    decide(&mut reviewer, &path, "reject", "The register says otherwise.").await.expect(303);
    world.advance(Duration::days(31)).await;
    let owner = world.visitor_as(&applicant.merchant.owner).await;
    (world, applicant, owner)
}

#[tokio::test]
async fn a_new_application_has_the_documents_of_the_last_one() {
    let (world, applicant, mut owner) = rejected().await;
    let before = world.owner_sql(LISTED).await;
    owner.submit("/merchant/application", "Begin an application", &[]).await.expect(303);
    let all = world.owner_sql(LISTED).await;
    assert_eq!(all.len(), 2, "{all:?}");
    assert_eq!((&all[0], &all[1][1..]), (&before[0], &before[0][1..]), "the same stored file");
    assert_eq!(world.value("SELECT count(*) FROM stored_objects").await, "1", "not a copy");
    let page = owner.get(PAPERS).await;
    page.ok().sees("licence.pdf").sees("From your earlier application");
    owner.get("/merchant/application").await.ok().sees("3 of 4 steps are done.");
    // What is added now is not from there, and can be told from it.
    let another = [PDF, b"% another\n"].concat();
    let add = world.add_document(&applicant.merchant, Category::Other, "press.pdf", &another);
    add.await.unwrap();
    let page = owner.get(PAPERS).await;
    assert_eq!(page.ok().text().matches("From your earlier application").count(), 1);
    // It can be sent as it is; the reviewer reads that nothing changed but that.
    owner.submit("/merchant/application", "Send the application", &[]).await.expect(303);
    let last = admission::last_of(&world.db, applicant.merchant.id).await.unwrap().unwrap();
    let (_, mut reviewer) = world.reviewer().await;
    let page = reviewer.get(&format!("/admin/applications/{}", last.public_id)).await;
    page.ok().sees("From an earlier application");
    let said = page.text_of("#changes");
    assert!(said.contains("One document") && said.contains("press.pdf"), "{said}");
    assert!(!said.contains("Removed"), "{said}");
    let licence = page.link("licence.pdf");
    reviewer.get(&licence).await.ok();
    assert_eq!(world.audit().await, Vec::<Vec<_>>::new());
}

#[tokio::test]
async fn what_was_taken_over_can_be_removed_and_stays_where_it_was() {
    let (world, applicant, mut owner) = rejected().await;
    let earlier = world.owner_sql(LISTED).await;
    owner.submit("/merchant/application", "Begin an application", &[]).await.expect(303);
    owner.submit(PAPERS, "Remove licence.pdf", &[]).await.expect(303);
    owner.get(PAPERS).await.ok().sees("The licence shows that you are who you say.");
    assert_eq!(world.owner_sql(LISTED).await, earlier, "the earlier one has its own");
    assert_eq!(world.value("SELECT names FROM stored_objects").await, "1");
    // Long after, it is still there for whoever looks at the earlier one.
    world.advance(Duration::days(3)).await;
    world.work().await;
    let (_, mut reviewer) = world.reviewer().await;
    let page = reviewer.get(&applicant.path()).await;
    reviewer.get(&page.ok().link("licence.pdf")).await.ok();
}

#[tokio::test]
async fn a_withdrawn_application_hands_on_what_it_had_too() {
    let world = World::new().await;
    let applicant = world.applicant("Lantern Bikes").await;
    let mut owner = world.visitor_as(&applicant.merchant.owner).await;
    owner.submit("/merchant/application", "Withdraw", &[]).await.expect(303);
    owner.submit("/merchant/application", "Begin an application", &[]).await.expect(303);
    owner.get(PAPERS).await.ok().sees("licence.pdf");
    let details = owner.get("/merchant/application/details").await;
    details.ok().sees("Filled in from your earlier application");
    assert_eq!(details.field("registered_name"), "Lantern Bikes Ltd");
    // The new one's own file cannot be reached as the old one's.
    let new = world.value("SELECT f.public_id FROM files f ORDER BY id DESC LIMIT 1").await;
    let (_, mut reviewer) = world.reviewer().await;
    reviewer.get(&format!("{}/documents/{new}", applicant.path())).await.expect(404);
}

#[tokio::test]
async fn nothing_of_another_merchant_is_taken_over() {
    let world = World::new().await;
    let birch = world.applicant("Birch Books").await;
    let alder = world.merchant("Alder Rentals").await;
    let mut owner = world.visitor_as(&alder.owner).await;
    owner.submit("/merchant/application", "Begin an application", &[]).await.expect(303);
    owner.get(PAPERS).await.ok().sees("The licence shows").sees_not("licence.pdf");
    let details = owner.get("/merchant/application/details").await;
    details.ok().sees_not("Filled in from your earlier application");
    // Not by a mistake of ours, either: the database knows whose a document is.
    let draft = admission::last_of(&world.db, alder.id).await.unwrap().unwrap();
    let server = world.as_server().await;
    let (refused, message) = server
        .refused(&format!(
            "WITH f AS (INSERT INTO files (sha256, kind, bytes, name, uploaded_by, uploaded_at) \
             SELECT sha256, kind, bytes, name, uploaded_by, uploaded_at FROM files RETURNING id) \
             INSERT INTO application_documents (application_id, file_id, category, \
               idempotency_key, taken_over_from) SELECT {}, f.id, 'licence', \
               gen_random_uuid(), d.id FROM f, application_documents d WHERE d.application_id = {}",
            draft.id, birch.application.id
        ))
        .await;
    assert_eq!(refused, "23001", "{message}");
}

#[tokio::test]
async fn two_who_begin_at_once_take_over_once() {
    let (world, applicant, _) = rejected().await;
    let (id, owner) = (applicant.merchant.id, applicant.merchant.owner.id);
    let begin = || admission::start(&world.db, id, owner, chrono_tz::Tz::UTC);
    let (one, two, three) = tokio::join!(begin(), begin(), begin());
    let all = [one, two, three];
    assert_eq!(all.iter().filter(|begun| begun.is_ok()).count(), 1);
    assert!(all.iter().all(|b| matches!(b, Ok(_) | Err(AdmissionError::Start(_)))), "{all:?}");
    assert_eq!(world.owner_sql(LISTED).await.len(), 2);
    assert_eq!(world.value("SELECT names FROM stored_objects").await, "2");
}
