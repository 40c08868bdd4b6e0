//! Criteria in the reader's language, for applicants, reviewers and the public alike.

use chrono_tz::Tz;
use rust_decimal::Decimal;

use super::criteria::{Criterion, CriterionResult, Met, Needed, Source, Value};
use crate::kernel::locale::Locale;
use crate::kernel::rate::{Better, percent};
use crate::kernel::texts::{Arg, Texts};
use crate::kernel::time::{Timestamp, format_day};

/// See the macro `criteria` in `ui.html`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CriterionWords {
    pub name: String,
    pub met: String,
    /// Kind and icon.
    pub chip: (&'static str, &'static str),
    pub about: String,
    /// The sentence for [`CriterionResult::earliest_at`].
    pub earliest: Option<String>,
    /// Label and value.
    pub facts: Vec<(String, String)>,
}

struct Speaker {
    texts: Texts,
    locale: Locale,
    zone: Tz,
}

pub fn criterion_words(result: &CriterionResult, locale: Locale, zone: Tz) -> CriterionWords {
    let speaker = Speaker { texts: Texts::new(locale), locale, zone };
    let key = result.key.key();
    let mut facts = speaker.facts(result);
    facts.push((speaker.t("criterion-evaluated"), speaker.day(result.evaluated_at)));
    let earliest = |at| speaker.t1("criterion-earliest", "date", Arg::from(speaker.day(at)));
    CriterionWords {
        name: speaker.t(&format!("criterion-{key}")),
        met: speaker.t(&format!("criterion-met-{}", result.met.key())),
        chip: match result.met {
            Met::Met => ("done", "check"),
            Met::NotMet => ("bad", "cross"),
            Met::NeedsJudgement => ("held", "person"),
        },
        about: speaker.about(result),
        earliest: result.earliest_at.map(earliest),
        facts,
    }
}

pub fn needed_words(needed: &Needed, locale: Locale, zone: Tz) -> String {
    Speaker { texts: Texts::new(locale), locale, zone }.needed(needed)
}

impl Speaker {
    fn t(&self, key: &str) -> String {
        self.texts.get(key, &[])
    }

    fn t1(&self, key: &str, name: &str, value: Arg<'_>) -> String {
        self.texts.get(key, &[(name, value)])
    }

    fn day(&self, at: Timestamp) -> String {
        format_day(at, self.zone, self.locale)
    }

    /// How it is measured, or why a reviewer decides instead.
    fn about(&self, result: &CriterionResult) -> String {
        let key = match (&result.value, &result.threshold, result.source) {
            (
                Value::Reputation { paid, .. },
                Needed::Rates { orders_min, .. },
                Source::Reviewer,
            ) => {
                if paid < orders_min {
                    "reputation-few"
                } else {
                    "reputation-open"
                }
            }
            (.., Source::RecordDate) => "tenure-record",
            _ if result.key == Criterion::Tenure => "tenure-signed",
            _ => result.key.key(),
        };
        self.t(&format!("criterion-about-{key}"))
    }

    fn facts(&self, result: &CriterionResult) -> Vec<(String, String)> {
        if let Value::Reputation { paid, completion_rate, dispute_rate, rating, is_cut } =
            &result.value
            && let Needed::Rates { completion_min, dispute_max, rating_min, orders_min, .. } =
                &result.threshold
            && paid >= orders_min
        {
            let stars =
                |rating: &Option<Decimal>| rating.map(|r| r.trunc_with_scale(2).to_string());
            return vec![
                self.of(
                    "completed",
                    completion_rate.as_ref().map(completed),
                    "least",
                    completed(completion_min),
                ),
                self.of(
                    "disputed",
                    dispute_rate.as_ref().map(disputed),
                    "most",
                    disputed(dispute_max),
                ),
                self.of("rating", stars(rating), "least", rating_min.to_string()),
                (self.t("criterion-orders"), self.orders(*paid, *is_cut)),
            ];
        }
        vec![
            (self.t("criterion-measured"), self.measured(&result.value)),
            (self.t("criterion-needed"), self.needed(&result.threshold)),
        ]
    }

