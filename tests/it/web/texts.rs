//! Texts whose keys are put together while the program runs: the build cannot see them, so each
//! family is listed here from what its last part is made of.

use strum::VariantArray;
use surety::accounts::actor::Role;
use surety::admission::application::{Kind, Status as ApplicationStatus};
use surety::kernel::locale::Locale;
use surety::kernel::texts::Texts;
use surety::ledger::disbursement::Status as DisbursementStatus;
use surety::orders::change::{Outcome, Status};
use surety::orders::policy::DeliveryKind;
use surety::orders::self_dealing::Link;
use surety::reputation::rank::Sign;
use surety::reputation::rating::MARK_MAX;
use surety::reputation::tier::What;
use surety::trust::badge::BadgeEventKind;
use surety::trust::criteria::{Criterion, Met};
use surety::trust::domain::Failure;
use surety::trust::members::{MemberEvent, MemberRole};
use surety::trust::{BadgeState, Cause, Industry, Suspension, Tier};

/// The keys that begin so, one for each of these words.
fn family(beginning: &str, words: &[&str]) -> Vec<String> {
    words.iter().map(|w| format!("{beginning}-{}", w.replace('_', "-"))).collect()
}

/// As [`family`], where the words are kept as they are.
fn plain(beginning: &str, words: &[&str]) -> Vec<String> {
    words.iter().map(|w| format!("{beginning}-{w}")).collect()
}

/// The names of an enum that knows them itself.
pub fn words<T: Copy + Into<&'static str>>(all: &[T]) -> Vec<&'static str> {
    all.iter().map(|one| (*one).into()).collect()
}

fn of_orders() -> Vec<String> {
    let open = ["refund-asked", "refund-declined", "overdue"];
    let all = Status::VARIANTS;
    let statuses = words(all);
    let outcomes = words(Outcome::VARIANTS);
    let running = all.iter().filter(|s| !s.is_ended()).map(|s| s.into_str());
    let running: Vec<&str> = running.chain(open).collect();
    let standings = [running.clone(), outcomes.clone()].concat();
    let held = all.iter().filter(|s| s.is_held()).map(|s| s.into_str());
    let held: Vec<&str> = held.chain(outcomes).collect();
    let mut keys = Vec::new();
    for reader in ["buyer", "merchant"] {
        keys.extend(family(&format!("order-lead-{reader}"), &standings));
        keys.extend(family(&format!("order-then-{reader}"), &standings));
    }
    for place in ["buyer", "held", "merchant"] {
        keys.extend(family(&format!("order-say-{place}"), &held));
    }
    keys.extend(family("order-now", &running));
    keys.extend(family("order-next", &running));
    keys.extend(family("order-why", &running));
    keys.extend(family("order-chip", &statuses));
    keys.extend(family("order-event", &ORDER_EVENTS));
    keys.extend(family("delivery", &words(DeliveryKind::VARIANTS)));
    keys.extend(family("checkout-shop", &["suspended", "revoked", "expired"]));
    keys.extend(family("condition", &["new", "as_new", "used", "defective"]));
    keys.extend(family("outgoing", &DisbursementStatus::ALL.map(DisbursementStatus::name)));
    keys.extend(family("outgoing-kind", &["refund", "payout", "return_unmatched"]));
    keys.extend(family(
        "refund-status",
        &["awaiting_merchant", "declined", "refunded", "withdrawn"],
    ));
    keys
}

const ORDER_EVENTS: [&str; 21] = [
    "create",
    "pay",
    "cancel-buyer",
    "cancel-merchant",
    "expire",
    "expire-unpaid",
    "deliver",
    "remind",
    "ask_extension",
    "extend",
    "claim",
    "correct_address",
    "find_self_dealt",
    "confirm",
    "confirm-by-default",
    "ask_refund",
    "decline_refund",
    "withdraw_refund",
    "withdraw_refund-clock",
    "agree_refund",
    "agree_refund-clock",
];

fn of_badges() -> Vec<String> {
    let states = BadgeState::ALL.map(BadgeState::name);
    let tiers = Tier::ALL.map(Tier::name);
    let mut keys = plain("badges-lead", &states);
    keys.extend(plain("badges-chip", &states));
    keys.extend(plain("badges-chip", &tiers));
    keys.extend(plain("badges-seal", &tiers));
    let told = ["suspended", "expired", "revoked", "not-here", "unknown"];
    keys.extend(plain("badges-seal", &told));
    keys.extend(plain("badges-tier", &tiers));
    keys.extend(plain("badges-tier-why", &tiers));
    keys.extend(plain("badges-cause", &Cause::ALL.map(Cause::name)));
    let suspensions = Suspension::ALL.map(Suspension::name);
    keys.extend(plain("badges-ended", &suspensions));
    for duty in suspensions.into_iter().chain(["sign_again", "prove_domain", "renew"]) {
        for part in ["", "-text", "-action"] {
            keys.push(format!("duty-{duty}{part}"));
        }
    }
    for cause in Suspension::ALL.iter().filter(|c| **c != Suspension::Staff) {
        let message = format!("mail-{}", cause.message());
        keys.extend(["subject", "body", "action"].map(|part| format!("{message}-{part}")));
    }
    keys.extend(plain("desk-event", &BadgeEventKind::ALL.map(BadgeEventKind::name)));
    keys.extend(plain("desk-lead", &states));
    keys.push("desk-lead-none".to_owned());
    for state in states.into_iter().chain(["none"]) {
        keys.push(format!("badges-snippet-lead-{state}"));
        keys.push(format!("badges-snippet-lead-{state}-text"));
    }
    for state in states {
        for part in ["", "-chip", "-at", "-more", "-next"] {
            keys.push(format!("standing-badge-{state}{part}"));
        }
    }
    keys
}

