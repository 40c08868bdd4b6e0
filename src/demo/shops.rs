//! The shops: several industries, and every state of a badge.

use chrono::Duration;

use super::agreements::sign;
use super::people::{Cast, Player, player};
use super::{DemoError, Stage, papers, queue};
use crate::admission::application::{Application, BusinessDetails};
use crate::admission::commands::{self as admission, Decision};
use crate::admission::state::Act;
use crate::trust::commands::{self as trust, ByStaff};
use crate::trust::criteria::Criterion;
use crate::trust::fetch::Fetcher;
use crate::trust::{Industry, Merchant};

#[derive(Clone)]
pub(super) struct Shop {
    pub merchant: Merchant,
    pub owner: Player,
    pub fate: Fate,
    pub site: &'static str,
    registered: &'static str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    Trusted,
    /// Trusted almost a year ago, so the badge is up for renewal.
    Renewing,
    /// Like `Renewing`, with the renewal already submitted.
    RenewalSent,
    /// Trusted more than a year ago.
    Expired,
    Suspended,
    Revoked,
    /// The application waits in the queue.
    Waiting,
    Asked,
    Rejected,
    Draft,
}

struct Plan {
    owner: (&'static str, &'static str),
    name: &'static str,
    registered: &'static str,
    site: &'static str,
    industry: Industry,
    fate: Fate,
}

const fn plan(
    owner: (&'static str, &'static str),
    name: (&'static str, &'static str),
    site: &'static str,
    industry: Industry,
    fate: Fate,
) -> Plan {
    Plan { owner, name: name.0, registered: name.1, site, industry, fate }
}

const PLANS: [Plan; 16] = [
    plan(
        ("seller@demo.test", "Lea Hartmann"),
        ("Lantern Bikes", "Lantern Bikes Ltd"),
        "lantern-bikes.test",
        Industry::SecondHand,
        Fate::Trusted,
    ),
    plan(
        ("owner.games@demo.test", "韩梅"),
        ("流星游戏", "流星网络科技有限公司"),
        "liuxing-games.test",
        Industry::OnlineGames,
        Fate::Trusted,
    ),
    plan(
        ("owner.phones@demo.test", "Jonas Weber"),
        ("Clear Line Phones", "Clear Line Communications GmbH"),
        "clearline.test",
        Industry::DigitalCommunications,
        Fate::Trusted,
    ),
    plan(
        ("owner.wings@demo.test", "Sofia Rossi"),
        ("Wings & Ways", "Wings and Ways Travel SpA"),
        "wings-ways.test",
        Industry::AirTickets,
        Fate::Trusted,
    ),
    plan(
        ("owner.homes@demo.test", "李强"),
        ("安家租房", "安家房地产经纪有限公司"),
        "anjia-homes.test",
        Industry::Rentals,
        Fate::Renewing,
    ),
    plan(
        ("owner.prints@demo.test", "Eva Moon"),
        ("Paper Moon Prints", "Paper Moon Ltd"),
        "paper-moon.test",
        Industry::Other,
        Fate::RenewalSent,
    ),
    plan(
        ("owner.estate@demo.test", "Nora Lind"),
        ("Harbour Estates", "Harbour Estates AB"),
        "harbour-estates.test",
        Industry::RealEstate,
        Fate::Expired,
    ),
    plan(
        ("owner.cars@demo.test", "Pavel Kral"),
        ("Second Gear Cars", "Second Gear s.r.o."),
        "secondgear.test",
        Industry::UsedCars,
        Fate::Suspended,
    ),
    plan(
        ("owner.luck@demo.test", "Vera Stone"),
        ("Lucky Numbers", "Lucky Numbers Ltd"),
        "lucky-numbers.test",
        Industry::Lottery,
        Fate::Revoked,
    ),
    plan(
        ("applicant@demo.test", "Iris Okafor"),
        ("Okafor Cameras", "Okafor Cameras Ltd"),
        "okafor-cameras.test",
        Industry::SecondHand,
        Fate::Waiting,
    ),
    plan(
        ("owner.cover@demo.test", "Hugo Martin"),
        ("Umbrella Insurance", "Umbrella Assurances SA"),
        "umbrella-cover.test",
        Industry::Insurance,
        Fate::Waiting,
    ),
    plan(
        ("owner.flats@demo.test", "Jan Visser"),
        ("Northwind Flats", "Northwind Verhuur BV"),
        "northwind-flats.test",
        Industry::Rentals,
        Fate::Waiting,
    ),
    plan(
        ("owner.camellia@demo.test", "赵敏"),
        ("山茶二手书", "山茶图书有限公司"),
        "shancha-books.test",
        Industry::SecondHand,
        Fate::Waiting,
    ),
    plan(
        ("owner.lamps@demo.test", "Lena Brook"),
        ("Lantern Bykes", "L. Brook trading"),
        "lantern-bykes.test",
        Industry::SecondHand,
        Fate::Waiting,
    ),
    plan(
        ("owner.books@demo.test", "Samuel Reed"),
        ("Reed Books", "Reed Books"),
        "reed-books.test",
        Industry::Other,
        Fate::Asked,
    ),
    plan(
        ("owner.gold@demo.test", "Max Power"),
        ("Gold Today", "Gold Today"),
        "gold-today.test",
        Industry::Other,
        Fate::Rejected,
    ),
];

