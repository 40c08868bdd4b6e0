//! The trust programme: merchants, their agreement, domains, and the life of a badge.

pub mod public_record;
