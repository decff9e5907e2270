//! A server by its URL, as the shell and pipelines talk to it: requests over HTTP, answers lent piece by piece.
//!
//! It must not know what statements mean, nor print anything.
//!
//! 1. `http` sends one request and lends the answer.
//! 2. `types` reads columns and types out of answers.

mod http;
mod types;

pub use http::{Answer, Credentials, HttpError, Server};
pub use types::{columns, custom_types};
