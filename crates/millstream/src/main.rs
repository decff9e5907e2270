//! The binary: arguments, wiring, signals.

fn main() {}
