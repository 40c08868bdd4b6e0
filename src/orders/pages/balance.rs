//! The merchant's money: balance, statement, payouts, and where they go.

use actix_web::HttpResponse;
use actix_web::web::Data;
use askama::Template;
use uuid::Uuid;

use super::lists::{Before, PAGE};
use super::merchant::currency_words;
use super::money_movements::tail_of;
use crate::accounts::StepUp;
use crate::accounts::actor::{Actor, Desk};
use crate::db::Db;
use crate::kernel::money::Money;
use crate::ledger::disbursement_store::{self, Disbursement, PayoutRefused, Which};
use crate::ledger::{self, StatementLine};
use crate::orders::store::{self, PaymentAccount};
use crate::payments::Payments;
use crate::web::error::PageError;
use crate::web::form::{Fields, Form, Posted};
use crate::web::page::{Page, PageResult, cut, html, html_refused};
use crate::web::query::Query;
use crate::web::spreadsheet::{BYTE_ORDER_MARK, cell};

/// A line of the statement with the order that it belongs to.
struct Line {
    entry: StatementLine,
    order: Option<(Uuid, String)>,
}

#[derive(Template)]
#[template(path = "orders/balance.html")]
struct BalancePage {
    page: Page,
    balances: Vec<Money>,
    lines: Vec<Line>,
    payouts: Vec<Disbursement>,
    account: Option<PaymentAccount>,
    held_until: Option<crate::kernel::time::Timestamp>,
    payout: Form,
    change: Form,
    older: Option<String>,
    newer: Option<String>,
    /// Whether the reader is an owner: others draw no money and do not say where it goes.
    is_owner: bool,
}

impl BalancePage {
    /// All balances in one line.
    fn amounts(&self) -> String {
        let amounts: Vec<String> = self.balances.iter().map(|b| self.page.money(b)).collect();
        amounts.join(" + ")
    }

    /// The currencies that something can be drawn in.
    fn currencies(&self) -> Vec<(&'static str, String)> {
        let codes = self.balances.iter().map(|b| b.currency().code());
        codes.map(|code| (code, currency_words(&self.page, code))).collect()
    }

    /// The last four characters of the account's number.
    fn tail(&self) -> String {
        tail_of(self.account.as_ref().map_or("", |a| a.number.as_str()))
    }
}

