//! Administrators change the thresholds: what they see, what they may enter, and what must never
//! happen.

use chrono::Duration;
use rust_decimal::Decimal;
use surety::accounts::actor::Role;
use surety::trust::thresholds::{Threshold, Unit};

use super::ready::{decide, judge, take};
use crate::support::{Reply, Visitor, World};

const FORM: &str = "/admin/policies/thresholds";
const PUBLISH: &str = "/admin/policies/thresholds/publish";
const REASON: (&str, &str) = ("publish_reason", "Young shops have failed.");
const VERSIONS: &str = "SELECT count(*) FROM criteria_thresholds";

async fn administrator(world: &World) -> Visitor {
    world.visitor_as(&world.staff(Role::Administrator).await).await
}

/// The page that shows what these numbers would change.
async fn preview(visitor: &mut Visitor, numbers: &[(&str, &str)]) -> Reply {
    visitor.submit(FORM, FORM, numbers).await
}

#[tokio::test]
async fn new_thresholds_hold_at_once_and_leave_what_was_decided() {
    let world = World::new().await;
    let (approved, open) =
        (world.applicant("Lantern Bikes").await, world.applicant("Tin Drums").await);
    let (_, mut reviewer) = world.reviewer().await;
    take(&mut reviewer, &approved.path()).await;
    judge(&mut reviewer, &approved.path(), "good", "good").await;
    decide(&mut reviewer, &approved.path(), "approve", "Looked at.").await.expect(303);
    let decided = "SELECT string_agg(a::text, '|') FROM applications a \
                   WHERE decided_at IS NOT NULL";
    let kept = world.value(decided).await;
    let mut visitor = administrator(&world).await;
    let page = visitor.get("/admin/policies").await;
    page.ok().sees("version 1 of the thresholds").sees("Change the thresholds");
    assert_eq!(page.texts("#thresholds ~ dl dd")[3], "95%");
    let form = visitor.get(FORM).await;
    assert_eq!((form.field("tenure_months"), form.field("rating_min")), ("3".into(), "4.0".into()));
    let numbers = [("tenure_months", "24"), ("completion_rate_min", "97.5")];
    let preview = preview(&mut visitor, &numbers).await;
    preview.ok().sees("1 open application will be measured against it");
    assert_eq!(
        preview.texts("tbody tr"),
        [
            "Record with the operator, at least 3 calendar months 24 calendar months",
            "Completed orders, at least (%) 95% 97.5%"
        ]
    );
    assert_eq!(world.value(VERSIONS).await, "1", "looked at, not published");
    // Back to the numbers, and forth again.
    let again = visitor.submit_on(&preview, "Back to the numbers", &[]).await;
    assert_eq!(again.ok().field("completion_rate_min"), "97.5");
    let preview = visitor.submit_on(&again, FORM, &[]).await;
    let published = visitor.submit_on(&preview, PUBLISH, &[REASON]).await;
    published.sends_to("/admin/policies?done=thresholds-published");
    let page = visitor.follow(published).await;
    page.ok().sees("version 2 of the thresholds").sees("Young shops have failed.");
    page.sees("Completed orders, at least (%): 95% → 97.5%").sees("Published by Staff");
    // At once, for everybody, on any instance: nothing is kept in a program.
    let other = crate::support::serve(&world.config).await;
    for mut reader in [world.visitor(), Visitor::at(&other.url, &world.config.http.origin())] {
        reader.get("/rules").await.ok().sees("24 calendar months").sees("At least 97.5% completed");
    }
    let shown = reviewer.get(&open.path()).await.ok().texts(".criteria li");
    assert!(shown[1].contains("Needed 24 calendar months"), "{shown:#?}");
    let page = reviewer.get(&approved.path()).await.ok().texts(".criteria li");
    assert!(page[1].contains("Needed 3 calendar months"), "{page:#?}");
    assert_eq!(world.value(decided).await, kept);
    // Who, what, before, after, why.
    let line = "SELECT concat_ws(' ', subject, before, after, reason) FROM audit_entries \
                WHERE action = 'thresholds.publish'";
    assert_eq!(
        world.value(line).await,
        "thresholds:2 \
         {\"version\": 1, \"tenure_months\": 3, \"completion_rate_min\": \"0.95\"} \
         {\"version\": 2, \"tenure_months\": 24, \"completion_rate_min\": \"0.975\"} \
         Young shops have failed."
    );
    let trail = visitor.get("/admin/audit?action=thresholds.publish").await;
    trail.ok().sees("Thresholds, version 2");
    trail.sees("Record with the operator, at least: 3 calendar months → 24 calendar months");
    assert_eq!(world.audit().await, Vec::<Vec<_>>::new());
}

