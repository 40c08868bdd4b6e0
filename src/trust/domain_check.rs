//! Looks at domains that are over: when, how, what was found. Pure.

use strum::{EnumString, IntoStaticStr, VariantArray};

use super::domain::Failure;
use crate::kernel::named::named;
use crate::kernel::time::Timestamp;

#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum Method {
    /// By the file below `/.well-known`.
    File,
}

named!(Method, name);

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DomainCheck {
    /// Its row: later looks have higher ones.
    pub id: i64,
    pub name: String,
    pub method: Method,
    /// The member who asked for it; nobody for the daily look.
    pub asked_by: Option<i64>,
    pub at: Timestamp,
    pub failure: Option<Failure>,
}

/// Looks at one domain, one after the other, that were asked for by the same and found the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// The last of them.
    pub last: DomainCheck,
    /// When the first was.
    pub since: Timestamp,
    pub times: usize,
}

/// What the looks at each domain came to, the run with the newest look first. The checks come the
/// newest first.
pub fn runs(checks: &[DomainCheck]) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for check in checks {
        // The run that the domain's next look belongs to.
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
