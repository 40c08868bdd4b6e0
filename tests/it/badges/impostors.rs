//! Reported impostors, as reviewers work on them.

use surety::accounts::actor::Role;

use super::shop;
use crate::support::{Visitor, World};

const QUEUE: &str = "/admin/impostors";

/// Somebody reports a site.
async fn report(world: &World, origin: &str, merchant: &str, words: &str) {
    let fields = [("origin", origin), ("merchant", merchant), ("words", words)];
    world.visitor().submit("/report", "/report", &fields).await.expect(303);
}

async fn reviewer(world: &World) -> Visitor {
    world.visitor_as(&world.staff(Role::Reviewer).await).await
}

async fn open(world: &World) -> String {
    world.value("SELECT count(*) FROM impostor_reports WHERE closed_at IS NULL").await
}

#[tokio::test]
async fn a_reviewer_takes_the_reports_of_a_site_and_closes_them_with_a_reason() {
    let world = World::new().await;
    let shop = shop(&world, "Lantern Bikes", "bikes.example").await;
    let mut one = reviewer(&world).await;
    one.get(QUEUE).await.ok().sees("No report waits.");
    report(&world, "https://evil.top", &shop.code, "It asks for my PIN").await;
    report(&world, "https://odd.example", "", "It looks odd").await;
    report(&world, "evil.top/pay", "", "A copy of the bike shop").await;
    let list = one.get(QUEUE).await;
    list.ok().sees("2 sites were reported and wait.").sees("Lantern Bikes");
    assert_eq!(list.count("tbody tr"), 2);
    let path = list.link("https://evil.top").to_owned();
    let page = one.get(&path).await;
    page.ok().sees("It asks for my PIN").sees("A copy of the bike shop").sees_not("It looks odd");
    assert_eq!(page.count("textarea"), 0, "nothing is closed that nobody took");

    let taken = one.submit_on(&page, "Take these reports", &[]).await;
    let mine = one.follow(taken).await;
    mine.ok().sees("You look into https://evil.top.");
    // Another reviewer is told, and changes nothing.
    let mut two = reviewer(&world).await;
    two.get(&path).await.ok().sees("Staff reviewer looks into https://evil.top.");
    let sum = world.checksum(&["sessions"]).await;
    let token = two.csrf_token(QUEUE).await;
    two.post(&format!("{path}/take"), &[("csrf_token", &token)]).await.expect(409);
    let fields = [
        ("csrf_token", token.as_str()),
        ("seen", "999"),
        ("finding", "dismissed"),
        ("reason", "I know them."),
    ];
    let late = two.post(&format!("{path}/close"), &fields).await;
    late.expect(409).sees("Another reviewer works on these reports.").sees("I know them.");
    assert_eq!(world.checksum(&["sessions"]).await, sum);

    // What is missing is said, what was typed is kept.
    let wrong = one.submit_on(&mine, "Close these reports", &[("reason", "Same pictures.")]).await;
    wrong.expect(422).sees("Say what you found.");
    assert_eq!(wrong.field("reason"), "Same pictures.");
    // A report that nobody has read stays open.
    report(&world, "https://evil.top", "", "They took my money").await;
    let done = one.submit_on(&wrong, "Close these reports", &[("finding", "confirmed")]).await;
    done.sends_to("/admin/impostors?done=impostor-closed");
    assert_eq!(open(&world).await, "2");
    let after = one.get(&path).await;
    after.ok().sees("One report is open.").sees("They took my money").sees("Same pictures.");
    let mail = world.mail_to(&shop.owner.email).await;
    assert_eq!(mail.message, "impostor-confirmed");
    assert!(mail.subject.contains("https://evil.top"), "{}", mail.subject);

    // From now on everybody is told, whichever way they ask.
    for question in ["evil.top", "https%3A%2F%2Fwww.evil.top%2Fpay", "http%3A%2F%2FEVIL.top"] {
        let answer = world.visitor().get(&format!("/verify?q={question}")).await;
        let verdict = answer.ok().text_of(".verdict.bad");
        assert!(verdict.contains("imitates Lantern Bikes. Do not pay there."), "{verdict}");
        assert_eq!(answer.link("See the real one"), format!("/verify/{}", shop.code));
    }
    let other = world.visitor().get("/verify?q=evil.top.example").await;
    assert!(!other.ok().text().contains("imitates"));
    let page = world.visitor().get(&format!("/verify/{}", shop.code)).await;
    let warning = page.ok().text_of(".verdict.bad");
    assert!(warning.contains("Sites that imitate Lantern Bikes"), "{warning}");
    assert!(warning.contains("https://evil.top"), "{warning}");
    let mut victim = world.visitor().header("referer", "https://evil.top/pay");
    let page = victim.get(&format!("/verify/{}", shop.code)).await;
    page.ok().sees("Our staff confirmed that it imitates this merchant. Do not pay there.");

    let administrator = world.staff(Role::Administrator).await;
    let mut administrator = world.visitor_as(&administrator).await;
    let trail = administrator.get("/admin/audit").await;
    trail.ok().sees("Took a report").sees("Confirmed an impostor").sees("Same pictures.");
    assert_eq!(world.value("SELECT count(*) FROM audit_entries").await, "2");
}

