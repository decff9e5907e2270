//! The server over HTTP and a real broker (`MILLSTREAM_TEST_BOOTSTRAP`); without one each test says SKIPPED.

// clippy.toml allows these in test functions; here the whole crate is one test.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

mod access;
mod changes;
mod client;
mod cluster;
mod connect;
mod connectors;
mod descriptions;
mod endpoints;
mod extensions;
mod limits;
mod lookups;
mod pull;
mod queries;
mod service;
mod standard;
mod stateful;
mod statements;
mod websocket;
mod wire;
