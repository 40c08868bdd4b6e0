use super::*;
use crate::trust::badge::BadgeEventKind;
use crate::trust::{Cause, Suspension};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn measured(completed: u64, paid: u64, disputed: u64, months_trusted: u32) -> Measured {
    Measured { paid, completed, disputed, months_trusted }
}

#[test]
fn each_boundary_of_each_tier_is_where_the_table_says() {
    use Tier::{Gold, Platinum, Silver, Trusted};
    for (completed, paid, disputed, months, tier) in [
        // Nothing, and everything but the months.
        (0, 0, 0, 0, Trusted),
        (0, 0, 0, 120, Trusted),
        (100_000, 100_000, 0, 5, Trusted),
        // Silver: 100 orders, 0.5 %, 6 months.
        (99, 200, 0, 6, Trusted),
        (100, 200, 0, 6, Silver),
        (100, 200, 1, 6, Silver),
        (100, 199, 1, 6, Trusted),
        (100, 399, 2, 6, Trusted),
        (100, 400, 2, 6, Silver),
        (100, 200, 0, 5, Trusted),
        // Gold: 1,000 orders, 0.3 %, 12 months; who misses one of them keeps silver.
        (999, 1_000, 3, 12, Silver),
        (1_000, 1_000, 3, 12, Gold),
        (1_000, 1_000, 4, 12, Silver),
        (1_000, 1_000, 6, 12, Trusted),
        (1_000, 1_000, 3, 11, Silver),
        // Platinum: 10,000 orders, 0.1 %, 24 months.
        (9_999, 10_000, 10, 24, Gold),
        (10_000, 10_000, 10, 24, Platinum),
        (10_000, 10_000, 11, 24, Gold),
        (10_000, 10_000, 31, 24, Silver),
        (10_000, 10_000, 51, 24, Trusted),
        (10_000, 10_000, 10, 23, Gold),
        (1_000_000, 1_000_000, 0, 240, Platinum),
    ] {
        let m = measured(completed, paid, disputed, months);
        assert_eq!(earned(&m), tier, "{m:?}");
    }
}

#[test]
fn a_rate_is_compared_as_it_is_and_never_seems_better() {
    // One part in ten million above the bar.
    let above = measured(10_000, 10_000_000, 50_001, 24);
    let [_, rate, _] = conditions(&BARS[0], &above);
    assert!(!rate.met, "{rate:?}");
    assert_eq!(rate.value, Some(Decimal::new(5_001, 6)));
    let nothing = conditions(&BARS[0], &Measured::default());
    assert_eq!(
        nothing.map(|c| (c.value.is_some(), c.met)),
        [(true, false), (false, true), (true, false)]
    );
}

#[test]
fn the_bars_rise_one_above_the_other() {
    for pair in BARS.windows(2) {
        let (low, high) = (pair[0], pair[1]);
        assert!(low.tier < high.tier && low.completed < high.completed);
        assert!(low.dispute_max > high.dispute_max && low.months < high.months);
    }
    assert_eq!(bar_above(Tier::Trusted).map(|b| b.tier), Some(Tier::Silver));
    assert_eq!(bar_above(Tier::Platinum), None);
    assert_eq!(bar_of(Tier::Trusted), None);
    assert_eq!(bar_of(Tier::Gold).map(|b| b.months), Some(12));
}

fn event(version: i32, from: Option<BadgeState>, to: BadgeState, day: &str) -> BadgeEvent {
    let at = at(&format!("{day}T00:00:00Z"));
    let cause = Cause::Suspension(Suspension::Staff);
    let (happened, standing) = (BadgeEventKind::read(None, to, cause), Vec::new());
    BadgeEvent { version, happened, from, to, cause, standing, at, user_id: None, tier: None }
}

#[test]
fn trust_counts_from_its_last_beginning() {
    use BadgeState::{Active, Expired, Revoked, Suspended};
    let mut life = vec![event(0, None, Active, "2024-01-01")];
    let since = |life: &[BadgeEvent]| {
        trusted_since(life).map(|t| t.date_naive().to_string()).unwrap_or_default()
    };
    assert_eq!(trusted_since(&[]), None);
    assert_eq!(since(&life), "2024-01-01");
    life.push(event(1, Some(Active), Suspended, "2024-03-01"));
    assert_eq!(since(&life), "2024-01-01", "a suspension is no end");
    life.push(event(2, Some(Suspended), Active, "2024-03-05"));
    // A renewal, and a change of tier.
    life.push(event(3, Some(Active), Active, "2025-01-01"));
    assert_eq!(since(&life), "2024-01-01");
    life.push(event(4, Some(Active), Revoked, "2025-02-01"));
    assert_eq!(since(&life), "");
    life.push(event(5, Some(Revoked), Active, "2026-03-01"));
    assert_eq!(since(&life), "2026-03-01");
    life.push(event(6, Some(Active), Expired, "2027-03-01"));
    life.push(event(7, Some(Expired), Active, "2027-03-02"));
    assert_eq!(since(&life), "2027-03-02");
    life.reverse();
    assert_eq!(since(&life), "2027-03-02", "in whatever order they come");
}
