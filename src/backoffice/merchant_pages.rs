//! Staff pages about merchants: the list, one merchant, and the acts on its badge.

mod view;

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use askama::Template;
use serde::Deserialize;

use self::view::MerchantPage;
use crate::accounts::StepUp;
use crate::accounts::actor::{Actor, Desk};
use crate::db::Db;
use crate::kernel::merchant_code::MerchantCode;
use crate::trust::commands::{ByStaff, StaffAct, act_as_staff};
use crate::trust::public_record::ListFrom;
use crate::trust::{
    BadgeState, DeskQuery, DeskRow, Merchant, MoveError, desk, is_or_was_member, merchant_by_code,
};
use crate::web::WebConfig;
use crate::web::error::PageError;
use crate::web::form::{Form, Posted};
use crate::web::page::{Page, PageResult, html, html_refused, html_with};
use crate::web::query::{Query, chosen};

const PAGE: usize = 25;
/// In characters.
const REASON_MAX: usize = 2_000;

/// Search and position from the query. A position that cannot be read is the beginning.
#[derive(Debug, Deserialize)]
pub struct Asked {
    #[serde(default)]
    q: String,
    #[serde(default)]
    state: String,
    #[serde(default)]
    older: String,
    #[serde(default)]
    newer: String,
}

struct Row {
    code: MerchantCode,
    name: String,
    about: String,
    chip: Chip,
}

/// Kind, icon and text.
type Chip = (&'static str, &'static str, String);

