//! The self-dealing guard: an order between people who share a merchant, a browser or a payment
//! account counts for no record and is not covered. Decided from the facts when it is paid, kept
//! beside the order, and looked at again each night for what became known later.

use serde::Serialize;
use strum::{EnumString, IntoStaticStr, VariantArray};

use super::change::{Change, Order, Part, Party, Refused};
use super::commands::{OrderError, change};
use super::state::Decision;
use super::store::{self, Key};
use crate::db::{Db, DbError};
use crate::kernel::time::Timestamp;
use crate::payments::gateway::Gateway;
use crate::{accounts, trust};

/// What connects buyer and merchant.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, EnumString, IntoStaticStr, VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum Link {
    /// The buyer belongs to the merchant.
    Membership,
    /// Somebody of the merchant used the buyer's browser.
    Device,
    /// The money came from an account that the merchant draws to, or the buyer draws to the same.
    PaymentAccount,
}

/// The merchant's side, as far as it is known.
#[derive(Debug, Clone, Default)]
pub struct Side {
    /// Who belongs to the merchant.
    pub members: Vec<i64>,
    /// The browsers that they used.
    pub devices: Vec<Vec<u8>>,
    /// Everybody who used one of these.
    pub people_on_devices: Vec<i64>,
    /// The fingerprint of the account that the merchant draws to.
    pub account: Option<Vec<u8>>,
    /// Members of merchants that draw to the same account, and buyers who once paid from it.
    pub people_of_account: Vec<i64>,
}

/// The buyer's side of one order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Payer {
    /// The person, when known.
    pub user_id: Option<i64>,
    /// The browser that the payment was begun in.
    pub device: Option<Vec<u8>>,
    /// The fingerprint of the account that the money came from.
    pub account: Option<Vec<u8>>,
}

/// What connects a payer with a merchant.
pub fn links(side: &Side, payer: &Payer) -> Vec<Link> {
    let is_one_of = |people: &[i64]| payer.user_id.is_some_and(|id| people.contains(&id));
    let on_device = payer.device.as_ref().is_some_and(|d| side.devices.contains(d));
    let from_account = payer.account.is_some() && payer.account == side.account;
    let found = [
        (Link::Membership, is_one_of(&side.members)),
        (Link::Device, on_device || is_one_of(&side.people_on_devices)),
        (Link::PaymentAccount, from_account || is_one_of(&side.people_of_account)),
    ];
    found.into_iter().filter(|(_, is)| *is).map(|(link, _)| link).collect()
}

/// Puts what connects the parties to a change: it is kept with the order, which is not covered.
pub fn marked(change: Change, links: &[Link]) -> Change {
    if links.is_empty() { change } else { change.part(Part::SelfDealt { links: links.to_vec() }) }
}

/// Writes down that the parties of a paid order were found to be connected.
/// Fails with [`Refused::WrongState`] while it is not paid.
pub fn find(order: &Order, links: &[Link], now: Timestamp) -> Decision {
    if order.paid_at.is_none() || links.is_empty() {
        return Err(Refused::WrongState);
    }
    let found = Change::new(order, "find_self_dealt", Party::System, now)
        .telling(&["merchant:order-self-dealt", "buyer:order-self-dealt"]);
    Ok(marked(found, links))
}

/// Reads the merchant's side.
pub async fn side_of(db: &Db, gateway: &dyn Gateway, merchant_id: i64) -> Result<Side, DbError> {
    let members = members_of(db, merchant_id).await?;
    let devices = accounts::devices_of(db, &members).await?;
    let people_on_devices = match devices.is_empty() {
        true => Vec::new(),
        false => accounts::people_on(db, &devices).await?,
    };
    let mut side = Side { members, devices, people_on_devices, ..Side::default() };
    if let Some(account) = store::payment_account(db, merchant_id).await? {
        let fingerprint = gateway.account_fingerprint(&account.number);
        side.people_of_account = store::people_who_paid_from(db, &fingerprint).await?;
        for other in store::drawing_to(db, &account.number).await? {
            if other != merchant_id {
                side.people_of_account.extend(members_of(db, other).await?);
            }
        }
        side.account = Some(fingerprint);
    }
    Ok(side)
}

async fn members_of(db: &Db, merchant_id: i64) -> Result<Vec<i64>, DbError> {
    let members = trust::members(db, merchant_id).await?;
    Ok(members.into_iter().map(|m| m.user_id).collect())
}

/// What connects a payer with a merchant, from what is known now.
pub async fn links_now(
    db: &Db,
    gateway: &dyn Gateway,
    merchant_id: i64,
    payer: &Payer,
) -> Result<Vec<Link>, DbError> {
    Ok(links(&side_of(db, gateway, merchant_id).await?, payer))
}

/// Looks again at a merchant's paid orders from a row on: what was paid before a connection became
/// known is marked now. Returns how many were.
pub async fn recheck(
    db: &Db,
    gateway: &dyn Gateway,
    merchant_id: i64,
    from_order: i64,
) -> Result<usize, OrderError> {
    let side = side_of(db, gateway, merchant_id).await?;
    let mut found = 0;
    for (order_id, payer) in store::perhaps_linked(db, merchant_id, from_order, &side).await? {
        let links = links(&side, &payer);
        if links.is_empty() {
            continue;
        }
        match change(db, Key::Row(order_id), |o, now| find(o, &links, now)).await {
            Ok(_) => found += 1,
            // Another worker was faster.
            Err(OrderError::Db(DbError::Taken(_))) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn side() -> Side {
        Side {
            members: vec![1, 2],
            devices: vec![vec![7; 32]],
            people_on_devices: vec![1, 3],
            account: Some(vec![9; 32]),
            people_of_account: vec![4],
        }
    }

    #[test]
    fn each_thing_that_is_shared_is_a_link() {
        let payer = |user_id: Option<i64>, device: Option<u8>, account: Option<u8>| Payer {
            user_id,
            device: device.map(|b| vec![b; 32]),
            account: account.map(|b| vec![b; 32]),
        };
        use Link::{Device, Membership, PaymentAccount};
        for (payer, expected) in [
            (payer(None, None, None), vec![]),
            (payer(Some(5), Some(8), Some(8)), vec![]),
            (payer(Some(2), None, None), vec![Membership]),
            (payer(Some(1), None, None), vec![Membership, Device]),
            (payer(Some(3), None, None), vec![Device]),
            (payer(None, Some(7), None), vec![Device]),
            (payer(Some(4), None, None), vec![PaymentAccount]),
            (payer(Some(5), None, Some(9)), vec![PaymentAccount]),
            (payer(Some(2), Some(7), Some(9)), vec![Membership, Device, PaymentAccount]),
        ] {
            assert_eq!(links(&side(), &payer), expected, "{payer:?}");
        }
        // Two sides of whom nothing is known have nothing in common.
        assert_eq!(links(&Side::default(), &Payer::default()), vec![]);
    }
}
