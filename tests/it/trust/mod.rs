//! Tests of `trust`.

mod agreement;
mod agreement_versions;
mod badges;
pub mod damage;
mod domains;
mod invitations;
mod losses;
mod members;
mod merchants;
pub mod site;
pub mod suspensions;
