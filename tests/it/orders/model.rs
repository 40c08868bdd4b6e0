//! An order as the specification tells of it, written a second time and as plainly as possible:
//! amounts in cents, times in microseconds. The program's own machines are held against it.

/// Microseconds of an hour and a day.
pub const HOUR: i64 = 3_600_000_000;
/// Of a day.
pub const DAY: i64 = 24 * HOUR;

/// What may be done to an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// The gateway's notice; whether the payer was signed in.
    Pay(bool),
    CancelByBuyer,
    CancelByMerchant,
    /// Delivered; the time to confirm.
    Deliver(i64),
    AskMoreTime,
    /// So many days more.
    Extend(i32),
    Confirm,
    /// So many cents back.
    AskRefund(i64),
    Agree,
    Decline,
    Withdraw,
    /// The order's clock looks.
    Clock,
    /// The clock of the refund request looks.
    RefundClock,
    Claim,
    CorrectAddress,
}

/// Where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stands {
    Unpaid,
    Undelivered,
    Unconfirmed,
    Completed,
    Closed,
}

/// An open refund request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Case {
    pub cents: i64,
    pub due: i64,
    pub declined: bool,
}

/// A pause that lasts: since when, and what was left on the clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pause {
    pub since: i64,
    pub left: i64,
}

/// The order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Model {
    pub stands: Stands,
    pub price: i64,
    pub held: i64,
    pub released: i64,
    pub fee: i64,
    pub returned: i64,
    /// How long the buyer has to confirm.
    pub confirm_within: i64,
    pub due: Option<i64>,
    pub wake: Option<i64>,
    pub overdue: Option<i64>,
    pub pause: Option<Pause>,
    pub paused: i64,
    pub extended: i32,
    pub asked_more: bool,
    pub requests: i32,
    pub case: Option<Case>,
    pub has_buyer: bool,
}

/// One per cent, half to even.
fn fee_of(cents: i64) -> i64 {
    let (whole, rest) = (cents / 100, cents % 100);
    whole + i64::from(rest > 50 || rest == 50 && whole % 2 == 1)
}

impl Model {
    /// An order that was agreed just now.
    pub fn agreed(price: i64, now: i64) -> Self {
        Self {
            stands: Stands::Unpaid,
            price,
            held: 0,
            released: 0,
            fee: 0,
            returned: 0,
            confirm_within: 0,
            due: Some(now + DAY),
            wake: Some(now + DAY),
            overdue: None,
            pause: None,
            paused: 0,
            extended: 0,
            asked_more: false,
            requests: 0,
            case: None,
            has_buyer: false,
        }
    }

    /// Whether it has come to its end.
    pub const fn has_ended(&self) -> bool {
        matches!(self.stands, Stands::Completed | Stands::Closed)
    }

    /// Does what is asked, if it is allowed.
    pub fn act(&mut self, action: Action, now: i64) -> bool {
        use Stands::{Unconfirmed, Undelivered, Unpaid};
        let open_case = self.case.is_some_and(|c| !c.declined);
        match (action, self.stands) {
            (Action::Pay(known), Unpaid) => {
                self.stands = Undelivered;
                self.held = self.price;
                self.has_buyer = known;
                self.overdue = Some(now + 7 * DAY);
                self.run_until(now + 14 * DAY, now);
            }
            (Action::CancelByBuyer | Action::CancelByMerchant, Unpaid) => {
                self.end(Stands::Closed, 0, now);
            }
            (Action::CancelByMerchant, Undelivered) => self.end(Stands::Closed, self.held, now),
            (Action::CancelByBuyer, Undelivered)
                if self.case.is_none() && self.overdue.is_some_and(|at| at <= now) =>
            {
                self.end(Stands::Closed, self.held, now);
            }
            (Action::Deliver(time), Undelivered) if !open_case => {
                self.confirm_within = time;
                self.end_case(now);
                self.stands = Unconfirmed;
                self.run_until(now + time, now);
            }
            (Action::AskMoreTime, Unconfirmed) if !self.asked_more && self.case.is_none() => {
                self.asked_more = true;
            }
            (Action::Extend(days), Unconfirmed)
                if self.case.is_none() && days >= 1 && self.extended + days <= 30 =>
            {
                self.extended += days;
                self.run_until(self.due.expect("it runs") + i64::from(days) * DAY, now);
            }
            (Action::Confirm, Unconfirmed) => self.end(Stands::Completed, 0, now),
            (Action::AskRefund(cents), Undelivered | Unconfirmed)
                if !open_case && self.may_ask(cents, now) =>
            {
                let left = self.due.map(|due| (due - now).max(0));
                self.pause = self.pause.or(left.map(|left| Pause { since: now, left }));
                (self.due, self.wake) = (None, None);
                self.requests += 1;
                self.case = Some(Case { cents, due: now + 48 * HOUR, declined: false });
            }
            (Action::Agree, _) if open_case => self.agree(now),
            (Action::Decline, _) if open_case => {
                let left = self.pause_left(now);
                let case = self.case.as_mut().expect("it is open");
                (case.declined, case.due) = (true, now + left.min(7 * DAY));
            }
            (Action::Withdraw, _) if self.case.is_some() => self.go_on(now),
            (Action::RefundClock, _) if self.case.is_some_and(|c| c.due <= now) => {
                if open_case {
                    self.agree(now)
                } else {
                    self.go_on(now)
                }
            }
            (Action::Clock, _) => return self.clock(now),
            (Action::Claim, stands) if stands != Unpaid && !self.has_buyer => self.has_buyer = true,
            (Action::CorrectAddress, _) if self.was_paid() && !self.has_buyer => {}
            _ => return false,
        }
        true
    }

