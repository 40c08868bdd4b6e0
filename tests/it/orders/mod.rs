//! Tests of `orders`.

mod journeys;
mod races;
pub mod stock;
mod trade;

pub use trade::Trade;
