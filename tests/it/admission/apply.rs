//! The main line over HTTP, and the applicant's side of it.

use chrono::Duration;
use surety::trust::{self, BadgeState};

use super::ready::{PDF, decide, judge, take};
use crate::support::{Person, Visitor, World};
use crate::trust::site::Sites;

const DETAILS: [(&str, &str); 5] = [
    ("Registered name", "Lantern Bikes (Shanghai) Ltd"),
    ("Registration number", "91310000MA1K"),
    ("Address", "1 Canal Street\nShanghai"),
    ("Responsible person", "Anna Weber"),
    ("What you sell", "Bicycles & parts, <used>."),
];

/// Opens a shop, fills in an application over several sittings, and sends it.
async fn applies(anna: &mut Visitor, world: &World, sites: &Sites) {
    let shop = [("shop_name", "Lantern Bikes"), ("industry", "second_hand")];
    anna.submit("/merchant", "Open the shop", &shop).await.sends_to("/merchant");
    let page = anna.get("/merchant/application").await;
    page.ok().sees("Become a trust merchant.").sees("Not signed").sees("No domain verified");
    let begun = anna.submit_on(&page, "Begin an application", &[]).await;
    begun.sends_to("/merchant/application/details");
    let half = anna.submit("/merchant/application/details", "Save", &DETAILS[..2]).await;
    half.sends_to("/merchant/application?done=application-saved");
    let page = anna.follow(half).await;
    page.ok().sees("0 of 4 steps are done.").sees("2 of 5 business details given");
    assert!(!page.has_button("Send the application"));
    let page = anna.get("/merchant/application/details").await;
    page.ok().sees("2 of four business details are missing.");
    assert_eq!(page.field("registration_number"), "91310000MA1K");
    anna.submit_on(&page, "Save", &DETAILS).await.expect(303);
    let page = anna.get("/merchant/application/details").await;
    assert_eq!(page.field("about"), "Bicycles & parts, <used>.");
    sends_papers(anna).await;
    anna.submit("/merchant/domains", "Add domain", &[("Domain", "lantern.test")]).await;
    sites.put("lantern.test", &world.value("SELECT token FROM domains").await);
    anna.submit("/merchant/domains", "Check lantern.test now", &[]).await.expect(303);
    let signed = [("typed_name", "Anna Weber"), ("agreed", "yes")];
    anna.submit("/merchant/agreement", "Sign the agreement", &signed).await.expect(303);
    let page = anna.get("/merchant/application").await;
    page.ok().sees("Your application is complete.").sees("Send it from").sees("It can be met on");
    let sent = anna.submit_on(&page, "Send the application", &[]).await;
    sent.sends_to("/merchant/application?done=application-submitted");
    anna.follow(sent).await.ok().sees("Your application waits for a reviewer.");
}

/// The licence comes, and something else that goes again.
async fn sends_papers(anna: &mut Visitor) {
    let papers = "/merchant/application/documents";
    anna.get(papers).await.ok().sees("Add your licence document.");
    let file = ("licence.pdf", PDF);
    let added = anna.submit_file(papers, "Add the document", &[], file).await;
    added.sends_to(&format!("{papers}?done=document-added"));
    let other = [("What it is", "Another document"), ("Label", "Press")];
    anna.submit_file(papers, "Add the document", &other, ("press.pdf", PDF)).await.expect(303);
    anna.get(papers).await.ok().sees("2 documents support your application.").sees("Press");
    let gone = anna.submit(papers, "Remove Press", &[]).await;
    gone.sends_to(&format!("{papers}?done=document-removed"));
    anna.get(papers).await.ok().sees("One document supports").sees_not("Press");
}

