//! The list in the portal: one's own, newest first, read when followed or all at once.

use super::tell;
use crate::support::{Person, World};

async fn tell_times(world: &World, person: &Person, times: usize) {
    for number in 1..=times {
        let args = format!(
            r#"{}, '{{"title": "Lamp {number}", "due_at": "2026-11-27T06:00:00Z",
            "amount": {{"amount": "12.00", "currency": "CNY"}}, "link": "/rules?n={number}"}}'"#,
            person.id
        );
        tell(world, "user:dev-sample", "user_id, args", &args).await;
    }
    world.work().await;
}

#[tokio::test]
async fn an_empty_list_says_what_will_be_here() {
    let world = World::new().await;
    let ann = world.person("Ann").await;
    let page = world.visitor_as(&ann).await.get("/notifications").await;
    page.ok().sees("No notifications yet");
    assert!(!page.has_button("Mark all as read"));
    let mut nobody = world.visitor();
    nobody.get("/notifications").await.sends_to("/login?next=%2Fnotifications");
}

#[tokio::test]
async fn following_a_line_reads_it_and_nobody_reads_another_s() {
    let world = World::new().await;
    let (ann, eve) = (world.person("Ann").await, world.person("Eve").await);
    tell_times(&world, &ann, 2).await;
    let (mut hers, mut others) = (world.visitor_as(&ann).await, world.visitor_as(&eve).await);

    let list = hers.get("/notifications").await;
    list.ok().sees("2 things are new.").sees("Sample: ¥12.00 for Lamp 2");
    assert_eq!(
        list.texts("li.new h3 a"),
        ["Sample: ¥12.00 for Lamp 2", "Sample: ¥12.00 for Lamp 1"]
    );
    let line = list.link("Lamp 1");
    others.get("/notifications").await.ok().sees("No notifications yet");
    others.get(&line).await.expect(404);
    assert_eq!(world.value("SELECT count(*) FROM notifications WHERE read_at IS NULL").await, "2");

    hers.get(&line).await.sends_to("/rules?n=1");
    let list = hers.get("/notifications").await;
    list.ok().sees("One thing is new.");
    assert_eq!(list.texts("li.new h3 a"), ["Sample: ¥12.00 for Lamp 2"]);
}

#[tokio::test]
async fn all_are_read_at_once_but_not_what_came_meanwhile() {
    let world = World::new().await;
    let (ann, eve) = (world.person("Ann").await, world.person("Eve").await);
    tell_times(&world, &ann, 2).await;
    tell_times(&world, &eve, 1).await;
    let mut hers = world.visitor_as(&ann).await;
    let seen = hers.get("/notifications").await;
    tell_times(&world, &ann, 1).await;
    let reply = hers.submit_on(&seen, "Mark all as read", &[]).await;
    let list = hers.follow(reply).await;
    list.ok().sees("One thing is new.");
    assert_eq!(list.notice(), "Everything is marked as read.");
    let unread = "SELECT count(*) FROM notifications WHERE read_at IS NULL AND user_id =";
    assert_eq!(world.value(&format!("{unread} {}", eve.id)).await, "1");

    let token = hers.csrf_token("/notifications").await;
    let bad = hers.post("/notifications/read", &[("csrf_token", &token), ("up_to", "x")]).await;
    bad.expect(400);
}

#[tokio::test]
async fn a_long_list_is_turned_by_key() {
    let world = World::new().await;
    let ann = world.person("Ann").await;
    tell_times(&world, &ann, 60).await;
    let mut hers = world.visitor_as(&ann).await;
    let lamps = |page: &crate::support::Reply| -> Vec<usize> {
        let number = |text: String| text.rsplit(' ').next().and_then(|n| n.parse().ok());
        page.texts("ul.list h3 a").into_iter().filter_map(number).collect()
    };
    let first = hers.get("/notifications").await;
    assert_eq!(lamps(&first), (36..=60).rev().collect::<Vec<_>>());
    assert_eq!(first.count("a[rel=prev]"), 0);
    let second = hers.get(&format!("/notifications{}", first.link("Older"))).await;
    assert_eq!(lamps(&second), (11..=35).rev().collect::<Vec<_>>());
    let third = hers.get(&format!("/notifications{}", second.link("Older"))).await;
    assert_eq!(lamps(&third), (1..=10).rev().collect::<Vec<_>>());
    assert_eq!(third.count("a[rel=next]"), 0);
    let back = hers.get(&format!("/notifications{}", third.link("Newer"))).await;
    assert_eq!(lamps(&back), lamps(&second));
    let back = hers.get(&format!("/notifications{}", back.link("Newer"))).await;
    assert_eq!(lamps(&back), lamps(&first));
}
