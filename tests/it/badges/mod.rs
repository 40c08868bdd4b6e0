//! Tests of `badges`.
