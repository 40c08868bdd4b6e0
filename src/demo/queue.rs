//! The review queue: applications of various ages, one resubmitted after a question, a renewal, and
//! one that a colleague has claimed.

use chrono::Duration;

use super::people::{Cast, Player};
use super::shops::{Fate, Shop, answer, decide_by, submit};
use super::{DemoError, Stage, papers};
use crate::admission::commands::{self as admission, Decision};
use crate::admission::state::Act;

/// How many days ago each waiting shop applied; the first is overdue.
const DAYS_AGO: [i64; 5] = [9, 6, 3, 2, 1];

/// Moves the clock forward to yesterday.
pub(super) async fn fill(stage: &mut Stage, cast: &Cast, shops: &[Shop]) -> Result<(), DemoError> {
    let waiting = shops.iter().filter(|s| s.fate == Fate::Waiting);
    for (shop, days) in waiting.zip(DAYS_AGO) {
        stage.go(Duration::days(days)).await?;
        submit(stage, shop).await?;
        // Gets a question, and is resubmitted the same day.
        if shop.site == "umbrella-cover.test" {
            asks(stage, &cast.reviewer, shop).await?;
            stage.clock.go(Duration::days(days) - Duration::hours(5)).await?;
            answers(stage, shop).await?;
        }
    }
    for shop in shops.iter().filter(|s| s.fate == Fate::RenewalSent) {
        renews(stage, shop).await?;
    }
    Ok(())
}

pub(super) async fn take_one(stage: &Stage, cast: &Cast, shops: &[Shop]) -> Result<(), DemoError> {
    let shop = shops.iter().find(|s| s.site == "northwind-flats.test");
    let shop = shop.ok_or(DemoError::Story("nobody waits"))?;
    let last = admission::last_of(&stage.db, shop.merchant.id).await?;
    let last = last.ok_or(DemoError::Story("no application"))?;
    decide_by(stage, &cast.administrator, &last, &Decision::Claim, "").await?;
    Ok(())
}

async fn asks(stage: &Stage, reviewer: &Player, shop: &Shop) -> Result<(), DemoError> {
    let last = admission::last_of(&stage.db, shop.merchant.id).await?;
    let last = last.ok_or(DemoError::Story("no application"))?;
    let taken = decide_by(stage, reviewer, &last, &Decision::Claim, "").await?;
    let why = "Please send the permit of the supervisory authority, too, and say who answers for \
               its duties.";
    decide_by(stage, reviewer, &taken, &Decision::Ask, why).await?;
    Ok(())
}

async fn answers(stage: &Stage, shop: &Shop) -> Result<(), DemoError> {
    change(stage, shop, "7 Speicherstadt, 20457 Hamburg", "Claire Dubois").await?;
    papers::send_more(stage, shop).await?;
    let words = "The permit is attached; it names our site. Claire Dubois answers for it. We have \
                 also moved.";
    answer(stage, shop, words).await?;
    Ok(())
}

/// The documents and details of a year ago are still there; only the address changes.
async fn renews(stage: &Stage, shop: &Shop) -> Result<(), DemoError> {
    let (merchant, owner, zone) = (shop.merchant.id, shop.owner.id, stage.config.time_zone);
    admission::start(&stage.db, merchant, owner, zone).await?;
    change(stage, shop, "12 Harbour Street, 20457 Hamburg", shop.owner.name).await?;
    answer(stage, shop, "").await?;
    Ok(())
}

async fn change(
    stage: &Stage,
    shop: &Shop,
    address: &str,
    responsible_person: &str,
) -> Result<(), DemoError> {
    let (merchant, owner, zone) = (shop.merchant.id, shop.owner.id, stage.config.time_zone);
    let last = admission::last_of(&stage.db, merchant).await?;
    let last = last.ok_or(DemoError::Story("no application"))?;
    let mut business_details = last.business_details.clone();
    address.clone_into(&mut business_details.address);
    responsible_person.clone_into(&mut business_details.responsible_person);
    let save = Act::Save(business_details);
    admission::act_as_applicant(&stage.db, merchant, owner, last.version, &save, zone).await?;
    Ok(())
}
