//! A change of a badge shows at once on every server, and soon when the telling fails.

use std::time::{Duration, Instant};

use surety::accounts::actor::Role;
use surety::kernel::merchant_code::MerchantCode;
use surety::trust::commands::{ByStaff, reinstate, suspend};

use super::{add_domain, shop};
use crate::support::{Merchant, Served, Visitor, World, serve};

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
        let other = Visitor::at(&second.url, &world.config.http.origin());
        let from_the_shop = |visitor: Visitor| visitor.header("referer", "https://bikes.example/");
        let visitors = [world.visitor(), other].map(from_the_shop).into();
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