#[tokio::test]
async fn what_cannot_be_a_threshold_is_said_beside_its_field() {
    let world = World::new().await;
    let mut visitor = administrator(&world).await;
    let token = visitor.csrf_token(FORM).await;
    let good: Vec<(&str, String)> = {
        let page = visitor.get(FORM).await;
        Threshold::ALL.into_iter().map(|which| (which.key(), page.field(which.key()))).collect()
    };
    for which in Threshold::ALL {
        let (least, most) = which.bounds();
        let above = match which.unit() {
            Unit::Stars => "5.01".to_owned(),
            _ => which.shown(most + Decimal::new(1, 4)),
        };
        let far = which.shown(most + Decimal::ONE);
        let mut odd =
            vec!["", " ", "three", "-1", "1e1", "NaN", "1,5", "１－２", "9".repeat(40).leak()];
        odd.extend([far.as_str(), above.as_str()]);
        if least >= Decimal::ONE || which.unit() == Unit::Percent && !least.is_zero() {
            odd.push("0");
        }
        for typed in odd {
            for path in [FORM, PUBLISH] {
                let mut fields = vec![("csrf_token", token.as_str()), ("version", "1"), REASON];
                let others = good.iter().filter(|(key, _)| *key != which.key());
                fields.extend(others.map(|(key, value)| (*key, value.as_str())));
                fields.push((which.key(), typed));
                let answer = visitor.post(path, &fields).await;
                assert!(!answer.expect(422).error(which.key()).is_empty(), "{which:?} {typed:?}");
                assert_eq!(answer.field(which.key()), typed, "what was typed is kept");
                assert_eq!(answer.errors().len(), 1, "{:?}", answer.errors());
            }
        }
    }
    let same = preview(&mut visitor, &[("rating_min", "4")]).await;
    same.expect(422).sees("Nothing would change");
    let preview = preview(&mut visitor, &[("rating_min", "4.2")]).await;
    let unreasoned = visitor.submit_on(&preview, PUBLISH, &[]).await;
    unreasoned.expect(422).sees("Give a reason for publishing").sees("4.2");
    // A form without a version, or with that of nobody's page.
    for version in ["", "0", "7", "-1", "x", "99999999999"] {
        let fields = [("csrf_token", token.as_str()), ("version", version), REASON];
        visitor.post(PUBLISH, &fields).await.expect(409);
    }
    assert_eq!(world.value(VERSIONS).await, "1");
    assert_eq!(world.value("SELECT count(*) FROM audit_entries").await, "0");
}

#[tokio::test]
async fn of_two_administrators_the_second_overwrites_nothing() {
    let world = World::new().await;
    let (mut one, mut two) = (administrator(&world).await, administrator(&world).await);
    let late = two.get(FORM).await;
    let first = preview(&mut one, &[("tenure_months", "6")]).await;
    let second = preview(&mut two, &[("rating_min", "4.5")]).await;
    let reason = [REASON];
    let (a, b) = tokio::join!(
        one.submit_on(&first, PUBLISH, &reason),
        two.submit_on(&second, PUBLISH, &reason)
    );
    let mut statuses = [a.status, b.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 409], "published once");
    assert_eq!(world.value(VERSIONS).await, "2");
    let (loser, mut who) = if a.status == 409 { (a, one) } else { (b, two) };
    loser.sees("Somebody published version 2 since you opened the page");
    // The form has what its reader changed, upon what is in force now.
    let look = who.submit_on(&loser, FORM, &[]).await;
    assert_eq!(look.ok().texts("tbody tr").len(), 1, "{:?}", look.texts("tbody tr"));
    who.submit_on(&look, PUBLISH, &reason).await.expect(303);
    let both = "SELECT (thresholds->>'tenure_months') || ' ' || (thresholds->>'rating_min') \
                FROM criteria_thresholds WHERE version = 3";
    assert_eq!(world.value(both).await, "6 4.5");
    // A page from before shows nothing but that.
    let stale = who.submit_on(&late, FORM, &[("tenure_months", "9")]).await;
    stale.expect(409).sees("Somebody published version 3");
    assert_eq!(
        (stale.field("tenure_months"), stale.field("rating_min")),
        ("9".into(), "4.5".into())
    );
    assert_eq!(world.audit().await, Vec::<Vec<_>>::new());
}

#[tokio::test]
async fn an_administrator_shows_who_they_are_before_publishing() {
    let world = World::new().await;
    let boss = world.staff(Role::Administrator).await;
    let mut visitor = world.visitor_as(&boss).await;
    let preview = preview(&mut visitor, &[("tenure_months", "6")]).await;
    world.advance(Duration::minutes(16)).await;
    let asked = visitor.submit_on(&preview, PUBLISH, &[REASON]).await;
    asked.expect(422).sees("Password");
    assert_eq!(world.value(VERSIONS).await, "1");
    // Who is no administrator any more publishes nothing, whatever was on the screen.
    world
        .owner_sql(&format!("UPDATE users SET staff_roles = '{{reviewer}}' WHERE id = {}", boss.id))
        .await;
    visitor.submit_on(&preview, PUBLISH, &[REASON]).await.expect(403);
    assert_eq!(world.value(VERSIONS).await, "1");
}

/// Whole numbers are kept as numbers, parts as texts.
fn json(which: Threshold, value: &str) -> String {
    let is_part = matches!(which.unit(), Unit::Percent | Unit::Stars);
    if is_part { format!("\"{value}\"") } else { value.to_owned() }
}