fn of_admission() -> Vec<String> {
    let statuses = ApplicationStatus::ALL.map(ApplicationStatus::name);
    let mut keys = plain("application-status", &statuses);
    for kind in Kind::ALL.map(Kind::name) {
        keys.push(format!("desk-application-{kind}"));
        keys.push(format!("application-begin-{kind}"));
        keys.push(format!("application-begin-about-{kind}"));
    }
    let open = ApplicationStatus::ALL.into_iter().filter(|s| s.is_open());
    keys.extend(open.map(|s| format!("renewal-status-{}", s.name())));
    keys.push("application-status-none".to_owned());
    for step in ["business-details", "documents", "domain", "agreement"] {
        keys.push(format!("application-step-{step}"));
        keys.push(format!("application-step-{step}-about"));
    }
    let shown = [
        "start",
        "add_document",
        "remove_document",
        "submit",
        "claim",
        "ask",
        "approve",
        "reject",
        "withdraw",
        "give_up",
    ];
    keys.extend(plain("application-event", &shown));
    for family in ["review-event", "review-conflict"] {
        keys.extend(plain(family, &shown));
        keys.extend(plain(family, &["release", "release_idle"]));
    }
    for (criterion, verdict) in
        [("identity", "good"), ("identity", "bad"), ("reputation", "good"), ("reputation", "bad")]
    {
        keys.push(format!("review-event-judge_{criterion}_{verdict}"));
    }
    keys.push("review-conflict-judge".to_owned());
    keys.extend(plain("queue-state", &["open", "waiting", "claimed", "needs_information"]));
    keys.extend(plain("audit-role", &Role::ALL.map(Role::name)));
    keys
}

fn of_trust() -> Vec<String> {
    let mut keys = plain("criterion", &Criterion::ALL.map(Criterion::key));
    keys.extend(plain("criterion-about", &Criterion::ALL.map(Criterion::key)));
    keys.extend(plain(
        "criterion-met",
        &[Met::Met, Met::NotMet, Met::NeedsJudgement].map(Met::key),
    ));
    keys.extend(plain("domain-failure", &Failure::ALL.map(Failure::key)));
    keys.extend(Industry::ALL.map(Industry::text_key));
    for family in ["member-role", "member-may", "member-as", "invitation-as"] {
        keys.extend(plain(family, &MemberRole::ALL.map(MemberRole::name)));
    }
    keys.extend(MemberEvent::ALL.map(|e| format!("member-event-{}", e.name())));
    keys
}

fn of_credit() -> Vec<String> {
    let asked = ["goods", "service", "delivery"];
    let mut keys = Vec::new();
    for beginning in ["rating-ask", "rating-part", "rating-missing"] {
        keys.extend(plain(beginning, &asked));
    }
    for mark in 1..=MARK_MAX {
        keys.push(format!("rating-mark-{mark}"));
    }
    for side in ["buyer", "merchant"] {
        let beginning = format!("rating-lead-{side}");
        keys.extend(plain(&beginning, &["open", "blind", "published", "answered"]));
    }
    for beginning in ["record-what", "record-needs"] {
        keys.extend(plain(
            beginning,
            &[What::Completed, What::DisputeRate, What::MonthsTrusted].map(What::key),
        ));
    }
    let signs = [Sign::Heart, Sign::Diamond, Sign::Crown, Sign::GoldenCrown];
    keys.extend(plain("rank", &signs.map(Sign::name)));
    keys.extend(family("self-dealt-link", &words(Link::VARIANTS)));
    keys.extend(plain("self-dealt", &["checkout", "order"]));
    keys
}

#[test]
fn each_key_that_is_put_together_has_a_text_in_both_languages() {
    let keys = [of_orders(), of_badges(), of_admission(), of_trust(), of_credit()].concat();
    assert!(keys.len() > 200, "{}", keys.len());
    for locale in Locale::ALL {
        let texts = Texts::new(locale);
        let missing: Vec<_> = keys.iter().filter(|key| !texts.has(key)).collect();
        assert!(missing.is_empty(), "{locale:?} lacks {missing:#?}");
    }
}
