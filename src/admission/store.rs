//! All SQL of this module, one file per concern.

pub mod applications;
pub mod documents;
pub mod history;
pub mod numbers;
pub mod queue;
pub mod submissions;
