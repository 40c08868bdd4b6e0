//! Finds what somebody means who checks a shop: a code, a domain, an address, or a name.

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

/// Longer questions are cut.
const QUESTION_CHARS_MAX: usize = 300;
/// Merchants that an answer names at most.
const NAMES_MAX: usize = 10;

#[derive(Debug)]
pub(super) enum Found {
    /// A code with a right check symbol.
    Code(MerchantCode),
    /// A code with a typing error.
    Mistyped,
    /// A domain of a merchant, or its `www.`.
    Domain(KnownDomain, DomainName),
    Ourselves,
    /// A host under a merchant's domain that is not verified itself.
    Below(KnownDomain, DomainName),
    LooksLike(KnownDomain, DomainName, Reason),
    /// A domain that nobody here knows, with merchants whose name holds it.
    Stranger(DomainName, Vec<Listed>),
    /// An address of numbers, which no trust merchant has.
    Address,
    /// A site that staff confirmed to be an impostor, and whom it imitates, if it was said.
    Impostor(String, Option<trust::Merchant>),
    /// A name: merchants whose name or domain holds it, or whose name looks like it.
    Name(Vec<Listed>, Vec<Listed>),
}

/// Finds what a question means. `ours` is our own host.
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

/// An address of our own: the authentication page it leads to, or ourselves.
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

/// A site that staff confirmed to be an impostor, with either scheme, with and without `www.`.
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
    // Anybody can open a shop here and prove a domain: only a badge keeps the warning away.
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
    // What is remembered may be a minute old: how they stand is asked for anew.
    let alike =
        if alike.is_empty() { Vec::new() } else { public_record::listed(db, &alike).await? };
    Ok(Found::Name(listed, alike))
}

/// Merchants whose name, domain or code holds a text: trust merchants first, then those whose
/// badge does not hold now, so that nobody takes silence about them for ignorance.
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
