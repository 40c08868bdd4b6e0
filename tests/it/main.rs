//! The tests that need a real PostgreSQL and real HTTP: one binary, one private cluster, a cloned
//! database and a served program for each test. A folder for each capability; `support` is theirs
//! all.

mod access;
mod accounts;
mod admission;
mod badges;
mod cases;
mod db;
mod demo;
mod files;
mod ledger;
mod load;
mod notifications;
mod orders;
mod payments;
mod reputation;
mod support;
mod trust;
mod web;
mod worker;
