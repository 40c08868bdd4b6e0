//! Finds the people in an audience.

use crate::db::{Db, DbError};
use crate::kernel::locale::Locale;
use crate::kernel::time;
use crate::notifications::{Audience, OutboxRow, Recipient, Recipients};
use crate::{accounts, orders, trust};

pub(super) struct Lookup<'a>(pub &'a Db);

impl Recipients for Lookup<'_> {
    async fn resolve(
        &self,
        audience: &Audience,
        row: &OutboxRow,
    ) -> Result<Vec<Recipient>, DbError> {
        match audience {
            Audience::User => self.person(row.user_id).await,
            Audience::Merchant => self.members(row).await,
            Audience::Staff(role) => accounts::staff_with_role(self.0, role).await,
            Audience::Email => self.address(row).await,
            Audience::Buyer => self.buyer(row).await,
        }
    }
}

impl Lookup<'_> {
    async fn person(&self, user_id: Option<i64>) -> Result<Vec<Recipient>, DbError> {
        let Some(user_id) = user_id else { return Ok(Vec::new()) };
        accounts::recipients(self.0, &[user_id]).await
    }

    async fn members(&self, row: &OutboxRow) -> Result<Vec<Recipient>, DbError> {
        let Some(merchant_id) = row.merchant_id else { return Ok(Vec::new()) };
        let members = trust::members(self.0, merchant_id).await?;
        let ids: Vec<i64> = members.iter().map(|member| member.user_id).collect();
        accounts::recipients(self.0, &ids).await
    }

    /// The row's address, with the name, language and time zone of the person in `user_id`.
    async fn address(&self, row: &OutboxRow) -> Result<Vec<Recipient>, DbError> {
        let Some(email) = row.email.clone() else { return Ok(Vec::new()) };
        let person = self.person(row.user_id).await?.pop();
        Ok(vec![Recipient { email: email.clone(), ..person.unwrap_or_else(|| nobody(email, row)) }])
    }

    /// The buyer's account, or else their address, in the language that they paid in or, before
    /// that, in the language of the merchant's first member.
    async fn buyer(&self, row: &OutboxRow) -> Result<Vec<Recipient>, DbError> {
        let Some(order_id) = row.order_id else { return Ok(Vec::new()) };
        let buyer = orders::buyer(self.0, order_id).await?;
        let people = self.person(buyer.user_id).await?;
        match buyer.email {
            Some(email) if buyer.user_id.is_none() => {
                let time_zone = time::zone(&buyer.time_zone);
                let locale = match buyer.locale.and_then(|tag| tag.parse().ok()) {
                    Some(locale) => locale,
                    None => {
                        self.members(row).await?.first().map_or_else(Locale::default, |m| m.locale)
                    }
                };
                Ok(vec![Recipient { time_zone, locale, ..nobody(email, row) }])
            }
            _ => Ok(people),
        }
    }
}

fn nobody(email: String, row: &OutboxRow) -> Recipient {
    let locale = row.args.get("locale").and_then(|l| l.as_str()?.parse().ok());
    Recipient {
        user_id: None,
        email,
        name: String::new(),
        locale: locale.unwrap_or_default(),
        time_zone: chrono_tz::Tz::UTC,
    }
}
