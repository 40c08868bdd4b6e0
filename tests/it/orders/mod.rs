//! Tests of `orders`.

mod journeys;
mod model;
mod races;
mod sequences;
pub mod stock;
mod trade;

pub use trade::Trade;