#[derive(Template)]
#[template(path = "backoffice/merchants.html")]
struct MerchantsPage {
    page: Page,
    asked: Asked,
    rows: Vec<Row>,
    /// The states to choose from: name and text.
    states: Vec<(&'static str, String)>,
    newer: Option<String>,
    older: Option<String>,
}

/// The value of `state` for merchants without a badge.
const NO_BADGE: &str = "none";

/// GET `/admin/merchants`
pub async fn list(page: Page, asked: Query<Asked>, db: Data<Db>) -> PageResult {
    let asked = asked.into_inner();
    let place = |code: &str| MerchantCode::parse(code).ok();
    let from = match (place(&asked.older), place(&asked.newer)) {
        (Some(code), _) => ListFrom::OlderThan(code),
        (None, Some(code)) => ListFrom::NewerThan(code),
        (None, None) => ListFrom::Start,
    };
    let state = chosen(&asked.state, |name| match name {
        NO_BADGE => Some(None),
        name => BadgeState::parse(name).map(Some),
    })?;
    let text = asked.q.trim();
    let query =
        DeskQuery { text: (!text.is_empty()).then(|| text.to_owned()), state, from, limit: PAGE };
    let (found, more) = desk(&db, &query).await?;
    let has_older = more || matches!(from, ListFrom::NewerThan(_));
    let has_newer = match from {
        ListFrom::Start => false,
        ListFrom::OlderThan(_) => true,
        ListFrom::NewerThan(_) => more,
    };
    let link = |name: &str, row: Option<&DeskRow>| {
        let pairs = [("q", text), ("state", asked.state.as_str())];
        let filters = pairs.iter().filter(|(_, value)| !value.is_empty());
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(filters).append_pair(name, row?.merchant.code.as_str());
        Some(format!("/admin/merchants?{}", query.finish()))
    };
    let newer = has_newer.then(|| link("newer", found.first())).flatten();
    let older = has_older.then(|| link("older", found.last())).flatten();
    let mut states = vec![("", page.t("desk-every-state"))];
    let named = BadgeState::ALL.map(|s| (s.name(), page.t(format!("badges-chip-{}", s.name()))));
    states.extend(named);
    states.push((NO_BADGE, page.t("badges-chip-none")));
    let rows = found.into_iter().map(|r| row(&page, r)).collect();
    html(&MerchantsPage { page, asked, rows, states, newer, older })
}

fn row(page: &Page, row: DeskRow) -> Row {
    let mut about = row.domains;
    about.push(page.t(row.merchant.industry.text_key()));
    Row {
        code: row.merchant.code,
        about: about.join(" · "),
        chip: chip(page, row.badge.map(|b| b.state_at(page.now))),
        name: row.merchant.name,
    }
}

fn chip(page: &Page, state: Option<BadgeState>) -> Chip {
    let (kind, icon) = match state {
        None => ("", "info"),
        Some(BadgeState::Active) => ("done", "shield"),
        Some(BadgeState::Suspended) => ("held", "alert"),
        Some(BadgeState::Revoked) => ("bad", "cross"),
        Some(BadgeState::Expired) => ("", "clock"),
    };
    let name = state.map_or(NO_BADGE, BadgeState::name);
    (kind, icon, page.t(format!("badges-chip-{name}")))
}

async fn find(db: &Db, code: &str) -> Result<Merchant, PageError> {
    let code = MerchantCode::parse(code).map_err(|_| PageError::not_found())?;
    merchant_by_code(db, code).await?.ok_or_else(PageError::not_found)
}

/// GET `/admin/merchants/{code}`
pub async fn show(Desk { page, actor, db, config }: Desk, code: Path<String>) -> PageResult {
    let merchant = find(&db, &code).await?;
    let view = MerchantPage::read(page, &actor, &db, &config, merchant, Form::new()).await?;
    html(&view)
}

/// An act on a badge, the form field of its reason, and the query that reports success.
struct Deed {
    act: StaffAct,
    reason: &'static str,
    done: &'static str,
}

/// POST `/admin/merchants/{code}/suspend`
pub async fn suspend(
    Desk { page, actor, .. }: Desk,
    code: Path<String>,
    Posted(fields): Posted,
    (db, config): (Data<Db>, Data<WebConfig>),
    step_up: StepUp,
) -> PageResult {
    let deed =
        Deed { act: StaffAct::Suspend, reason: "suspend_reason", done: "?done=badge-suspended" };
    let form = Form::filled(fields);
    act(page, actor, &code, form, (&db, &config), step_up, deed).await
}

/// POST `/admin/merchants/{code}/reinstate`
pub async fn reinstate(
    Desk { page, actor, .. }: Desk,
    code: Path<String>,
    Posted(fields): Posted,
    (db, config): (Data<Db>, Data<WebConfig>),
    step_up: StepUp,
) -> PageResult {
    let deed = Deed {
        act: StaffAct::Reinstate,
        reason: "reinstate_reason",
        done: "?done=badge-reinstated",
    };
    let form = Form::filled(fields);
    act(page, actor, &code, form, (&db, &config), step_up, deed).await
}

/// POST `/admin/merchants/{code}/revoke`
pub async fn revoke(
    Desk { page, actor, .. }: Desk,
    code: Path<String>,
    Posted(fields): Posted,
    (db, config): (Data<Db>, Data<WebConfig>),
    step_up: StepUp,
) -> PageResult {
    let deed = Deed { act: StaffAct::Revoke, reason: "revoke_reason", done: "?done=badge-revoked" };
    let mut form = Form::filled(fields);
    if !form.is("revoke_sure", "yes") {
        form.wrong("revoke_sure", page.t("desk-revoke-confirm-first"));
    }
    act(page, actor, &code, form, (&db, &config), step_up, deed).await
}

async fn act(
    page: Page,
    actor: Actor,
    code: &str,
    mut form: Form,
    (db, config): (&Db, &WebConfig),
    mut step_up: StepUp,
    deed: Deed,
) -> PageResult {
    let merchant = find(db, code).await?;
    if is_or_was_member(db, actor.0.user_id, merchant.id).await? {
        return Err(PageError::new(StatusCode::FORBIDDEN, "desk-own-merchant"));
    }
    let reason = form.required_text(&page, deed.reason, REASON_MAX);
    if !step_up.may_act(&page, &actor, db, &mut form).await? {
        let view = MerchantPage::read(page, &actor, db, config, merchant, form).await?;
        return html_refused(&view);
    }
    // Without the version that the person saw, the act must fail: -1 never matches.
    let seen = Some(form.value("version").parse().unwrap_or(-1));
    let by = ByStaff { user_id: actor.0.user_id, reason: &reason };
    let key = match act_as_staff(db, merchant.id, deed.act, by, seen).await {
        Ok(()) => {
            return step_up.done(&format!("/admin/merchants/{}{}", merchant.code, deed.done));
        }
        Err(MoveError::OwnMerchant) => {
            return Err(PageError::new(StatusCode::FORBIDDEN, "desk-own-merchant"));
        }
        Err(MoveError::Lost) => "desk-changed",
        Err(MoveError::Refused(_)) => "desk-refused",
        Err(MoveError::Db(error)) => return Err(error.into()),
    };
    form.wrong(deed.reason, page.t(key));
    let view = MerchantPage::read(page, &actor, db, config, merchant, form).await?;
    html_with(StatusCode::CONFLICT, &view)
}
