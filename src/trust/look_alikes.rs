//! Warnings for reviewers about names and domains that resemble another merchant's.

use std::collections::HashMap;

use super::domain::Domain;
use super::merchant::Merchant;
use super::store;
use crate::db::{Db, DbError};
use crate::kernel::domain_name::DomainName;
use crate::kernel::look_alike::{LookAlikeIndex, names_look_alike};

/// Merchants and domains read for one comparison.
const LIMIT: i64 = 20_000;
/// The most that a reviewer can check.
const WARNINGS: usize = 10;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    pub code: String,
    pub name: String,
    /// The applicant's domain and the one that it resembles; `None` if the names are alike.
    pub domains: Option<(DomainName, DomainName)>,
}

/// Other merchants whose name or verified domain resembles this merchant's.
pub async fn look_alikes(
    db: &Db,
    merchant: &Merchant,
    domains: &[Domain],
) -> Result<Vec<Warning>, DbError> {
    let others = store::merchants::names(db, merchant.id, LIMIT).await?;
    // Domains first, because they are what a buyer sees.
    let mut warnings = of_domains(db, &others, merchant.id, domains).await?;
    let alike = |other: &str| {
        names_look_alike(&merchant.name, other)
            || (!merchant.registered_name.is_empty()
                && names_look_alike(&merchant.registered_name, other))
    };
    let names = others.iter().filter(|(_, _, name)| alike(name)).map(|(_, code, name)| Warning {
        code: code.clone(),
        name: name.clone(),
        domains: None,
    });
    warnings.extend(names.take(WARNINGS));
    warnings.truncate(WARNINGS);
    Ok(warnings)
}

/// Other merchants whose name or verified domain these domains resemble.
pub async fn domains_alike(
    db: &Db,
    merchant_id: i64,
    domains: &[Domain],
) -> Result<Vec<Warning>, DbError> {
    let others = store::merchants::names(db, merchant_id, LIMIT).await?;
    of_domains(db, &others, merchant_id, domains).await
}

async fn of_domains(
    db: &Db,
    others: &[(i64, String, String)],
    merchant_id: i64,
    domains: &[Domain],
) -> Result<Vec<Warning>, DbError> {
    let mut warnings = Vec::new();
    let by_id: HashMap<i64, (&str, &str)> =
        others.iter().map(|(id, code, name)| (*id, (code.as_str(), name.as_str()))).collect();
    let proved = store::domains::proved(db, merchant_id, LIMIT).await?;
    let known: Vec<(DomainName, i64)> = proved
        .into_iter()
        .filter_map(|(name, id)| Some((DomainName::parse(&name).ok()?, id)))
        .collect();
    let index = LookAlikeIndex::new(
        known.iter().map(|(d, id)| (d.clone(), by_id.get(id).map_or("", |(_, name)| name))),
    );
    for own in domains {
        let Some(hit) = index.find(&own.name) else { continue };
        let Some((_, id)) = known.get(hit.index) else { continue };
        let (code, name) = by_id.get(id).copied().unwrap_or_default();
        warnings.push(Warning {
            code: code.to_owned(),
            name: name.to_owned(),
            domains: Some((own.name.clone(), hit.resembles)),
        });
    }
    Ok(warnings)
}
