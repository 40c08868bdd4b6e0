//! Gathers what the page of one merchant shows.

use std::collections::HashMap;

use askama::Template;

use super::chip;
use crate::accounts::actor::Actor;
use crate::accounts::people::names_of;
use crate::admission::application::Application;
use crate::admission::of_merchant;
use crate::db::Db;
use crate::kernel::time::Timestamp;
use crate::trust::agreement::Signature;
use crate::trust::badge::BadgeEventKind;
use crate::trust::badge::life::reapply_from;
use crate::trust::{
    self, Badge, BadgeEvent, BadgeState, CauseRecord, Domain, Merchant, Suspension,
};
use crate::web::WebConfig;
use crate::web::error::PageError;
use crate::web::form::Form;
use crate::web::page::Page;

/// A cause of suspension, as shown to staff.
pub struct CauseView {
    pub words: String,
    pub detail: String,
    /// The reason given by whoever found it.
    pub reason: String,
    pub since: Timestamp,
    pub who: String,
    pub ended: Option<(Timestamp, String, String)>,
}

pub struct Line {
    pub words: String,
    pub who: String,
    pub at: Timestamp,
    /// Whether the event suspended or revoked the badge.
    pub is_bad: bool,
}

pub struct MemberView {
    pub name: String,
    pub since: Timestamp,
}

#[derive(Template)]
#[template(path = "backoffice/merchant.html")]
pub struct MerchantPage {
    pub page: Page,
    pub form: Form,
    pub merchant: Merchant,
    pub industry: String,
    pub chip: (&'static str, &'static str, String),
    pub lead: String,
    /// A moment that matters, with its label.
    pub moment: Option<(String, Timestamp)>,
    pub badge: Option<Badge>,
    pub standing: Vec<CauseView>,
    pub ended: Vec<CauseView>,
    pub lines: Vec<Line>,
    pub domains: Vec<Domain>,
    pub members: Vec<MemberView>,
    pub applications: Vec<(String, Application)>,
    pub signatures: Vec<Signature>,
    pub is_own: bool,
    pub may_suspend: bool,
    pub may_reinstate: bool,
    pub may_revoke: bool,
}

impl MerchantPage {
    pub async fn read(
        page: Page,
        actor: &Actor,
        db: &Db,
        config: &WebConfig,
        merchant: Merchant,
        form: Form,
    ) -> Result<Self, PageError> {
        let id = merchant.id;
        let badge = trust::badge(db, id).await?;
        let causes = trust::cause_records(db, id).await?;
        let events = trust::badge_events(db, id).await?;
        let members = trust::members(db, id).await?;
        let applications = of_merchant(db, id).await?;
        let mut people: Vec<i64> = members.iter().map(|m| m.user_id).collect();
        people.extend(events.iter().filter_map(|e| e.user_id));
        people.extend(causes.iter().flat_map(|c| [c.begun_by, c.ended_by]).flatten());
        people.sort_unstable();
        people.dedup();
        let names = names_of(db, &people).await?;
        let state = badge.as_ref().map(|b| b.state_at(page.now));
        let lives = state.is_some_and(BadgeState::lives);
        let stands = |c: &CauseRecord| c.ended.is_none();
        let kinds = || causes.iter().filter(|c| stands(c)).map(|c| c.begun.cause);
        let by_staff = kinds().any(|c| c == Suspension::Staff);
        let liftable = kinds().any(|c| !c.ends_by_itself());
        let is_own = trust::is_or_was_member(db, actor.0.user_id, id).await?;
        let view = |c: &CauseRecord| cause(&page, c, &names);
        let status = |a: &Application| {
            let kind = page.t(format!("desk-application-{}", a.kind.name()));
            let status = page.t(format!("application-status-{}", a.status.name()));
            format!("{kind}: {status}")
        };
        let member = |m: &trust::Member| MemberView {
            name: names.get(&m.user_id).cloned().unwrap_or_default(),
            since: m.since,
        };
        Ok(Self {
            industry: page.t(merchant.industry.text_key()),
            chip: chip(&page, state),
            lead: lead(&page, &merchant, state),
            moment: badge.as_ref().and_then(|b| moment(&page, b, config)),
            standing: causes.iter().filter(|c| stands(c)).map(view).collect(),
            ended: causes.iter().filter(|c| !stands(c)).map(view).collect(),
            lines: events.iter().map(|e| line(&page, e, &names)).collect(),
            domains: trust::domains(db, id).await?,
            members: members.iter().map(member).collect(),
            applications: applications.into_iter().map(|a| (status(&a), a)).collect(),
            signatures: trust::signatures(db, id).await?,
            is_own,
            may_suspend: !is_own && lives && !by_staff,
            may_reinstate: !is_own && lives && liftable,
            may_revoke: !is_own && lives,
            badge,
            form,
            merchant,
            page,
        })
    }

