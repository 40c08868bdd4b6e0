//! The moves of the specification, and random sequences against a small model.

use chrono::Duration;
use proptest::prelude::*;

use super::*;
use crate::trust::badge::Tier;
use crate::trust::criteria::Evaluation;

const ZONE: Tz = Tz::Asia__Shanghai;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn badge(state: BadgeState) -> Badge {
    Badge {
        merchant_id: 1,
        state,
        tier: Tier::Trusted,
        granted_at: at("2026-01-31T04:00:00Z"),
        expires_at: at("2027-01-31T04:00:00Z"),
        changed_at: at("2026-01-31T04:00:00Z"),
        version: 4,
        evaluation: Evaluation::default(),
    }
}

fn standing(causes: &[Suspension]) -> Vec<ActiveCause> {
    let one = |(id, cause): (usize, &Suspension)| ActiveCause {
        id: i64::try_from(id).unwrap(),
        cause: *cause,
        reference: format!("r{id}"),
        detail: String::new(),
        reason: String::new(),
        since: at("2026-03-01T00:00:00Z"),
    };
    causes.iter().enumerate().map(one).collect()
}

#[test]
fn only_the_moves_of_the_specification_are_made() {
    use BadgeState::{Active, Expired, Revoked, Suspended};
    let debt = Event::Begin(Suspension::FundDebt, "d");
    let legal = [
        (None, Event::Grant(ZONE), Active),
        (Some(Expired), Event::Grant(ZONE), Active),
        (Some(Active), debt, Suspended),
        (Some(Suspended), debt, Suspended),
        (Some(Active), Event::Suspend("s"), Suspended),
        (Some(Suspended), Event::Reinstate, Active),
        (Some(Active), Event::Revoke, Revoked),
        (Some(Suspended), Event::Revoke, Revoked),
    ];
    let now = at("2026-06-01T00:00:00Z");
    for state in [None, Some(Active), Some(Suspended), Some(Revoked), Some(Expired)] {
        let causes: &[_] = if state == Some(Suspended) { &[Suspension::Staff] } else { &[] };
        for event in [
            Event::Grant(ZONE),
            Event::Renew(ZONE),
            debt,
            Event::Suspend("s"),
            Event::Reinstate,
            Event::Revoke,
            Event::Expire,
        ] {
            let badge = state.map(badge);
            let expected =
                legal.iter().find(|(s, e, _)| *s == state && *e == event).map(|(_, _, to)| *to);
            let decided = decide(badge.as_ref(), &standing(causes), event, now).ok();
            let to = decided.and_then(|o| o.change).map(|c| c.to);
            assert_eq!(to, expected, "{state:?} {event:?}");
        }
    }
}

#[test]
fn a_badge_ends_on_its_date_even_when_suspended() {
    let day = at("2027-01-31T04:00:00Z");
    for state in [BadgeState::Active, BadgeState::Suspended] {
        let badge = badge(state);
        let causes = standing(&[Suspension::Staff]);
        let before = day - Duration::seconds(1);
        assert_eq!(badge.state_at(before), state);
        assert!(decide(Some(&badge), &[], Event::Expire, before).is_err());
        assert_eq!(badge.state_at(day), BadgeState::Expired);
        let change = decide(Some(&badge), &[], Event::Expire, day).unwrap().change.unwrap();
        assert_eq!((change.to, change.expected), (BadgeState::Expired, Some(4)));
        // From its date on, only a new approval is possible.
        for event in [Event::Reinstate, Event::Suspend("s"), Event::Revoke, Event::Renew(ZONE)] {
            assert!(decide(Some(&badge), &causes, event, day).is_err(), "{event:?}");
        }
        // And that only once the expiry is stored.
        let grant = |badge| decide(Some(badge), &causes, Event::Grant(ZONE), day);
        assert!(grant(&badge).is_err());
        assert!(grant(&Badge { state: BadgeState::Expired, ..badge.clone() }).is_ok());
    }
}

#[test]
fn a_grant_carries_twelve_calendar_months_of_the_operator() {
    // 29 February 2028 in Shanghai, so the year ends on 28 February 2029.
    let now = at("2028-02-28T20:00:00Z");
    let change = decide(None, &[], Event::Grant(ZONE), now).unwrap().change.unwrap();
    assert_eq!(change.term, Some((now, at("2029-02-27T20:00:00Z"))));
    assert_eq!(change.version(), 0);
}

