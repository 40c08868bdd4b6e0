//! Tests of `accounts`.

mod cleaning;
mod forms;
mod passkeys;
mod passwords;
mod register;
mod second_factor;
mod sessions;
mod sign_in;
mod staff;
mod staff_desk;
mod step_up;

use surety::accounts::{self, NewPerson};
use surety::kernel::email::Email;
use surety::kernel::locale::Locale;

use crate::support::{Reply, Visitor, World};

/// A password of somebody who registers over the page.
const SECRET: &str = "seven lamps in a row";

/// Fills in the form on `/register`.
async fn register(visitor: &mut Visitor, name: &str, email: &str, password: &str) -> Reply {
    let fields = [("name", name), ("email", email), ("password", password)];
    visitor.submit("/register", "/register", &fields).await
}

/// An account whose hash costs what hashes of the program cost.
async fn real_account(world: &World, email: &str) -> i64 {
    let person = NewPerson {
        email: &Email::parse(email).expect("an address"),
        name: "Real Person",
        password: SECRET,
        locale: Locale::En,
        time_zone: chrono_tz::Tz::UTC,
    };
    accounts::register_confirmed(&world.db, world.config.mode, &person).await.expect("an account")
}
