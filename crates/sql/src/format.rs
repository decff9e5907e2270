//! A text laid out anew: one style of lines, blanks and keywords. Names, literals, variables and comments stay as
//! written, and so does the meaning: the tokens are the same.
//!
//! A statement stands on one line if it fits. If not, each clause begins a line; lists that still do not fit have a line
//! for each item. The parser says where that is; `comments` says what stands between tokens.

mod comments;
mod writer;

use crate::Diagnostic;
use crate::parser::layout;

use writer::Writer;

/// Characters of a line, as far as its parts allow.
const WIDTH: usize = 100;

/// The text laid out anew: `format(format(x)) == format(x)`. Variables and custom types need not be defined, and the
/// statements and directives of SQL tests are read too.
///
/// # Errors
/// What cannot be read, as [`parse`](crate::parse) says it.
pub fn format(sql: &str) -> Result<String, Vec<Diagnostic>> {
    let (tokens, layout) = layout(sql)?;
    let between = comments::between(sql, &tokens);
    let mut writer = Writer::new(sql, &tokens, &layout, &between);
    for statement in &layout.statements {
        for token in statement.clone() {
            writer.token(token, token == *statement.start());
        }
    }
    Ok(writer.finish())
}
