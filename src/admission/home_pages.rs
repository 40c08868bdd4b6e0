//! The merchant's home page: where it stands and what to do next. A person without a merchant gets
//! the form that opens one.

use askama::Template;

use super::application::{Application, Kind, Status};
use super::commands;
use crate::accounts::actor::{CONFIRM_FIRST, Desk};
use crate::kernel::time::Timestamp;
use crate::trust::commands::{MerchantError, open_merchant};
use crate::trust::duties::{Duty, duties};
use crate::trust::duty_words::{DutyWords, duty_words};
use crate::trust::merchant::NAME_MAX;
use crate::trust::promise::promise;
use crate::trust::{self, Badge, BadgeState, Industry, Merchant};
use crate::web::WebConfig;
use crate::web::error::PageError;
use crate::web::form::{Form, Posted};
use crate::web::page::{Page, PageResult, html, html_refused, see_other};

#[derive(Template)]
#[template(path = "admission/open.html")]
struct OpenPage {
    page: Page,
    form: Form,
    industries: Vec<(String, String)>,
}

struct Next {
    href: &'static str,
    words: String,
}

struct Standing {
    chip: (&'static str, &'static str, String),
    lead: String,
    /// A moment that matters, with its label.
    moment: Option<(String, Timestamp)>,
    more: String,
    next: Option<Next>,
}

#[derive(Template)]
#[template(path = "admission/home.html")]
struct HomePage {
    page: Page,
    merchant: Merchant,
    industry: String,
    standing: Standing,
    duties: Vec<DutyWords>,
    /// The status of the renewal, if there is an application for one.
    renewal: Option<String>,
}

/// GET `/merchant`
pub async fn show(Desk { page, actor, db, config }: Desk) -> PageResult {
    let Some(merchant) = trust::merchant_of(&db, actor.0.user_id).await? else {
        if actor.confirmed().is_err() {
            return Ok(see_other(CONFIRM_FIRST));
        }
        return html(&OpenPage { form: Form::new(), industries: industries(&page), page });
    };
    let badge = trust::badge(&db, merchant.id).await?;
    let last = commands::last_of(&db, merchant.id).await?;
    let mut standing = standing(&page, badge.as_ref(), last.as_ref(), &config);
    let asked = last.filter(|a| a.kind == Kind::Renewal && a.status.is_open());
    let mut duties = duties(&db, merchant.id, badge.as_ref(), page.now).await?;
    duties.retain(|duty| asked.is_none() || !matches!(duty, Duty::Renew { .. }));
    let duties = duty_words(&duties, page.locale);
    // The merchant's duties come before optional steps.
    if let Some((href, words)) = duties.iter().find_map(|d| d.action.clone()) {
        standing.next = Some(Next { href, words });
    }
    let of_status = |a: Application| page.t(format!("renewal-status-{}", a.status.name()));
    let renewal = asked.map(of_status);
    let industry = page.t(merchant.industry.text_key());
    html(&HomePage { industry, merchant, standing, duties, renewal, page })
}

fn industries(page: &Page) -> Vec<(String, String)> {
    let choose = (String::new(), page.t("merchant-industry-choose"));
    let all = Industry::ALL.map(|i| (i.name().to_owned(), page.t(i.text_key())));
    std::iter::once(choose).chain(all).collect()
}

/// POST `/merchant`
pub async fn open(Desk { page, actor, db, .. }: Desk, Posted(fields): Posted) -> PageResult {
    actor.confirmed()?;
    let mut form = Form::filled(fields.clone());
    let name = form.required(&page, "shop_name", NAME_MAX);
    let industry = Industry::parse(fields.get("industry"));
    if industry.is_none() {
        form.wrong("industry", page.t("merchant-industry-wrong"));
    }
    if let Some(industry) = industry.filter(|_| form.is_ok()) {
        match open_merchant(&db, actor.0.user_id, &name, industry).await {
            Ok(_) => return Ok(see_other("/merchant?done=merchant-opened")),
            Err(MerchantError::Name) => form.wrong("shop_name", page.t("merchant-name-wrong")),
            Err(MerchantError::AlreadyMember) => {
                return Err(PageError::conflict("merchant-already")
                    .with_way_on("/merchant", "merchant-way-on"));
            }
            Err(MerchantError::Db(error)) => return Err(error.into()),
            Err(error @ MerchantError::NoCode) => return Err(PageError::internal(error)),
        }
    }
    let industries = industries(&page);
    html_refused(&OpenPage { page, form, industries })
}