#[tokio::test]
async fn a_stolen_server_switches_no_criterion_off() {
    let world = World::new().await;
    let boss = world.staff(Role::Administrator).await;
    let reviewer = world.staff(Role::Reviewer).await;
    let server = world.as_server().await;
    let call = async |version: i32, change: &str, by: i64, reason: &str| {
        let sql = format!(
            "SELECT publish_thresholds({version}, thresholds {change}, {by}, '{reason}') \
             FROM criteria_thresholds WHERE version = 1"
        );
        match server.try_rows(&sql).await {
            Ok(rows) => rows[0][0].clone().unwrap_or_default(),
            Err(error) => error.code().map(|c| c.code().to_owned()).unwrap_or_default(),
        }
    };
    let set = |which: Threshold, value: &str| {
        format!("|| '{{\"{}\": {}}}'", which.key(), json(which, value))
    };
    let young = set(Threshold::TenureMonths, "1");
    for (version, change, by, reason, answer) in [
        (2, young.as_str(), reviewer.id, "x", "forbidden"),
        (2, young.as_str(), 0, "x", "forbidden"),
        (2, young.as_str(), boss.id, "  ", "SU003"),
        (1, young.as_str(), boss.id, "x", "lost"),
        (3, young.as_str(), boss.id, "x", "lost"),
        (2, "", boss.id, "x", "same"),
        (2, "|| '{\"rating_min\": \"4.00\"}'", boss.id, "x", "same"),
        (2, "- 'rating_min'", boss.id, "x", "SU003"),
        (2, "|| '{\"odd\": 1}'", boss.id, "x", "SU003"),
        (2, "- 'rating_min' || '{\"odd\": 1}'", boss.id, "x", "SU003"),
        (2, "|| '{\"rating_min\": 4.5}'", boss.id, "x", "SU003"),
        (2, "|| '{\"tenure_months\": \"1\"}'", boss.id, "x", "SU003"),
        (2, "|| '{\"tenure_months\": 1.0}'", boss.id, "x", "SU003"),
        (2, "|| '{\"tenure_months\": null}'", boss.id, "x", "SU003"),
        (2, "|| '{\"tenure_months\": [1]}'", boss.id, "x", "SU003"),
    ] {
        assert_eq!(call(version, change, by, reason).await, answer, "{version} {change} {reason}");
    }
    // The database's bounds are the program's.
    for which in Threshold::ALL {
        let (least, most) = which.bounds();
        let step = match which.unit() {
            Unit::Percent => Decimal::new(1, 4),
            Unit::Stars => Decimal::new(1, 1),
            Unit::Count | Unit::Months | Unit::Days => Decimal::ONE,
        };
        let fine = (step / Decimal::TEN).normalize();
        for value in [least - step, most + step, least + fine] {
            let change = set(which, &value.to_string());
            assert_eq!(call(2, &change, boss.id, "x").await, "SU003", "{which:?} {value}");
        }
        for value in [least, most] {
            let change = set(which, &value.normalize().to_string());
            let answer = call(5, &change, boss.id, "x").await;
            assert_eq!(answer, "lost", "{which:?} {value} is within them");
        }
    }
    assert_eq!(world.value(VERSIONS).await, "1");
    let refused = server.refused("INSERT INTO criteria_thresholds VALUES (2, '{}', now())").await;
    assert_eq!(refused.0, "42501");
    for sql in ["UPDATE criteria_thresholds SET reason = 'x'", "DELETE FROM criteria_thresholds"] {
        assert!(world.as_owner().await.try_rows(sql).await.is_err(), "{sql}");
    }
    assert_eq!(call(2, &young, boss.id, "x").await, "done");
    assert_eq!(world.audit().await, Vec::<Vec<_>>::new());
}

#[tokio::test]
async fn each_rule_of_the_thresholds_is_found_broken() {
    let world = World::new().await;
    let boss = world.staff(Role::Administrator).await;
    let later = format!(
        "INSERT INTO criteria_thresholds SELECT 2, thresholds, surety_now(), {}, 'x' \
         FROM criteria_thresholds",
        boss.id
    );
    for (rule, sql) in [
        (
            "what is kept cannot be changed",
            "ALTER TABLE criteria_thresholds DISABLE TRIGGER criteria_thresholds_append_only",
        ),
        (
            "the server's role does not write what functions write",
            "GRANT INSERT ON criteria_thresholds TO surety_server",
        ),
        (
            "thresholds have one version after the other",
            "INSERT INTO criteria_thresholds SELECT 3, thresholds, surety_now() \
             FROM criteria_thresholds",
        ),
        (
            "thresholds have one version after the other",
            "INSERT INTO criteria_thresholds SELECT 2, thresholds, effective_at - interval '1 day' \
             FROM criteria_thresholds",
        ),
        ("who published thresholds stands in the trail", later.as_str()),
    ] {
        let owner = world.as_owner().await;
        let broken = format!("BEGIN; {sql}; SELECT rule FROM audit_differences(); ROLLBACK");
        let found = owner.rows(&broken).await;
        let found: Vec<_> = found.iter().filter_map(|row| row[0].as_deref()).collect();
        assert_eq!(found, [rule], "{sql}");
    }
}
