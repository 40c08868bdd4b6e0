//! A badge that does not hold says so wherever it is shown, on every server: on the badge, on the
//! authentication page, to programs, in the directory and in the search. Through each cause, all
//! of them at once, both orders of lifting, expiry and revocation; at once when the database tells
//! of the change, and within the minute when nobody is told.

use std::time::{Duration, Instant};

use reqwest::Method;
use surety::accounts::actor::Role;
use surety::trust::commands::{ByStaff, reinstate, revoke, suspend};
use surety::trust::{BadgeState, Suspension};

use super::{set_badge, shop, untold_world};
use crate::support::{Merchant, Person, Reply, Served, Visitor, World, serve};
use crate::trust::suspensions::{begin, end};

/// Well below the twenty seconds after which a server asks by itself.
const PROMPTLY: Duration = Duration::from_secs(10);
/// After so long a server that is told nothing asks again. With the 30 s for which a browser keeps
/// a badge, that is within the minute.
const ASKS_AGAIN: Duration = Duration::from_secs(20);
const NAME: &str = "Lantern Bikes";
const DOMAIN: &str = "bikes.example";

/// What happens to the badge.
#[derive(Debug, Clone, Copy)]
enum Act {
    Begin(Suspension),
    End(Suspension),
    /// Staff lift what is theirs: their own suspension, and a finding.
    Reinstate,
    Revoke,
    /// Its last day is over, and no clock has come by.
    LastDay,
}

use Act::{Begin, End, LastDay, Reinstate, Revoke};
use Suspension::{AgreementSuperseded, DeceptionFinding, DomainLost, FundDebt, Staff};

/// What happens, and the causes that stand after it.
type Line = (Act, &'static [Suspension]);

/// Each cause alone, and lifted again.
const EACH: [Line; 10] = [
    (Begin(DeceptionFinding), &[DeceptionFinding]),
    (Reinstate, &[]),
    (Begin(FundDebt), &[FundDebt]),
    (End(FundDebt), &[]),
    (Begin(DomainLost), &[DomainLost]),
    (End(DomainLost), &[]),
    (Begin(AgreementSuperseded), &[AgreementSuperseded]),
    (End(AgreementSuperseded), &[]),
    (Begin(Staff), &[Staff]),
    (Reinstate, &[]),
];

/// All five, lifted in one order; all five again, lifted in the other; and the end.
const ALL: [Line; 19] = [
    (Begin(DeceptionFinding), &[DeceptionFinding]),
    (Begin(DomainLost), &[DeceptionFinding, DomainLost]),
    (Begin(FundDebt), &[DeceptionFinding, FundDebt, DomainLost]),
    (Begin(AgreementSuperseded), &[DeceptionFinding, FundDebt, DomainLost, AgreementSuperseded]),
    (Begin(Staff), &[DeceptionFinding, FundDebt, DomainLost, AgreementSuperseded, Staff]),
    (Reinstate, &[FundDebt, DomainLost, AgreementSuperseded]),
    (End(DomainLost), &[FundDebt, AgreementSuperseded]),
    (End(FundDebt), &[AgreementSuperseded]),
    (End(AgreementSuperseded), &[]),
    (Begin(Staff), &[Staff]),
    (Begin(AgreementSuperseded), &[AgreementSuperseded, Staff]),
    (Begin(FundDebt), &[FundDebt, AgreementSuperseded, Staff]),
    (Begin(DomainLost), &[FundDebt, DomainLost, AgreementSuperseded, Staff]),
    (
        Begin(DeceptionFinding),
        &[DeceptionFinding, FundDebt, DomainLost, AgreementSuperseded, Staff],
    ),
    (End(AgreementSuperseded), &[DeceptionFinding, FundDebt, DomainLost, Staff]),
    (End(FundDebt), &[DeceptionFinding, DomainLost, Staff]),
    (End(DomainLost), &[DeceptionFinding, Staff]),
    (Reinstate, &[]),
    (Revoke, &[]),
];

/// It expires, active or suspended.
const ENDS: [Line; 1] = [(LastDay, &[])];
const ENDS_SUSPENDED: [Line; 2] = [(Begin(FundDebt), &[FundDebt]), (LastDay, &[])];

/// The words on the page for each cause.
fn words(cause: Suspension) -> &'static str {
    match cause {
        DeceptionFinding => "A dispute was decided with a finding that it deceived a buyer.",
        FundDebt => "It owes money to the guarantee fund.",
        DomainLost => "Its site could not be verified for seven days.",
        AgreementSuperseded => "It has not signed the new alliance agreement in time.",
        Staff => "Staff decided so, with a reason on record.",
    }
}