async fn statement(
    db: &Db,
    merchant_id: i64,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<Line>, PageError> {
    let entries = ledger::statement(db, merchant_id, before, limit).await?;
    let ids: Vec<i64> = entries.iter().filter_map(|e| e.order_id).collect();
    let titles = store::titles_of(db, &ids).await?;
    let order_of = |entry: &StatementLine| {
        let found = titles.iter().find(|(id, ..)| Some(*id) == entry.order_id);
        found.map(|(_, public_id, title)| (*public_id, title.clone()))
    };
    Ok(entries.into_iter().map(|entry| Line { order: order_of(&entry), entry }).collect())
}

async fn balance_page(
    page: Page,
    db: &Db,
    actor: &Actor,
    before: Option<i64>,
    (payout, change): (Form, Form),
) -> Result<BalancePage, PageError> {
    let merchant_id = actor.merchant_id()?;
    let balances = ledger::merchant_balances(db, merchant_id).await?;
    let mut lines = statement(db, merchant_id, before, PAGE + 1).await?;
    let older = cut(&mut lines, PAGE).map(|l| l.entry.journal_id);
    let payouts = disbursement_store::list(db, Which::PayoutsOf(merchant_id), 10).await?;
    let account = store::payment_account(db, merchant_id).await?;
    let held_until = account
        .as_ref()
        .map(|a| a.changed_at + chrono::Duration::hours(24))
        .filter(|until| *until > page.now);
    Ok(BalancePage {
        balances,
        payouts,
        account,
        held_until,
        payout,
        change,
        older: older.map(|id| format!("/merchant/balance?before={id}")),
        newer: before.map(|_| "/merchant/balance".to_owned()),
        is_owner: actor.0.owns_merchant,
        lines,
        page,
    })
}

fn first_form(balances: &[Money]) -> Form {
    let first = balances.iter().find(|b| b.is_positive());
    let amount = first.map_or_else(String::new, |b| b.amount().to_string());
    let code = first.map_or("", |b| b.currency().code());
    Form::filled(Fields::from_pairs(&[("amount", &amount), ("currency", code)]))
        .with_idempotency_key()
}

/// `GET /merchant/balance`.
pub async fn show(Desk { page, actor, db, .. }: Desk, query: Query<Before>) -> PageResult {
    let forms = (Form::new(), Form::new());
    let mut shown = balance_page(page, &db, &actor, query.before, forms).await?;
    shown.payout = first_form(&shown.balances);
    html(&shown)
}

/// `GET /merchant/balance.csv`: the statement, the newest 10,000 lines.
pub async fn csv(actor: Actor, db: Data<Db>) -> PageResult {
    let lines = statement(&db, actor.merchant_id()?, None, 10_000).await?;
    let mut writer = csv::Writer::from_writer(BYTE_ORDER_MARK.to_vec());
    let mut write = |row: [String; 7]| writer.write_record(&row).map_err(PageError::internal);
    write(["at", "kind", "order", "title", "amount", "balance", "currency"].map(str::to_owned))?;
    for line in lines {
        let (order, title) =
            line.order.map_or_else(Default::default, |(id, title)| (id.to_string(), cell(title)));
        write([
            line.entry.at.to_rfc3339(),
            line.entry.kind,
            order,
            title,
            line.entry.amount.amount().to_string(),
            line.entry.balance_after.amount().to_string(),
            line.entry.amount.currency().code().to_owned(),
        ])?;
    }
    let bytes = writer.into_inner().map_err(|e| PageError::internal(e.into_error()))?;
    Ok(HttpResponse::Ok()
        .insert_header(("content-type", "text/csv; charset=utf-8"))
        .insert_header(("content-disposition", "attachment; filename=\"statement.csv\""))
        .body(bytes))
}

/// `POST /merchant/balance/payout`.
pub async fn payout(
    Desk { page, actor, db, .. }: Desk,
    payments: Data<Payments>,
    Posted(fields): Posted,
    mut step_up: StepUp,
) -> PageResult {
    let merchant_id = actor.merchant_id()?;
    let mut form = Form::filled(fields);
    let key = form.idempotency_key()?;
    if !step_up.may_act(&page, &actor, &db, &mut form).await? {
        let shown = balance_page(page, &db, &actor, None, (form, Form::new())).await?;
        return html_refused(&shown);
    }
    let balances = ledger::merchant_balances(&db, merchant_id).await?;
    let code = form.value("currency").to_owned();
    let balance = balances.iter().find(|b| b.currency().code() == code);
    if let Some(balance) = balance {
        if let Some(amount) = form.amount(&page, "amount", balance.currency()) {
            let name = payments.gateway.name();
            match disbursement_store::pay_out(&db, key, merchant_id, amount, name).await? {
                Ok(()) => return step_up.done("/merchant/balance?done=payout-asked"),
                Err(why) => {
                    if why == PayoutRefused::Used {
                        form = form.with_idempotency_key();
                    }
                    form.wrong("amount", page.t(refusal(why)));
                }
            }
        }
    } else {
        form.wrong("amount", page.t("payout-refused-currency"));
    }
    let shown = balance_page(page, &db, &actor, None, (form, Form::new())).await?;
    html_refused(&shown)
}

const fn refusal(why: PayoutRefused) -> &'static str {
    match why {
        PayoutRefused::Short => "payout-refused-short",
        PayoutRefused::NoAccount => "payout-refused-no-account",
        PayoutRefused::Held => "payout-refused-held",
        PayoutRefused::Used => "payout-refused-used",
    }
}

/// Reads holder and number of an account, or notes what is wrong with them.
pub(super) fn read_account(page: &Page, form: &mut Form) -> (String, String) {
    let holder = form.required(page, "holder", 120);
    let number: String =
        form.required(page, "number", 60).chars().filter(|c| !c.is_whitespace()).collect();
    let plain = number.len() >= 6 && number.chars().all(|c| c.is_ascii_alphanumeric());
    if !plain && form.error("number").is_none() {
        form.wrong("number", page.t("form-account-number"));
    }
    (holder, number)
}

/// `POST /merchant/balance/account`: where payouts go. They are held for 24 hours after it.
pub async fn change_account(
    Desk { page, actor, db, .. }: Desk,
    Posted(fields): Posted,
    mut step_up: StepUp,
) -> PageResult {
    let merchant_id = actor.merchant_id()?;
    let mut form = Form::filled(fields);
    let (holder, number) = read_account(&page, &mut form);
    if !step_up.may_act(&page, &actor, &db, &mut form).await? {
        let forms = (Form::new(), form);
        let mut shown = balance_page(page, &db, &actor, None, forms).await?;
        shown.payout = first_form(&shown.balances);
        return html_refused(&shown);
    }
    store::change_payment_account(&db, merchant_id, &holder, &number, actor.0.user_id).await?;
    step_up.done("/merchant/balance?done=account-changed")
}
