//! The audit trail: found by who, what, of what and when; and copied.

use std::collections::BTreeSet;

use chrono::Duration;
use surety::accounts::actor::Role;

use super::ready::{decide, take};
use crate::support::{Reply, World};

fn actions(page: &Reply) -> Vec<String> {
    page.ok().texts("tbody th")
}

#[tokio::test]
async fn the_trail_is_searched_by_who_subject_and_day() {
    let world = World::new().await;
    let (one, two) = (world.applicant("Lantern Bikes").await, world.applicant("Tin Drums").await);
    let (ruth, mut reviewer) = world.reviewer().await;
    world.owner_sql(&format!("UPDATE users SET name = 'Ruth Meyer' WHERE id = {}", ruth.id)).await;
    let (_, mut other) = world.reviewer().await;
    take(&mut reviewer, &one.path()).await;
    take(&mut other, &two.path()).await;
    world
        .owner_sql("SELECT append_audit(NULL, 'badge.expire', 'merchant:TM', NULL, NULL, '')")
        .await;
    world.advance(Duration::days(2)).await;
    let mut me = world.visitor_as(&world.staff(Role::Administrator).await).await;
    world
        .owner_sql(&format!(
            "SELECT append_audit({}, 'badge.suspend', 'merchant:{}', NULL, NULL, 'x')",
            ruth.id, one.merchant.code
        ))
        .await;
    // She has left since: what she did is still found by her name.
    world.owner_sql(&format!("UPDATE users SET staff_roles = '{{}}' WHERE id = {}", ruth.id)).await;
    let day = world.value("SELECT surety_now()::date").await;
    let before = world.value("SELECT surety_now()::date - 1").await;
    let (took, suspended, expired) =
        ("Took an application", "Suspended a badge", "A badge expired");
    for (query, expected) in [
        ("who=meyer".to_owned(), vec![suspended, took]),
        (format!("who={}", ruth.email.to_uppercase()), vec![suspended, took]),
        ("who=nobody+at+all".to_owned(), vec![]),
        ("who=stranger@example.com".to_owned(), vec![]),
        ("who=The+clock".to_owned(), vec![expired]),
        // A merchant's number finds its applications, too, however it is typed.
        (format!("subject={}", one.merchant.code.to_lowercase()), vec![suspended, took]),
        (format!("subject={}", two.merchant.code), vec![took]),
        (format!("subject={}", two.application.public_id), vec![took]),
        (format!("subject=application:{}", two.application.public_id), vec![took]),
        ("subject=tulips".to_owned(), vec![]),
        (format!("from={day}"), vec![suspended]),
        (format!("until={before}"), vec![expired, took, took]),
        (format!("from={day}&until={before}"), vec![]),
        ("from=&until=&older=x&newer=-".to_owned(), vec![suspended, expired, took, took]),
        (format!("who=meyer&action=badge.suspend&until={day}"), vec![suspended]),
        ("who=meyer&action=badge.expire".to_owned(), vec![]),
    ] {
        let page = me.get(&format!("/admin/audit?{query}")).await;
        assert_eq!(actions(&page), expected, "{query}");
    }
    // What was asked for is still in the fields.
    let asked = [("Who", "meyer"), ("From", day.as_str())];
    let page = me.submit("/admin/audit", "Show", &asked).await;
    assert_eq!(actions(&page), [suspended]);
    assert_eq!((page.field("who"), page.field("from")), ("meyer".to_owned(), day));
}