#[tokio::test]
async fn what_was_taken_and_left_is_free_after_half_an_hour() {
    let world = World::new().await;
    report(&world, "https://evil.top", "", "It asks for my PIN").await;
    let (first, second) = (world.staff(Role::Reviewer).await, world.staff(Role::Reviewer).await);
    let mut one = world.visitor_as(&first).await;
    let mut two = world.visitor_as(&second).await;
    let path = one.get(QUEUE).await.link("https://evil.top").to_owned();
    one.submit(&path, "Take these reports", &[]).await.expect(303);
    let mine = one.get(&path).await;
    world.advance(chrono::Duration::minutes(30)).await;
    two.submit(&path, "Take these reports", &[]).await.expect(303);
    let finding = [("finding", "dismissed"), ("reason", "A news site.")];
    // The password has to be entered again, and then it is no longer this reviewer's.
    let asked = one.submit_on(&mine, "Close these reports", &finding).await;
    assert!(!asked.expect(422).error("password").is_empty());
    let code = world.code_of(&first.email).await;
    let proof = [("Password", crate::support::PASSWORD), ("Code from your app", &code)];
    let late = one.submit_on(&asked, "Close these reports", &proof).await;
    late.expect(409).sees("Another reviewer works on these reports.");
    assert_eq!(open(&world).await, "1");
    let mine = two.get(&path).await;
    let asked = two.submit_on(&mine, "Close these reports", &finding).await;
    let code = world.code_of(&second.email).await;
    let proof = [("Password", crate::support::PASSWORD), ("Code from your app", &code)];
    two.submit_on(&asked, "Close these reports", &proof).await.expect(303);
    assert_eq!(open(&world).await, "0");
    two.get(QUEUE).await.ok().sees("Nothing to look at");
}

#[tokio::test]
async fn of_many_who_take_at_once_one_has_it() {
    let world = World::new().await;
    report(&world, "https://evil.top", "", "It asks for my PIN").await;
    let mut tries = Vec::new();
    let mut path = String::new();
    for _ in 0..5 {
        let mut visitor = reviewer(&world).await;
        let list = visitor.get(QUEUE).await;
        path = list.link("https://evil.top").to_owned();
        let page = visitor.get(&path).await;
        tries.push((visitor, page));
    }
    let tries = tries.into_iter().map(|(mut visitor, page)| async move {
        visitor.submit_on(&page, "Take these reports", &[]).await.status
    });
    let mut statuses = futures::future::join_all(tries).await;
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 409, 409, 409, 409], "{path}");
    assert_eq!(world.value("SELECT count(*) FROM audit_entries").await, "1");
}

#[tokio::test]
async fn nobody_looks_into_reports_about_their_own_merchant() {
    let world = World::new().await;
    let shop = shop(&world, "Lantern Bikes", "bikes.example").await;
    let owner = &shop.owner;
    world
        .owner_sql(&format!(
            "UPDATE users SET staff_roles = '{{reviewer}}' WHERE id = {}",
            owner.id
        ))
        .await;
    world.give_factor(owner).await;
    let mut own = world.visitor_as(owner).await;
    // Reports of a site that imitates it, of its own site, and of a site below its own.
    report(&world, "https://evil.top", &shop.code, "It asks for my PIN").await;
    report(&world, "https://bikes.example", "", "They took my money").await;
    report(&world, "https://pay.bikes.example", "", "They took my money").await;
    report(&world, "https://odd.example", "", "It looks odd").await;
    let list = own.get(QUEUE).await;
    let token = own.csrf_token(QUEUE).await;
    for (site, status) in [
        ("https://evil.top", 409),
        ("https://bikes.example", 409),
        ("https://pay.bikes.example", 409),
        ("https://odd.example", 303),
    ] {
        let path = list.link(site);
        let taken = own.post(&format!("{path}/take"), &[("csrf_token", &token)]).await;
        taken.expect(status);
        if status == 409 {
            taken.sees("a merchant that you belong to or did");
        }
    }
    // Nor closes what was taken before.
    let taken = format!("taken_by = {}, taken_at = surety_now()", owner.id);
    world.owner_sql(&format!("UPDATE impostor_reports SET {taken}")).await;
    let fields = [
        ("csrf_token", token.as_str()),
        ("seen", "999"),
        ("finding", "dismissed"),
        ("reason", "I know them."),
    ];
    let path = list.link("https://bikes.example");
    own.post(&format!("{path}/close"), &fields).await.expect(409).sees("you belong to or did");
    assert_eq!(open(&world).await, "4");
}
