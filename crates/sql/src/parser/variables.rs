//! `${NAME}` and what stands for it.
//!
//! A variable is a token; where it stands, its value must be one token again: a name that is no reserved word, or a
//! literal. So a value can never bring clauses or statements with it. Inside a string the value is text.

use crate::keywords::{is_ambiguous, is_reserved};
use crate::lexer::{tokenize, variable};
use crate::token::Kind;

use super::{Finding, Parsed, Parser};

impl Parser<'_> {
    /// Puts values for the variables of the next statement.
    pub(super) fn substitute(&mut self) -> Parsed<()> {
        if !self.context.substitute {
            return Ok(());
        }
        let mut at = self.at;
        while let Some(token) = self.tokens.get_mut(at).filter(|token| !token.is(";")) {
            let put = match &token.kind {
                Kind::Text(text) => inside(text, &self.context.variables),
                Kind::Variable(name) => {
                    let Some(value) = self.context.variables.get(name) else {
                        let message = format!("Syntax Error\nthe variable {name} is not defined");
                        return Err(Finding::at(token.span, message).hint(format!("DEFINE {name} = 'value';")));
                    };
                    let Some(put) = alone(value) else {
                        let message = format!("Syntax Error\nthe value of the variable {name} cannot stand here");
                        return Err(Finding::at(token.span, message).hint(
                            "outside of quotes a value is a name, a number, TRUE, FALSE, NULL or a string in quotes",
                        ));
                    };
                    Some(put)
                }
                _ => None,
            };
            if let Some((kind, text)) = put {
                (token.kind, token.replaced) = (kind, Some(text));
            }
            at += 1;
        }
        Ok(())
    }
}

/// The one token that a value is, outside of strings, and the text of that token in the statement.
fn alone(value: &str) -> Option<(Kind, String)> {
    let value = value.trim();
    let tokens = tokenize(value);
    let (first, rest) = tokens.split_first()?;
    let all = |last: usize| last == value.len() && first.bytes.start == 0;
    match (&first.kind, rest) {
        (Kind::Word(word), [_]) if matches!(word.as_str(), "TRUE" | "FALSE" | "NULL") => {
            all(first.bytes.end).then(|| (first.kind.clone(), value.to_owned()))
        }
        (Kind::Word(word), [_]) if !is_reserved(word) && all(first.bytes.end) => {
            // Quoted, so that it is no keyword wherever it stands.
            let text = if is_ambiguous(word) { format!("`{word}`") } else { value.to_owned() };
            Some((Kind::Quoted(word.clone()), text))
        }
        (Kind::Quoted(_) | Kind::Text(_) | Kind::Number(_), [_]) if all(first.bytes.end) => {
            Some((first.kind.clone(), value.to_owned()))
        }
        (Kind::Symbol("-"), [number, _]) if all(number.bytes.end) => match &number.kind {
            Kind::Number(digits) => Some((Kind::Number(format!("-{digits}")), value.to_owned())),
            _ => None,
        },
        _ => None,
    }
}

/// The string with values for its variables, and as the statement writes it; `None` if it has none. `$${NAME}` stands
/// for `${NAME}`; a variable that is not defined stays as it is.
fn inside(text: &str, variables: &std::collections::BTreeMap<String, String>) -> Option<(Kind, String)> {
    let mut put = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        let (before, from) = rest.split_at_checked(at)?;
        let escaped = before.ends_with('$');
        let known = variable(from).map(|name| (name, variables.get(&name.to_ascii_uppercase())));
        let length = known.map_or("${".len(), |(name, _)| name.len() + "${}".len());
        let (written, after) = from.split_at_checked(length)?;
        match known {
            Some((_, Some(value))) if !escaped => {
                put.push_str(before);
                put.push_str(value);
            }
            Some(_) if escaped => {
                put.push_str(before.strip_suffix('$').unwrap_or(before));
                put.push_str(written);
            }
            _ => {
                put.push_str(before);
                put.push_str(written);
            }
        }
        rest = after;
    }
    put.push_str(rest);
    (put != text).then(|| {
        let written = format!("'{}'", put.replace('\'', "''"));
        (Kind::Text(put), written)
    })
}