#[tokio::test]
async fn a_copy_has_all_that_was_asked_for_and_is_noted_itself() {
    let world = World::new().await;
    let applicant = world.applicant("Lantern Bikes").await;
    let (_, mut reviewer) = world.reviewer().await;
    take(&mut reviewer, &applicant.path()).await;
    let formula = "=HYPERLINK(\"http://evil.test\"), \"now\"";
    decide(&mut reviewer, &applicant.path(), "ask", formula).await.expect(303);
    // More than a part of the copy holds, several at the very same moment.
    world
        .owner_sql(
            "INSERT INTO audit_entries (at, action, subject, reason) SELECT \
             surety_now() - interval '1 minute' * (n % 7), 'test.many', 'test:' || n, '' \
             FROM generate_series(1, 1234) n",
        )
        .await;
    let mut me = world.visitor_as(&world.staff(Role::Administrator).await).await;
    let page = me.get("/admin/audit").await;
    let copy = me.submit_on(&page, "Export as CSV", &[]).await;
    copy.ok();
    assert_eq!(copy.header("content-disposition"), "attachment; filename=\"audit-trail.csv\"");
    assert!(copy.header("content-type").starts_with("text/csv"));
    assert!(copy.bytes.starts_with(b"\xEF\xBB\xBFat,"), "spreadsheets know UTF-8 by its mark");
    let marks = copy.bytes.windows(3).filter(|w| w == b"\xEF\xBB\xBF").count();
    assert_eq!(marks, 1, "once, however many parts there are");
    let mut reader = csv::Reader::from_reader(copy.bytes.as_slice());
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 1_236);
    let ids: BTreeSet<&str> = rows.iter().map(|row| &row[9]).collect();
    assert_eq!(ids.len(), rows.len(), "each once");
    let asked = rows.iter().find(|row| &row[4] == "application.ask").expect("the question");
    assert_eq!(&asked[8], format!("'{formula}"), "no spreadsheet runs it");
    assert_eq!(&asked[1], "Staff reviewer");
    assert!(rows.windows(2).all(|two| two[0][0] >= two[1][0]), "newest first");
    // Only what was asked for, as JSON; a copy is an act like any other.
    let page = me.get("/admin/audit?action=application.ask").await;
    let copy = me.submit_on(&page, "Export as JSON lines", &[]).await;
    let lines: Vec<serde_json::Value> =
        copy.ok().body().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 1);
    assert_eq!(
        (&lines[0]["reason"], &lines[0]["after"]["status"]),
        (&serde_json::json!(formula), &serde_json::json!("needs_information"),)
    );
    let page = me.get("/admin/audit?action=audit.export").await;
    assert_eq!(actions(&page), ["Took a copy of the trail", "Took a copy of the trail"]);
    page.sees("Format: – → jsonl").sees("Action: – → Asked for information");
}

#[tokio::test]
async fn an_act_stays_with_who_did_it_whatever_they_are_called_since() {
    let world = World::new().await;
    let applicant = world.applicant("Lantern Bikes").await;
    let (ruth, mut reviewer) = world.reviewer().await;
    take(&mut reviewer, &applicant.path()).await;
    // The one takes the other's name, and the other gets a new one.
    let renamed = reviewer.submit("/account", "Save", &[("Your name", "Rita Meyer")]).await;
    renamed.sends_to("/account?done=profile-saved");
    let mut me = world.visitor_as(&world.staff(Role::Administrator).await).await;
    let page = me.get("/admin/audit").await;
    page.ok().sees("Staff reviewer").sees(&ruth.email);
    assert!(!page.text().contains("Rita Meyer"));
    let copy = me.submit_on(&page, "Export as JSON lines", &[]).await;
    let line: serde_json::Value =
        serde_json::from_str(copy.ok().body().lines().next().expect("a line")).expect("JSON");
    let person = world.value(&format!("SELECT public_id FROM users WHERE id = {}", ruth.id)).await;
    assert_eq!(line["who"], "Staff reviewer");
    assert_eq!(line["address"], ruth.email.as_str());
    assert_eq!(line["person"], person.as_str());
}

