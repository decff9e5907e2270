//! Generators, limit loops and measured queries.

fn main() {}