    fn orders(&self, paid: u64, is_cut: bool) -> String {
        if is_cut {
            return self.t1("criterion-newest", "count", Arg::from(paid));
        }
        paid.to_string()
    }

    /// A figure and its limit.
    fn of(&self, what: &str, is: Option<String>, bound: &str, limit: String) -> (String, String) {
        let none = || self.t("criterion-none-yet");
        let args = [("value", Arg::from(is.unwrap_or_else(none))), ("limit", Arg::from(limit))];
        let value = self.texts.get(&format!("criterion-at-{bound}"), &args);
        (self.t(&format!("criterion-{what}")), value)
    }

    fn measured(&self, value: &Value) -> String {
        match value {
            Value::Agreement { version, signed_at: Some(at), signed_version, .. } => {
                let version = Arg::from(signed_version.unwrap_or(*version));
                let args = [("version", version), ("date", Arg::from(self.day(*at)))];
                self.texts.get("criterion-signed", &args)
            }
            Value::Agreement { version, signed_version: Some(signed), .. } => {
                let args = [("signed", Arg::from(*signed)), ("current", Arg::from(*version))];
                self.texts.get("criterion-signed-older", &args)
            }
            Value::Agreement { .. } => self.t("criterion-not-signed"),
            Value::Tenure { since: None, .. } => self.t("criterion-no-record"),
            Value::Tenure { since: Some(since), months, days } => {
                let (months, days) = (Arg::from(*months), Arg::from(*days));
                let since = Arg::from(self.day(*since));
                let args = [("months", months), ("days", days), ("since", since)];
                self.texts.get("criterion-record", &args)
            }
            Value::NoDeception { findings } => {
                self.t1("criterion-findings", "count", Arg::from(*findings))
            }
            Value::Reputation { paid, .. } => self.t1("criterion-paid", "count", Arg::from(*paid)),
            Value::Domain { name: Some(name), verified_at: Some(at) } => {
                let args = [("domain", Arg::from(name)), ("date", Arg::from(self.day(*at)))];
                self.texts.get("criterion-domain-verified", &args)
            }
            Value::Domain { .. } => self.t("criterion-no-domain"),
            Value::Identity { given, asked } => {
                let args = [("given", Arg::from(*given)), ("asked", Arg::from(*asked))];
                self.texts.get("criterion-given", &args)
            }
        }
    }

    fn needed(&self, needed: &Needed) -> String {
        match needed {
            Needed::Signed => self.t("criterion-need-signed"),
            Needed::Months { months } => {
                self.t1("criterion-need-months", "months", Arg::from(*months))
            }
            Needed::Findings { max, months } => {
                let args = [("max", Arg::from(*max)), ("months", Arg::from(*months))];
                self.texts.get("criterion-need-findings", &args)
            }
            Needed::Rates { completion_min, dispute_max, rating_min, orders_min, months } => {
                let args = [
                    ("completed", Arg::from(completed(completion_min))),
                    ("disputed", Arg::from(disputed(dispute_max))),
                    ("rating", Arg::from(rating_min.to_string())),
                    ("orders", Arg::from(*orders_min)),
                    ("months", Arg::from(*months)),
                ];
                self.texts.get("criterion-need-rates", &args)
            }
            Needed::VerifiedWithin { days } => {
                self.t1("criterion-need-domain", "days", Arg::from(*days))
            }
            Needed::Judged => self.t("criterion-need-judged"),
        }
    }
}

fn completed(rate: &Decimal) -> String {
    percent(rate, Better::Higher)
}

