//! Months of trade, and orders in every state with clocks running.

use chrono::Duration;
use rust_decimal::Decimal;
use uuid::Uuid;

use super::people::{Cast, Player};
use super::shops::{Fate, Shop};
use super::{DemoError, Stage};
use crate::kernel::money::{Currency, Money};
use crate::ledger::outgoing_store::pay_out;
use crate::orders::change::{Delivery, Party};
use crate::orders::commands::{self as orders, Created, Goods, OrderError};
use crate::orders::policy::DeliveryKind;
use crate::orders::{Key, change_payment_account, payment, state};
use crate::payments::sandbox::{self, Play};
use crate::{disputes, ledger, trust};

/// Acts of the story have no place that they came from.
const NOWHERE: i64 = 0;

const GOODS: [(&str, &str, i64); 10] = [
    ("City bicycle, 52 cm", "Seven gears, lights, new chain. Some scratches on the frame.", 1_280),
    ("Cargo bicycle", "Carries two children. New brakes last spring.", 6_900),
    ("Folding bicycle", "Folds in ten seconds, fits under a desk.", 2_150),
    ("Child seat", "For the rear rack, up to 22 kg.", 340),
    ("Helmet, size M", "Worn one summer, never dropped.", 220),
    ("Film camera with 50 mm lens", "Shutter exact at all speeds, light seals renewed.", 1_900),
    ("Phone, 128 GB", "Battery at 91 %. Not locked to a provider.", 2_400),
    ("Writing desk, oak", "120 × 60 cm, three drawers, one key.", 980),
    ("Game account voucher", "One year of play, code by mail.", 365),
    ("Travel guide set", "Four volumes, as new.", 160),
];

impl Stage {
    async fn make(&self, shop: &Shop, buyer: &Player, item: usize) -> Result<Created, DemoError> {
        let (title, description, price) = GOODS[item % GOODS.len()];
        let cny = Currency::parse("CNY").map_err(OrderError::from)?;
        let price = Money::new(price.into(), cny).map_err(OrderError::from)?;
        let goods = Goods {
            public_id: Uuid::new_v4(),
            merchant: (shop.merchant.id, &shop.merchant.name),
            covered: trust::is_covered(&self.db, shop.merchant.id).await?,
            buyer_email: Some(&buyer.email),
            title,
            description,
            condition: "used",
            price,
            time_zone: "Asia/Shanghai",
            by: (shop.owner.id, NOWHERE),
        };
        Ok(orders::create(&self.db, self.config.key_bytes(), &goods).await?)
    }

    async fn paid(&self, shop: &Shop, buyer: &Player, item: usize) -> Result<Uuid, DemoError> {
        let id = self.make(shop, buyer, item).await?.public_id;
        self.pay(id, buyer, Play::Success).await?;
        Ok(id)
    }

    async fn pay(&self, id: Uuid, buyer: &Player, play: Play) -> Result<(), DemoError> {
        let (order, now) = crate::orders::find(&self.db, Key::Public(id)).await?;
        let gateway = self.services.payments.gateway.as_ref();
        let payer = (Some(buyer.id), &buyer.email);
        let begun = payment::begin(&self.db, gateway, (&order, now), payer, "en", "/").await?;
        sandbox::play(&self.db, begun.reference, play).await?;
        self.services.payments.deliver_sandbox_notices(&self.db).await?;
        Ok(())
    }

    async fn deliver(&self, shop: &Shop, id: Uuid) -> Result<(), DemoError> {
        let delivery = Delivery {
            kind: DeliveryKind::Express,
            carrier: "SF Express".to_owned(),
            tracking: format!("SF{:010}", id.as_u128() % 10_000_000_000),
        };
        Ok(orders::deliver(&self.db, id, merchant(shop), &delivery).await?)
    }

    async fn confirm(&self, buyer: &Player, id: Uuid) -> Result<(), DemoError> {
        let party = Party::Buyer(buyer.id, NOWHERE);
        let decide = |o: &_, now| state::confirm(o, party, now);
        Ok(orders::change_own(&self.db, id, buyer.id, decide).await?)
    }

    async fn ask_refund(
        &self,
        buyer: &Player,
        id: Uuid,
        amount: Option<i64>,
        reason: &str,
    ) -> Result<(), DemoError> {
        let (order, _) = crate::orders::find(&self.db, Key::Public(id)).await?;
        let amount = match amount {
            Some(units) => {
                Money::new(units.into(), order.price.currency()).map_err(OrderError::from)?
            }
            None => order.price,
        };
        let party = Party::Buyer(buyer.id, NOWHERE);
        Ok(disputes::commands::ask(&self.db, id, party, amount, reason).await?)
    }
}

fn merchant(shop: &Shop) -> Party {
    Party::Merchant(shop.owner.id, NOWHERE)
}

