//! The queue: its order, filters and pages; and the audit trail.

use chrono::Duration;
use surety::accounts::actor::Role;

use super::ready::{decide, take};
use crate::support::{Reply, Visitor, World};

/// The merchants of a page of the queue, in order.
fn merchants(page: &Reply) -> Vec<String> {
    page.ok().texts("tbody th a")
}

#[tokio::test]
async fn the_oldest_comes_first_and_filters_narrow_it() {
    let world = World::new().await;
    let mut applicants = Vec::new();
    for name in ["Alder Rentals", "Birch Books", "Cedar Cars"] {
        applicants.push(world.applicant(name).await);
        world.advance(Duration::hours(3)).await;
    }
    let sql = format!(
        "UPDATE merchants SET industry = 'used_cars' WHERE id = {}",
        applicants[2].merchant.id
    );
    world.owner_sql(&sql).await;
    let (_, mut me) = world.reviewer().await;
    let page = me.get("/admin/applications").await;
    assert_eq!(merchants(&page), ["Alder Rentals", "Birch Books", "Cedar Cars"]);
    page.sees("3 applications wait.").sees("The oldest shown is Alder Rentals, 9 h.");
    assert_eq!(page.count("table[data-keynav]"), 1, "j and k have what they need");
    take(&mut me, &applicants[1].path()).await;
    decide(&mut me, &applicants[1].path(), "ask", "Which street?").await.expect(303);
    take(&mut me, &applicants[2].path()).await;
    let mut other = world.reviewer().await.1;
    for (query, expected) in [
        ("", vec!["Alder Rentals", "Cedar Cars"]),
        ("?state=waiting", vec!["Alder Rentals"]),
        ("?state=claimed", vec!["Cedar Cars"]),
        ("?state=needs_information", vec!["Birch Books"]),
        ("?industry=used_cars", vec!["Cedar Cars"]),
        ("?industry=lottery", vec![]),
        ("?reviewer=me", vec![]),
        ("?overdue=yes", vec![]),
        ("?state=&industry=&reviewer=&after=x&before=y", vec!["Alder Rentals", "Cedar Cars"]),
    ] {
        let page = other.get(&format!("/admin/applications{query}")).await;
        assert_eq!(merchants(&page), expected, "{query}");
    }
    let page = me.get("/admin/applications?reviewer=me").await;
    assert_eq!(merchants(&page), ["Cedar Cars"]);
    page.sees("Yours");
    // The form sends what the filters understand.
    let filters = [("state", "needs_information"), ("industry", "second_hand")];
    let page = me.submit("/admin/applications", "Show", &filters).await;
    assert_eq!(merchants(&page), ["Birch Books"]);
}

#[tokio::test]
async fn what_is_past_its_promise_is_overdue() {
    let world = World::new().await;
    let late = world.applicant("Late Lamps").await;
    world.advance(Duration::days(8)).await;
    world.applicant("New Lamps").await;
    let (_, mut reviewer) = world.reviewer().await;
    let page = reviewer.get("/admin/applications?overdue=yes").await;
    assert_eq!(merchants(&page), ["Late Lamps"]);
    page.sees("One is overdue.").sees("Overdue");
    let page = reviewer.get("/admin").await;
    page.ok().sees("2 applications wait.").sees("One is overdue.");
    // The promise is what the applicant was told.
    let mails = world.mails_to(&late.merchant.owner.email).await;
    assert!(mails[0].text.contains("We decide by"), "{}", mails[0].text);
}

/// Follows a link of the pager from page to page.
async fn walk(visitor: &mut Visitor, start: &str, words: &str) -> Vec<Vec<String>> {
    let mut pages = Vec::new();
    let mut page = visitor.get(start).await;
    loop {
        pages.push(merchants(&page));
        assert!(pages.len() < 10, "the pager runs in a circle");
        if !page.has_button(words) {
            return pages;
        }
        let next = page.link(words);
        page = visitor.get(&next).await;
    }
}