fn disputed(rate: &Decimal) -> String {
    percent(rate, Better::Lower)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn result(key: Criterion, met: Met, value: Value, threshold: Needed) -> CriterionResult {
        let evaluated_at = at("2026-11-22T03:00:00Z");
        let source = Source::Orders;
        CriterionResult { key, met, value, threshold, evaluated_at, source, earliest_at: None }
    }

    fn agreement(signed_at: Option<Timestamp>, signed_version: Option<i32>) -> Value {
        Value::Agreement { version: 2, signed_at, text_sha256: None, signed_version }
    }

    fn rates() -> Needed {
        Needed::Rates {
            completion_min: Decimal::new(95, 2),
            dispute_max: Decimal::new(1, 2),
            rating_min: Decimal::new(40, 1),
            orders_min: 10,
            months: 12,
        }
    }

    #[test]
    fn rates_stand_beside_their_bounds() {
        let value = Value::Reputation {
            paid: 214,
            completion_rate: Some(Decimal::new(98598, 5)),
            dispute_rate: Some(Decimal::new(47, 4)),
            rating: None,
            is_cut: false,
        };
        let mut result = result(Criterion::Reputation, Met::Met, value, rates());
        let words = criterion_words(&result, Locale::En, Tz::UTC);
        let facts: Vec<_> = words.facts.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        assert_eq!(
            facts,
            [
                ("Completed", "98.59% (at least 95%)"),
                ("Disputed", "0.47% (at most 1%)"),
                ("Rating", "none yet (at least 4.0)"),
                ("Paid orders", "214"),
                ("Evaluated", "22 November 2026"),
            ]
        );
        assert!(words.about.starts_with("How paid orders ended"), "{}", words.about);
        // A value just short of its limit is not rounded to it.
        result.value = Value::Reputation {
            paid: 214,
            completion_rate: Some(Decimal::new(949_951, 6)),
            dispute_rate: Some(Decimal::new(10_001, 6)),
            rating: Some(Decimal::new(3_996, 3)),
            is_cut: false,
        };
        let words = criterion_words(&result, Locale::En, Tz::UTC);
        let facts: Vec<_> = words.facts.iter().take(3).map(|(_, v)| v.as_str()).collect();
        let near = ["94.99% (at least 95%)", "1.01% (at most 1%)", "3.99 (at least 4.0)"];
        assert_eq!(facts, near);
        result.source = Source::Reviewer;
        let about = criterion_words(&result, Locale::En, Tz::UTC).about;
        assert!(about.starts_with("Nothing measured so far"), "{about}");
        let Value::Reputation { paid, is_cut, .. } = &mut result.value else {
            panic!("a reputation")
        };
        (*paid, *is_cut) = (10_000, true);
        let facts = criterion_words(&result, Locale::En, Tz::UTC).facts;
        assert_eq!(facts[3].1, "the newest 10000");
        let Value::Reputation { paid, .. } = &mut result.value else { panic!("a reputation") };
        *paid = 9;
        let words = criterion_words(&result, Locale::En, Tz::UTC);
        assert!(words.about.starts_with("There are too few paid orders"), "{}", words.about);
        assert_eq!(words.facts[0].1, "9 paid orders");
    }

    #[test]
    fn every_criterion_has_words_in_both_languages() {
        let day = Some(at("2026-08-20T00:00:00Z"));
        let values = [
            (agreement(day, Some(1)), Needed::Signed),
            (agreement(None, Some(1)), Needed::Signed),
            (agreement(None, None), Needed::Signed),
            (Value::Tenure { since: day, months: 3, days: 1 }, Needed::Months { months: 3 }),
            (Value::Tenure { since: None, months: 0, days: 0 }, Needed::Months { months: 3 }),
            (Value::NoDeception { findings: 0 }, Needed::Findings { max: 0, months: 24 }),
            (Value::NoDeception { findings: 2 }, Needed::Findings { max: 1, months: 24 }),
            (
                Value::Reputation {
                    paid: 3,
                    completion_rate: None,
                    dispute_rate: None,
                    rating: None,
                    is_cut: false,
                },
                rates(),
            ),
            (
                Value::Domain { name: Some("a.example".to_owned()), verified_at: day },
                Needed::VerifiedWithin { days: 30 },
            ),
            (Value::Domain { name: None, verified_at: None }, Needed::VerifiedWithin { days: 30 }),
            (Value::Identity { given: 5, asked: 5 }, Needed::Judged),
        ];
        // In debug builds, a missing text or argument panics.
        for locale in Locale::ALL {
            for key in Criterion::ALL {
                for met in [Met::Met, Met::NotMet, Met::NeedsJudgement] {
                    for (value, needed) in &values {
                        let result = result(key, met, value.clone(), needed.clone());
                        let words = criterion_words(&result, locale, Tz::UTC);
                        assert!(words.facts.len() >= 3);
                    }
                }
            }
        }
    }
}
