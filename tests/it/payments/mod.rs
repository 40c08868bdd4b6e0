//! Tests of `payments`.