#[tokio::test]
async fn a_merchant_applies_and_is_approved() {
    let (world, sites) = Sites::world().await;
    let person = world.person("Anna Weber").await;
    applies(&mut world.visitor_as(&person).await, &world, &sites).await;
    // Three months later, the reviewer.
    world.advance(Duration::days(93)).await;
    let (reviewer, mut staff) = world.reviewer().await;
    let queue = staff.get("/admin/applications").await;
    queue.ok().sees("One application waits.").sees("One is overdue.").sees("93 d 0 h");
    let path = queue.link("Lantern Bikes");
    let page = staff.get(&path).await;
    page.ok().sees("91310000MA1K").sees("Bicycles & parts, <used>.").sees("lantern.test");
    take(&mut staff, &path).await.ok().sees("Yours until");
    judge(&mut staff, &path, "good", "good").await;
    // The proof of the domain is too old by now, and so is its token.
    let refused = decide(&mut staff, &path, "approve", "All good.").await;
    refused.expect(422);
    assert!(refused.error("decision").contains("Controls its site"), "{}", refused.text());
    assert_eq!(refused.field("reason"), "All good.");
    let mut anna = world.visitor_as(&person).await;
    anna.submit("/merchant/domains", "Check lantern.test now", &[]).await.expect(303);
    sites.put("lantern.test", &world.value("SELECT token FROM domains").await);
    anna.submit("/merchant/domains", "Check lantern.test now", &[]).await.expect(303);
    let approved = decide(&mut staff, &path, "approve", "All good.").await;
    approved.sends_to(&format!("{path}?done=review-approved"));
    staff.follow(approved).await.ok().sees("Approved. The badge is active.").sees("All good.");
    has_become_a_trust_merchant(&world, &person, reviewer.id).await;
    anna.get("/merchant").await.ok().sees("You are a trust merchant.");
    let page = anna.get("/merchant/application").await;
    page.ok().sees("Your application was approved. Your badge is granted.").sees("All good.");
    assert!(!page.has_button("Begin an application"));
}

/// Badge, registered name, audit trail and mails, as an approval leaves them.
async fn has_become_a_trust_merchant(world: &World, person: &Person, reviewer_id: i64) {
    let merchant = trust::merchant_of(&world.db, person.id).await.unwrap().expect("a merchant");
    assert_eq!(merchant.registered_name, "Lantern Bikes (Shanghai) Ltd");
    assert!(trust::is_covered(&world.db, merchant.id).await.unwrap());
    let badge = trust::badge(&world.db, merchant.id).await.unwrap().expect("a badge");
    assert_eq!(badge.state, BadgeState::Active);
    assert!(badge.evaluation.all_met());
    assert_eq!(badge.evaluation.criteria.len(), 6);
    let trail = world
        .owner_sql("SELECT action, user_id::text, reason FROM audit_entries ORDER BY id")
        .await;
    let line = |action: &str, reason: &str| {
        [action, &reviewer_id.to_string(), reason].map(|t| Some(t.to_owned())).to_vec()
    };
    assert_eq!(
        trail,
        [
            line("application.claim", ""),
            line("application.judge", "Looked at."),
            line("application.judge", "Looked at."),
            line("application.approve", "All good."),
            line("badge.grant", "All good."),
        ]
    );
    let mails = world.mails_to(&person.email).await;
    let told: Vec<_> = mails.iter().map(|m| m.message.as_str()).collect();
    assert_eq!(told, ["application-submitted", "application-approved"]);
    assert!(mails[1].text.contains(merchant.code.as_str()), "{}", mails[1].text);
    assert!(mails[1].href().ends_with("/merchant/badge"));
}

#[tokio::test]
async fn what_is_too_long_is_said_and_kept() {
    let world = World::new().await;
    let merchant = world.merchant("Lantern Bikes").await;
    let mut owner = world.visitor_as(&merchant.owner).await;
    owner.submit("/merchant/application", "Begin an application", &[]).await.expect(303);
    for (field, max) in [
        ("registered_name", 200),
        ("registration_number", 60),
        ("address", 400),
        ("responsible_person", 100),
        ("about", 2_000),
    ] {
        let typed = "长".repeat(max + 1);
        let fields = [(field, typed.as_str())];
        let page = owner.submit("/merchant/application/details", "Save", &fields).await;
        page.expect(422);
        assert_eq!(page.error(field), format!("Use at most {max} characters."));
        assert_eq!(page.field(field), typed);
        let fits = "长".repeat(max);
        let fields = [(field, fits.as_str())];
        owner.submit("/merchant/application/details", "Save", &fields).await.expect(303);
    }
}

