//! The binary as people call it, against an embedded broker in the test's own process.

// clippy.toml allows these in test functions; here the whole crate is one test.
#![allow(clippy::unwrap_used, clippy::panic)]

mod call;
mod datagen;
mod errors;
mod examples;
mod late;
mod pipeline;
mod screen;
mod secure;
mod server;
mod shell;
mod terminal;
mod topic;
mod transcript;
mod ttl;
mod waiting;
