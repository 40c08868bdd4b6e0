//! Tests of `admission`.

mod apply;
mod queue;
mod races;
mod ready;
mod reputation;
mod review;

pub use ready::{PDF, particulars};
