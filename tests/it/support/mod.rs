//! What tests stand on.
//!
//! - [`World`]: a database of its own, migrated, and the program served over it on a free port.
//! - [`Visitor`]: somebody with a browser without scripts: cookies, pages, forms by their words.
//! - [`Reply`]: what came back, with the questions that tests ask of a page.
//! - [`Letter`]: a mail that somebody got, after `world.work()` ran the outbox and the clocks.
//! - [`Person`]: somebody with an account.
//! - [`prove`] and [`Chance`]: how much is tried, and a seed that can be repeated.
//!
//! ```ignore
//! let world = World::new().await;
//! let buyer = world.person("Lin Buyer").await;
//! let mut visitor = world.visitor_as(&buyer).await;
//! visitor.get("/orders").await.ok();
//! visitor.submit("/orders/1/confirm", "Confirm receipt", &[("Password", "…")]).await;
//! world.advance(chrono::Duration::days(3)).await;
//! ```
#![allow(dead_code, unused_imports, reason = "shared by two test binaries; neither uses it all")]

mod cluster;
mod form;
pub mod log;
pub mod multipart;
mod people;
mod post;
mod prove;
mod reply;
pub mod smtp_server;
mod sql;
mod visitor;
mod world;

pub use cluster::{Cluster, temp_folder};
pub use people::{Codes, Merchant, PASSWORD, Person};
pub use post::Letter;
pub use prove::{Chance, prove};
pub use reply::{Reply, selector};
pub use sql::{Row, Sql};
pub use visitor::Visitor;
pub use world::{Builder, Served, World, serve};
