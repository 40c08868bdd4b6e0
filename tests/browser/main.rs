//! The journeys of real people in headless Chromium, against the program as it is served.
//!
//! Pages are used as a person uses them: by the words on buttons and beside fields. Each page of a
//! journey is checked by axe, and for what a browser complains of.

mod administration;
mod badge_life;
mod become_trusted;
mod check_a_shop;
mod chromium;
mod directory;
mod finding;
mod first_pages;
mod in_chinese;
mod join_staff;
mod passkeys;
mod person;
mod prose;
mod rate;
#[path = "../it/admission/ready.rs"]
#[allow(dead_code, reason = "shared by two test binaries; this one does not use it all")]
mod ready;
mod review_desk;
#[path = "../it/trust/site.rs"]
#[allow(dead_code, reason = "shared by two test binaries; this one does not use it all")]
mod site;
#[path = "../it/support/mod.rs"]
mod support;
mod trade;
