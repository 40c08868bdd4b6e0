//! Domains that come to a badge after its approval, and go: nobody reviews them first.

use surety::accounts::actor::Role;

use super::losses::{prove, remove};
use super::site::Sites;

#[tokio::test]
async fn a_domain_that_looks_like_another_merchants_is_shown_to_reviewers() {
    let (world, sites) = Sites::world().await;
    let reviewer = world.staff(Role::Reviewer).await;
    let real = world.trust_merchant("Lantern Bikes").await;
    let shop = world.trust_merchant("Harbour Books").await;
    prove(&world, &sites, &real, "lanternbikes.test").await;
    prove(&world, &sites, &shop, "harbour-books.test").await;
    assert_eq!(world.mails_to(&reviewer.email).await.len(), 0, "like nobody's");
    prove(&world, &sites, &shop, "lanternbikes-pay.test").await;
    let mail = world.mail_to(&reviewer.email).await;
    assert_eq!(mail.message, "domain-look-alike");
    for words in ["Harbour Books", "lanternbikes-pay.test", "lanternbikes.test of Lantern Bikes"] {
        assert!(mail.text.contains(words), "{words}: {}", mail.text);
    }
    assert!(mail.href().ends_with(&format!("/admin/merchants/{}", shop.code)), "{}", mail.href());
    // Looked at again, it is the domain that it was.
    world.advance(chrono::Duration::hours(25)).await;
    assert_eq!(world.mails_to(&reviewer.email).await.len(), 1);
    assert_eq!(world.audit().await, Vec::<Vec<_>>::new());
}

#[tokio::test]
async fn without_a_badge_the_reviewer_of_the_application_sees_it() {
    let (world, sites) = Sites::world().await;
    let reviewer = world.staff(Role::Reviewer).await;
    let real = world.trust_merchant("Lantern Bikes").await;
    prove(&world, &sites, &real, "lanternbikes.test").await;
    let plain = world.merchant("Harbour Books").await;
    prove(&world, &sites, &plain, "lanternbikes-pay.test").await;
    assert_eq!(world.mails_to(&reviewer.email).await.len(), 0);
    let count = "SELECT count(*) FROM audit_entries WHERE after->>'domain' LIKE '%pay%'";
    assert_eq!(world.value(count).await, "0");
}

#[tokio::test]
async fn the_audit_trail_keeps_the_domains_of_a_badge() {
    let (world, sites) = Sites::world().await;
    let shop = world.trust_merchant("Lantern Bikes").await;
    prove(&world, &sites, &shop, "lantern.test").await;
    prove(&world, &sites, &shop, "bikes.test").await;
    remove(&world, &shop, "lantern.test").await.expect(303);
    let trail = world
        .owner_sql(&format!(
            "SELECT action, coalesce(before, after)->>'domain' FROM audit_entries \
             WHERE subject = 'merchant:{}' AND user_id = {} ORDER BY id",
            shop.code, shop.owner.id
        ))
        .await;
    let line = |action: &str, name: &str| [action, name].map(|t| Some(t.to_owned())).to_vec();
    assert_eq!(
        trail,
        [
            line("domain.prove", "lantern.test"),
            line("domain.prove", "bikes.test"),
            line("domain.remove", "lantern.test"),
        ]
    );
    let administrator = world.staff(Role::Administrator).await;
    let page = world.visitor_as(&administrator).await.get("/admin/audit").await;
    page.ok().sees("Added a domain to a badge").sees("Removed a domain from a badge");
}