/// Opens all shops, and takes the applications that were decided long ago to their decision.
pub(super) async fn open(stage: &mut Stage, cast: &Cast) -> Result<Vec<Shop>, DemoError> {
    let mut shops = Vec::new();
    for plan in &PLANS {
        let owner = player(stage, plan.owner.0, plan.owner.1).await?;
        let merchant = trust::open_merchant(&stage.db, owner.id, plan.name, plan.industry).await?;
        let shop =
            Shop { merchant, owner, fate: plan.fate, site: plan.site, registered: plan.registered };
        if shop.fate != Fate::Draft {
            let version = trust::current_agreement(&stage.db).await?.version;
            sign(stage, &shop, version).await?;
        }
        shops.push(shop);
    }
    for (fate, days) in [(Fate::Expired, 430), (Fate::Renewing, 330)] {
        stage.go(Duration::days(days)).await?;
        let is_then =
            |s: &&Shop| s.fate == fate || fate == Fate::Renewing && s.fate == Fate::RenewalSent;
        for shop in shops.iter().filter(is_then) {
            approve(stage, cast, shop).await?;
        }
    }
    stage.go(Duration::days(260)).await?;
    let decided = [Fate::Trusted, Fate::Suspended, Fate::Revoked];
    for shop in shops.iter().filter(|s| decided.contains(&s.fate)) {
        approve(stage, cast, shop).await?;
    }
    Ok(shops)
}

/// Adds and proves the shop's site, then fills in and submits the application.
pub(super) async fn submit(stage: &Stage, shop: &Shop) -> Result<Application, DemoError> {
    let db = &stage.db;
    let (merchant, owner, zone) = (shop.merchant.id, shop.owner.id, stage.config.time_zone);
    let domain = trust::add_domain(db, merchant, shop.site).await?;
    let fetcher = Fetcher::new(&stage.config.test_hosts);
    if trust::check_domain(db, &fetcher, merchant, owner, domain.public_id).await?.is_some() {
        return Err(DemoError::Story("a shop's site does not answer"));
    }
    let draft = admission::start(db, merchant, owner, zone).await?;
    let number = format!("HRB {}", 40_000 + merchant * 137);
    let business_details = BusinessDetails {
        registered_name: shop.registered.to_owned(),
        registration_number: number.clone(),
        address: format!("{} Harbour Street, 20457 Hamburg", merchant * 3),
        responsible_person: shop.owner.name.to_owned(),
        about: format!("{} sells on its own site, {}.", shop.merchant.name, shop.site),
    };
    let save = Act::Save(business_details);
    admission::act_as_applicant(db, merchant, owner, draft.version, &save, zone).await?;
    papers::send(stage, shop, &number).await?;
    answer(stage, shop, "").await
}

/// Submits the application, or answers a reviewer's question.
pub(super) async fn answer(
    stage: &Stage,
    shop: &Shop,
    note: &str,
) -> Result<Application, DemoError> {
    let (db, merchant, owner) = (&stage.db, shop.merchant.id, shop.owner.id);
    let version = admission::last_of(db, merchant).await?.map_or(-1, |a| a.version);
    let submit = Act::Submit { note: note.to_owned() };
    let zone = stage.config.time_zone;
    Ok(admission::act_as_applicant(db, merchant, owner, version, &submit, zone).await?)
}

async fn decide(
    stage: &Stage,
    cast: &Cast,
    application: &Application,
    decision: &Decision,
    reason: &str,
) -> Result<Application, DemoError> {
    decide_by(stage, &cast.reviewer, application, decision, reason).await
}

pub(super) async fn decide_by(
    stage: &Stage,
    who: &Player,
    application: &Application,
    decision: &Decision,
    reason: &str,
) -> Result<Application, DemoError> {
    Ok(admission::act_as_reviewer(
        &stage.db,
        application.public_id,
        who.id,
        application.version,
        decision,
        reason,
        stage.config.time_zone,
    )
    .await?)
}

async fn approve(stage: &Stage, cast: &Cast, shop: &Shop) -> Result<(), DemoError> {
    let mut application = submit(stage, shop).await?;
    application = decide(stage, cast, &application, &Decision::Claim, "").await?;
    for criterion in [Criterion::Identity, Criterion::Reputation] {
        let judge = Decision::Judge { criterion, good: true };
        let reason = "The register and the references agree.";
        application = decide(stage, cast, &application, &judge, reason).await?;
    }
    decide(stage, cast, &application, &Decision::Approve, "All six criteria are met.").await?;
    stage.work().await
}

/// What happened to badges and applications in recent weeks.
pub(super) async fn last_weeks(
    stage: &mut Stage,
    cast: &Cast,
    shops: &[Shop],
) -> Result<(), DemoError> {
    stage.go(Duration::days(12)).await?;
    for shop in shops {
        let staff = |reason| ByStaff { user_id: cast.reviewer.id, reason };
        let id = shop.merchant.id;
        match shop.fate {
            Fate::Suspended => {
                let why = "The odometers of two cars were not as advertised.";
                trust::suspend(&stage.db, id, staff(why)).await?;
            }
            Fate::Revoked => {
                let why = "Winnings were not paid out to four buyers.";
                trust::revoke(&stage.db, id, staff(why)).await?;
            }
            Fate::Asked => {
                let application = submit(stage, shop).await?;
                let application = decide(stage, cast, &application, &Decision::Claim, "").await?;
                let why = "Please say under which number the shop is registered.";
                decide(stage, cast, &application, &Decision::Ask, why).await?;
            }
            Fate::Rejected => {
                let application = submit(stage, shop).await?;
                let application = decide(stage, cast, &application, &Decision::Claim, "").await?;
                let judge = Decision::Judge { criterion: Criterion::Identity, good: false };
                let why = "There is no such company in the register.";
                let application = decide(stage, cast, &application, &judge, why).await?;
                decide(stage, cast, &application, &Decision::Reject, why).await?;
            }
            _ => {}
        }
    }
    queue::fill(stage, cast, shops).await
}
