//! The time zones on offer: few enough to choose from, with well-known cities.

use chrono_tz::Tz;

use crate::kernel::locale::Locale;
use crate::kernel::time::{Timestamp, zone_label};

/// From east to west. Each has a text `zone-NAME`: see [`zone_label`].
const OFFERED: [Tz; 34] = [
    Tz::Pacific__Auckland,
    Tz::Australia__Sydney,
    Tz::Australia__Brisbane,
    Tz::Asia__Tokyo,
    Tz::Asia__Seoul,
    Tz::Australia__Perth,
    Tz::Asia__Shanghai,
    Tz::Asia__Hong_Kong,
    Tz::Asia__Taipei,
    Tz::Asia__Singapore,
    Tz::Asia__Manila,
    Tz::Asia__Bangkok,
    Tz::Asia__Ho_Chi_Minh,
    Tz::Asia__Jakarta,
    Tz::Asia__Kolkata,
    Tz::Asia__Karachi,
    Tz::Asia__Dubai,
    Tz::Europe__Moscow,
    Tz::Europe__Istanbul,
    Tz::Africa__Nairobi,
    Tz::Africa__Cairo,
    Tz::Africa__Johannesburg,
    Tz::Europe__Athens,
    Tz::Europe__Berlin,
    Tz::Africa__Lagos,
    Tz::Europe__London,
    Tz::UTC,
    Tz::America__Sao_Paulo,
    Tz::America__New_York,
    Tz::America__Chicago,
    Tz::America__Mexico_City,
    Tz::America__Denver,
    Tz::America__Los_Angeles,
    Tz::Pacific__Honolulu,
];

/// The zones on offer, preceded by `also` if it is not among them.
pub fn options(locale: Locale, now: Timestamp, also: Tz) -> Vec<(&'static str, String)> {
    let extra = (!OFFERED.contains(&also)).then_some(also);
    let zones = extra.into_iter().chain(OFFERED);
    zones.map(|zone| (zone.name(), zone_label(zone, locale, now))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_zone_on_offer_has_its_cities_in_both_languages() {
        let now = "2026-11-22T12:00:00Z".parse().expect("a time");
        for locale in Locale::ALL {
            let zones = options(locale, now, Tz::UTC);
            assert_eq!(zones.len(), OFFERED.len());
            for (name, words) in zones {
                assert!(
                    !words.contains('/') && (name == "UTC" || words.contains("UTC")),
                    "{words}"
                );
                assert!(!words.starts_with("zone-"), "{words}");
            }
        }
        let more = options(Locale::En, now, Tz::Asia__Kathmandu);
        assert_eq!(more[0].1, "Asia/Kathmandu (UTC+5:45)");
    }
}
