//! A change of a badge shows at once on every server, and soon when the telling fails.

use std::time::{Duration, Instant};

use surety::accounts::actor::Role;
use surety::kernel::merchant_code::MerchantCode;
use surety::trust::Suspension;
use surety::trust::commands::{ByStaff, reinstate, revoke, suspend};

use super::{add_domain, shop};
use crate::support::{Merchant, Served, Visitor, World, serve};
use crate::trust::suspensions::{begin, end};

/// Well below the twenty seconds after which a server asks by itself.
const PROMPTLY: Duration = Duration::from_secs(10);

/// Two servers over one database, with somebody in front of each.
struct Two {
    world: World,
    shop: Merchant,
    visitors: Vec<Visitor>,
    _second: Served,
}

impl Two {
    async fn new() -> Self {
        let world = World::new().await;
        let shop = shop(&world, "Lantern Bikes", "bikes.example").await;
        let second = serve(&world.config).await;
        let visitors = vec![world.visitor(), Visitor::at(&second.url, &world.config.http.origin())];
        Self { world, shop, visitors, _second: second }
    }

    /// Waits until both servers show this on the badge and on the authentication page.
    async fn both_show(&mut self, badge: &str, page: &str) {
        let code = &self.shop.code;
        for (place, visitor) in self.visitors.iter_mut().enumerate() {
            let began = Instant::now();
            loop {
                let drawn = visitor.get(&format!("/badge/{code}.svg")).await;
                let heading = visitor.get(&format!("/verify/{code}")).await.h1();
                if drawn.body().contains(badge) && heading.contains(page) {
                    break;
                }
                assert!(
                    began.elapsed() < PROMPTLY,
                    "server {place} does not show {badge}: {heading}"
                );
            }
        }
    }
}

#[tokio::test]
async fn a_change_shows_at_once_on_every_server() {
    let mut two = Two::new().await;
    two.both_show("Trust merchant", "is a trust merchant").await;
    let reviewer = two.world.staff(Role::Reviewer).await;
    let by = ByStaff { user_id: reviewer.id, reason: "complaints" };
    let (db, id) = (two.world.db.clone(), two.shop.id);
    suspend(&db, id, by).await.expect("suspended");
    two.both_show("SUSPENDED", "is suspended").await;
    reinstate(&db, id, by).await.expect("reinstated");
    two.both_show("Trust merchant", "is a trust merchant").await;
    // A domain, and the name.
    add_domain(&two.world, &two.shop, "lantern.example").await;
    for visitor in &mut two.visitors {
        let began = Instant::now();
        let path = format!("/verify/{}", two.shop.code);
        while !visitor.get(&path).await.text().contains("lantern.example") {
            assert!(began.elapsed() < PROMPTLY);
        }
    }
    two.world.owner_sql("UPDATE merchants SET name = 'Harbour Books'").await;
    two.both_show("Trust merchant", "Harbour Books is a trust merchant").await;
}

/// What a program reads of the suspension on each server.
async fn suspended_for(two: &mut Two) -> Vec<serde_json::Value> {
    let path = format!("/verify/{}.json", two.shop.code);
    let mut told = Vec::new();
    for visitor in &mut two.visitors {
        told.push(visitor.get(&path).await.json()["suspended_for"].clone());
    }
    told
}

#[tokio::test]
async fn each_cause_shows_at_once_on_every_server_and_several_do() {
    let mut two = Two::new().await;
    two.both_show("Trust merchant", "is a trust merchant").await;
    let reviewer = two.world.staff(Role::Reviewer).await;
    let by = ByStaff { user_id: reviewer.id, reason: "a private reason" };
    let told = [
        (Suspension::DeceptionFinding, "a finding that it deceived a buyer"),
        (Suspension::FundDebt, "It owes money to the guarantee fund"),
        (Suspension::DomainLost, "could not be verified for seven days"),
        (Suspension::AgreementSuperseded, "has not signed the new alliance agreement"),
        (Suspension::Staff, "Staff decided so"),
    ];
    let path = format!("/verify/{}", two.shop.code);
    // One after the other, and each lifted again.
    for (cause, words) in told {
        match cause {
            Suspension::Staff => suspend(&two.world.db, two.shop.id, by).await.expect("suspended"),
            _ => assert!(begin(&two.world, &two.shop, cause, "one").await),
        }
        two.both_show("SUSPENDED", "is suspended").await;
        assert_eq!(suspended_for(&mut two).await, vec![serde_json::json!([cause.name()]); 2]);
        for visitor in &mut two.visitors {
            let page = visitor.get(&path).await;
            page.sees(words).sees_not("a private reason").sees_not("Case 7.");
        }
        if cause.ends_by_itself() {
            assert!(end(&two.world, &two.shop, cause, "one").await.expect("ended"));
        } else {
            reinstate(&two.world.db, two.shop.id, by).await.expect("reinstated");
        }
        two.both_show("Trust merchant", "is a trust merchant").await;
    }
    // Several: the badge stays suspended until the last is gone.
    begin(&two.world, &two.shop, Suspension::FundDebt, "two").await;
    begin(&two.world, &two.shop, Suspension::DomainLost, "two").await;
    two.both_show("SUSPENDED", "is suspended").await;
    end(&two.world, &two.shop, Suspension::FundDebt, "two").await.expect("ended");
    let lost = vec![serde_json::json!(["domain_lost"]); 2];
    let began = Instant::now();
    while suspended_for(&mut two).await != lost {
        assert!(began.elapsed() < PROMPTLY);
    }
    end(&two.world, &two.shop, Suspension::DomainLost, "two").await.expect("ended");
    two.both_show("Trust merchant", "is a trust merchant").await;
    revoke(&two.world.db, two.shop.id, by).await.expect("revoked");
    two.both_show("REVOKED", "has lost its badge for good").await;
    two.visitors[0].get(&path).await.sees("Why:").sees("Staff decided so");
}

#[tokio::test]
async fn a_code_that_nobody_had_is_known_as_soon_as_somebody_has_it() {
    let mut two = Two::new().await;
    let code = MerchantCode::from_number(77_777_777).expect("a code").as_str().to_owned();
    let old = std::mem::replace(&mut two.shop.code, code.clone());
    for visitor in &mut two.visitors {
        visitor.get(&format!("/verify/{code}")).await.expect(404);
        visitor.get(&format!("/badge/{code}.svg")).await.expect(404);
    }
    let sql = format!("UPDATE merchants SET code = '{code}' WHERE code = '{old}'");
    two.world.owner_sql(&sql).await;
    two.both_show("Trust merchant", "is a trust merchant").await;
}

#[tokio::test]
async fn what_was_told_while_nobody_listened_is_not_missed() {
    let mut two = Two::new().await;
    two.both_show("Trust merchant", "is a trust merchant").await;
    // Both are cut off, and what is told meanwhile is told to nobody.
    let cut = "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity \
               WHERE datname = current_database() AND query = 'LISTEN public_record'";
    assert_eq!(two.world.as_server().await.rows(cut).await.len(), 2);
    two.world.owner_sql("UPDATE badges SET state = 'suspended'").await;
    two.both_show("SUSPENDED", "is suspended").await;
}
