//! Each act in each status, and the boundaries of the time limits.

use uuid::Uuid;

use super::*;
use crate::trust::criteria::{CriterionResult, Needed, Source, Value};
use crate::trust::{Suspension, Tier};

const ME: i64 = 7;
const OTHER: i64 = 8;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn now() -> Timestamp {
    at("2026-11-22T08:00:00Z")
}

fn complete() -> BusinessDetails {
    BusinessDetails {
        registered_name: "Lantern Bikes Ltd".to_owned(),
        registration_number: "91310000".to_owned(),
        address: "1 Canal Street".to_owned(),
        responsible_person: "Anna Weber".to_owned(),
        about: String::new(),
    }
}

fn application(status: Status) -> Application {
    let open_since = now() - Duration::days(1);
    Application {
        id: 1,
        public_id: Uuid::nil(),
        merchant_id: 2,
        kind: Kind::First,
        status,
        version: 5,
        created_at: open_since,
        status_since: open_since,
        submitted_at: (status != Status::Draft).then_some(open_since),
        business_details: complete(),
        documents: 1,
        licences: 1,
        claim: (status == Status::InReview)
            .then_some(Claim { by: ME, until: now() + Duration::minutes(10) }),
        identity: None,
        reputation: None,
        decided: None,
        reason: String::new(),
        failed: Vec::new(),
        reapply_from: None,
        evaluation: None,
    }
}

fn evaluation(tenure: Met, identity: Met) -> Evaluation {
    let criteria = Criterion::ALL.into_iter().map(|key| CriterionResult {
        key,
        met: match key {
            Criterion::Tenure => tenure,
            Criterion::Identity => identity,
            _ => Met::Met,
        },
        value: Value::NoDeception { findings: 0 },
        threshold: Needed::Signed,
        evaluated_at: now(),
        source: Source::Disputes,
        earliest_at: None,
    });
    Evaluation { thresholds_version: 1, criteria: criteria.collect() }
}

fn acts() -> Vec<Act> {
    let reason = || "because".to_owned();
    vec![
        Act::Save(complete()),
        Act::AddDocument { category: Category::Licence, name: String::new() },
        Act::RemoveDocument { category: Category::Other, name: String::new() },
        Act::Submit { note: String::new() },
        Act::Withdraw,
        Act::GiveUp,
        Act::Claim,
        Act::Release,
        Act::ReleaseIdle,
        Act::Judge { criterion: Criterion::Identity, good: true, reason: reason() },
        Act::Approve {
            reason: reason(),
            evaluation: evaluation(Met::Met, Met::Met),
            looked_at: Vec::new(),
        },
        Act::Reject { reason: reason(), evaluation: evaluation(Met::NotMet, Met::Met) },
        Act::Ask { reason: reason() },
    ]
}

#[test]
fn documents_are_counted_up_to_twenty() {
    let mut application = application(Status::Draft);
    (application.documents, application.licences) = (0, 0);
    for count in 1..=20 {
        let category = if count % 2 == 0 { Category::Licence } else { Category::Other };
        let act = Act::AddDocument { category, name: String::new() };
        application = decide_application(&application, &act, Some(ME), now()).unwrap();
        assert_eq!((application.documents, application.licences), (count, count / 2));
    }
    let more = Act::AddDocument { category: Category::Other, name: String::new() };
    assert_eq!(
        decide_application(&application, &more, Some(ME), now()),
        Err(Refused::TooManyDocuments)
    );
    let less = Act::RemoveDocument { category: Category::Licence, name: String::new() };
    application = decide_application(&application, &less, Some(ME), now()).unwrap();
    assert_eq!((application.documents, application.licences), (19, 9));
    assert!(decide_application(&application, &more, Some(ME), now()).is_ok());
}

#[test]
fn nothing_is_sent_without_a_licence() {
    let mut draft = application(Status::Draft);
    draft.licences = 0;
    let submit = Act::Submit { note: String::new() };
    let refused = decide_application(&draft, &submit, Some(ME), now());
    assert_eq!(refused, Err(Refused::Incomplete(vec!["licence"])));
}

