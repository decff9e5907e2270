//! JSON held in texts, read and written as ksqlDB's functions do it with Jackson.
//!
//! - What follows the first value is not looked at: `{"a":1}}` is an object.
//! - Of members with one name the last counts; it stands where the first stood.
//! - Numbers keep all of their digits, trailing zeros too; those with a point or an exponent are spelled as Java does
//!   ([`number`]).
//!
//! A text becomes a flat list of [`node::Node`]s ([`scan`]): reading costs no allocation per value, and nothing recurses,
//! so that no text is nested too deep. [`Value`] walks in it, [`path`] finds a place in it, [`mod@write`] makes it text again.

mod node;
mod number;
mod path;
mod quoted;
mod scan;
mod write;

pub(crate) use node::{Kind, Value};
pub(crate) use path::Path;
pub(crate) use quoted::escape;
pub(crate) use scan::Parser;

#[cfg(test)]
mod tests;