#[tokio::test]
async fn pages_go_on_by_key() {
    let world = World::new().await;
    // Several at the very same moment: the row decides their order.
    world
        .owner_sql(
            "INSERT INTO merchants (code, name, industry, created_at) \
             SELECT 'TM-0000-0' || lpad(n::text, 3, '0'), 'Shop ' || lpad(n::text, 2, '0'), \
               'other', surety_now() FROM generate_series(1, 60) n",
        )
        .await;
    world
        .owner_sql(
            "INSERT INTO applications (merchant_id, kind, status, created_at, status_since, \
             submitted_at) SELECT id, 'first', 'submitted', surety_now(), surety_now(), \
             date_trunc('day', surety_now()) - interval '1 day' * (id % 3) FROM merchants",
        )
        .await;
    // These codes are made up; what a reader sees of them does not matter here.
    let fixed = "UPDATE merchants SET code = ";
    for number in 1..=60_u64 {
        let code = (number * 1_000..)
            .find_map(surety::kernel::merchant_code::MerchantCode::from_number)
            .expect("a code");
        let name = format!("Shop {number:02}");
        world.owner_sql(&format!("{fixed}'{code}' WHERE name = '{name}'")).await;
    }
    let (_, mut reviewer) = world.reviewer().await;
    let pages = walk(&mut reviewer, "/admin/applications", "Newer").await;
    let sizes: Vec<_> = pages.iter().map(Vec::len).collect();
    assert_eq!(sizes, [25, 25, 10]);
    let all = pages.concat();
    let mut distinct = all.clone();
    distinct.sort_unstable();
    distinct.dedup();
    assert_eq!(distinct.len(), 60, "each once");
    // Back again the same way.
    let first = reviewer.get("/admin/applications").await;
    let second = reviewer.get(&first.link("Newer")).await;
    let last = reviewer.get(&second.link("Newer")).await;
    let back = walk(&mut reviewer, &last.link("Older"), "Older").await;
    assert_eq!(back, [pages[1].clone(), pages[0].clone()]);
}

#[tokio::test]
async fn the_audit_trail_is_read_by_administrators() {
    let world = World::new().await;
    let applicant = world.applicant("Lantern Bikes").await;
    let path = applicant.path();
    let (_, mut reviewer) = world.reviewer().await;
    take(&mut reviewer, &path).await;
    decide(&mut reviewer, &path, "ask", "Which <street>?").await.expect(303);
    reviewer.get("/admin/audit").await.expect(403);
    let mut administrator = world.visitor_as(&world.staff(Role::Administrator).await).await;
    administrator.get("/admin").await.ok().sees("Audit trail");
    let page = administrator.get("/admin/audit").await;
    let actions = |page: &Reply| page.ok().texts("tbody th");
    assert_eq!(actions(&page), ["Asked for information", "Took an application"]);
    page.sees("Which <street>?").sees("Staff reviewer").sees("Needs information").sees("Reviewer");
    let filtered = [("Action", "Took an application")];
    let page = administrator.submit("/admin/audit", "Show", &filtered).await;
    assert_eq!(actions(&page), ["Took an application"]);
    for odd in ["%25", "_", "x", "application.claim%25"] {
        let page = administrator.get(&format!("/admin/audit?action={odd}")).await;
        page.ok().sees("Nothing recorded");
    }
    let subject = format!("application:{}", applicant.application.public_id);
    let page = administrator.get(&format!("/admin/audit?subject={subject}")).await;
    assert_eq!(actions(&page).len(), 2);
    let roles = "SELECT append_audit(NULL, 'staff-roles-changed', 'user:' || id, NULL, \
                 '{\"roles\": [\"reviewer\"]}', 'surety staff add') FROM users LIMIT 1";
    world.owner_sql(roles).await;
    let page = administrator.get("/admin/audit").await;
    assert_eq!(actions(&page)[0], "Changed staff roles");
    page.sees("the command line").sees("Roles: – → Reviewer");
    assert!(!page.text_of("table").contains("the clock"));
    page.sees_not("user:").sees_not("claimed_by").sees_not("application:");
    // By key, newest first.
    world
        .owner_sql(
            "SELECT append_audit(NULL, 'test.' || n, 'test:x', NULL, NULL, '') \
             FROM generate_series(1, 120) n",
        )
        .await;
    let page = administrator.get("/admin/audit").await;
    assert_eq!(actions(&page)[0], "test.120");
    let older = administrator.get(&page.link("Older")).await;
    assert_eq!(actions(&older)[0], "test.70");
    let oldest = administrator.get(&older.link("Older")).await;
    assert_eq!(actions(&oldest).len(), 23);
    let back = administrator.get(&oldest.link("Newer")).await;
    assert_eq!(actions(&back), actions(&older));
}