#[test]
fn each_act_is_possible_where_the_specification_says_and_nowhere_else() {
    use Status::{Approved, Draft, InReview, NeedsInformation, Rejected, Submitted, Withdrawn};
    let legal = [
        ("save", Draft, Draft),
        ("save", NeedsInformation, NeedsInformation),
        ("add_document", Draft, Draft),
        ("add_document", NeedsInformation, NeedsInformation),
        ("remove_document", Draft, Draft),
        ("remove_document", NeedsInformation, NeedsInformation),
        ("submit", Draft, Submitted),
        ("submit", NeedsInformation, Submitted),
        ("withdraw", Draft, Withdrawn),
        ("withdraw", Submitted, Withdrawn),
        ("withdraw", InReview, Withdrawn),
        ("withdraw", NeedsInformation, Withdrawn),
        ("claim", Submitted, InReview),
        ("claim", InReview, InReview),
        ("release", InReview, Submitted),
        ("judge", InReview, InReview),
        ("approve", InReview, Approved),
        ("reject", InReview, Rejected),
        ("ask", InReview, NeedsInformation),
    ];
    for status in Status::ALL {
        for act in acts() {
            let expected = legal
                .iter()
                .find(|(name, from, _)| *name == act.name() && *from == status)
                .map(|(_, _, to)| *to);
            let decided = decide_application(&application(status), &act, Some(ME), now());
            assert_eq!(decided.as_ref().ok().map(|a| a.status), expected, "{status:?} {act:?}");
            if let Ok(next) = decided {
                assert_eq!(next.version, 6, "each change counts");
                assert_eq!(next.claim.is_some(), next.status == InReview, "{act:?}");
                assert_eq!(next.decided.is_some(), matches!(next.status, Approved | Rejected));
                let since =
                    if next.status == status { application(status).status_since } else { now() };
                assert_eq!(next.status_since, since, "{act:?}");
            }
        }
    }
}

#[test]
fn nobody_acts_on_another_reviewer_s_claim() {
    let claimed = application(Status::InReview);
    for act in acts().into_iter().filter(Act::is_staff) {
        let refused = decide_application(&claimed, &act, Some(OTHER), now()).unwrap_err();
        assert!(matches!(refused, Refused::ClaimedBy(c) if c.by == ME), "{act:?}: {refused:?}");
    }
}

#[test]
fn a_claim_ends_after_thirty_idle_minutes() {
    let mut waiting = application(Status::Submitted);
    waiting = decide_application(&waiting, &Act::Claim, Some(ME), now()).unwrap();
    let last = now() + Duration::minutes(30) - Duration::seconds(1);
    let end = now() + Duration::minutes(30);
    let judge = Act::Judge { criterion: Criterion::Identity, good: true, reason: "r".to_owned() };
    // An act keeps it for another half hour.
    let judged = decide_application(&waiting, &judge, Some(ME), last).unwrap();
    assert_eq!(judged.claim_at(end).map(|c| c.until), Some(last + CLAIM));
    assert_eq!(waiting.status_at(last), Status::InReview);
    assert!(decide_application(&waiting, &Act::ReleaseIdle, None, last).is_err());
    assert!(decide_application(&waiting, &Act::Claim, Some(OTHER), last).is_err());
    // From its end on it waits again: for anybody, and not for its reviewer without claiming.
    assert_eq!(waiting.status_at(end), Status::Submitted);
    assert_eq!(decide_application(&waiting, &judge, Some(ME), end), Err(Refused::NotClaimed));
    assert_eq!(
        decide_application(&waiting, &Act::ReleaseIdle, None, end).map(|a| a.status),
        Ok(Status::Submitted)
    );
    let taken = decide_application(&waiting, &Act::Claim, Some(OTHER), end).unwrap();
    assert_eq!(taken.claim.map(|c| c.by), Some(OTHER));
}