#[test]
fn a_renewal_goes_on_from_the_old_date_and_lifts_nothing() {
    let active = badge(BadgeState::Active);
    let opens = active.expires_at - Duration::days(60);
    assert_eq!(active.renewal_opens_at(), opens);
    let early = decide(Some(&active), &[], Event::Renew(ZONE), opens - Duration::seconds(1));
    assert!(early.is_err());
    let change = decide(Some(&active), &[], Event::Renew(ZONE), opens).unwrap().change.unwrap();
    assert_eq!(change.term, Some((active.granted_at, at("2028-01-31T04:00:00Z"))));
    assert_eq!(change.to, BadgeState::Active);
    let suspended = badge(BadgeState::Suspended);
    let causes = standing(&[Suspension::FundDebt]);
    let outcome = decide(Some(&suspended), &causes, Event::Renew(ZONE), opens).unwrap();
    assert!(outcome.ends.is_empty());
    assert_eq!(outcome.change.unwrap().to, BadgeState::Suspended);
}

#[test]
fn staff_lift_what_is_theirs_and_the_rest_keeps_it_suspended() {
    let now = at("2026-06-01T00:00:00Z");
    let suspended = badge(BadgeState::Suspended);
    let all = standing(&Suspension::ALL);
    let outcome = decide(Some(&suspended), &all, Event::Reinstate, now).unwrap();
    let lifted: Vec<_> =
        all.iter().filter(|s| outcome.ends.contains(&s.id)).map(|s| s.cause).collect();
    assert_eq!(lifted, [Suspension::DeceptionFinding, Suspension::Staff]);
    let change = outcome.change.unwrap();
    assert_eq!(change.to, BadgeState::Suspended);
    let left = [Suspension::FundDebt, Suspension::DomainLost, Suspension::AgreementSuperseded];
    assert_eq!(change.standing, left);
    // Nothing left that staff may lift.
    let rest = standing(&left);
    assert!(decide(Some(&suspended), &rest, Event::Reinstate, now).is_err());
    // What staff lift does not end automatically.
    for cause in [Suspension::DeceptionFinding, Suspension::Staff] {
        let end = Event::End(cause, None);
        assert!(decide(Some(&suspended), &all, end, now).is_err(), "{cause:?}");
    }
}

#[test]
fn a_revoked_badge_can_be_granted_anew_after_twelve_months_alone() {
    let revoked = badge(BadgeState::Revoked);
    let from = at("2027-01-31T04:00:00Z");
    assert_eq!(reapply_from(revoked.changed_at, ZONE), from);
    let grant = |now| decide(Some(&revoked), &[], Event::Grant(ZONE), now);
    assert!(grant(from - Duration::seconds(1)).is_err());
    assert!(grant(from).is_ok());
}

#[test]
fn a_cause_from_before_an_approval_counts_from_its_day() {
    let now = at("2026-06-01T00:00:00Z");
    let noted = decide(None, &[], Event::Begin(Suspension::FundDebt, "d"), now).unwrap();
    assert!(noted.begins.is_some() && noted.change.is_none());
    let causes = standing(&[Suspension::FundDebt, Suspension::Staff]);
    let outcome = decide(None, &causes, Event::Grant(ZONE), now).unwrap();
    assert_eq!(outcome.ends, [1]);
    let change = outcome.change.unwrap();
    assert_eq!((change.to, change.standing), (BadgeState::Suspended, vec![Suspension::FundDebt]));
}

#[derive(Debug, Clone)]
enum Act {
    Begin(Suspension, u8),
    End(Suspension, Option<u8>),
    Suspend,
    Reinstate,
    Revoke,
    Tick,
    Grant,
    Renew,
    /// The clock jumps, possibly back.
    Jump(i64),
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let cause = || proptest::sample::select(&Suspension::ALL[..]);
    let act = prop_oneof![
        4 => (cause(), 0..3_u8).prop_map(|(c, r)| Act::Begin(c, r)),
        4 => (cause(), proptest::option::of(0..3_u8)).prop_map(|(c, r)| Act::End(c, r)),
        2 => Just(Act::Suspend),
        3 => Just(Act::Reinstate),
        1 => Just(Act::Revoke),
        2 => Just(Act::Tick),
        3 => Just(Act::Grant),
        2 => Just(Act::Renew),
        3 => (-24..24 * 330_i64).prop_map(Act::Jump),
    ];
    proptest::collection::vec(act, 1..60)
}

struct Kept {
    badge: Option<Badge>,
    causes: Vec<(ActiveCause, bool)>,
    history: Vec<Change>,
    now: Timestamp,
}

impl Kept {
    fn standing(&self) -> Vec<ActiveCause> {
        self.causes.iter().filter(|(_, stands)| *stands).map(|(s, _)| s.clone()).collect()
    }