    /// The path to which one of the forms is posted.
    fn at(&self, act: &str) -> String {
        format!("/admin/merchants/{}/{act}", self.merchant.code)
    }

    fn version(&self) -> i32 {
        self.badge.as_ref().map_or(-1, |b| b.version)
    }

    /// Whether this form was posted and is shown again.
    fn is_back(&self, act: &str) -> bool {
        self.page.path == self.at(act)
    }
}

fn lead(page: &Page, merchant: &Merchant, state: Option<BadgeState>) -> String {
    let state = state.map_or("none", BadgeState::name);
    page.t1(&format!("desk-lead-{state}"), "name", &merchant.name)
}

/// The moment that matters most in a state.
fn moment(page: &Page, badge: &Badge, config: &WebConfig) -> Option<(String, Timestamp)> {
    let (key, at) = match badge.state_at(page.now) {
        BadgeState::Active => ("desk-until", badge.expires_at),
        BadgeState::Suspended => ("desk-since", badge.changed_at),
        BadgeState::Revoked => {
            ("desk-again-from", reapply_from(badge.changed_at, config.time_zone))
        }
        BadgeState::Expired => ("desk-since", badge.expires_at),
    };
    Some((page.t(key), at))
}

fn who(page: &Page, user_id: Option<i64>, names: &HashMap<i64, String>) -> String {
    let name = |id| names.get(&id).cloned().unwrap_or_else(|| id.to_string());
    user_id.map_or_else(|| page.t("audit-clock"), name)
}

fn cause(page: &Page, record: &CauseRecord, names: &HashMap<i64, String>) -> CauseView {
    let begun = &record.begun;
    let name = begun.cause.name();
    // What the clock found, or what ended by itself, has a text in the reader's language.
    let reason = match begun.cause.is_found_by_clock() {
        true => page.t(format!("badges-cause-{name}")),
        false => begun.reason.clone(),
    };
    let end_reason = |reason: &String| match record.ended_by {
        None if begun.cause.ends_by_itself() => page.t(format!("badges-ended-{name}")),
        _ => reason.clone(),
    };
    CauseView {
        words: page.t(format!("duty-{name}")),
        detail: begun.detail.clone(),
        reason,
        since: begun.since,
        who: who(page, record.begun_by, names),
        ended: record
            .ended
            .as_ref()
            .map(|(at, reason)| (*at, who(page, record.ended_by, names), end_reason(reason))),
    }
}

fn line(page: &Page, event: &BadgeEvent, names: &HashMap<i64, String>) -> Line {
    let cause = match event.cause {
        trust::Cause::Suspension(cause) if event.happened != BadgeEventKind::Revoke => {
            page.t(format!("duty-{}", cause.name()))
        }
        _ => String::new(),
    };
    let key = format!("desk-event-{}", event.happened.name());
    Line {
        words: page.t1(&key, "cause", cause),
        who: who(page, event.user_id, names),
        at: event.at,
        is_bad: !matches!(event.to, BadgeState::Active),
    }
}
