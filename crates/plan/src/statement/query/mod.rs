//! What every statement with a SELECT shares: the query analysed as a whole, then laid out as stages.
//!
//! 1. [`front`] is FROM: [`inputs`] are the sources with their aliases, [`join`] is how they are joined, [`rows`] what
//!    columns they make together.
//! 2. [`resolve`] says which source each name belongs to; [`items`] and [`star`] take the projection apart, [`names`]
//!    names what has no alias.
//! 3. [`table_functions`], [`aggregation`], [`rank`] and [`partition`] are what may happen to rows between WHERE and
//!    projection.
//! 4. [`keys`] is what the key of a sink asks of the projection, [`pull`] what a query that ends may not have, [`order`]
//!    the order of its rows.
//! 5. [`derived`] are sub-queries, [`membership`] those behind WHERE, [`union`] is several queries as one; [`constant`](constant()) is a SELECT without FROM.
//! 6. [`analyse`](analyse()) puts all of it together to an [`Analysis`]; [`layout`] makes a topology of it.

mod aggregation;
mod analyse;
mod analysis;
mod constant;
mod derived;
mod front;
mod inputs;
mod items;
mod join;
mod keys;
mod layout;
mod membership;
mod names;
mod order;
mod partition;
mod pull;
mod rank;
mod resolve;
mod rewrite;
mod rewritten;
mod rows;
mod star;
mod table_functions;
mod union;

use millstream_sql::ast::{Expr, ExprKind, Ident};
use millstream_sql::{Diagnostic, Span};

pub(super) use aggregation::selected;
pub(super) use analyse::analyse;
pub(super) use analysis::{Analysis, Output, Partition, Purpose, branches, innermost};
pub(super) use constant::constant;
pub(super) use join::{JoinForm, JoinStep};
pub(super) use layout::{retention_ms, topology};
pub(super) use pull::{refuse_groups, refuse_settings};
pub(super) use rewritten::rewritten;
pub(super) use rows::Part;

/// The row's column of that name.
fn column(name: &str, span: Span) -> Expr {
    let name = Ident { value: name.to_owned(), quoted: true, span };
    Expr { kind: ExprKind::Column { source: None, name }, span }
}

/// What is said about a NULL whose type nothing tells.
fn untyped(span: Span) -> Diagnostic {
    let message = "Can't infer a type of null. Please explicitly cast it to a required type, \
                   e.g. CAST(null AS VARCHAR).";
    Diagnostic::at(span, message)
}

/// `A`, `A and B`, `A, B and C`
fn listed<T: AsRef<str>>(names: &[T], joiner: &str) -> String {
    let names: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
    match names.as_slice() {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [rest @ .., last] => format!("{} {joiner} {last}", rest.join(", ")),
    }
}
