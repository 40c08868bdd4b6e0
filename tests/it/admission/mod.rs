//! Tests of `admission`.

mod apply;
mod cases;
mod causes;
mod changes;
mod conflict;
mod crowd;
pub mod damage;
mod desk;
mod domain_history;
mod merchants;
mod queue;
mod races;
mod ready;
mod renewal;
mod reputation;
mod review;
pub mod scale;
mod taken_over;
mod threshold_versions;
mod thresholds;
mod trail;

pub use ready::{PDF, business_details};
