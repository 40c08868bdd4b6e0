//! Tests of `trust`.

mod added_domains;
mod agreement;
mod agreement_versions;
mod badges;
pub mod damage;
mod domains;
mod invitations;
pub mod losses;
mod members;
mod merchants;
pub mod site;
pub mod suspensions;
