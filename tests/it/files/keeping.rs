//! What is kept, for whom, and for how long.

use chrono::{Duration, TimeDelta};
use surety::admission::application::Category;
use surety::admission::commands::AdmissionError;
use surety::admission::state::Refused;
use surety::files::{FileError, Files, Kept};

use super::forge::{exif, jpeg, jpeg_with, pdf, png};
use super::{PAPERS, applicant, newest, unsafe_in};
use crate::support::{Chance, World};

#[tokio::test]
async fn only_the_merchant_and_reviewers_read_a_document() {
    let world = World::new().await;
    let applicant = world.applicant("Lantern Bikes").await;
    let own = newest(&world).await;
    let id = own.rsplit('/').next().unwrap_or_default().to_owned();
    let reviewed = format!("{}/documents/{id}", applicant.path());
    let other = world.applicant("Harbour Books").await;
    let misplaced = format!("{}/documents/{id}", other.path());
    let mut owner = world.visitor_as(&applicant.merchant.owner).await;
    assert_eq!(unsafe_in(&owner.get(&own).await), [""; 0]);
    owner.get(&reviewed).await.expect(403);
    let (_, mut reviewer) = world.reviewer().await;
    assert_eq!(unsafe_in(&reviewer.get(&reviewed).await), [""; 0]);
    reviewer.get(&misplaced).await.expect(404);
    let mut rival = world.visitor_as(&other.merchant.owner).await;
    rival.get(&own).await.expect(404);
    rival.get(&reviewed).await.expect(403);
    let token = rival.csrf_token(PAPERS).await;
    rival.post(&format!("{own}/remove"), &[("csrf_token", &token)]).await.expect(404);
    let buyer = world.person("Lin Buyer").await;
    let mut buyer = world.visitor_as(&buyer).await;
    buyer.get(&own).await.sends_to("/merchant");
    buyer.get(&reviewed).await.expect(403);
    let treasurer = world.staff(surety::accounts::actor::Role::Treasurer).await;
    world.visitor_as(&treasurer).await.get(&reviewed).await.expect(403);
    let stranger = world.visitor().get(&own).await;
    assert!(stranger.location().starts_with("/login"), "{}", stranger.location());
}

#[tokio::test]
async fn what_was_sent_stays() {
    let world = World::new().await;
    let applicant = world.applicant("Lantern Bikes").await;
    let mut owner = world.visitor_as(&applicant.merchant.owner).await;
    let own = newest(&world).await;
    let page = owner.get(PAPERS).await;
    page.ok().sees("One document was sent with your application.");
    assert!(!page.has_button("Remove") && !page.has_button("Add the document"));
    let token = owner.csrf_token("/merchant/application").await;
    owner.post(&format!("{own}/remove"), &[("csrf_token", &token)]).await.expect(409);
    let more = world.add_document(&applicant.merchant, Category::Other, "a.pdf", &pdf(b"")).await;
    assert!(matches!(more, Err(AdmissionError::Refused(Refused::Status(_)))), "{more:?}");
    owner.get(&own).await.ok();
    // Not even a server that was taken over: the database refuses.
    let server = world.as_server().await;
    for sql in [
        "DELETE FROM application_documents",
        "UPDATE application_documents SET label = 'x'",
        "DELETE FROM files",
        "DELETE FROM stored_objects",
    ] {
        assert!(server.try_rows(sql).await.is_err(), "{sql}");
    }
    assert_eq!(world.value("SELECT count(*) FROM application_documents").await, "1");
}

#[tokio::test]
async fn a_question_is_answered_with_a_document() {
    let world = World::new().await;
    let applicant = world.applicant("Lantern Bikes").await;
    let (_, mut reviewer) = world.reviewer().await;
    let path = applicant.path();
    reviewer.submit(&path, "Take this application", &[]).await.expect(303);
    let ask = [("decision", "ask"), ("reason", "Please send page 2 of the licence.")];
    reviewer.submit(&path, "Record this decision", &ask).await.expect(303);
    let mut owner = world.visitor_as(&applicant.merchant.owner).await;
    owner.get(PAPERS).await.ok().sees("Please send page 2 of the licence.");
    let fields = [("What it is", "Licence or register entry"), ("Label", "Page 2")];
    let photo = jpeg_with(0xE1, &exif(6));
    let sent = owner.submit_file(PAPERS, "Add the document", &fields, ("IMG_1.jpg", &photo)).await;
    sent.sends_to(&format!("{PAPERS}?done=document-added"));
    let answer = [("Answer", "Here it is.")];
    owner.submit("/merchant/application", "Send the answer", &answer).await.expect(303);
    let page = reviewer.get(&path).await;
    let words = ["Please send page 2 of the licence.", "Here it is.", "Page 2", "added a document"];
    for words in words {
        page.ok().sees(words);
        let own = owner.get("/merchant/application").await;
        own.ok().sees(words);
    }
    // The photograph stands upright: it was 48 wide and 32 high.
    let picture = page.attribute(".thumb img", "src").expect("a picture");
    let picture = reviewer.get(&picture).await;
    let picture = image::load_from_memory(&picture.bytes).unwrap();
    assert_eq!((picture.width(), picture.height()), (32, 48));
}