/// What is to be read of a merchant everywhere.
#[derive(Debug, PartialEq, Eq)]
struct Shown {
    /// The badge itself, as a browser draws it that does not say where it is, and on its own site.
    badges: [bool; 2],
    heading: String,
    /// Why, on the page.
    why: Vec<String>,
    chip: String,
    state: String,
    suspended_for: Vec<String>,
    is_marked: bool,
    is_in_directory: bool,
    /// What the search says of it by name, and of its domain.
    by_name: (String, String),
    by_domain: &'static str,
    /// No answer may be kept longer than a browser keeps a badge.
    kept: Vec<String>,
}

impl Shown {
    /// What has to be shown.
    fn of(state: BadgeState, standing: &[Suspension]) -> Self {
        let (chip, heading) = match state {
            BadgeState::Active => (
                "Active, trusted",
                "This page speaks only for bikes.example. Is that in your address bar?",
            ),
            BadgeState::Suspended => {
                ("Suspended", "Lantern Bikes is suspended. New orders are not covered.")
            }
            BadgeState::Revoked => (
                "Revoked",
                "Lantern Bikes has lost its badge for good. New orders are not covered.",
            ),
            BadgeState::Expired => {
                ("Expired", "The badge of Lantern Bikes has expired. New orders are not covered.")
            }
        };
        let is_active = state == BadgeState::Active;
        let why = match state {
            BadgeState::Revoked => vec![words(Staff).to_owned()],
            BadgeState::Expired => vec!["Its twelve months were over.".to_owned()],
            _ => standing.iter().map(|cause| words(*cause).to_owned()).collect(),
        };
        let found = if is_active {
            "These trust merchants match “Lantern Bikes”."
        } else {
            "No trust merchant is called “Lantern Bikes” now."
        };
        Self {
            badges: [true, true],
            heading: heading.to_owned(),
            why,
            chip: chip.to_owned(),
            state: state.name().to_owned(),
            suspended_for: standing.iter().map(|cause| cause.name().to_owned()).collect(),
            is_marked: is_active,
            is_in_directory: is_active,
            by_name: (found.to_owned(), if is_active { "Trusted" } else { chip }.to_owned()),
            by_domain: if is_active { "ok" } else { "wait" },
            kept: ["private, max-age=30", "no-store", "no-store", "no-store", "no-store"]
                .map(str::to_owned)
                .to_vec(),
        }
    }

    /// What is shown to somebody now.
    async fn to(visitor: &mut Visitor, code: &str, state: BadgeState) -> Self {
        let drawn = match state {
            BadgeState::Active => "Trust merchant",
            BadgeState::Suspended => "SUSPENDED",
            BadgeState::Revoked => "REVOKED",
            BadgeState::Expired => "EXPIRED",
        };
        let badge = visitor.get(&format!("/badge/{code}.svg")).await;
        let referer = format!("https://{DOMAIN}/");
        let from = [("referer", referer.as_str())];
        let own = visitor.send(Method::GET, &format!("/badge/{code}.svg"), &from, None).await;
        let page = visitor.get(&format!("/verify/{code}")).await;
        let program = visitor.get(&format!("/verify/{code}.json")).await;
        let facts = program.ok().json();
        let directory = visitor.get("/directory").await;
        let by_name = visitor.submit("/", "/verify", &[("q", NAME)]).await;
        let by_domain = visitor.go(&format!("/verify?q={DOMAIN}")).await;
        let header = |reply: &Reply| reply.header("cache-control").to_owned();
        let causes = facts["suspended_for"].as_array().cloned().unwrap_or_default();
        Self {
            badges: [&badge, &own].map(|reply| reply.ok().body().contains(drawn)),
            heading: page.ok().h1(),
            why: page.texts(".proof ul li"),
            chip: page.text_of(".over .chip"),
            state: facts["state"].as_str().unwrap_or_default().to_owned(),
            suspended_for: causes.iter().filter_map(|c| c.as_str()).map(str::to_owned).collect(),
            is_marked: facts["guarantee"]["marked"] == true,
            is_in_directory: directory.ok().texts("ul.list h3").contains(&NAME.to_owned()),
            by_name: (by_name.ok().h1(), by_name.text_of("ul.list .chip")),
            by_domain: match (by_domain.count(".verdict.ok"), by_domain.count(".verdict.wait")) {
                (1, 0) => "ok",
                (0, 1) => "wait",
                _ => "neither",
            },
            kept: [&badge, &page, &program, &directory, &by_name].map(header).to_vec(),
        }
    }
}