    /// Decides and stores, like the store in one transaction.
    fn happens(&mut self, event: Event<'_>) -> bool {
        if let Event::Begin(cause, reference) = event
            && self.causes.iter().any(|(s, _)| s.cause == cause && s.reference == reference)
        {
            return true;
        }
        let Ok(outcome) = decide(self.badge.as_ref(), &self.standing(), event, self.now) else {
            return false;
        };
        for (standing, stands) in &mut self.causes {
            *stands &= !outcome.ends.contains(&standing.id);
        }
        if let Some((cause, reference)) = outcome.begins {
            let id = i64::try_from(self.causes.len()).unwrap();
            let mut new = standing(&[cause]).remove(0);
            (new.id, new.reference, new.since) = (id, reference, self.now);
            self.causes.push((new, true));
        }
        if let Some(change) = outcome.change {
            let mut badge = self.badge.clone().unwrap_or_else(|| self::badge(change.to));
            assert_eq!(change.expected, self.badge.as_ref().map(|b| b.version));
            assert_eq!(change.from, self.badge.as_ref().map(|b| b.state));
            if change.from != Some(change.to) || change.happened == BadgeEventKind::Grant {
                badge.changed_at = change.at;
            }
            (badge.state, badge.version) = (change.to, change.version());
            if let Some((granted_at, expires_at)) = change.term {
                (badge.granted_at, badge.expires_at) = (granted_at, expires_at);
            }
            self.badge = Some(badge);
            self.history.push(change);
        }
        true
    }

    fn holds(&self) {
        let standing = self.standing();
        let kinds: Vec<_> = Suspension::ALL
            .into_iter()
            .filter(|c| standing.iter().any(|s| s.cause == *c))
            .collect();
        if let Some(badge) = &self.badge {
            let state = badge.state_at(self.now);
            if badge.state.lives() {
                // The model: expired from its date on, else suspended while any cause stands.
                let derived = if badge.expires_at <= self.now {
                    BadgeState::Expired
                } else if kinds.is_empty() {
                    BadgeState::Active
                } else {
                    BadgeState::Suspended
                };
                assert_eq!(state, derived, "{kinds:?}");
            }
            let last = self.history.last().unwrap();
            assert_eq!((last.to, last.version()), (badge.state, badge.version));
            if state.lives() {
                assert_eq!(last.standing, kinds);
            }
        }
        for (version, change) in self.history.iter().enumerate() {
            assert_eq!(usize::try_from(change.version()).unwrap(), version, "unbroken");
            let before = version.checked_sub(1).map(|v| &self.history[v]);
            assert_eq!(change.from, before.map(|b| b.to), "unbroken");
            let is_grant = change.happened == BadgeEventKind::Grant;
            assert!(!is_grant || change.from.is_none_or(|from| !from.lives()), "a new beginning");
            let revoked = before.filter(|b| b.to == BadgeState::Revoked);
            if let Some(revoked) = revoked {
                assert_eq!(change.happened, BadgeEventKind::Grant, "revoked is final");
                assert!(change.at >= reapply_from(revoked.at, ZONE), "revoked is final");
            }
        }
        let findings = self.causes.iter().filter(|(s, _)| !s.cause.ends_by_itself());
        let lifted = findings.filter(|(_, stands)| !stands).count();
        let by_staff = self.history.iter().filter(|c| {
            let staff = Cause::Suspension(Suspension::Staff);
            c.happened == BadgeEventKind::Grant
                || (c.happened, c.cause) == (BadgeEventKind::End, staff)
        });
        assert!(lifted == 0 || by_staff.count() > 0, "lifted by nobody");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn any_sequence_keeps_the_badge_what_its_causes_say(acts in acts()) {
        let now = at("2026-01-31T04:00:00Z");
        let mut kept = Kept { badge: None, causes: Vec::new(), history: Vec::new(), now };
        for (step, act) in acts.iter().enumerate() {
            let reference = format!("s{step}");
            match act {
                Act::Begin(cause, r) => {
                    let reference = format!("r{r}");
                    prop_assert!(kept.happens(Event::Begin(*cause, &reference)));
                }
                Act::End(cause, r) => {
                    let r = r.map(|r| format!("r{r}"));
                    let done = kept.happens(Event::End(*cause, r.as_deref()));
                    prop_assert_eq!(done, cause.ends_by_itself());
                }
                Act::Suspend => _ = kept.happens(Event::Suspend(&reference)),
                Act::Reinstate => _ = kept.happens(Event::Reinstate),
                Act::Revoke => {
                    let lived = kept.badge.as_ref().is_some_and(|b| b.lives_at(kept.now));
                    prop_assert_eq!(kept.happens(Event::Revoke), lived);
                }
                Act::Tick => _ = kept.happens(Event::Expire),
                Act::Grant => {
                    kept.happens(Event::Expire);
                    kept.happens(Event::Grant(ZONE));
                }
                Act::Renew => {
                    let before = kept.badge.clone();
                    if kept.happens(Event::Renew(ZONE)) {
                        let (before, after) = (before.unwrap(), kept.badge.clone().unwrap());
                        let ends = plus_months(before.expires_at, 12, ZONE);
                        prop_assert_eq!(after.expires_at, ends);
                        prop_assert_eq!(after.state, before.state);
                    }
                }
                Act::Jump(hours) => kept.now += Duration::hours(*hours),
            }
            kept.holds();
        }
    }
}
