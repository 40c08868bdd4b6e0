//! Tests of `orders`.

mod journeys;
mod trade;

pub use trade::Trade;
