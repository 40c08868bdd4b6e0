//! Badges, authentication pages and impostors.

pub mod seal;
