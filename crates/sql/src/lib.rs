//! SQL text to statements: dialect, AST, parser, canonical printer, diagnostics.
//!
//! It must not know what names mean: no catalog, no functions, no Arrow, no DataFusion.
//!
//! 1. `lexer` turns text into tokens with places (sqlparser's tokenizer, ksqlDB's identifier rules).
//! 2. `parser` turns tokens into [`Statement`]s by recursive descent, one file per statement family.
//! 3. `format` lays a text out anew, its names and comments kept.
//! 4. [`standard`] reads what only standard SQL has, for whoever answers such queries.
//! 5. `print` turns a statement back into canonical text: `parse(print(x)) == x` but for places and case.

pub mod ast;
mod context;
mod diagnostic;
mod format;
mod keywords;
mod lexer;
mod parser;
mod print;
mod script;
pub mod standard;
mod token;

pub use ast::Statement;
pub use context::Context;
pub use diagnostic::{Diagnostic, Lead, Position, Span};
pub use format::format;
pub use keywords::RESERVED as KEYWORDS;
pub use parser::{MAX_DEPTH, parse, parse_expression, parse_in};
pub use print::print;
pub use script::{Directive, Part, split};