    /// The price came in: it is held, or went somewhere.
    fn was_paid(&self) -> bool {
        self.held + self.released + self.fee + self.returned > 0
    }

    fn may_ask(&self, cents: i64, now: i64) -> bool {
        let whole = cents == self.price;
        (1..=self.price).contains(&cents)
            && (whole || self.stands == Stands::Unconfirmed)
            && self.requests < 3
            && self.pause_left(now) >= 48 * HOUR
    }

    /// Of the 14 days that all requests together may pause the order.
    fn pause_left(&self, now: i64) -> i64 {
        (14 * DAY - self.paused - self.pause.map_or(0, |p| now - p.since)).max(0)
    }

    fn clock(&mut self, now: i64) -> bool {
        if self.due.is_some_and(|due| due <= now) {
            match self.stands {
                Stands::Unconfirmed => self.end(Stands::Completed, 0, now),
                _ => self.end(Stands::Closed, self.held, now),
            }
            return true;
        }
        let reminds = self.wake.is_some_and(|wake| wake <= now);
        if reminds {
            self.run_until(self.due.expect("it runs"), now);
        }
        reminds
    }

    /// The clock acts at `due`, and looks before at the first reminder that lies ahead.
    fn run_until(&mut self, due: i64, now: i64) {
        let reminders = match self.stands {
            Stands::Undelivered => vec![self.overdue.expect("it is paid") - DAY],
            // At half the time where there is no more of it than the reminder needs.
            Stands::Unconfirmed => [3 * DAY, DAY]
                .map(|lead| if lead < self.confirm_within { lead } else { self.confirm_within / 2 })
                .map(|lead| due - lead)
                .to_vec(),
            _ => vec![],
        };
        self.due = Some(due);
        self.wake = reminders.into_iter().chain([due]).find(|at| *at > now).or(Some(due));
    }

    /// An open request ends, and the pause with it.
    fn end_case(&mut self, now: i64) {
        self.case = None;
        if let Some(pause) = self.pause.take() {
            self.paused += now - pause.since;
        }
    }

    /// The request ends without money: the clock goes on with what was left.
    fn go_on(&mut self, now: i64) {
        let pause = self.pause.expect("a request pauses");
        self.overdue = self.overdue.map(|at| at + now - pause.since);
        self.end_case(now);
        self.run_until(now + pause.left, now);
    }

    fn agree(&mut self, now: i64) {
        let cents = self.case.expect("it is open").cents;
        let all = cents == self.held;
        self.end(if all { Stands::Closed } else { Stands::Completed }, cents, now);
    }

    /// So much goes back, the rest to the merchant less the fee.
    fn end(&mut self, stands: Stands, returned: i64, now: i64) {
        self.end_case(now);
        let rest = self.held - returned;
        self.returned = returned;
        self.fee = fee_of(rest);
        self.released = rest - self.fee;
        self.held = 0;
        (self.due, self.wake) = (None, None);
        self.stands = stands;
    }
}