#[test]
fn nothing_is_approved_while_a_criterion_is_unmet_or_unjudged() {
    let claimed = application(Status::InReview);
    let approve = |tenure, identity| Act::Approve {
        reason: "good".to_owned(),
        evaluation: evaluation(tenure, identity),
        looked_at: Vec::new(),
    };
    assert_eq!(
        decide_application(&claimed, &approve(Met::NotMet, Met::NeedsJudgement), Some(ME), now()),
        Err(Refused::NotMet(vec![Criterion::Tenure, Criterion::Identity]))
    );
    let empty = Act::Approve {
        reason: "good".to_owned(),
        evaluation: Evaluation::default(),
        looked_at: Vec::new(),
    };
    assert!(matches!(
        decide_application(&claimed, &empty, Some(ME), now()),
        Err(Refused::NotMet(all)) if all.len() == 6
    ));
    let approved =
        decide_application(&claimed, &approve(Met::Met, Met::Met), Some(ME), now()).unwrap();
    assert_eq!(approved.decided, Some((ME, now())));
    assert!(approved.evaluation.is_some_and(|e| e.all_met()));
}

#[test]
fn a_rejection_names_what_failed_and_when_to_come_again() {
    let claimed = application(Status::InReview);
    let reject = |tenure, identity| Act::Reject {
        reason: "too early".to_owned(),
        evaluation: evaluation(tenure, identity),
    };
    let rejected =
        decide_application(&claimed, &reject(Met::NotMet, Met::NotMet), Some(ME), now()).unwrap();
    assert_eq!(rejected.failed, [Criterion::Tenure, Criterion::Identity]);
    assert_eq!(rejected.reapply_from, Some(at("2026-12-22T08:00:00Z")));
    assert_eq!(rejected.reason, "too early");
    // A criterion that is not judged has not failed.
    assert_eq!(
        decide_application(&claimed, &reject(Met::Met, Met::NeedsJudgement), Some(ME), now()),
        Err(Refused::NothingFailed)
    );
}

#[test]
fn only_identity_and_reputation_are_judged() {
    let claimed = application(Status::InReview);
    for criterion in Criterion::ALL {
        let act = Act::Judge { criterion, good: false, reason: "r".to_owned() };
        let judged = decide_application(&claimed, &act, Some(ME), now());
        match criterion {
            Criterion::Identity => assert_eq!(judged.map(|a| a.identity), Ok(Some(false))),
            Criterion::Reputation => assert_eq!(judged.map(|a| a.reputation), Ok(Some(false))),
            _ => assert_eq!(judged, Err(Refused::Measured), "{criterion:?}"),
        }
    }
}

#[test]
fn an_answer_is_judged_anew_and_its_age_begins_again() {
    let mut asked = application(Status::NeedsInformation);
    (asked.identity, asked.reputation) = (Some(false), Some(true));
    asked.reason = "Which street?".to_owned();
    let answer = Act::Submit { note: "Canal Street".to_owned() };
    let next = decide_application(&asked, &answer, None, now()).unwrap();
    assert_eq!((next.identity, next.reputation), (None, None));
    assert_eq!(next.submitted_at, Some(now()));
    assert_eq!(next.reason, "");
}

#[test]
fn an_incomplete_application_is_not_submitted() {
    let mut draft = application(Status::Draft);
    draft.business_details.address = "  ".to_owned();
    draft.business_details.responsible_person.clear();
    let submit = Act::Submit { note: String::new() };
    assert_eq!(
        decide_application(&draft, &submit, None, now()),
        Err(Refused::Incomplete(vec!["address", "responsible_person"]))
    );
}

