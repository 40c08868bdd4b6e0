//! Tests of `notifications`.
