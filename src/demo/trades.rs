//! Months of trade, then orders in every state.

use chrono::Duration;
use rust_decimal::Decimal;
use uuid::Uuid;

use super::people::{Cast, Player};
use super::shops::{Fate, Shop};
use super::{DemoError, Stage};
use crate::kernel::money::{Currency, Money};
use crate::ledger::disbursement_store::pay_out;
use crate::orders::change::{Delivery, Party, Terms};
use crate::orders::commands::{self as orders, Created, Offer, OrderError};
use crate::orders::policy::{Channel, DeliveryKind};
use crate::orders::{Key, change_payment_account, payment, state};
use crate::payments::sandbox::{self, Play};
use crate::reputation::rating::Marks;
use crate::{cases, ledger, reputation, trust};

/// Actions in the story have no origin.
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

/// Ratings for goods, service and delivery, and the comments.
const RATINGS: [([i16; 3], &str, &str); 8] = [
    ([5, 5, 5], "Exactly as described, and packed with care.", "和描述一模一样，包装很用心。"),
    (
        [5, 4, 4],
        "Rides well. The answer to my question came within the hour.",
        "很好用，客服回复也快。",
    ),
    ([4, 4, 5], "Good for the price.", "这个价钱很值。"),
    ([5, 5, 4], "", ""),
    (
        [3, 4, 3],
        "It is all right; a small scratch was not in the pictures.",
        "还行，有一处划痕照片上没有。",
    ),
    (
        [5, 5, 5],
        "The second thing that I bought here, and not the last.",
        "第二次在这里买了，还会再来。",
    ),
    ([4, 5, 4], "Friendly, and honest about what was worn.", "态度好，旧的地方都说清楚了。"),
    ([2, 3, 2], "It came late and the box was open.", "到得晚，箱子也开了口。"),
];

/// Trades of the first shop for each trade of the others; enough for a higher tier.
const BUSY: usize = 11;

impl Stage {
    async fn make(&self, shop: &Shop, buyer: &Player, item: usize) -> Result<Created, DemoError> {
        let (title, description, price) = GOODS[item % GOODS.len()];
        let cny = Currency::parse("CNY").map_err(OrderError::from)?;
        let price = Money::new(price.into(), cny).map_err(OrderError::from)?;
        let offer = Offer {
            channel: Channel::GOODS,
            public_id: Uuid::new_v4(),
            merchant: (shop.merchant.id, &shop.merchant.name),
            covered: trust::is_covered(&self.db, shop.merchant.id).await?,
            buyer_email: Some(&buyer.email),
            title,
            terms: Terms {
                description: description.to_owned(),
                condition: "used".to_owned(),
                delivery: Some(DeliveryKind::Express),
            },
            price,
            time_zone: "Asia/Shanghai",
            by: (shop.owner.id, NOWHERE),
        };
        Ok(orders::create(&self.db, self.config.key_bytes(), &offer).await?)
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
        let order = (&order, now);
        let begun = payment::begin(&self.db, gateway, order, payer, "en", "/", None).await?;
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
        let decide = |order: &_, party, now| state::deliver(order, party, &delivery, now);
        Ok(orders::act(&self.db, id, merchant(shop), decide).await?)
    }

    async fn confirm(&self, buyer: &Player, id: Uuid) -> Result<(), DemoError> {
        let party = Party::Buyer(buyer.id, NOWHERE);
        Ok(orders::act(&self.db, id, party, state::confirm).await?)
    }

    async fn rate(&self, buyer: &Player, id: Uuid, number: usize) -> Result<(), DemoError> {
        let (given, en, zh) = RATINGS[number % RATINGS.len()];
        let words = if buyer.name.is_ascii() { en } else { zh };
        let [goods, service, delivery] = given;
        let marks = Marks::new(goods, service, delivery).ok_or(DemoError::Story("marks"))?;
        Ok(reputation::commands::rate(&self.db, id, buyer.id, marks, words).await?)
    }

