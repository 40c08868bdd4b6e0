//! Tests of `disputes`.
