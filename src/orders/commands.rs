//! The verbs: read, decide, apply, and again if the race was lost.

use uuid::Uuid;

use super::change::{Change, Letter, LinkToken, Order, Party, Refused, Terms};
use super::policy::Channel;
use super::state::{self, Decision};
use super::store::{self, Key, NewOrder};
use crate::db::batch::Batch;
use crate::db::{Db, DbError};
use crate::kernel::email::Email;
use crate::kernel::locale::Locale;
use crate::kernel::money::Money;
use crate::kernel::signing;
use crate::kernel::time::Timestamp;

/// Why a verb did nothing.
#[derive(Debug, thiserror::Error)]
pub enum OrderError {
    /// The order does not allow it now.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// It was changed by others each time that we tried.
    #[error("the order was changed by others at the same moment")]
    Busy,
    /// An amount that cannot be booked.
    #[error(transparent)]
    Money(#[from] crate::kernel::money::MoneyError),
    /// The id of a new order stands for another one.
    #[error("the id of the order was used before")]
    Used,
    /// The database gave no answer.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// How often a lost race is tried again. Each loss means that somebody else won: after a few the
/// order has usually ended, and the next reading says so.
pub const TRIES: usize = 5;

/// Reads an order, decides, and applies; again when the order moved on in between. Whose order it
/// is, `decide` checks on the reading that it decides on.
pub async fn change<E: Into<OrderError>>(
    db: &Db,
    key: Key,
    decide: impl Fn(&Order, Timestamp) -> Result<Change, E>,
) -> Result<(Order, Change), OrderError> {
    for _ in 0..TRIES {
        let (order, now) = store::find(db, key).await?;
        let change = decide(&order, now).map_err(Into::into)?;
        if store::apply(db, order.id, &change).await?.is_done() {
            return Ok((order, change));
        }
    }
    Err(OrderError::Busy)
}

/// Who does something with an order.
#[derive(Debug, Clone)]
pub enum Who {
    /// A party that is known to be one: of the program itself.
    Party(Party),
    /// A person, as the buyer of the order.
    Buyer(Person),
    /// A person, as a member of the order's merchant.
    Merchant(Person),
}

/// The person behind a request.
#[derive(Debug, Clone)]
pub struct Person {
    pub user_id: i64,
    /// From where.
    pub origin_id: i64,
    /// The merchant that the person belongs to.
    pub merchant_id: Option<i64>,
    /// The address of the account, once it is confirmed.
    pub email: Option<String>,
}

impl Person {
    /// Whether an order is the person's as the buyer: taken into the account, or, while nobody has
    /// paid, addressed to it. Only paying makes a buyer; until then there is nothing but to cancel.
    pub fn is_buyer_of(&self, order: &Order) -> bool {
        let is_addressed = order.buyer_id.is_none()
            && order.paid_at.is_none()
            && self.email.is_some()
            && order.buyer_email == self.email;
        order.buyer_id == Some(self.user_id) || is_addressed
    }

    /// Whether the person is a member of an order's merchant.
    pub fn is_merchant_of(&self, order: &Order) -> bool {
        self.merchant_id == Some(order.merchant_id)
    }
}

impl From<Party> for Who {
    fn from(party: Party) -> Self {
        Self::Party(party)
    }
}

impl Who {
    /// The party that this is of an order.
    /// Fails with [`DbError::NotFound`] for another's order: that it exists is nobody's business.
    pub fn party_of(&self, order: &Order) -> Result<Party, DbError> {
        match self {
            Self::Party(party) => Ok(*party),
            Self::Buyer(p) if p.is_buyer_of(order) => Ok(Party::Buyer(p.user_id, p.origin_id)),
            Self::Merchant(p) if p.is_merchant_of(order) => {
                Ok(Party::Merchant(p.user_id, p.origin_id))
            }
            Self::Buyer(_) | Self::Merchant(_) => Err(DbError::NotFound),
        }
    }
}

/// Does something with an order as one of its parties: every verb of a party goes through here. The
/// order is read once, and whose it is is checked on the reading that is decided on.
/// Fails with [`DbError::NotFound`] for another's order, [`Refused`] when it may not be done now.
pub async fn act(
    db: &Db,
    order: Uuid,
    who: impl Into<Who>,
    decide: impl Fn(&Order, Party, Timestamp) -> Decision,
) -> Result<(), OrderError> {
    let who = who.into();
    change(db, Key::Public(order), |order, now| {
        Ok::<_, OrderError>(decide(order, who.party_of(order)?, now)?)
    })
    .await?;
    Ok(())
}

/// What a merchant states when it makes an order.
#[derive(Debug, Clone)]
pub struct Offer<'a> {
    pub channel: Channel,
    /// The id in addresses. Made once for each form: the same form makes one order.
    pub public_id: Uuid,
    /// The merchant's row and name.
    pub merchant: (i64, &'a str),
    /// Whether its badge is active: then the order is covered.
    pub covered: bool,
    /// Where the payment link is sent.
    pub buyer_email: Option<&'a Email>,
    /// What is traded.
    pub title: &'a str,
    pub terms: Terms,
    /// The price.
    pub price: Money,
    /// The zone that dates are read in.
    pub time_zone: &'a str,
    /// Who makes it, and from where.
    pub by: (i64, i64),
}

/// A new order: its id, and the key of its payment link, which is not kept.
#[derive(Debug, Clone)]
pub struct Created {
    /// The id in addresses.
    pub public_id: Uuid,
    /// The path of the payment link.
    pub link: String,
}

/// Makes an order and sends the buyer the payment link. Asked again with the same id and the same
/// words, it makes nothing and answers the same.
/// Fails with [`OrderError`]; [`OrderError::Used`] when the id stands for another order.
pub async fn create(db: &Db, key: &[u8], offer: &Offer<'_>) -> Result<Created, OrderError> {
    let policy = store::current_policy(db, offer.channel.clone()).await?;
    let public_id = offer.public_id;
    let link = payment_link(key, public_id);
    let new = NewOrder {
        public_id,
        merchant_id: offer.merchant.0,
        buyer_email: offer.buyer_email.map(Email::as_str),
        policy: &policy,
        title: offer.title,
        terms: &offer.terms,
        price: offer.price,
        max_fee: policy.fee(offer.price)?,
        covered: offer.covered,
        time_zone: offer.time_zone,
        link_hash: &signing::sha256(link.as_bytes()),
        by: offer.by,
        link_token: LinkToken { purpose: PAY, id: public_id.simple().to_string() },
        merchant_name: offer.merchant.1,
    };
    match store::create(db, &new).await {
        Ok(_) => Ok(Created { public_id, link }),
        Err(DbError::Taken(constraint)) if constraint == "orders_public_id_key" => {
            let (first, _) = store::find(db, Key::Public(public_id)).await?;
            let same = is_of(&first, offer);
            same.then_some(Created { public_id, link }).ok_or(OrderError::Used)
        }
        Err(error) => Err(error.into()),
    }
}

/// Whether an order is the one that this offer made.
fn is_of(order: &Order, offer: &Offer<'_>) -> bool {
    // The address may have been corrected by paying.
    let to = order.paid_at.is_some()
        || order.buyer_email.as_deref() == offer.buyer_email.map(Email::as_str);
    order.merchant_id == offer.merchant.0
        && order.title == offer.title
        && order.terms == offer.terms
        && order.price == offer.price
        && to
}

/// What the key of a payment link is for.
const PAY: &str = "pay-order";
/// What the key of a claim is for.
pub const CLAIM: &str = "claim-order";

/// The path of an order's payment link. It can be made again for the merchant to copy, and dies on
/// payment.
pub fn payment_link(key: &[u8], order: Uuid) -> String {
    let token = signing::mailed_token(key, PAY, &order.simple().to_string());
    format!("/orders/{order}/pay?key={token}")
}

/// Whom a claim's key is for: this order and this address.
pub fn claim_id(order: Uuid, email: &str) -> String {
    format!("{}-{}", order.simple(), hex::encode(&signing::sha256(email.as_bytes())[..16]))
}

/// The key that is mailed to the address typed at checkout: whoever has it is the buyer.
pub fn claim_key(key: &[u8], order: Uuid, email: &str) -> String {
    signing::mailed_token(key, CLAIM, &claim_id(order, email))
}

/// What is mailed to that address alone: the link with the key.
pub fn claim_letter(order: Uuid, email: &str) -> Letter {
    Letter {
        link: format!("/orders/{order}/claim?key="),
        link_token: LinkToken { purpose: CLAIM, id: claim_id(order, email) },
    }
}

/// The key that is left with the browser that begins a payment. It proves the buyer only when that
/// payment is the one that paid the order.
pub fn payer_key(key: &[u8], payment: Uuid) -> String {
    signing::token(key, "began-payment", &[payment.as_bytes()])
}

/// Makes a person the buyer of an order: `by` is the row and from where, `address` the one that
/// proved it, unless the browser did.
pub async fn claim(
    db: &Db,
    key: Key,
    by: (i64, i64),
    address: Option<&str>,
) -> Result<(), OrderError> {
    change(db, key, |o, now| state::claim(o, by, address, now)).await?;
    Ok(())
}

/// Corrects the address that was typed at checkout, and mails the proof there. That the caller is
/// the payer's own browser is asked at the edge.
pub async fn correct_address(
    db: &Db,
    key: Key,
    email: &Email,
    locale: Locale,
) -> Result<(), OrderError> {
    change(db, key, |o, now| {
        let letter = claim_letter(o.public_id, email.as_str());
        state::correct_address(o, email.as_str(), locale.tag(), letter, now)
    })
    .await?;
    Ok(())
}

/// Makes a person the buyer of all orders that were paid with an address which was confirmed.
pub async fn claim_all(
    db: &Db,
    email: &Email,
    user_id: i64,
    origin_id: i64,
) -> Result<usize, OrderError> {
    let mut claimed = 0;
    for id in store::unclaimed_of(db, email.as_str()).await? {
        match claim(db, Key::Row(id), (user_id, origin_id), Some(email.as_str())).await {
            Ok(()) => claimed += 1,
            Err(OrderError::Refused(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(claimed)
}

/// Lets the clock act on orders whose time has come. Returns how many it moved.
pub async fn tick_due(db: &Db, limit: i64) -> Result<usize, DbError> {
    let mut batch = Batch::new(db, store::CLOCK);
    for id in store::to_wake(db, limit).await? {
        batch.add(id, by_clock(change(db, Key::Row(id), state::tick).await.map(|_| ()))).await?;
    }
    Ok(batch.moved())
}

/// That somebody else was faster, or acted in the same instant, is how it should be.
pub fn by_clock(done: Result<(), OrderError>) -> Result<bool, OrderError> {
    match done {
        Ok(()) => Ok(true),
        Err(OrderError::Refused(_) | OrderError::Busy) => Ok(false),
        Err(error) => Err(error),
    }
}
