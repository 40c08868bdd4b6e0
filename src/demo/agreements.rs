//! Newer versions of the alliance agreement, and of the thresholds.

use chrono::Duration;

use super::people::Cast;
use super::shops::{Fate, Shop};
use super::{DemoError, Stage};
use crate::kernel::locale::Locale;
use crate::trust;
use crate::trust::commands::{self, Written};
use crate::trust::criteria::Thresholds;

/// A paragraph that a version adds, in English and Chinese.
type Added = (&'static str, &'static str);

const SECOND: Added = (
    "9. What you know of buyers\nYou use a buyer's name, address and telephone number to deliver \
     and to answer, and for nothing else. You delete them when the time to claim is over.",
    "九、买家信息\n买家的姓名、地址和电话只能用于交付和答复，不得用于其他用途。索赔期限届满后，您应当删除。",
);
const THIRD: Added = (
    "10. Your site\nYou tell us before you give up a domain that carries the badge.",
    "十、您的网站\n您在停用展示标识的域名之前，应当先告知我们。",
);

/// Publishes a second version ahead of its date. Every shop signs it in time, except the one that
/// will be suspended.
pub(super) async fn second(
    stage: &Stage,
    cast: &Cast,
    shops: &[Shop],
    in_force_before_now: Duration,
) -> Result<(), DemoError> {
    let version = publish(stage, cast, SECOND, in_force_before_now).await?;
    for shop in shops.iter().filter(|s| s.fate != Fate::Suspended) {
        sign(stage, shop, version).await?;
    }
    Ok(())
}

/// Publishes a third version, which one shop and one applicant have yet to sign.
pub(super) async fn third(stage: &Stage, cast: &Cast, shops: &[Shop]) -> Result<(), DemoError> {
    let version = publish(stage, cast, THIRD, Duration::days(10)).await?;
    let late = ["Wings & Ways", "Umbrella Insurance"];
    let signs = |s: &&Shop| s.fate != Fate::Suspended && !late.contains(&s.merchant.name.as_str());
    for shop in shops.iter().filter(signs) {
        sign(stage, shop, version).await?;
    }
    stage.work().await
}

/// Changes the number of months in which findings count.
pub(super) async fn findings_count_for(
    stage: &Stage,
    cast: &Cast,
    months: u32,
    reason: &str,
) -> Result<(), DemoError> {
    let in_force = trust::thresholds(&stage.db, stage.db.now().await?).await?;
    let version = in_force.version;
    let next = Thresholds { deception_window_months: months, ..in_force };
    let administrator = cast.administrator.id;
    commands::publish_thresholds(&stage.db, administrator, version, next, reason).await?;
    Ok(())
}

/// Publishes the next version, as an administrator does. Returns its number.
async fn publish(
    stage: &Stage,
    cast: &Cast,
    (english, chinese): Added,
    in_force_before_now: Duration,
) -> Result<i32, DemoError> {
    let (db, zone) = (&stage.db, stage.config.time_zone);
    let (newest, _) = commands::next_version(db).await?;
    let before = trust::agreement(db, newest.version).await?;
    let before = before.ok_or(DemoError::Story("no agreement"))?;
    let number = |n: i32| [format!("VERSION {n}"), format!("第 {n} 版")];
    let (old, new) = (number(newest.version), number(newest.version + 1));
    let text = |text: &str, added: &str| {
        format!("{}\n\n{added}\n", text.trim()).replace(&old[0], &new[0]).replace(&old[1], &new[1])
    };
    // The story's clock is set back, but the date counts from the real one.
    let day = chrono::Utc::now() - in_force_before_now;
    let written = Written {
        text_en: text(&before.text_en, english),
        text_zh: text(&before.text_zh, chinese),
        effective_on: day.with_timezone(&zone).date_naive(),
    };
    let administrator = cast.administrator.id;
    commands::save_draft(db, administrator, 0, &written).await?;
    let reason = "What was learned in the last months.";
    let version = newest.version + 1;
    commands::publish(db, administrator, (version, 0), reason, zone).await?;
    Ok(version)
}

pub(super) async fn sign(stage: &Stage, shop: &Shop, version: i32) -> Result<(), DemoError> {
    let locale = if shop.owner.name.is_ascii() { Locale::En } else { Locale::ZhHans };
    let (merchant, owner) = (shop.merchant.id, &shop.owner);
    commands::sign_agreement(&stage.db, merchant, owner.id, owner.name, version, locale).await?;
    Ok(())
}
