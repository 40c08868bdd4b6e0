//! All SQL of the capability, a file a concern.

pub mod applications;
pub mod documents;
pub mod history;
pub mod numbers;
pub mod queue;
pub mod submissions;
