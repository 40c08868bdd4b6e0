//! Tests of `trust`.

mod agreement;
mod badges;
mod domains;
mod merchants;
pub mod site;