#[test]
fn thirty_days_of_silence_withdraw() {
    let mut asked = application(Status::NeedsInformation);
    asked.status_since = now() - SILENCE + Duration::seconds(1);
    assert!(decide_application(&asked, &Act::GiveUp, None, now()).is_err());
    asked.status_since = now() - SILENCE;
    let next = decide_application(&asked, &Act::GiveUp, None, now());
    assert_eq!(next.map(|a| a.status), Ok(Status::Withdrawn));
}

/// A badge that runs out in thirty days, and what suspends it.
fn held(state: BadgeState, causes: &[Suspension]) -> HeldBadge {
    let cause = |(id, cause): (usize, &Suspension)| ActiveCause {
        id: i64::try_from(id).unwrap(),
        cause: *cause,
        reference: String::new(),
        detail: String::new(),
        reason: String::new(),
        since: now(),
    };
    let badge = Badge {
        merchant_id: 2,
        state,
        tier: Tier::Trusted,
        granted_at: now() - Duration::days(335),
        expires_at: now() + Duration::days(30),
        changed_at: now() - Duration::days(335),
        version: 1,
        evaluation: Evaluation::default(),
    };
    HeldBadge { badge: Some(badge), standing: causes.iter().enumerate().map(cause).collect() }
}

#[test]
fn an_approval_decides_on_the_badge_and_says_who_is_told() {
    use BadgeState::{Active, Expired, Revoked, Suspended};
    use Suspension::{FundDebt, Staff};
    let zone = Tz::UTC;
    let approve = |kind, held: &HeldBadge, seen: &[ActiveCause], when| {
        let mut claimed = application(Status::InReview);
        (claimed.kind, claimed.claim) = (kind, Some(Claim { by: ME, until: when + CLAIM }));
        let evaluation = evaluation(Met::Met, Met::Met);
        let act = Act::Approve { reason: "r".to_owned(), evaluation, looked_at: seen.to_vec() };
        let decided = decide(&claimed, held, &act, Some(ME), when, zone)?;
        Ok((decided.badge, decided.tells[0], decided.dates))
    };
    let (grant, renew) = (Event::Grant(zone), Event::Renew(zone));
    let none = HeldBadge { badge: None, standing: Vec::new() };
    let granted = Ok((vec![grant], "merchant:application-approved", Vec::new()));
    assert_eq!(approve(Kind::First, &none, &[], now()), granted);
    // What ends by itself goes on to suspend it, seen or not; what staff lift has to be seen.
    let suspended = Ok((vec![grant], "merchant:application-approved-suspended", Vec::new()));
    assert_eq!(approve(Kind::First, &held(Expired, &[FundDebt]), &[], now()), suspended);
    let found = held(Expired, &[Staff]);
    assert_eq!(approve(Kind::First, &found, &[], now()), Err(Refused::Unseen));
    assert_eq!(approve(Kind::First, &none, &found.standing, now()), Err(Refused::Unseen));
    assert_eq!(approve(Kind::First, &found, &found.standing, now()), granted);
    // A renewal lifts nothing, and counts from the old date.
    let ends = vec![("ends_at", at("2027-12-22T08:00:00Z"))];
    let renewed = Ok((vec![renew], "merchant:renewal-approved", ends.clone()));
    assert_eq!(approve(Kind::Renewal, &held(Active, &[]), &[], now()), renewed);
    let still = Ok((vec![renew], "merchant:renewal-approved-suspended", ends));
    assert_eq!(approve(Kind::Renewal, &held(Suspended, &[Staff]), &[], now()), still);
    // Too late for a renewal: its end is written down, and a new term begins.
    let late = now() + Duration::days(30);
    let anew = Ok((vec![Event::Expire, grant], "merchant:application-approved", Vec::new()));
    assert_eq!(approve(Kind::Renewal, &held(Active, &[]), &[], late), anew);
    for state in [Active, Revoked] {
        let refused = approve(Kind::First, &held(state, &[]), &[], now());
        assert!(matches!(refused, Err(Refused::Badge(r)) if r.state == Some(state)), "{state:?}");
    }
}

