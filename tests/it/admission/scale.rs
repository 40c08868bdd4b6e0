//! The queue beside a long history: 100,000 decided applications, and it reads no more of them than
//! it would of none.

use std::time::Instant;

use surety::accounts::actor::Role;
use surety::kernel::merchant_code::MerchantCode;

use crate::support::{Cluster, Visitor, World};

/// Applications that wait, and merchants.
const OPEN: usize = 1_000;

/// 1,000 merchants with an open application each; and, of `closed` decided ones, 50 a merchant,
/// with their history and the audit trail.
async fn fill(world: &World, reviewer: i64, closed: usize) {
    let merchants = OPEN + closed / 50;
    let codes = (1..).filter_map(|n: u64| MerchantCode::from_number(n * 7_907)).take(merchants);
    let rows: Vec<String> = codes
        .enumerate()
        .map(|(n, code)| {
            let industry = if n % 10 == 0 { "rentals" } else { "other" };
            format!("('{code}', 'Shop {n}', '{industry}', surety_now())")
        })
        .collect();
    for part in rows.chunks(1_000) {
        let insert = "INSERT INTO merchants (code, name, industry, created_at) VALUES";
        world.owner_sql(&format!("{insert} {}", part.join(","))).await;
    }
    world
        .owner_sql(&format!(
            "INSERT INTO applications (merchant_id, kind, status, created_at, status_since, \
               submitted_at, decided_by, decided_at) \
             SELECT (SELECT min(id) FROM merchants) + {OPEN} + n % {each}, 'first', \
               CASE n % 2 WHEN 0 THEN 'approved' ELSE 'rejected' END, at, at, at, \
               (SELECT id FROM users WHERE id <> {reviewer} ORDER BY id LIMIT 1), \
               at + interval '2 days' \
             FROM generate_series(0, {closed} - 1) n, LATERAL (SELECT surety_now() \
               - interval '400 days' + n * interval '5 minutes' AS at) t; \
             INSERT INTO applications (merchant_id, kind, status, created_at, status_since, \
               submitted_at, claimed_by, claim_expires_at) \
             SELECT m.id, 'first', s, at, at, at, CASE s WHEN 'in_review' THEN {reviewer} END, \
               CASE s WHEN 'in_review' THEN surety_now() + interval '20 minutes' END \
             FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM merchants LIMIT {OPEN}) m, \
               LATERAL (SELECT surety_now() - m.n * interval '15 minutes' AS at, \
                 (CASE m.n % 20 WHEN 0 THEN 'in_review' WHEN 1 THEN 'needs_information' \
                   ELSE 'submitted' END) AS s) t; \
             INSERT INTO application_events (application_id, version, event, at, user_id) \
             SELECT id, 1, 'approve', decided_at, decided_by FROM applications \
               WHERE decided_at IS NOT NULL; \
             INSERT INTO audit_entries (at, user_id, action, subject, reason) \
             SELECT decided_at, decided_by, 'application.approve', 'application:' || public_id, \
               'Good.' FROM applications WHERE decided_at IS NOT NULL; \
             ANALYZE applications, application_events, audit_entries, merchants",
            each = (closed / 50).max(1)
        ))
        .await;
}

/// What was read of some tables so far, named with commas between: sequential scans, and rows.
async fn read(world: &World, tables: &str) -> (i64, i64) {
    Cluster::get().end_connections(&world.database).await;
    let rows = world
        .owner_sql(&format!(
            "SELECT sum(seq_scan), sum(seq_tup_read + coalesce(idx_tup_fetch, 0)) \
             FROM pg_stat_user_tables WHERE relname = ANY ('{{{tables}}}')"
        ))
        .await;
    let number = |n: usize| rows[0][n].as_deref().unwrap_or_default().parse().unwrap();
    (number(0), number(1))
}

/// Opens a page; what was read of some tables for it, and the milliseconds.
pub async fn cost(
    world: &World,
    visitor: &mut Visitor,
    path: &str,
    tables: &str,
) -> (i64, i64, u128) {
    let before = read(world, tables).await;
    // The pool finds out that its connections have gone.
    while visitor.get("/account").await.status >= 500 {}
    let began = Instant::now();
    visitor.get(path).await.ok();
    let took = began.elapsed().as_millis();
    let after = read(world, tables).await;
    while visitor.get("/account").await.status >= 500 {}
    (after.0 - before.0, after.1 - before.1, took)
}

const QUEUE: [&str; 9] = [
    "/admin/applications",
    "/admin/applications?state=waiting",
    "/admin/applications?state=claimed",
    "/admin/applications?state=needs_information",
    "/admin/applications?reviewer=me",
    "/admin/applications?reviewer=nobody",
    "/admin/applications?industry=rentals",
    "/admin/applications?overdue=yes",
    "/admin",
];

#[tokio::test]
async fn a_long_history_costs_the_queue_nothing() {
    let closed = 100_000;
    let mut worlds = Vec::new();
    for closed in [0, closed] {
        let world = World::new().await;
        world.person("Somebody").await;
        let (reviewer, mut me) = world.reviewer().await;
        fill(&world, reviewer.id, closed).await;
        let first = me.get("/admin/applications").await;
        let next = first.ok().link("Newer");
        worlds.push((world, me, next));
    }
    let [(small, one, small_next), (large, two, large_next)] = &mut worlds[..] else { return };
    let mut paths: Vec<(String, String)> =
        QUEUE.iter().map(|path| ((*path).to_owned(), (*path).to_owned())).collect();
    paths.push((small_next.clone(), large_next.clone()));
    let named = "/admin/applications?name=Shop+77".to_owned();
    paths.push((named.clone(), named));
    for (of_small, of_large) in &paths {
        let few = cost(small, one, of_small, "applications").await;
        let many = cost(large, two, of_large, "applications").await;
        println!("{of_large}: {few:?} beside none, {many:?} beside {closed}");
        assert_eq!(many.0, 0, "{of_large} reads all applications");
        assert!(many.1 <= few.1 * 3 / 2 + 100, "{of_large} reads {} rows, not {}", many.1, few.1);
        assert!(many.1 <= 6 * i64::try_from(OPEN).unwrap(), "{of_large} reads {} rows", many.1);
    }
    let events = cost(large, two, "/admin", "application_events").await;
    assert_eq!((events.0, events.1), (0, 0), "the numbers of others are not read");
}

#[tokio::test]
async fn a_page_of_a_long_audit_trail_is_read_by_index() {
    let world = World::new().await;
    let somebody = world.person("Somebody").await;
    let (reviewer, _) = world.reviewer().await;
    fill(&world, reviewer.id, 100_000).await;
    let mut me = world.visitor_as(&world.staff(Role::Administrator).await).await;
    let code = world.value("SELECT code FROM merchants ORDER BY id DESC LIMIT 1").await;
    let first = me.get("/admin/audit").await;
    let older = first.ok().link("Older");
    let day = world.value("SELECT (surety_now() - interval '200 days')::date").await;
    for path in [
        "/admin/audit".to_owned(),
        older,
        format!("/admin/audit?who={}", somebody.email),
        "/admin/audit?who=reviewer".to_owned(),
        "/admin/audit?action=application.approve".to_owned(),
        "/admin/audit?action=application.claim".to_owned(),
        format!("/admin/audit?subject={code}"),
        format!("/admin/audit?from={day}&until={day}"),
    ] {
        let (scans, rows, took) = cost(&world, &mut me, &path, "audit_entries").await;
        println!("{path}: {rows} rows, {took} ms");
        assert_eq!(scans, 0, "{path} reads the whole trail");
        assert!(rows <= 200, "{path} reads {rows} rows");
    }
}
