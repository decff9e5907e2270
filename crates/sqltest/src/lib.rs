//! SQL tests and triples of statements, input and output, run in this process on `engine::driver`: no broker, no
//! server, milliseconds each. It is `millstream test`, and what the conformance runner stands on.
//!
//! It must not know Kafka, HTTP or the server.
//!
//! The way of an SQL test: [`find`] lists the files → [`cut`] finds the tests of a file and the steps of a test →
//! [`mod@test`] runs them, statements through a [`session`] (parser, planner, catalog) and a pipeline of queries in memory,
//! assertions against its topics → [`command`] prints what became of them. A triple's records go to bytes and back by the
//! formats of their topics in [`records`]; [`triple`] puts it together. [`isolate`] keeps a test that panics or hangs
//! from the others.

pub mod command;
pub mod cut;
pub mod failure;
pub mod find;
pub mod isolate;
pub mod json;
pub mod records;
pub mod session;
pub mod test;
pub mod triple;

#[cfg(test)]
mod tests;
