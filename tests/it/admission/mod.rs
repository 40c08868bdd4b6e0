//! Tests of `admission`.

mod apply;
mod queue;
mod ready;
mod review;
