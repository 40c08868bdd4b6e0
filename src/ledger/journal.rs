//! What a journal is made of: pure.

use crate::kernel::money::{Money, MoneyError};

/// An account that an order's journal may touch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Account {
    /// What the provider holds for us.
    Gateway,
    /// The order's own escrow.
    Escrow,
    /// The merchant of the order.
    Merchant,
    /// What the operator earned.
    Fees,
    /// On its way back to a buyer.
    Refunds,
}

impl Account {
    /// The name that the database function resolves.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Gateway => "gateway",
            Self::Escrow => "escrow",
            Self::Merchant => "merchant",
            Self::Fees => "fees",
            Self::Refunds => "refunds",
        }
    }
}

/// One side of a journal: what an account is credited with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line {
    /// The account.
    pub account: Account,
    /// Positive: credited; negative: debited.
    pub amount: Money,
}

/// The lines of one journal. They sum to zero by construction.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Journal(Vec<Line>);

impl Journal {
    /// A journal that moves money from one account to others.
    /// Fails with [`MoneyError`] when the parts are of two currencies or too large.
    pub fn transfer(from: Account, to: &[(Account, Money)]) -> Result<Self, MoneyError> {
        let Some((_, first)) = to.first() else { return Ok(Self::default()) };
        let zero = Money::zero(first.currency());
        let mut total = zero;
        let mut lines = Vec::with_capacity(to.len() + 1);
        for (account, amount) in to {
            total = total.plus(*amount)?;
            if !amount.is_zero() {
                lines.push(Line { account: *account, amount: *amount });
            }
        }
        lines.insert(0, Line { account: from, amount: zero.minus(total)? });
        Ok(Self(lines))
    }

    /// The lines.
    pub fn lines(&self) -> &[Line] {
        &self.0
    }
}

/// A payment: from the provider into the order's escrow.
pub fn payment(price: Money) -> Result<Journal, MoneyError> {
    Journal::transfer(Account::Gateway, &[(Account::Escrow, price)])
}

/// The end of an escrow: what is returned to the buyer, the fee, and the rest to the merchant.
pub fn settlement(held: Money, returned: Money, fee: Money) -> Result<Journal, MoneyError> {
    let released = held.minus(returned)?.minus(fee)?;
    Journal::transfer(
        Account::Escrow,
        &[(Account::Merchant, released), (Account::Fees, fee), (Account::Refunds, returned)],
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rust_decimal::Decimal;

    use super::*;
    use crate::kernel::money::Currency;

    fn cny(cents: i64) -> Money {
        Money::new(Decimal::new(cents, 2), Currency::parse("CNY").unwrap()).unwrap()
    }

    proptest! {
        #[test]
        fn a_settlement_sums_to_zero_and_empties_the_escrow(
            held in 1_i64..1_000_000_000,
            returned in 0_i64..1_000_000_000,
            fee in 0_i64..1_000,
        ) {
            let returned = returned.min(held);
            let fee = fee.min(held - returned);
            let journal = settlement(cny(held), cny(returned), cny(fee)).unwrap();
            let sum: Decimal = journal.lines().iter().map(|l| l.amount.amount()).sum();
            prop_assert_eq!(sum, Decimal::ZERO);
            let escrow = journal.lines().iter().find(|l| l.account == Account::Escrow);
            prop_assert_eq!(escrow.map(|l| l.amount), Some(cny(-held)));
            prop_assert!(journal.lines().iter().all(|l| !l.amount.is_zero()));
        }
    }
}
