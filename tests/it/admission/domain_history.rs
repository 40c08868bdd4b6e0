//! The history of a merchant's domain checks, as its reviewer sees it.

use chrono::Duration;

use super::ready::Applicant;
use crate::support::{Reply, Visitor, World};
use crate::trust::site::Sites;

const SITE: &str = "lantern.test";

/// What the lines of the history say, the newest first.
fn lines(page: &Reply) -> Vec<String> {
    page.ok().texts("table.checks tbody tr")
}

/// The owner claims the domain, and presses the button.
async fn check(owner: &mut Visitor) {
    let checked = owner.submit("/merchant/domains", &format!("Check {SITE} now"), &[]).await;
    checked.expect(303);
}

async fn day(world: &World) {
    world.advance(Duration::days(1) + Duration::minutes(1)).await;
    world.work().await;
}

/// A merchant whose site failed once, was proved, was looked at for three days, and fell silent.
async fn looked_at() -> (World, Applicant) {
    let (world, sites) = Sites::world().await;
    let applicant = world.applicant("Lantern Bikes").await;
    // The domain that it came with was never really looked at.
    world.owner_sql("DELETE FROM domains").await;
    let mut owner = world.visitor_as(&applicant.merchant.owner).await;
    owner.submit("/merchant/domains", "Add domain", &[("Domain", SITE)]).await.expect(303);
    check(&mut owner).await;
    sites.put(SITE, &world.value("SELECT token FROM domains").await);
    check(&mut owner).await;
    for _ in 0..3 {
        day(&world).await;
    }
    sites.clear(SITE);
    day(&world).await;
    (world, applicant)
}

#[tokio::test]
async fn each_check_is_kept_with_when_how_and_why_it_failed() {
    let (world, applicant) = looked_at().await;
    let (_, mut reviewer) = world.reviewer().await;
    let page = reviewer.get(&applicant.path()).await;
    let all = lines(&page);
    // What came out the same each day is one line.
    assert_eq!(all.len(), 4, "{all:#?}");
    let told = |line: &str, words: &[&str]| {
        for word in words {
            assert!(line.contains(word), "{word} is not in {line}");
        }
    };
    let owner = &applicant.merchant.owner.name;
    told(&all[0], &[SITE, "Not verified", "no file", "the daily check"]);
    told(&all[1], &[SITE, "Verified", "3 times", "the daily check"]);
    told(&all[2], &[SITE, "Verified", owner]);
    told(&all[3], &[SITE, "Not verified", "no file", owner]);
    assert!(!all[2].contains("times"), "{}", all[2]);
    // On a page of their own, each by itself.
    let page = reviewer.get(&page.link("See every check")).await;
    assert_eq!(lines(&page).len(), 6);
    page.sees("Lantern Bikes");
}

#[tokio::test]
async fn the_history_outlives_the_domain_and_is_the_merchants_own() {
    let (world, applicant) = looked_at().await;
    let mut owner = world.visitor_as(&applicant.merchant.owner).await;
    let id = world.value("SELECT public_id FROM domains").await;
    let remove = format!("/merchant/domains/{id}/remove");
    owner.submit("/merchant/domains", &remove, &[]).await.expect(303);
    let other = world.applicant("Birch Books").await;
    let (_, mut reviewer) = world.reviewer().await;
    let page = reviewer.get(&applicant.path()).await;
    page.ok().sees("No domain was added.");
    assert_eq!(lines(&page).len(), 4);
    let page = reviewer.get(&other.path()).await;
    page.ok().sees("No check is on record.").sees_not(SITE);
    let page = reviewer.get(&format!("{}/domain-checks", other.path())).await;
    page.ok().sees("No check is on record.").sees_not(SITE);
}

#[tokio::test]
async fn a_long_history_is_cut_and_goes_on_by_key() {
    let world = World::new().await;
    let applicant = world.applicant("Lantern Bikes").await;
    let insert = format!(
        "INSERT INTO domain_checks (merchant_id, name, method, checked_at, failure) \
         SELECT {}, 'shop' || n || '.test', 'file', surety_now() - interval '1 day' * (60 - n), \
           CASE WHEN n % 2 = 0 THEN 'too-slow' END FROM generate_series(1, 60) n",
        applicant.merchant.id
    );
    world.owner_sql(&insert).await;
    let (_, mut reviewer) = world.reviewer().await;
    let page = reviewer.get(&applicant.path()).await;
    assert_eq!(lines(&page).len(), 8, "the newest");
    page.sees("Shown are 8 of the last 60 results.");
    let first = reviewer.get(&page.link("See every check")).await;
    let second = reviewer.get(&first.link("Older")).await;
    let third = reviewer.get(&second.link("Older")).await;
    let sizes = [lines(&first).len(), lines(&second).len(), lines(&third).len()];
    assert_eq!(sizes, [25, 25, 10]);
    assert!(lines(&first)[0].contains("shop60.test"));
    assert!(lines(&third)[9].contains("shop1.test"));
    assert!(!third.has_button("Older"));
    let back = reviewer.get(&third.link("Newer")).await;
    assert_eq!(lines(&back), lines(&second));
    let start = reviewer.get(&back.link("Newer")).await;
    assert!(!start.has_button("Newer"));
    for odd in ["before=x", "after=-", "before=99999999999999999999"] {
        let page = reviewer.get(&format!("{}/domain-checks?{odd}", applicant.path())).await;
        assert_eq!(lines(&page).len(), 25, "{odd}");
    }
}
