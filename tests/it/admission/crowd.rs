//! Eight reviewers at once over one queue: nothing decided twice, nothing lost, everything audited.

use std::collections::HashMap;
use std::sync::Mutex;

use futures::future::{join, join_all};

use super::ready::judge;
use crate::support::{Chance, Person, Reply, Visitor, World, prove};

const REVIEWERS: u64 = 8;

/// What all of them have done so far.
#[derive(Default)]
struct Tally {
    /// Who decided what, by the path of the application. What is decided twice fails at once.
    decided: HashMap<String, (&'static str, i64)>,
    /// How many were told that another was faster.
    told: usize,
}

/// What is decided: the button's value, the status that it leads to, the event.
const DECISIONS: [(&str, &str); 3] =
    [("approve", "approved"), ("reject", "rejected"), ("ask", "needs_information")];

fn no_fault(reply: &Reply) -> &Reply {
    assert!(reply.status < 500, "{} answered {}: {}", reply.path, reply.status, reply.text());
    reply
}

/// The second of two is told who has been faster, and when.
fn is_told(reply: &Reply) {
    let words = no_fault(reply).expect(409).h1();
    assert!(words.contains("Reviewer ") || words.contains("You "), "who? {words}");
    assert!(words.contains("just now") || words.contains("ago"), "when? {words}");
}

/// Takes and decides until nothing waits.
async fn review(
    person: &Person,
    mut me: Visitor,
    world: &World,
    mut chance: Chance,
    tally: &Mutex<Tally>,
) {
    loop {
        let queue = me.get("/admin/applications?state=waiting").await;
        let links = queue.ok().html();
        let links: Vec<String> = links
            .select(&crate::support::selector("tbody th a"))
            .filter_map(|a| a.value().attr("href").map(str::to_owned))
            .collect();
        if links.is_empty() {
            return;
        }
        // All of them go for the oldest few, so that many meet.
        let few = &links[..links.len().min(4)];
        let path = chance.one_of(few).clone();
        let page = me.get(&path).await;
        if !no_fault(&page).has_button("Take this application") {
            meddle(&mut me, world, &path, tally).await;
            continue;
        }
        let taken = me.submit_on(&page, "Take this application", &[]).await;
        if no_fault(&taken).status != 303 {
            is_told(&taken);
            tally.lock().unwrap().told += 1;
            continue;
        }
        decide(person, &me, &path, &mut chance, tally).await;
    }
}

/// Tries to decide on what another holds, with the version that is current.
async fn meddle(me: &mut Visitor, world: &World, path: &str, tally: &Mutex<Tally>) {
    let id = path.rsplit('/').next().unwrap_or_default();
    let version = format!("SELECT version FROM applications WHERE public_id = '{id}'");
    let version = world.value(&version).await;
    let token = me.csrf_token("/account/security").await;
    let fields = [
        ("csrf_token", token.as_str()),
        ("version", version.as_str()),
        ("decision", "reject"),
        ("reason", "Not mine."),
    ];
    is_told(&me.post(&format!("{path}/decide"), &fields).await);
    tally.lock().unwrap().told += 1;
}

/// Decides on what is theirs; now and then in two windows at once.
async fn decide(
    person: &Person,
    me: &Visitor,
    path: &str,
    chance: &mut Chance,
    tally: &Mutex<Tally>,
) {
    let mut me = me.clone();
    let (decision, status) = *chance.one_of(&DECISIONS);
    match decision {
        "approve" => judge(&mut me, path, "good", "good").await,
        "reject" => judge(&mut me, path, "bad", "good").await,
        _ => {}
    }
    let page = me.get(path).await;
    let fields = [("decision", decision), ("reason", "Looked at.")];
    let button = "Record this decision";
    let done = if chance.once_in(3) {
        let mut window = me.clone();
        let other = [("decision", "ask"), ("reason", "From the other window.")];
        let (one, two) =
            join(me.submit_on(&page, button, &fields), window.submit_on(&page, button, &other))
                .await;
        let (done, late, status) =
            if one.status == 303 { (one, two, status) } else { (two, one, "needs_information") };
        is_told(&late);
        tally.lock().unwrap().told += 1;
        (done, status)
    } else {
        (me.submit_on(&page, button, &fields).await, status)
    };
    no_fault(&done.0).sends_to(&format!("{path}?done=review-"));
    let before = tally.lock().unwrap().decided.insert(path.to_owned(), (done.1, person.id));
    assert_eq!(before, None, "{path} was decided twice");
}

#[tokio::test]
async fn eight_reviewers_decide_each_application_once() {
    let world = World::new().await;
    let mut chance = Chance::new("eight reviewers");
    let count = prove(1_000, 40);
    let mut paths = Vec::new();
    for number in 0..count {
        paths.push(world.applicant(&format!("Shop {number}")).await.path());
    }
    let tally = Mutex::new(Tally::default());
    let mut people = Vec::new();
    for number in 1..=REVIEWERS {
        let (person, visitor) = world.reviewer().await;
        let name = format!("UPDATE users SET name = 'Reviewer {number}' WHERE id = {}", person.id);
        world.owner_sql(&name).await;
        people.push((person, visitor));
    }
    let reviews = people.iter().map(|(person, visitor)| {
        let mine = chance.clone();
        chance.next();
        review(person, visitor.clone(), &world, mine, &tally)
    });
    join_all(reviews.collect::<Vec<_>>()).await;
    let tally = tally.into_inner().unwrap();
    println!("{count} applications, {} were told that another was faster", tally.told);
    assert_eq!(tally.decided.len(), count, "none is lost");
    assert!(tally.told > 0, "they met");
    for path in &paths {
        is_recorded_once(&world, path, tally.decided[path]).await;
    }
    let approved = tally.decided.values().filter(|(status, _)| *status == "approved").count();
    for table in ["badges", "badge_events"] {
        let badges = world.value(&format!("SELECT count(*) FROM {table}")).await;
        assert_eq!(badges, approved.to_string(), "{table}");
    }
    // One message each, and nothing was written that nobody was told of.
    let told = "SELECT count(*) FROM outbox WHERE tell[1] IN ('merchant:application-approved', \
                'merchant:application-rejected', 'merchant:application-needs-information')";
    assert_eq!(world.value(told).await, count.to_string());
    assert!(world.audit().await.is_empty(), "{:?}", world.audit().await);
}

/// One event and one entry of the audit trail, by who decided; and the evaluation that it was
/// decided on.
async fn is_recorded_once(world: &World, path: &str, (status, by): (&str, i64)) {
    let id = path.rsplit('/').next().unwrap_or_default();
    let kept = if status == "needs_information" { "0" } else { "6" };
    let act = match status {
        "approved" => "approve",
        "rejected" => "reject",
        _ => "ask",
    };
    let found = world
        .owner_sql(&format!(
            "SELECT status, coalesce(jsonb_array_length(evaluation->'criteria'), 0), \
               (SELECT string_agg(event || ' ' || user_id, ',') FROM application_events e \
                 WHERE e.application_id = a.id AND event IN ('approve', 'reject', 'ask')), \
               (SELECT string_agg(action || ' ' || user_id, ',') FROM audit_entries \
                 WHERE subject = 'application:{id}' AND action IN \
                   ('application.approve', 'application.reject', 'application.ask')) \
             FROM applications a WHERE public_id = '{id}'"
        ))
        .await;
    let found: Vec<&str> = found[0].iter().map(|v| v.as_deref().unwrap_or_default()).collect();
    let expected = [
        status.to_owned(),
        kept.to_owned(),
        format!("{act} {by}"),
        format!("application.{act} {by}"),
    ];
    assert_eq!(found, expected, "{path}");
}
