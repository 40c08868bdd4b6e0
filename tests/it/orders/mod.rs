//! Tests of `orders`.

mod address;
mod buttons;
mod channels;
mod crash;
mod cut_wire;
mod forms;
mod found_self_dealt;
mod guests;
mod journeys;
mod lost_notices;
mod model;
mod money_moves;
mod notices;
mod races;
mod refund_account;
mod sequences;
pub mod stock;
mod stored_sequences;
mod ticking;
mod time;
mod trade;
mod twice;

pub use trade::Trade;