fn standing(
    page: &Page,
    badge: Option<&Badge>,
    last: Option<&Application>,
    config: &WebConfig,
) -> Standing {
    let open = last.filter(|a| a.status.is_open());
    match (badge.map(|b| (b.state_at(page.now), b)), open) {
        // After a badge has ended, an open application matters more.
        (Some((BadgeState::Active | BadgeState::Suspended, badge)), _)
        | (Some((_, badge)), None) => of_badge(page, badge),
        (_, Some(application)) => of_application(page, application, config),
        (None, None) => match last {
            Some(last) => of_application(page, last, config),
            None => Standing {
                chip: ("", "info", page.t("standing-chip-none")),
                lead: page.t(promise("standing-none")),
                moment: None,
                more: page.t("standing-none-more"),
                next: next(page, "/merchant/application", "standing-none-next"),
            },
        },
    }
}

fn next(page: &Page, href: &'static str, key: &str) -> Option<Next> {
    Some(Next { href, words: page.t(key) })
}

fn of_badge(page: &Page, badge: &Badge) -> Standing {
    let state = badge.state_at(page.now);
    let key = format!("standing-badge-{}", state.name());
    let (kind, icon, at, href) = match state {
        BadgeState::Active => ("done", "shield", badge.expires_at, "/merchant/badge"),
        BadgeState::Suspended => ("held", "alert", badge.changed_at, "/merchant/badge"),
        BadgeState::Revoked => ("bad", "cross", badge.changed_at, "/merchant/application"),
        BadgeState::Expired => ("", "clock", badge.expires_at, "/merchant/application"),
    };
    Standing {
        chip: (kind, icon, page.t(format!("{key}-chip"))),
        lead: page.t(&key),
        moment: Some((page.t(format!("{key}-at")), at)),
        more: page.t(promise(&format!("{key}-more"))),
        next: next(page, href, &format!("{key}-next")),
    }
}

fn of_application(page: &Page, application: &Application, config: &WebConfig) -> Standing {
    let status = application.status;
    let key = format!("standing-{}", status.name());
    let (kind, icon) = chip_of(status);
    let at = match status {
        Status::Submitted | Status::InReview => application.promised_by(config.time_zone),
        Status::NeedsInformation => Some(application.status_since + super::state::SILENCE),
        Status::Rejected => application.reapply_from,
        Status::Draft | Status::Approved | Status::Withdrawn => None,
    };
    // The text says so if the promise was not kept.
    let is_late = matches!(status, Status::Submitted | Status::InReview)
        && at.is_some_and(|at| at < page.now);
    let about = if is_late { "standing-late" } else { &key };
    Standing {
        chip: (kind, icon, page.t(format!("application-status-{}", status.name()))),
        lead: page.t(&key),
        moment: at.map(|at| (page.t(format!("{about}-at")), at)),
        more: page.t(format!("{about}-more")),
        next: next(page, "/merchant/application", &format!("{key}-next")),
    }
}

/// The kind and icon of a status chip.
pub(super) const fn chip_of(status: Status) -> (&'static str, &'static str) {
    match status {
        Status::Draft => ("", "edit"),
        Status::Submitted => ("held", "clock"),
        Status::InReview => ("held", "person"),
        Status::NeedsInformation => ("held", "alert"),
        Status::Approved => ("done", "check"),
        Status::Rejected => ("bad", "cross"),
        Status::Withdrawn => ("", "return"),
    }
}
