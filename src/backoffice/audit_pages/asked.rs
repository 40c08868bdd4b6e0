//! The filters and position of the audit trail, as people enter them.

use chrono::NaiveDate;
use serde::Deserialize;
use uuid::Uuid;

use crate::accounts::people::{names_of, with_address};
use crate::admission::of_merchant;
use crate::backoffice::store::{AuditFilter, AuditFrom, AuditKey, DoneBy, actors};
use crate::db::{Db, DbError};
use crate::kernel::email::Email;
use crate::kernel::merchant_code::MerchantCode;
use crate::kernel::time::{Timestamp, read_day, start_of_day};
use crate::trust::merchant_by_code;
use crate::web::form::{Fields, Form};
use crate::web::page::Page;

/// The most characters that a filter may have.
const MOST: usize = 200;

/// The query of the page: filters, which [`Asked::form`] checks, and a position, which counts for
/// nothing if it cannot be read.
#[derive(Debug, Default, Deserialize)]
pub struct Asked {
    /// A colleague's name, an address, or the words for the clock or the command line.
    #[serde(default)]
    pub who: String,
    #[serde(default)]
    pub action: String,
    /// A merchant's number, an application's id, or a subject as the trail stores it.
    #[serde(default)]
    pub subject: String,
    /// The first day, in the reader's zone.
    #[serde(default)]
    pub from: String,
    /// The last day, inclusive.
    #[serde(default)]
    pub until: String,
    #[serde(default)]
    pub older: String,
    /// The position from which to page back to newer entries.
    #[serde(default)]
    pub newer: String,
}

impl Asked {
    /// The filters that are set, under their names in addresses and forms.
    pub fn pairs(&self) -> Vec<(&'static str, &str)> {
        let all = [
            ("who", self.who.trim()),
            ("action", self.action.trim()),
            ("subject", self.subject.trim()),
            ("from", self.from.trim()),
            ("until", self.until.trim()),
        ];
        all.into_iter().filter(|(_, value)| !value.is_empty()).collect()
    }

    /// The filters as a form, with what is wrong with them. A filter that cannot be read must not
    /// be dropped: whoever asked would take everything for a part.
    pub fn form(&self, page: &Page) -> Form {
        let mut form = Form::filled(Fields::from_pairs(&self.pairs()));
        for name in ["who", "action", "subject"] {
            form.optional(page, name, MOST);
        }
        for name in ["from", "until"] {
            let typed = form.value(name);
            if !typed.is_empty() && read_day(typed).is_none() {
                form.wrong(name, page.t("form-day"));
            }
        }
        form
    }

    pub fn address(&self, place: Option<(&str, AuditKey)>) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(self.pairs());
        if let Some((name, (at, id))) = place {
            query.append_pair(name, &format!("{}-{id}", at.timestamp_micros()));
        }
        format!("/admin/audit?{}", query.finish())
    }

    pub fn place(&self) -> AuditFrom {
        match (read_key(&self.older), read_key(&self.newer)) {
            (Some(key), _) => AuditFrom::OlderThan(key),
            (None, Some(key)) => AuditFrom::NewerThan(key),
            (None, None) => AuditFrom::Start,
        }
    }

    pub async fn filter(&self, page: &Page, db: &Db) -> Result<AuditFilter, DbError> {
        let after = |date: NaiveDate| date.succ_opt();
        Ok(AuditFilter {
            by: self.by(page, db).await?,
            action: self.action.trim().to_owned(),
            subjects: self.subjects(db).await?,
            from: read_day(&self.from).map(|d| start_of_day(d, page.zone)),
            until: read_day(&self.until).and_then(after).map(|d| start_of_day(d, page.zone)),
            below: None,
        })
    }

    async fn by(&self, page: &Page, db: &Db) -> Result<Option<DoneBy>, DbError> {
        let who = self.who.trim().to_lowercase();
        if who.is_empty() {
            return Ok(None);
        }
        let nobody = ["audit-clock", "audit-command-line"];
        if nobody.iter().any(|key| page.t(key).to_lowercase() == who) {
            return Ok(Some(DoneBy::Nobody));
        }
        let mut ids = Vec::new();
        if let Ok(email) = Email::parse(&who) {
            ids.extend(with_address(db, &email).await?);
        } else {
            let names = names_of(db, &actors(db).await?).await?.into_iter();
            let named = names.filter(|(_, name)| name.to_lowercase().contains(&who));
            ids.extend(named.map(|(id, _)| id));
        }
        ids.sort_unstable();
        ids.dedup();
        Ok(Some(DoneBy::People(ids)))
    }

    /// The subjects to look for. A merchant's number covers the merchant and its applications.
    async fn subjects(&self, db: &Db) -> Result<Option<Vec<String>>, DbError> {
        let subject = self.subject.trim().to_owned();
        if subject.is_empty() {
            return Ok(None);
        }
        if let Ok(id) = subject.parse::<Uuid>() {
            return Ok(Some(vec![format!("application:{id}")]));
        }
        let number = subject.strip_prefix("merchant:").unwrap_or(&subject);
        let Ok(code) = MerchantCode::parse(number) else { return Ok(Some(vec![subject])) };
        let mut subjects = vec![format!("merchant:{}", code.as_str())];
        if let Some(merchant) = merchant_by_code(db, code).await? {
            let applications = of_merchant(db, merchant.id).await?.into_iter();
            subjects.extend(applications.map(|a| format!("application:{}", a.public_id)));
        }
        Ok(Some(subjects))
    }
}

fn read_key(text: &str) -> Option<AuditKey> {
    let (at, id) = text.split_once('-')?;
    Some((Timestamp::from_timestamp_micros(at.parse().ok()?)?, id.parse().ok()?))
}
