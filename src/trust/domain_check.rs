//! Past checks of domains. Pure.

use strum::{EnumString, IntoStaticStr, VariantArray};

use super::domain::Failure;
use crate::kernel::named::named;
use crate::kernel::time::Timestamp;

#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum Method {
    /// A file under `/.well-known`.
    File,
}

named!(Method, name);

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DomainCheck {
    /// Increases with time.
    pub id: i64,
    pub name: String,
    pub method: Method,
    /// `None` for the daily check.
    pub asked_by: Option<i64>,
    pub at: Timestamp,
    pub failure: Option<Failure>,
}

/// Consecutive checks of one domain with the same method, requester and result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    pub last: DomainCheck,
    /// The time of the first.
    pub since: Timestamp,
    pub times: usize,
}

/// Groups checks, given newest first; the run with the newest check comes first.
pub fn runs(checks: &[DomainCheck]) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for check in checks {
        // The run of the domain's next later check.
        let later = runs.iter_mut().rev().find(|run| run.last.name == check.name);
        match later {
            Some(run) if is_same(&run.last, check) => {
                run.since = check.at;
                run.times += 1;
            }
            _ => runs.push(Run { last: check.clone(), since: check.at, times: 1 }),
        }
    }
    runs
}

fn is_same(one: &DomainCheck, other: &DomainCheck) -> bool {
    (one.method, one.asked_by, one.failure) == (other.method, other.asked_by, other.failure)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(id: i64, name: &str, asked_by: Option<i64>, failure: Option<Failure>) -> DomainCheck {
        let at = Timestamp::from_timestamp(id * 86_400, 0).unwrap();
        DomainCheck { id, name: name.to_owned(), method: Method::File, asked_by, at, failure }
    }

    #[test]
    fn what_came_out_the_same_is_one_run_of_its_domain() {
        let slow = Some(Failure::TooSlow);
        let checks = [
            check(9, "a.test", None, None),
            check(8, "b.test", None, slow),
            check(7, "a.test", None, None),
            check(6, "b.test", None, slow),
            check(5, "a.test", Some(1), None),
            check(4, "a.test", None, None),
            check(3, "b.test", None, None),
            check(2, "b.test", None, slow),
        ];
        let told: Vec<_> = runs(&checks)
            .into_iter()
            .map(|run| (run.last.id, run.since.timestamp() / 86_400, run.times))
            .collect();
        assert_eq!(told, [(9, 7, 2), (8, 6, 2), (5, 5, 1), (4, 4, 1), (3, 3, 1), (2, 2, 1)]);
        assert_eq!(runs(&[]), []);
    }
}
