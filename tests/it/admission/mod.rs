//! Tests of `admission`.

mod apply;
mod cases;
mod crowd;
mod desk;
mod merchants;
mod queue;
mod races;
mod ready;
mod renewal;
mod reputation;
mod review;
mod scale;
mod thresholds;
mod trail;

pub use ready::{PDF, particulars};
