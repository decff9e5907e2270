//! The text of a `.proto` file to tokens.

/// A token; comments are none.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    /// A name with its dots.
    Name(String),
    /// A number as written.
    Number(String),
    /// A text, unescaped.
    Text(String),
    /// Any other character.
    Sign(char),
}

/// All tokens of a text.
///
/// # Errors
/// A text or comment does not end, or a character belongs to nothing.
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if c.is_whitespace() || c == '\u{feff}' {
            rest = rest.get(c.len_utf8()..).unwrap_or_default();
        } else if let Some(comment) = rest.strip_prefix("//") {
            rest = comment.split_once('\n').map_or("", |(_, rest)| rest);
        } else if let Some(comment) = rest.strip_prefix("/*") {
            rest = comment.split_once("*/").ok_or("a comment does not end")?.1;
        } else if c.is_ascii_alphabetic() || c == '_' || c == '.' && starts_name(rest) {
            let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '.'));
            let (name, after) = rest.split_at(end.unwrap_or(rest.len()));
            out.push(Token::Name(name.to_owned()));
            rest = after;
        } else if c.is_ascii_digit() {
            let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '.'));
            let (number, after) = rest.split_at(end.unwrap_or(rest.len()));
            out.push(Token::Number(number.to_owned()));
            rest = after;
        } else if c == '"' || c == '\'' {
            let (text, after) = quoted(rest, c)?;
            out.push(Token::Text(text));
            rest = after;
        } else if "{}[]()<>=;,:-+/".contains(c) {
            out.push(Token::Sign(c));
            rest = rest.get(1..).unwrap_or_default();
        } else {
            return Err(format!("unexpected character '{c}'"));
        }
    }
    Ok(out)
}

fn starts_name(rest: &str) -> bool {
    rest.chars().nth(1).is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
}

fn quoted(rest: &str, quote: char) -> Result<(String, &str), String> {
    let mut text = String::new();
    let mut chars = rest.char_indices().skip(1);
    while let Some((i, c)) = chars.next() {
        match c {
            _ if c == quote => return Ok((text, rest.get(i + 1..).unwrap_or_default())),
            '\n' => break,
            '\\' => match chars.next() {
                Some((_, 'n')) => text.push('\n'),
                Some((_, 't')) => text.push('\t'),
                Some((_, 'r')) => text.push('\r'),
                Some((_, other)) => text.push(other),
                None => break,
            },
            c => text.push(c),
        }
    }
    Err("a text does not end".to_owned())
}
