//! What the database holds by itself: its schema, what the server's role may not do, what its
//! functions refuse; and how the program lives with it.

mod calls;
mod commit_errors;
mod conventions;
mod forged_calls;
mod forged_money;
mod functions;
mod migrations;
mod outage;
mod patience;
mod rights;
mod rollup;
mod schema;
mod tls;
