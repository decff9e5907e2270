//! A server by its URL, as the shell and pipelines talk to it: requests over HTTP, answers lent piece by piece.
//!
//! It must not know what statements mean, nor print anything.
//!
//! 1. `url` reads the server's address, `tls` says how it is believed.
//! 2. `http` sends one request and lends the answer.
//! 3. `types` reads columns and types out of answers.

mod http;
mod tls;
mod types;
mod url;

pub use http::{Answer, Credentials, HttpError, Server};
pub use tls::{Tls, Verification};
pub use types::{columns, custom_types};