#[test]
fn whose_renewal_is_rejected_reads_until_when_the_badge_stands() {
    let tells = |kind, held: &HeldBadge| {
        let mut claimed = application(Status::InReview);
        claimed.kind = kind;
        let evaluation = evaluation(Met::NotMet, Met::Met);
        let act = Act::Reject { reason: "r".to_owned(), evaluation };
        let decided = decide(&claimed, held, &act, Some(ME), now(), Tz::UTC).unwrap();
        assert_eq!(decided.badge, [], "a rejection leaves the badge alone");
        (decided.tells[0], decided.dates)
    };
    let again = ("reapply_at", now() + REAPPLY);
    let ends = ("ends_at", now() + Duration::days(30));
    let lives = held(BadgeState::Suspended, &[Suspension::Staff]);
    assert_eq!(tells(Kind::Renewal, &lives), ("merchant:renewal-rejected", vec![again, ends]));
    for (kind, held) in [
        (Kind::Renewal, held(BadgeState::Expired, &[])),
        (Kind::First, held(BadgeState::Revoked, &[])),
    ] {
        assert_eq!(tells(kind, &held), ("merchant:application-rejected", vec![again]));
    }
}

#[test]
fn when_a_merchant_may_begin() {
    let zone = Tz::UTC;
    let start = |last: Option<&Application>, badge: Option<&Badge>, when| {
        decide_start(last, badge, when, zone)
    };
    assert_eq!(start(None, None, now()), Ok(Kind::First));
    for status in Status::ALL {
        let expected = if status.is_open() { Err(StartRefused::Open) } else { Ok(Kind::First) };
        assert_eq!(start(Some(&application(status)), None, now()), expected, "{status:?}");
    }
    let mut rejected = application(Status::Rejected);
    rejected.reapply_from = Some(now() + Duration::seconds(1));
    let until = StartRefused::Until(now() + Duration::seconds(1));
    assert_eq!(start(Some(&rejected), None, now()), Err(until));
    assert_eq!(start(Some(&rejected), None, now() + Duration::seconds(1)), Ok(Kind::First));
    let badge = |state| Badge {
        merchant_id: 2,
        state,
        tier: Tier::Trusted,
        granted_at: now() - Duration::days(100),
        expires_at: now() + Duration::days(265),
        changed_at: at("2026-02-28T00:00:00Z"),
        version: 1,
        evaluation: Evaluation::default(),
    };
    for state in [BadgeState::Active, BadgeState::Suspended] {
        let opens = now() + Duration::days(205);
        let early = Err(StartRefused::HasBadge(opens));
        assert_eq!(start(None, Some(&badge(state)), opens - Duration::seconds(1)), early);
        assert_eq!(start(None, Some(&badge(state)), opens), Ok(Kind::Renewal));
        // After a rejected renewal, the merchant may apply again once the wait is over.
        let mut rejected = application(Status::Rejected);
        rejected.reapply_from = Some(opens + Duration::seconds(1));
        let until = Err(StartRefused::Until(opens + Duration::seconds(1)));
        assert_eq!(start(Some(&rejected), Some(&badge(state)), opens), until);
    }
    assert_eq!(start(None, Some(&badge(BadgeState::Expired)), now()), Ok(Kind::First));
    let again = at("2027-02-28T00:00:00Z");
    let revoked = badge(BadgeState::Revoked);
    assert_eq!(start(None, Some(&revoked), now()), Err(StartRefused::Until(again)));
    assert_eq!(start(None, Some(&revoked), again), Ok(Kind::First));
}

#[test]
fn a_decision_is_promised_within_five_working_days() {
    let mut waiting = application(Status::Submitted);
    // A Sunday in Shanghai: the promise includes all of Friday, the fifth working day.
    waiting.submitted_at = Some(at("2026-11-22T04:00:00Z"));
    let promised = waiting.promised_by(Tz::Asia__Shanghai);
    assert_eq!(promised, Some(at("2026-11-27T15:59:59Z")));
}