#[tokio::test]
async fn the_same_form_counts_once() {
    let world = World::new().await;
    let (_, mut owner) = applicant(&world, "Lantern Bikes").await;
    let token = owner.csrf_token(PAPERS).await;
    let body = crate::support::multipart::Parts::default()
        .text("csrf_token", &token)
        .text("idempotency_key", &uuid::Uuid::new_v4().to_string())
        .text("category", "licence")
        .file("file", "a.png", "image/png", &png())
        .end();
    let all = (0..4).map(|_| {
        let (mut owner, body) = (owner.clone(), body.clone());
        async move { owner.send_parts(PAPERS, body).await.status }
    });
    let statuses = futures::future::join_all(all).await;
    assert_eq!(statuses, [303; 4]);
    assert_eq!(owner.send_parts(PAPERS, body).await.status, 303);
    assert_eq!(world.value("SELECT count(*) FROM application_documents").await, "1");
    assert_eq!(world.value("SELECT documents || ' ' || licences FROM applications").await, "1 1");
}

#[tokio::test]
async fn of_two_last_documents_at_once_one_is_refused() {
    let world = World::new().await;
    let (merchant, _) = applicant(&world, "Lantern Bikes").await;
    let add = |number: usize| {
        let content = pdf(number.to_string().as_bytes());
        let (world, merchant) = (&world, &merchant);
        async move { world.add_document(merchant, Category::Other, "a.pdf", &content).await }
    };
    for number in 0..19 {
        add(number).await.unwrap();
    }
    let both = futures::future::join(add(20), add(21)).await;
    let refused = [&both.0, &both.1]
        .into_iter()
        .filter(|r| matches!(r, Err(AdmissionError::Refused(Refused::TooManyDocuments))));
    assert_eq!(refused.count(), 1, "{both:?}");
    assert_eq!(world.value("SELECT count(*) FROM application_documents").await, "20");
    let mut owner = world.visitor_as(&merchant.owner).await;
    let page = owner.get(PAPERS).await;
    page.ok().sees("There are 20 documents");
    assert!(!page.has_button("Add the document"));
}

#[tokio::test]
async fn sending_while_the_licence_goes_never_leaves_one_without() {
    let world = World::new().await;
    let mut chance = Chance::new("sending while removing");
    for number in 0..6 {
        let merchant = world.merchant(&format!("Shop {number}")).await;
        let draft = {
            let id = merchant.id;
            let (db, owner) = (&world.db, merchant.owner.id);
            use surety::admission::commands::{act_as_applicant, start};
            use surety::admission::state::Act;
            let draft = start(db, id, owner, chrono_tz::Tz::UTC).await.unwrap();
            let save = Act::Save(crate::admission::business_details(&merchant.name));
            act_as_applicant(db, id, owner, draft.version, &save, chrono_tz::Tz::UTC).await.unwrap()
        };
        world.add_licence(&merchant).await;
        let own = newest(&world).await;
        let mut owner = world.visitor_as(&merchant.owner).await;
        let token = owner.csrf_token("/merchant/application").await;
        let version = (draft.version + 1).to_string();
        let sent = [("csrf_token", token.as_str()), ("version", &version)];
        let (mut first, mut second) = (owner.clone(), owner.clone());
        let remove = format!("{own}/remove");
        let gone = [("csrf_token", token.as_str())];
        let late = std::time::Duration::from_millis(chance.below(12));
        let (sent, gone) = tokio::join!(first.post("/merchant/application/submit", &sent), async {
            tokio::time::sleep(late).await;
            second.post(&remove, &gone).await
        });
        assert!([303, 409].contains(&sent.status), "{}", sent.text());
        assert!([303, 409].contains(&gone.status), "{}", gone.text());
        let row = world
            .value(&format!(
                "SELECT status || ' ' || licences || ' ' || (SELECT count(*) FROM \
                 application_documents d WHERE d.application_id = a.id) FROM applications a \
                 WHERE merchant_id = {}",
                merchant.id
            ))
            .await;
        assert!(["submitted 1 1", "draft 0 0"].contains(&row.as_str()), "{row}");
    }
}

/// Stores a content without a file that names it.
async fn store(world: &World, files: &Files, content: &[u8]) -> Result<Kept, FileError> {
    use std::io::Write as _;
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(content).unwrap();
    files.keep(&world.db, file, "a.pdf").await
}

