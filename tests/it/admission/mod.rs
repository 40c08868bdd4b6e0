//! Tests of `admission`.

mod apply;
mod cases;
mod queue;
mod races;
mod ready;
mod reputation;
mod review;
mod thresholds;
