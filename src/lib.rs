//! Surety, a portal for trustworthy trade on the internet. See `docs/ARCHITECTURE.md` for a map.

// A request must not panic: return an error, or expect the lint with the reason why it cannot fail.
#![warn(clippy::expect_used, clippy::panic, clippy::unreachable, clippy::unwrap_used)]

pub mod accounts;
pub mod admission;
pub mod app;
pub mod backoffice;
pub mod badges;
pub mod cases;
pub mod cli;
pub mod config;
pub mod db;
pub mod demo;
pub mod embedded_postgres;
pub mod files;
pub mod health;
pub mod kernel;
pub mod ledger;
pub mod notifications;
pub mod orders;
pub mod payments;
pub mod reputation;
pub mod routes;
pub mod trust;
pub mod web;
pub mod worker;
