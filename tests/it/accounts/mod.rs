//! Tests of `accounts`.
