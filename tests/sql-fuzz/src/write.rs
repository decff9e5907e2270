//! Text from tokens: blanks, line ends and comments between them, keywords in any case.

use crate::chance::{Chance, happens, word};
use crate::token::Token;

/// What stands between tokens besides a blank.
const BETWEEN: &[&str] = &[
    "\n",
    "  ",
    "\t",
    " /* c */ ",
    " -- it's\n",
    "\r\n",
    " /*;*/ ",
    "\n\n",
    "\n-- c\n",
    "\n/* c */\n",
    " /* c */\n",
    "\n/* c */ ",
    " /*\n*/ ",
];

/// The text of a statement.
pub(crate) fn text(tokens: &[Token], chance: &mut Chance) -> String {
    let mut text = String::new();
    let case = chance.u8(0..4);
    let mut before: Option<&Token> = None;
    for token in tokens {
        if let Some(before) = before {
            let close = parts(before) || parts(token);
            match chance.u8(0..100) {
                0..4 => text.push_str(&word(chance, BETWEEN)),
                4..40 if close => {}
                _ => text.push(' '),
            }
        }
        match case {
            0 if token.word => text.push_str(&token.text.to_lowercase()),
            1 if token.word && happens(chance, 50) => text.push_str(&token.text.to_lowercase()),
            _ => text.push_str(&token.text),
        }
        before = Some(token);
    }
    text
}

/// Whether nothing has to stand beside a token: it never runs together with its neighbours.
fn parts(token: &Token) -> bool {
    matches!(token.text.as_str(), "(" | ")" | "," | ";" | "[" | "]")
}