#[tokio::test]
async fn what_nobody_names_goes_after_a_day() {
    let world = World::new().await;
    let files = Files::new(&world.config.files).unwrap();
    let (merchant, _) = applicant(&world, "Lantern Bikes").await;
    let clean = async || files.clean_up(&world.db, world.now().await, 100).await.unwrap();
    let place = |kept: &Kept| {
        world.config.data_dir.join("files").join(&kept.sha256[..2]).join(&kept.sha256)
    };
    let orphan = store(&world, &files, &pdf(b"orphan")).await.unwrap();
    let early = store(&world, &files, &pdf(b"early")).await.unwrap();
    world.add_document(&merchant, Category::Licence, "a.pdf", &pdf(b"named")).await.unwrap();
    world.add_document(&merchant, Category::Other, "b.pdf", &pdf(b"named")).await.unwrap();
    let own = newest(&world).await;
    assert!(place(&orphan).is_file());
    assert_eq!(clean().await, 0, "somebody may be about to name it");
    world.advance(Duration::hours(23)).await;
    assert_eq!(clean().await, 0);
    // Uploaded again: its day begins anew.
    store(&world, &files, &pdf(b"early")).await.unwrap();
    world.advance(Duration::hours(2)).await;
    assert_eq!(clean().await, 1);
    assert!(!place(&orphan).exists() && place(&early).is_file());
    // One of two files that name the same goes; then the other.
    let mut owner = world.visitor_as(&merchant.owner).await;
    let token = owner.csrf_token(PAPERS).await;
    let fields = [("csrf_token", token.as_str())];
    owner.post(&format!("{own}/remove"), &fields).await.expect(303);
    world.advance(Duration::hours(25)).await;
    assert_eq!(clean().await, 1, "the early one");
    let left = newest(&world).await;
    let mut owner = world.visitor_as(&merchant.owner).await;
    owner.get(&left).await.ok();
    let token = owner.csrf_token(PAPERS).await;
    owner.post(&format!("{left}/remove"), &[("csrf_token", &token)]).await.expect(303);
    world.advance(Duration::hours(25)).await;
    assert_eq!(clean().await, 1);
    assert_eq!(world.value("SELECT count(*) FROM stored_objects").await, "0");
    // And what was gone can come again.
    let mut owner = world.visitor_as(&merchant.owner).await;
    world.add_document(&merchant, Category::Licence, "a.pdf", &pdf(b"named")).await.unwrap();
    owner.get(&newest(&world).await).await.ok();
}

#[tokio::test]
async fn what_is_being_removed_cannot_be_named() {
    let world = World::new().await;
    let files = Files::new(&world.config.files).unwrap();
    let (merchant, _) = applicant(&world, "Lantern Bikes").await;
    store(&world, &files, &pdf(b"same")).await.unwrap();
    // A worker has begun to remove it, and has died.
    world.advance(Duration::hours(30)).await;
    world.owner_sql("UPDATE stored_objects SET removing_since = surety_now()").await;
    let busy = world.add_document(&merchant, Category::Other, "a.pdf", &pdf(b"same")).await;
    assert!(matches!(busy, Err(AdmissionError::File(FileError::Busy))), "{busy:?}");
    let now = world.now().await;
    assert_eq!(files.clean_up(&world.db, now, 100).await.unwrap(), 0, "it may be at work still");
    world.advance(Duration::hours(2)).await;
    let now = world.now().await + TimeDelta::seconds(1);
    assert_eq!(files.clean_up(&world.db, now, 100).await.unwrap(), 1);
    world.add_document(&merchant, Category::Other, "a.pdf", &pdf(b"same")).await.unwrap();
}

#[tokio::test]
async fn a_store_that_cannot_be_written_is_told() {
    let world = World::new().await;
    let (_, mut owner) = applicant(&world, "Lantern Bikes").await;
    let folder = world.config.data_dir.join("files");
    std::fs::remove_dir_all(&folder).unwrap();
    std::fs::write(&folder, b"a file where the folder was").unwrap();
    let ready = world.visitor().get_until("/readyz", 503).await;
    assert!(ready.body().contains("files: cannot be written"), "{}", ready.body());
    let file = ("a.jpg", &jpeg()[..]);
    let sent = owner.submit_file(PAPERS, "Add the document", &[], file).await;
    sent.expect(503);
    assert_eq!(world.value("SELECT count(*) FROM files").await, "0");
    std::fs::remove_file(&folder).unwrap();
    std::fs::create_dir(&folder).unwrap();
    world.visitor().get_until("/readyz", 200).await;
    owner.submit_file(PAPERS, "Add the document", &[], file).await.expect(303);
}