/// Two servers over one database, with somebody in front of each.
struct Two {
    world: World,
    shop: Merchant,
    reviewer: Person,
    visitors: Vec<Visitor>,
    second: Served,
    /// Whether the database tells of changes.
    is_told: bool,
    /// Counts what happens, so that no cause comes twice on the same.
    step: usize,
}

impl Two {
    async fn new(is_told: bool) -> Self {
        let world = if is_told { World::new().await } else { untold_world().await };
        let shop = shop(&world, NAME, DOMAIN).await;
        let reviewer = world.staff(Role::Reviewer).await;
        let second = serve(&world.config).await;
        let visitors = vec![world.visitor(), Visitor::at(&second.url, &world.config.http.origin())];
        Self { world, shop, reviewer, visitors, second, is_told, step: 0 }
    }

    async fn act(&mut self, act: Act) {
        let (world, shop) = (&self.world, &self.shop);
        let by = ByStaff { user_id: self.reviewer.id, reason: "a private reason" };
        self.step += 1;
        match act {
            Begin(Staff) => suspend(&world.db, shop.id, by).await.expect("suspended"),
            Begin(cause) => {
                assert!(begin(world, shop, cause, &format!("case {}", self.step)).await);
            }
            End(cause) => {
                let sql = format!(
                    "SELECT reference FROM suspension_causes WHERE merchant_id = {} \
                     AND cause = '{}' AND ended_at IS NULL",
                    shop.id,
                    cause.name()
                );
                let on = world.value(&sql).await;
                assert!(end(world, shop, cause, &on).await.expect("ended"));
            }
            Reinstate => reinstate(&world.db, shop.id, by).await.expect("reinstated"),
            Revoke => revoke(&world.db, shop.id, by).await.expect("revoked"),
            LastDay => {
                set_badge(world, shop, "expires_at = surety_now() + interval '1 hour'").await;
                self.read().await;
                let world = &self.world;
                // The database's clock alone: what the servers remember is as fresh as it was.
                let hour = "UPDATE clock_offset SET seconds = seconds + 3601";
                world.owner_sql(hour).await;
                if self.is_told {
                    world.work().await;
                }
            }
        }
    }

    /// Both servers read, and remember.
    async fn read(&mut self) {
        for visitor in &mut self.visitors {
            visitor.get(&format!("/badge/{}.svg", self.shop.code)).await.ok();
            visitor.get(&format!("/verify/{}", self.shop.code)).await.ok();
        }
    }

    /// Both servers show this everywhere, as soon as was promised.
    async fn show(&mut self, state: BadgeState, standing: &[Suspension], after: Act) {
        let expected = Shown::of(state, standing);
        if !self.is_told {
            self.world.badges.advance(ASKS_AGAIN);
            self.second.badges.advance(ASKS_AGAIN);
        }
        for (place, visitor) in self.visitors.iter_mut().enumerate() {
            let began = Instant::now();
            loop {
                let shown = Shown::to(visitor, &self.shop.code, state).await;
                if self.is_told && shown != expected && began.elapsed() < PROMPTLY {
                    continue;
                }
                assert_eq!(shown, expected, "server {place} after {after:?}");
                break;
            }
        }
    }

    async fn live(&mut self, life: &[Line]) {
        self.show(BadgeState::Active, &[], Reinstate).await;
        for (act, standing) in life {
            self.act(*act).await;
            let state = match act {
                Revoke => BadgeState::Revoked,
                LastDay => BadgeState::Expired,
                _ if standing.is_empty() => BadgeState::Active,
                _ => BadgeState::Suspended,
            };
            self.show(state, standing, *act).await;
        }
        for visitor in &mut self.visitors {
            let page = visitor.get(&format!("/verify/{}", self.shop.code)).await;
            page.ok().sees_not("a private reason").sees_not("Found by another desk.");
        }
        assert_eq!(self.world.audit().await, Vec::<Vec<_>>::new());
    }
}

#[tokio::test]
async fn told_each_cause_and_all_at_once_show_everywhere_at_once() {
    let mut two = Two::new(true).await;
    two.live(&EACH).await;
    two.live(&ALL).await;
}

#[tokio::test]
async fn untold_each_cause_and_all_at_once_show_everywhere_within_the_minute() {
    let mut two = Two::new(false).await;
    two.live(&EACH).await;
    two.live(&ALL).await;
}

#[tokio::test]
async fn the_end_of_a_term_shows_everywhere_whether_or_not_a_clock_runs() {
    for is_told in [true, false] {
        Two::new(is_told).await.live(&ENDS).await;
        Two::new(is_told).await.live(&ENDS_SUSPENDED).await;
    }
}
