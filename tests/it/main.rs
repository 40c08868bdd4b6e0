//! The tests that need a real PostgreSQL and real HTTP: one binary, one private cluster, a cloned
//! database and a served program for each test. A folder for each capability; `support` is theirs
//! all.

mod access;
mod accounts;
mod admission;
mod badges;
mod credit;
mod db;
mod demo;
mod disputes;
mod files;
mod ledger;
mod load;
mod notifications;
mod orders;
mod payments;
mod support;
mod trust;
mod web;
mod worker;