    async fn answer(&self, shop: &Shop, id: Uuid) -> Result<(), DemoError> {
        let words = if shop.owner.name.is_ascii() {
            "Thank you. We are glad that it found a good home."
        } else {
            "谢谢惠顾，欢迎再来。"
        };
        let (merchant, owner) = (shop.merchant.id, shop.owner.id);
        Ok(reputation::commands::reply(&self.db, id, merchant, owner, words).await?)
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
        Ok(cases::commands::ask(&self.db, id, party, amount, reason).await?)
    }
}

fn merchant(shop: &Shop) -> Party {
    Party::Merchant(shop.owner.id, NOWHERE)
}

/// The shops that have been trusted for some months.
fn trading(shops: &[Shop]) -> Vec<&Shop> {
    let live = [Fate::Trusted, Fate::Renewing, Fate::Suspended];
    shops.iter().filter(|s| live.contains(&s.fate)).collect()
}

/// Every twenty days, a trade for each trading shop: confirmed, left to the clock, or refunded.
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
        let busy = busy(stage, cast, &shops, round).await?;
        stage.go(Duration::days(days - 2)).await?;
        for (n, (shop, _, id)) in open.iter().enumerate() {
            // One in nine is never delivered, so the clock refunds it.
            if (round + n) % 9 != 8 {
                stage.deliver(shop, *id).await?;
            }
        }
        for (shop, _, id) in &busy {
            stage.deliver(shop, *id).await?;
        }
        stage.go(Duration::days(days - 5)).await?;
        for (n, (_, buyer, id)) in open.iter().enumerate() {
            match (round + n) % 9 {
                // Left to the clock, or never delivered.
                2 | 5 | 8 => {}
                7 => stage.ask_refund(buyer, *id, None, "It is not what was described.").await?,
                _ => {
                    stage.confirm(buyer, *id).await?;
                    stage.rate(buyer, *id, round * 5 + n).await?;
                }
            }
        }
        for (n, (shop, buyer, id)) in busy.iter().enumerate() {
            stage.confirm(buyer, *id).await?;
            // Most are rated; the shop replies to a few of these, which publishes the rating.
            if n % 3 != 2 {
                stage.rate(buyer, *id, round + n).await?;
            }
            if n % 9 == 4 {
                stage.answer(shop, *id).await?;
            }
        }
    }
    self_dealt(stage, &shops).await?;
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

/// The first shop's additional trades in a round.
async fn busy<'a>(
    stage: &Stage,
    cast: &'a Cast,
    shops: &[&'a Shop],
    round: usize,
) -> Result<Vec<(&'a Shop, &'a Player, Uuid)>, DemoError> {
    let mut open = Vec::new();
    for n in 0..BUSY - 1 {
        let Some(shop) = shops.first() else { break };
        let buyer = &cast.crowd[(round + n) % cast.crowd.len()];
        open.push((*shop, buyer, stage.paid(shop, buyer, round + n).await?));
    }
    Ok(open)
}

/// An owner buys from their own shop, which counts for nothing.
async fn self_dealt(stage: &Stage, shops: &[&Shop]) -> Result<(), DemoError> {
    let Some(shop) = shops.get(2) else { return Ok(()) };
    let id = stage.paid(shop, &shop.owner, 6).await?;
    stage.deliver(shop, id).await?;
    stage.confirm(&shop.owner, id).await
}

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
    // Overdue: paid eight days ago and not delivered.
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
    // Not published yet, since the seller has not replied.
    stage.rate(buyer, done, 0).await?;
    stage.ask_refund(buyer, split, Some(400), "The lens has a scratch.").await?;
    cases::commands::agree(&stage.db, split, merchant(lantern)).await?;
    stage.ask_refund(buyer, declined, None, "It does not fold as promised.").await?;
    stage.go(Duration::days(2)).await?;
    let why = "It folds when the catch is pulled: see page 3 of the booklet.";
    cases::commands::decline(&stage.db, declined, merchant(lantern), why).await?;
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