/// The shops that trade: those that were trusted for the last months.
fn trading(shops: &[Shop]) -> Vec<&Shop> {
    let live = [Fate::Trusted, Fate::Suspended];
    shops.iter().filter(|s| live.contains(&s.fate)).collect()
}

/// A trade for each shop that trades, every ten days: confirmed, left to the clock, sent back.
pub(super) async fn history(
    stage: &mut Stage,
    cast: &Cast,
    shops: &[Shop],
) -> Result<(), DemoError> {
    let shops = trading(shops);
    for (round, days) in (30_i64..=250).rev().step_by(20).enumerate() {
        stage.go(Duration::days(days)).await?;
        let mut open = Vec::new();
        for (n, shop) in shops.iter().enumerate() {
            let buyer = &cast.crowd[(round + n) % cast.crowd.len()];
            open.push((*shop, buyer, stage.paid(shop, buyer, round * 3 + n).await?));
        }
        stage.go(Duration::days(days - 2)).await?;
        for (n, (shop, _, id)) in open.iter().enumerate() {
            // One in nine is never delivered: the clock gives the money back.
            if (round + n) % 9 != 8 {
                stage.deliver(shop, *id).await?;
            }
        }
        stage.go(Duration::days(days - 5)).await?;
        for (n, (_, buyer, id)) in open.iter().enumerate() {
            match (round + n) % 9 {
                // Left to the clock, or never delivered.
                2 | 5 | 8 => {}
                7 => stage.ask_refund(buyer, *id, None, "It is not what was described.").await?,
                _ => stage.confirm(buyer, *id).await?,
            }
        }
    }
    if let Some(first) = shops.first() {
        let (id, owner) = (first.merchant.id, first.owner.id);
        let holder = "Lantern Bikes Ltd";
        change_payment_account(&stage.db, id, holder, "DE02120300000000202051", owner).await?;
    }
    stage.go(Duration::days(14)).await?;
    if let Some(first) = shops.first() {
        draw(stage, first).await?;
    }
    Ok(())
}

/// The shop draws half of its money.
async fn draw(stage: &Stage, shop: &Shop) -> Result<(), DemoError> {
    let balances = ledger::merchant_balances(&stage.db, shop.merchant.id).await?;
    for balance in balances.into_iter().filter(Money::is_positive) {
        let half = balance.share(Decimal::new(5, 1)).map_err(OrderError::from)?;
        let gateway = stage.services.payments.gateway.name();
        let id = Uuid::new_v4();
        let drawn = pay_out(&stage.db, id, shop.merchant.id, half, gateway).await?;
        drawn.map_err(|_| DemoError::Story("a payout was refused"))?;
    }
    Ok(())
}

/// The orders of the last days, one in each state.
pub(super) async fn now(stage: &mut Stage, cast: &Cast, shops: &[Shop]) -> Result<(), DemoError> {
    let Some(lantern) = shops.first() else { return Err(DemoError::Story("no shop")) };
    let buyer = &cast.buyer;
    // Late: paid eight days ago and not delivered.
    stage.go(Duration::days(8)).await?;
    stage.paid(lantern, buyer, 3).await?;
    let waits = stage.paid(lantern, buyer, 0).await?;
    let declined = stage.paid(lantern, buyer, 2).await?;
    let asked = stage.paid(lantern, buyer, 4).await?;
    let split = stage.paid(lantern, buyer, 5).await?;
    let done = stage.paid(lantern, buyer, 7).await?;
    stage.go(Duration::days(6)).await?;
    for id in [waits, declined, asked, split, done] {
        stage.deliver(lantern, id).await?;
    }
    stage.go(Duration::days(3)).await?;
    stage.confirm(buyer, done).await?;
    stage.ask_refund(buyer, split, Some(400), "The lens has a scratch.").await?;
    disputes::commands::agree(&stage.db, split, merchant(lantern)).await?;
    stage.ask_refund(buyer, declined, None, "It does not fold as promised.").await?;
    stage.go(Duration::days(2)).await?;
    let why = "It folds when the catch is pulled: see page 3 of the booklet.";
    disputes::commands::decline(&stage.db, declined, merchant(lantern), why).await?;
    stage.go(Duration::hours(20)).await?;
    stage.ask_refund(buyer, asked, Some(80), "The strap is torn.").await?;
    stage.paid(lantern, &cast.crowd[0], 1).await?;
    let too_little = stage.make(lantern, &cast.crowd[1], 6).await?;
    stage.pay(too_little.public_id, &cast.crowd[1], Play::WrongAmount).await?;
    stage.go(Duration::hours(3)).await?;
    stage.paid(lantern, buyer, 9).await?;
    stage.make(lantern, buyer, 8).await?;
    Ok(())
}
