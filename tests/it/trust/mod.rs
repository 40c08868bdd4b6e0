//! Tests of `trust`.

mod agreement;
mod badges;
mod domains;
mod invitations;
mod members;
mod merchants;
pub mod site;
