//! The start page of staff: the open work and a reviewer's own numbers.

use askama::Template;
use chrono_tz::Tz;

use crate::accounts::actor::{Actor, Desk, Role};
use crate::admission::numbers::{Numbers, Since, numbers};
use crate::admission::{
    QueueFilter, QueueState, age, asked_by, decided_by, overdue_before, queue_count,
};
use crate::db::{Db, DbError};
use crate::web::page::{Page, PageResult, html};

struct Own {
    numbers: Numbers,
    asked: i64,
    median: Option<String>,
}

#[derive(Template)]
#[template(path = "backoffice/overview.html")]
struct OverviewPage {
    page: Page,
    waiting: i64,
    overdue: i64,
    asked: i64,
    own: Option<Own>,
    is_reviewer: bool,
    is_administrator: bool,
    is_treasurer: bool,
}

/// GET `/admin`
pub async fn overview(Desk { page, actor, db, config }: Desk) -> PageResult {
    let (now, zone) = (page.now, config.time_zone);
    let open = QueueFilter::default();
    let late = overdue_before(now, zone);
    let overdue = QueueFilter { submitted_before: Some(late), ..QueueFilter::default() };
    let asked = QueueFilter { state: QueueState::NeedsInformation, ..QueueFilter::default() };
    let is_reviewer = actor.has(Role::Reviewer);
    let own = if is_reviewer { Some(own(&page, &db, &actor, zone).await?) } else { None };
    html(&OverviewPage {
        waiting: queue_count(&db, &open, now).await?,
        overdue: queue_count(&db, &overdue, now).await?,
        asked: queue_count(&db, &asked, now).await?,
        own,
        is_reviewer,
        is_administrator: actor.has(Role::Administrator),
        is_treasurer: actor.has(Role::Treasurer),
        page,
    })
}

async fn own(page: &Page, db: &Db, actor: &Actor, zone: Tz) -> Result<Own, DbError> {
    let since = Since::of(page.now, zone);
    let decided = decided_by(db, actor.0.user_id, since.first()).await?;
    let numbers = numbers(&decided, since, zone);
    let asked = asked_by(db, actor.0.user_id, since.month).await?;
    Ok(Own { median: numbers.median.map(|time| age(page, time)), asked, numbers })
}
