//! What a reader may do: a button is there exactly if the verb would be accepted, in every state
//! and for either party.

use std::collections::BTreeSet;

use chrono::Duration;
use strum::VariantArray;
use surety::cases::refund::{self, Request};
use surety::cases::store::of_order;
use surety::kernel::time::Timestamp;
use surety::orders::actions::{Action, actions};
use surety::orders::change::{Delivery, Order, Party, Receipt, Side};
use surety::orders::commands::claim_letter;
use surety::orders::policy::DeliveryKind;
use surety::orders::state::{self, Decision};
use surety::orders::store::{self, Key};
use uuid::Uuid;

use super::Trade;
use crate::support::Reply;

/// How far an order has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, VariantArray)]
enum State {
    Unpaid,
    Paid,
    Overdue,
    AskedUndelivered,
    DeclinedUndelivered,
    Delivered,
    MoreTimeAsked,
    Extended,
    Asked,
    Declined,
    Completed,
    Closed,
}

const ASK: [(&str, &str); 1] = [("reason", "The frame is bent")];
const NO: [(&str, &str); 1] = [("decline_reason", "It was straight when it left")];

impl State {
    /// Brings an order there as people would.
    async fn reach(self, trade: &mut Trade) -> String {
        let id = trade.order("100").await;
        let (own, refund) = (format!("/orders/{id}"), format!("/orders/{id}/refund"));
        let shops = format!("/merchant/orders/{id}");
        if self != Self::Unpaid {
            trade.pay_as(&id, "success").await;
        }
        let undelivered =
            [Self::Paid, Self::Overdue, Self::AskedUndelivered, Self::DeclinedUndelivered];
        if !undelivered.contains(&self) && !matches!(self, Self::Unpaid | Self::Closed) {
            trade.deliver(&id).await;
        }
        match self {
            Self::Overdue => trade.later(Duration::days(8)).await,
            Self::AskedUndelivered | Self::Asked => {
                trade.buyer.submit(&refund, &refund, &ASK).await.expect(303);
            }
            Self::DeclinedUndelivered | Self::Declined => {
                trade.buyer.submit(&refund, &refund, &ASK).await.expect(303);
                let decline = format!("{refund}/decline");
                trade.seller.submit(&refund, &decline, &NO).await.expect(303);
            }
            Self::MoreTimeAsked => {
                trade.buyer.submit(&own, &format!("{own}/extension"), &[]).await.expect(303);
            }
            Self::Extended => {
                let days = [("days", "30")];
                trade.seller.submit(&shops, &format!("{shops}/extend"), &days).await.expect(303);
            }
            Self::Completed => {
                let confirm = format!("{own}/confirm");
                trade.buyer.submit(&confirm, &confirm, &[]).await.expect(303);
            }
            Self::Closed => {
                trade.seller.submit(&shops, &format!("{shops}/cancel"), &[]).await.expect(303);
            }
            _ => {}
        }
        id
    }
}

/// What the decision of an action says to the order as it is, with amounts and days that fit.
fn decision(
    order: &Order,
    case: Option<&surety::cases::store::Case>,
    action: Action,
    party: Party,
    now: Timestamp,
) -> Option<Decision> {
    let delivery = Delivery {
        kind: DeliveryKind::Express,
        carrier: "SF".to_owned(),
        tracking: "1".to_owned(),
    };
    let request = Request {
        public_id: Uuid::nil(),
        amount: order.price,
        reason: "The frame is bent".to_owned(),
    };
    Some(match action {
        Action::Pay => {
            let receipt = Receipt {
                payment_id: 1,
                provider_reference: String::new(),
                covered: false,
                buyer_email: String::new(),
                buyer_id: None,
                account_fingerprint: None,
            };
            state::pay(order, receipt, None, now)
        }
        Action::Cancel => state::cancel(order, party, now),
        Action::Deliver => state::deliver(order, party, &delivery, now),
        Action::AskExtension => state::ask_extension(order, party, now),
        Action::Extend => state::extend(order, party, 1, now),
        Action::Confirm => state::confirm(order, party, now),
        Action::AskRefund => refund::ask(order, party, &request, now),
        Action::AgreeRefund => refund::agree(order, case?, party, now),
        Action::DeclineRefund => refund::decline(order, case?, party, "No", now),
        Action::WithdrawRefund => refund::withdraw(order, case?, party, now),
        Action::Claim => state::claim(order, (7, 1), None, now),
        Action::CorrectAddress => {
            let letter = claim_letter(order.public_id, "a@b.example");
            state::correct_address(order, "a@b.example", "en", letter, now)
        }
        // Decided by the wing of reputation.
        Action::Rate => return None,
    })
}

