//! Trees made at random: everything that the parser can give, and nothing that it cannot.

pub(crate) mod expression;
pub(crate) mod name;
pub(crate) mod query;
pub(crate) mod source;
pub(crate) mod statement;
pub(crate) mod types;
