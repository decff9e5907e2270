//! Bounded queries in standard SQL.