#[tokio::test]
async fn an_incomplete_application_is_not_sent() {
    let world = World::new().await;
    let merchant = world.merchant("Lantern Bikes").await;
    let mut owner = world.visitor_as(&merchant.owner).await;
    owner.submit("/merchant/application", "Begin an application", &[]).await.expect(303);
    owner.submit("/merchant/application/details", "Save", &DETAILS[..3]).await.expect(303);
    let token = owner.csrf_token("/merchant/application").await;
    let fields = [("version", "1"), ("csrf_token", token.as_str())];
    let sent = owner.post("/merchant/application/submit", &fields).await;
    sent.sends_to("/merchant/application/details");
    owner.follow(sent).await.ok().sees("Something is missing still.");
    assert_eq!(world.value("SELECT status FROM applications").await, "draft");
}

#[tokio::test]
async fn two_members_do_not_overwrite_each_other() {
    let world = World::new().await;
    let merchant = world.merchant("Lantern Bikes").await;
    let mut one = world.visitor_as(&merchant.owner).await;
    let mut two = one.clone();
    one.submit("/merchant/application", "Begin an application", &[]).await.expect(303);
    // Beginning twice leads to the one draft.
    let token = two.csrf_token("/merchant/application").await;
    let again = two.post("/merchant/application", &[("csrf_token", token.as_str())]).await;
    again.sends_to("/merchant/application/details");
    assert_eq!(world.value("SELECT count(*) FROM applications").await, "1");
    let page = two.get("/merchant/application/details").await;
    one.submit("/merchant/application/details", "Save", &DETAILS).await.expect(303);
    let late = two.submit_on(&page, "Save", &[("Address", "Elsewhere")]).await;
    late.expect(409).sees("nothing was recorded");
    let address = world.value("SELECT address FROM applications").await;
    assert_eq!(address, "1 Canal Street\nShanghai");
}

#[tokio::test]
async fn an_applicant_may_withdraw_and_begin_again() {
    let world = World::new().await;
    let applicant = world.applicant("Lantern Bikes").await;
    let mut owner = world.visitor_as(&applicant.merchant.owner).await;
    let withdrawn = owner.submit("/merchant/application", "Withdraw", &[]).await;
    withdrawn.sends_to("/merchant/application?done=application-withdrawn");
    let page = owner.follow(withdrawn).await;
    page.ok().sees("Your application was withdrawn.");
    owner.submit_on(&page, "Begin an application", &[]).await.expect(303);
    // What was stated is there already.
    let page = owner.get("/merchant/application/details").await;
    assert_eq!(page.field("registered_name"), "Lantern Bikes Ltd");
    let (_, mut staff) = world.reviewer().await;
    staff.get("/admin/applications").await.ok().sees("No application waits.");
    let mails = world.mails_to(&applicant.merchant.owner.email).await;
    let told: Vec<_> = mails.iter().map(|m| m.message.as_str()).collect();
    assert_eq!(told, ["application-submitted", "application-withdrawn"]);
}

#[tokio::test]
async fn the_application_speaks_chinese() {
    let world = World::new().await;
    let applicant = world.applicant("云途票务").await;
    let id = applicant.merchant.owner.id;
    let sql = format!(
        "UPDATE users SET locale = 'zh-Hans', time_zone = 'Asia/Shanghai' \
                       WHERE id = {id}"
    );
    world.owner_sql(&sql).await;
    let mut owner = world.visitor_as(&applicant.merchant.owner).await;
    for path in ["/merchant", "/merchant/application", "/merchant/domains", "/merchant/agreement"] {
        let page = owner.get(path).await;
        page.ok();
        let h1 = page.h1();
        assert!(!h1.is_ascii(), "{path}: {h1}");
    }
    owner.get("/merchant/application").await.sees("您的申请正在等待审核。").sees("六项标准");
}