#[tokio::test]
async fn a_filter_that_cannot_be_read_is_asked_about_and_nothing_is_copied() {
    let world = World::new().await;
    let mut me = world.visitor_as(&world.staff(Role::Administrator).await).await;
    let token = me.csrf_token("/admin/audit").await;
    let long = "x".repeat(201);
    for (name, typed, wrong) in [
        ("from", "01.02.2026", "Enter a day between 1900 and 2199"),
        ("until", "-9999-01-01", "Enter a day between 1900 and 2199"),
        ("until", "2026-02-30", "Enter a day between 1900 and 2199"),
        ("action", &long, "Use at most 200 characters"),
        ("subject", &long, "Use at most 200 characters"),
    ] {
        let page = me.get(&format!("/admin/audit?{name}={typed}")).await;
        page.expect(422).sees(wrong);
        if name != "action" {
            assert_eq!(page.field(name), typed, "what was typed is kept");
        }
        let fields = [("csrf_token", token.as_str()), ("format", "csv"), (name, typed)];
        me.post("/admin/audit/export", &fields).await.expect(422).sees(wrong);
    }
    assert_eq!(world.value("SELECT count(*) FROM audit_entries").await, "0");
    // Full-width digits are digits.
    me.get("/admin/audit?from=２０２６-０１-０１").await.ok();
}

#[tokio::test]
async fn a_copy_is_for_administrators_who_entered_their_password() {
    let world = World::new().await;
    world.owner_sql("SELECT append_audit(NULL, 'test.one', 'test:x', NULL, NULL, '')").await;
    let (_, mut reviewer) = world.reviewer().await;
    let token = reviewer.csrf_token("/account/security").await;
    let fields = [("csrf_token", token.as_str()), ("format", "csv")];
    reviewer.post("/admin/audit/export", &fields).await.expect(403);
    let mut me = world.visitor_as(&world.staff(Role::Administrator).await).await;
    let page = me.get("/admin/audit?action=test.one").await;
    let token = page.field("csrf_token");
    let odd = [("csrf_token", token.as_str()), ("format", "tulips")];
    me.post("/admin/audit/export", &odd).await.expect(400);
    world.advance(Duration::minutes(16)).await;
    let late = me.submit_on(&page, "Export as CSV", &[]).await;
    late.sends_to("/account/security/confirm?next=%2Fadmin%2Faudit%3Faction%3Dtest.one");
    let noted = "SELECT count(*) FROM audit_entries WHERE action = 'audit.export'";
    assert_eq!(world.value(noted).await, "0", "nothing was copied");
}

#[tokio::test]
async fn the_trail_of_the_staff_and_of_policies_holds_no_secret() {
    let world = World::new().await;
    let rita = world.staff(Role::Reviewer).await;
    let mut me = world.visitor_as(&world.staff(Role::Administrator).await).await;
    let staff = format!("/admin/staff/{}", rita.public_id);
    let (reason, roles) = (("reason", "A test."), format!("{staff}/roles"));
    me.submit(&roles, &roles, &[("role_treasurer", "yes"), reason]).await.expect(303);
    for path in [format!("{staff}/second-factor"), format!("{staff}/sessions")] {
        me.submit(&path, &path, &[reason]).await.expect(303);
    }
    let (invite, thresholds) = ("/admin/staff/invite", "/admin/policies/thresholds");
    let newcomer = [("email", "new@staff.test"), ("role_mediator", "yes"), reason];
    me.submit(invite, invite, &newcomer).await.expect(303);
    let look = me.submit(thresholds, thresholds, &[("rating_min", "4.5")]).await;
    let why = [("publish_reason", "A test.")];
    me.submit_on(&look, "/admin/policies/thresholds/publish", &why).await.expect(303);
    me.submit("/admin/audit", "Export as CSV", &[]).await.ok();
    let keys = "SELECT string_agg(DISTINCT k, ' ' ORDER BY k) FROM audit_entries, \
                jsonb_object_keys(coalesce(before, '{}') || coalesce(after, '{}')) AS k";
    assert_eq!(world.value(keys).await, "format rating_min roles sessions version");
    let lines = "SELECT count(*) FROM audit_entries";
    assert_eq!(world.value(lines).await, "6");
}
