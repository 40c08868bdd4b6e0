//! Pure types shared by every other module: money, time, languages, names. No I/O, no clock.

pub mod database_url;
pub mod domain_name;
pub mod email;
pub mod locale;
pub mod look_alike;
pub mod merchant_code;
pub mod money;
pub(crate) mod named;
pub mod rate;
pub mod sealing;
pub mod signing;
pub mod texts;
pub mod time;
pub mod typed;
