//! Interprets what somebody types to check a shop: a code, a domain, an address or a name.

use url::Url;

use super::memory::Memory;
use super::state::is_site_of;
use super::store::impostors::confirmed_impostor;
use super::verdict::domain_words;
use crate::db::{Db, DbError};
use crate::kernel::domain_name::{DomainName, DomainNameError, origin_host};
use crate::kernel::look_alike::{Reason, names_look_alike};
use crate::kernel::merchant_code::{MerchantCode, MerchantCodeError};
use crate::trust::public_record::{self, DirectoryQuery, KnownDomain, Listed};
use crate::trust::{self, BadgeState};

/// Longer questions are truncated.
const QUESTION_CHARS_MAX: usize = 300;
const NAMES_MAX: usize = 10;

#[derive(Debug)]
pub(super) enum Found {
    Code(MerchantCode),
    /// A code whose check symbol is wrong.
    Mistyped,
    /// A domain of a merchant, or its `www.`.
    Domain(KnownDomain, DomainName),
    Ourselves,
    /// A host under a merchant's domain that is not verified itself.
    Below(KnownDomain, DomainName),
    LooksLike(KnownDomain, DomainName, Reason),
    /// A domain unknown here, with the merchants that a text search finds.
    Stranger(DomainName, Vec<Listed>),
    /// An IP address, which no trust merchant has.
    Address,
    /// A confirmed impostor, and the merchant that it imitates, if reported.
    Impostor(String, Option<trust::Merchant>),
    /// Merchants whose name, domain or code contains the text, else those whose name looks like it.
    Name(Vec<Listed>, Vec<Listed>),
}

/// `ours` is our own host.
pub(super) async fn find(
    db: &Db,
    memory: &Memory,
    question: &str,
    ours: &str,
) -> Result<Found, DbError> {
    let question: String = question.trim().chars().take(QUESTION_CHARS_MAX).collect();
    match MerchantCode::parse(&question) {
        Ok(code) => return Ok(Found::Code(code)),
        Err(MerchantCodeError::Mistyped) => return Ok(Found::Mistyped),
        Err(MerchantCodeError::NotACode) => {}
    }
    if let Some(found) = own_page(&question, ours) {
        return Ok(found);
    }
    match DomainName::parse(&question) {
        Ok(domain) => of_domain(db, memory, domain, &question).await,
        Err(DomainNameError::IpAddress) => {
            Ok(impostor(db, &question).await?.unwrap_or(Found::Address))
        }
        Err(_) => of_name(db, memory, &question).await,
    }
}

/// Recognises our own addresses.
fn own_page(question: &str, ours: &str) -> Option<Found> {
    let with_scheme =
        if question.contains("://") { question.to_owned() } else { format!("https://{question}") };
    let url = Url::parse(&with_scheme).ok().filter(|_| question.contains(['.', ':', '/']))?;
    let host = url.host_str()?;
    let with_port = url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
    if with_port != ours {
        return None;
    }
    let code = url.path().strip_prefix("/verify/").and_then(|rest| MerchantCode::parse(rest).ok());
    Some(code.map_or(Found::Ourselves, Found::Code))
}

/// Looks up confirmed impostors with either scheme, with and without `www.`.
async fn impostor(db: &Db, question: &str) -> Result<Option<Found>, DbError> {
    let with_scheme =
        if question.contains("://") { question.to_owned() } else { format!("https://{question}") };
    let (Ok(url), Some(host)) = (Url::parse(&with_scheme), origin_host(&with_scheme)) else {
        return Ok(None);
    };
    let authority = url.authority().rsplit('@').next().unwrap_or_default();
    let bare = authority.strip_prefix("www.").unwrap_or(authority);
    let of = |scheme: &str| [format!("{scheme}://{bare}"), format!("{scheme}://www.{bare}")];
    let origins = [of("https"), of("http")].concat();
    let Some(merchant_id) = confirmed_impostor(db, &origins).await? else { return Ok(None) };
    let real = match merchant_id {
        Some(id) => trust::merchant(db, id).await?,
        None => None,
    };
    let words = host.domain().map_or_else(|| host.as_str().to_owned(), domain_words);
    Ok(Some(Found::Impostor(words, real)))
}

async fn of_domain(
    db: &Db,
    memory: &Memory,
    domain: DomainName,
    question: &str,
) -> Result<Found, DbError> {
    let owner = public_record::owner_of(db, &domain.with_parents()).await?;
    let own = match owner {
        Some((known, is_living)) if is_site_of(&domain, &known.domain) => {
            if is_living {
                return Ok(Found::Domain(known, domain));
            }
            Some(known)
        }
        Some((known, true)) => return Ok(Found::Below(known, domain)),
        _ => None,
    };
    if let Some(found) = impostor(db, question).await? {
        return Ok(found);
    }
    // Anybody can open a shop and verify a domain: only a badge suppresses the warning.
    let known = memory.known(db).await?;
    let hit = known.as_ref().and_then(|known| {
        let hit = known.index.find(&domain)?;
        Some((known.domains.get(hit.index)?.clone(), hit.reason))
    });
    if let Some((real, reason)) = hit {
        return Ok(Found::LooksLike(real, domain, reason));
    }
    if let Some(known) = own {
        return Ok(Found::Domain(known, domain));
    }
    let listed = by_name(db, question).await?;
    Ok(Found::Stranger(domain, listed))
}

async fn of_name(db: &Db, memory: &Memory, name: &str) -> Result<Found, DbError> {
    let listed = by_name(db, name).await?;
    let mut alike: Vec<MerchantCode> = Vec::new();
    if listed.is_empty()
        && let Some(known) = memory.known(db).await?
    {
        for candidate in known.domains.iter().filter(|k| names_look_alike(&k.name, name)) {
            if alike.len() < NAMES_MAX && !alike.contains(&candidate.code) {
                alike.push(candidate.code);
            }
        }
    }
    // The cache may be a minute old, so read the current state of the badges.
    let alike =
        if alike.is_empty() { Vec::new() } else { public_record::listed(db, &alike).await? };
    Ok(Found::Name(listed, alike))
}

/// Trust merchants first, then those without a valid badge, so that readers do not take them for
/// unknown.
async fn by_name(db: &Db, text: &str) -> Result<Vec<Listed>, DbError> {
    let text = Some(text.to_owned());
    let mut query = DirectoryQuery { text, limit: NAMES_MAX, ..Default::default() };
    let mut listed = public_record::directory(db, &query).await?;
    if listed.len() < NAMES_MAX {
        query.with_former = true;
        query.limit = 2 * NAMES_MAX;
        let all = public_record::directory(db, &query).await?;
        let former = all.into_iter().filter(|merchant| merchant.state != BadgeState::Active);
        listed.extend(former.take(NAMES_MAX - listed.len()));
    }
    Ok(listed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_own_addresses_lead_to_the_page_they_name() {
        let code = MerchantCode::from_number(1_111).unwrap();
        let ours = "surety.example";
        let leads = |text: &str| match own_page(text, ours) {
            Some(Found::Code(found)) => Some(Some(found)),
            Some(_) => Some(None),
            None => None,
        };
        assert_eq!(leads(&format!("https://surety.example/verify/{code}")), Some(Some(code)));
        assert_eq!(leads(&format!("surety.example/verify/{code}?x")), Some(Some(code)));
        assert_eq!(leads("surety.example"), Some(None));
        assert_eq!(leads("https://surety.example/verify/nonsense"), Some(None));
        assert_eq!(leads(&format!("https://surety.example.evil.top/verify/{code}")), None);
        assert_eq!(leads("Surety"), None);
    }
}
