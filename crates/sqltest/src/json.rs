//! JSON with numbers as they are written: comparisons of decimals look at scale, which a float forgets.

use std::fmt::{self, Write};

mod parse;

pub use parse::parse;

/// A JSON value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Json {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number's text.
    Number(String),
    /// A string, escapes resolved.
    String(String),
    /// An array.
    Array(Vec<Json>),
    /// An object in written order.
    Object(Vec<(String, Json)>),
}

impl Json {
    /// The member of that name; `None` for one that is null, and of anything but an object.
    pub fn get(&self, name: &str) -> Option<&Json> {
        self.members().iter().find(|(key, _)| key == name).map(|(_, value)| value).filter(|v| **v != Json::Null)
    }

    /// The members of an object; none of anything else.
    pub fn members(&self) -> &[(String, Json)] {
        if let Json::Object(members) = self { members } else { &[] }
    }

    /// The items of an array; none of anything else.
    pub fn items(&self) -> &[Json] {
        if let Json::Array(items) = self { items } else { &[] }
    }

    /// The text of a string.
    pub fn text(&self) -> Option<&str> {
        if let Json::String(text) = self { Some(text) } else { None }
    }

    /// The text of the member of that name, if it is a string.
    pub fn text_of(&self, name: &str) -> Option<&str> {
        self.get(name)?.text()
    }

    /// The member of that name, if it is a whole number of 64 bits.
    pub fn integer_of(&self, name: &str) -> Option<i64> {
        if let Json::Number(text) = self.get(name)? { text.parse().ok() } else { None }
    }
}

/// Compact text, numbers as they were read.
impl fmt::Display for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Json::Null => f.write_str("null"),
            Json::Bool(value) => write!(f, "{value}"),
            Json::Number(text) => f.write_str(text),
            Json::String(text) => quoted(text, f),
            Json::Array(items) => {
                f.write_char('[')?;
                for (i, item) in items.iter().enumerate() {
                    write!(f, "{}{item}", if i == 0 { "" } else { "," })?;
                }
                f.write_char(']')
            }
            Json::Object(members) => {
                f.write_char('{')?;
                for (i, (name, value)) in members.iter().enumerate() {
                    f.write_str(if i == 0 { "" } else { "," })?;
                    quoted(name, f)?;
                    write!(f, ":{value}")?;
                }
                f.write_char('}')
            }
        }
    }
}

fn quoted(text: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_char('"')?;
    for c in text.chars() {
        match c {
            '"' => f.write_str("\\\"")?,
            '\\' => f.write_str("\\\\")?,
            '\n' => f.write_str("\\n")?,
            '\r' => f.write_str("\\r")?,
            '\t' => f.write_str("\\t")?,
            c if c < ' ' => write!(f, "\\u{:04x}", u32::from(c))?,
            c => f.write_char(c)?,
        }
    }
    f.write_char('"')
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn what_is_read_is_written_again() {
        for text in [
            r#"{"a":1.10,"b":[2.3E+18,-0,null,true],"c":{},"d":"x\"\\\n\u0001é"}"#,
            r#"[]"#,
            r#""""#,
            "123456789012345678901234567890",
        ] {
            assert_eq!(parse(text.as_bytes()).map(|v| v.to_string()), Ok(text.to_owned()));
        }
        assert_eq!(parse(r#" "\u00e9\ud83d\ude00\/" "#.as_bytes()).map(|v| v.to_string()), Ok("\"é😀/\"".to_owned()));
    }

    #[test]
    fn damage_is_an_error() {
        for text in ["", "{", "[1,", "{\"a\" 1}", "nul", "1 2", "\"\\x\"", "\"\\ud83d\"", "-", "\"abc"] {
            assert!(parse(text.as_bytes()).is_err(), "{text}");
        }
        assert!(parse("[".repeat(100_000).as_bytes()).is_err());
    }
}
