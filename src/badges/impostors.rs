//! Reported impostors: who may work on the reports of a site. Pure.

use chrono::Duration;

use crate::kernel::time::Timestamp;

/// How long a reviewer holds the reports exclusively.
const CLAIM: Duration = Duration::minutes(30);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Closing {
    Dismissed,
    Confirmed,
}

impl Closing {
    /// The name in the database and in forms.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Dismissed => "dismissed",
            Self::Confirmed => "confirmed",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        [Self::Dismissed, Self::Confirmed].into_iter().find(|c| c.name() == name)
    }

    /// The name in the audit trail.
    pub const fn act(self) -> &'static str {
        match self {
            Self::Dismissed => "impostor.dismiss",
            Self::Confirmed => "impostor.confirm",
        }
    }
}

#[derive(Debug, Clone)]
pub(super) struct Report {
    pub id: i64,
    pub reference: String,
    pub origin: String,
    pub merchant_id: Option<i64>,
    pub words: String,
    pub created_at: Timestamp,
    pub taken: Option<(i64, Timestamp)>,
    pub closed: Option<(i64, Timestamp)>,
    pub outcome: Option<Closing>,
    pub reason: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refused {
    Closed,
    TakenBy(i64),
    NotTaken,
    /// The reviewer belongs or belonged to a merchant involved.
    Own,
}

/// The reviewer who holds the open reports of a site.
pub(super) fn holder(open: &[Report], now: Timestamp) -> Option<i64> {
    let taken = open.iter().filter_map(|r| r.taken);
    taken.filter(|(_, at)| now - *at < CLAIM).map(|(by, _)| by).next()
}

/// Fails if nothing is open or another reviewer holds the reports.
pub(super) fn may_take(open: &[Report], user_id: i64, now: Timestamp) -> Result<(), Refused> {
    if open.is_empty() {
        return Err(Refused::Closed);
    }
    match holder(open, now) {
        Some(by) if by != user_id => Err(Refused::TakenBy(by)),
        _ => Ok(()),
    }
}

/// Only the last reviewer who took the reports may close them, however long ago that was.
pub(super) fn may_close(open: &[Report], user_id: i64) -> Result<(), Refused> {
    if open.is_empty() {
        return Err(Refused::Closed);
    }
    match open.iter().filter_map(|r| r.taken).map(|(by, _)| by).next() {
        Some(by) if by == user_id => Ok(()),
        Some(by) => Err(Refused::TakenBy(by)),
        None => Err(Refused::NotTaken),
    }
}

#[derive(Debug, Clone)]
pub(super) struct Site {
    /// Oldest first; never empty.
    pub reports: Vec<Report>,
}

/// Groups open reports, given oldest first, by site; the site that waits longest comes first.
pub(super) fn by_site(open: Vec<Report>) -> Vec<Site> {
    let mut sites: Vec<Site> = Vec::new();
    for report in open {
        match sites.iter_mut().find(|s| s.reports.iter().any(|r| r.origin == report.origin)) {
            Some(site) => site.reports.push(report),
            None => sites.push(Site { reports: vec![report] }),
        }
    }
    sites
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minutes: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + Duration::minutes(minutes)
    }

    fn report(id: i64, origin: &str, taken: Option<(i64, Timestamp)>) -> Report {
        Report {
            id,
            reference: format!("IR-0000-000{id}"),
            origin: origin.to_owned(),
            merchant_id: None,
            words: String::new(),
            created_at: at(id),
            taken,
            closed: None,
            outcome: None,
            reason: String::new(),
        }
    }

    #[test]
    fn of_two_reviewers_one_has_it_for_half_an_hour() {
        let free = [report(1, "https://evil.top", None)];
        assert_eq!(may_take(&free, 7, at(0)), Ok(()));
        assert_eq!(may_close(&free, 7), Err(Refused::NotTaken));
        let taken = [report(1, "https://evil.top", Some((7, at(0))))];
        assert_eq!(may_take(&taken, 7, at(1)), Ok(()));
        assert_eq!(may_take(&taken, 8, at(29)), Err(Refused::TakenBy(7)));
        assert_eq!(may_take(&taken, 8, at(30)), Ok(()));
        assert_eq!(may_close(&taken, 8), Err(Refused::TakenBy(7)));
        assert_eq!(may_close(&taken, 7), Ok(()));
        assert_eq!(
            (may_take(&[], 7, at(0)), may_close(&[], 7)),
            (Err(Refused::Closed), Err(Refused::Closed))
        );
    }

    #[test]
    fn reports_of_one_site_are_one_row() {
        let open = vec![
            report(1, "https://evil.top", None),
            report(2, "https://odd.example", None),
            report(3, "https://evil.top", None),
        ];
        let sites = by_site(open);
        let ids = |site: &Site| site.reports.iter().map(|r| r.id).collect::<Vec<_>>();
        assert_eq!(sites.iter().map(ids).collect::<Vec<_>>(), [vec![1, 3], vec![2]]);
    }
}