/// The actions whose form or link stands on these pages.
fn shown(id: &str, pages: &[Reply]) -> BTreeSet<String> {
    let places = [
        (Action::Pay, format!("a[href^='/orders/{id}/pay']")),
        (Action::Cancel, format!("form[action$='/orders/{id}/cancel']")),
        (Action::Deliver, format!("form[action$='/orders/{id}/deliver']")),
        (Action::AskExtension, format!("form[action='/orders/{id}/extension']")),
        (Action::Extend, format!("form[action$='/orders/{id}/extend']")),
        (Action::Confirm, format!("a[href='/orders/{id}/confirm']")),
        (Action::AskRefund, format!("form[action='/orders/{id}/refund']")),
        (Action::AgreeRefund, format!("form[action='/orders/{id}/refund/agree']")),
        (Action::DeclineRefund, format!("form[action='/orders/{id}/refund/decline']")),
        (Action::WithdrawRefund, format!("form[action='/orders/{id}/refund/withdraw']")),
        (Action::Rate, format!("a[href='/orders/{id}/rating']")),
    ];
    let is_shown = |css: &str| pages.iter().any(|page| page.count(css) > 0);
    let found = places.iter().filter(|(_, css)| is_shown(css));
    found.map(|(action, _)| format!("{action:?}")).collect()
}

#[tokio::test]
async fn a_button_is_there_exactly_if_its_verb_is_accepted() {
    let mut trade = Trade::new().await;
    for state in State::VARIANTS {
        let id = state.reach(&mut trade).await;
        let key = Key::Public(id.parse().expect("an id"));
        let (order, now) = store::find(&trade.world.db, key).await.expect("the order");
        let cases = of_order(&trade.world.db, order.id, order.price.currency()).await;
        let cases = cases.expect("its cases");
        let open = cases.iter().find(|case| case.due_at.is_some());
        for (side, party) in
            [(Side::Buyer, Party::Buyer(7, 1)), (Side::Merchant, Party::Merchant(8, 1))]
        {
            let may = actions(&order, side, now);
            for action in Action::VARIANTS {
                // The gateway pays, whoever it is that began.
                let of_another = side == Side::Merchant
                    && matches!(action, Action::Pay | Action::Claim | Action::CorrectAddress);
                if let Some(decided) =
                    decision(&order, open, *action, party, now).filter(|_| !of_another)
                {
                    let why = format!("{action:?} by the {side:?} when {state:?}: {decided:?}");
                    assert_eq!(may.has(*action), decided.is_ok(), "{why}");
                }
            }
            let (visitor, own) = match side {
                Side::Buyer => (&mut trade.buyer, format!("/orders/{id}")),
                _ => (&mut trade.seller, format!("/merchant/orders/{id}")),
            };
            let pages =
                [visitor.get(&own).await, visitor.get(&format!("/orders/{id}/refund")).await];
            let expected: BTreeSet<String> = Action::VARIANTS
                .iter()
                // These two are offered on pages of a proof, to whoever has it.
                .filter(|a| !matches!(a, Action::Claim | Action::CorrectAddress))
                .filter(|a| may.has(**a))
                .map(|a| format!("{a:?}"))
                .collect();
            assert_eq!(shown(&id, &pages), expected, "the {side:?} when {state:?}");
        }
    }
}
