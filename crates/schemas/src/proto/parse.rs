//! The tokens of a `.proto` file to its declarations, names not yet resolved.

use super::lex::{Token, tokens};

/// Messages within messages that are followed.
const DEPTH_MAX: usize = 64;

/// A file.
#[derive(Debug, Default)]
pub(super) struct File {
    pub(super) package: String,
    pub(super) proto2: bool,
    pub(super) imports: Vec<String>,
    pub(super) messages: Vec<RawMessage>,
    pub(super) enums: Vec<RawEnum>,
}

/// A message.
#[derive(Debug, Default)]
pub(super) struct RawMessage {
    pub(super) name: String,
    pub(super) fields: Vec<RawField>,
    pub(super) messages: Vec<RawMessage>,
    pub(super) enums: Vec<RawEnum>,
    pub(super) map_entry: bool,
}

/// A field.
#[derive(Debug, Default, Clone)]
pub(super) struct RawField {
    pub(super) label: Option<String>,
    pub(super) ty: String,
    pub(super) name: String,
    pub(super) number: u32,
    pub(super) oneof: Option<String>,
    pub(super) options: Vec<(String, String)>,
    /// `confluent.field_meta`'s parameters: `precision`, `scale`.
    pub(super) parameters: Vec<(String, String)>,
}

/// An enum.
#[derive(Debug, Default)]
pub(super) struct RawEnum {
    pub(super) name: String,
    pub(super) values: Vec<(String, i32)>,
}

/// Reads a file.
///
/// # Errors
/// What is wrong with it.
pub(super) fn file(text: &str) -> Result<File, String> {
    let mut parser = Parser { tokens: tokens(text)?, at: 0 };
    let mut file = File { proto2: true, ..File::default() };
    while let Some(token) = parser.next() {
        match token {
            Token::Sign(';') => {}
            Token::Name(name) => match name.as_str() {
                "syntax" | "edition" => {
                    parser.sign('=')?;
                    file.proto2 = parser.text()? == "proto2";
                    parser.sign(';')?;
                }
                "package" => {
                    file.package = parser.name()?;
                    parser.sign(';')?;
                }
                "import" => {
                    if matches!(parser.peek(), Some(Token::Name(n)) if n == "public" || n == "weak") {
                        parser.at += 1;
                    }
                    file.imports.push(parser.text()?);
                    parser.sign(';')?;
                }
                "message" => file.messages.push(parser.message(0)?),
                "enum" => file.enums.push(parser.enumeration()?),
                "option" => parser.skip_statement()?,
                "service" | "extend" => parser.skip_block()?,
                other => return Err(format!("unexpected '{other}'")),
            },
            other => return Err(format!("unexpected {other:?}")),
        }
    }
    Ok(file)
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
}

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn next(&mut self) -> Option<Token> {
        let token = self.tokens.get(self.at).cloned();
        self.at += 1;
        token
    }

    fn is(&self, sign: char) -> bool {
        self.peek() == Some(&Token::Sign(sign))
    }

    fn sign(&mut self, sign: char) -> Result<(), String> {
        match self.next() {
            Some(Token::Sign(found)) if found == sign => Ok(()),
            other => Err(format!("expected '{sign}', found {other:?}")),
        }
    }

    fn name(&mut self) -> Result<String, String> {
        match self.next() {
            Some(Token::Name(name)) => Ok(name),
            other => Err(format!("expected a name, found {other:?}")),
        }
    }

    fn text(&mut self) -> Result<String, String> {
        match self.next() {
            Some(Token::Text(text)) => Ok(text),
            other => Err(format!("expected a text, found {other:?}")),
        }
    }

    fn integer(&mut self) -> Result<i64, String> {
        let negative = self.is('-');
        if negative {
            self.at += 1;
        }
        let Some(Token::Number(text)) = self.next() else { return Err("expected a number".to_owned()) };
        let parsed = match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
            Some(hex) => i64::from_str_radix(hex, 16),
            None if text.len() > 1 && text.starts_with('0') => i64::from_str_radix(&text, 8),
            None => text.parse(),
        };
        let value = parsed.map_err(|_| format!("not a number: {text}"))?;
        Ok(if negative { -value } else { value })
    }

    /// To the next `;` outside of braces.
    fn skip_statement(&mut self) -> Result<(), String> {
        let mut depth = 0usize;
        while let Some(token) = self.next() {
            match token {
                Token::Sign('{') => depth += 1,
                Token::Sign('}') => depth = depth.checked_sub(1).ok_or("a brace too many")?,
                Token::Sign(';') if depth == 0 => return Ok(()),
                _ => {}
            }
        }
        Err("a statement does not end".to_owned())
    }

    /// To the end of the next braces.
    fn skip_block(&mut self) -> Result<(), String> {
        let mut depth = 0usize;
        while let Some(token) = self.next() {
            match token {
                Token::Sign('{') => depth += 1,
                Token::Sign('}') if depth <= 1 => return Ok(()),
                Token::Sign('}') => depth -= 1,
                _ => {}
            }
        }
        Err("a block does not end".to_owned())
    }

    fn enumeration(&mut self) -> Result<RawEnum, String> {
        let name = self.name()?;
        self.sign('{')?;
        let mut values = Vec::new();
        while !self.is('}') {
            let value = match self.next() {
                Some(Token::Sign(';')) => continue,
                Some(Token::Name(name)) => name,
                other => return Err(format!("expected a value of an enum, found {other:?}")),
            };
            if value == "option" || value == "reserved" {
                self.skip_statement()?;
                continue;
            }
            self.sign('=')?;
            let number = i32::try_from(self.integer()?).map_err(|e| e.to_string())?;
            self.skip_statement()?; // options, and the end
            values.push((value, number));
        }
        self.sign('}')?;
        Ok(RawEnum { name, values })
    }

    fn message(&mut self, depth: usize) -> Result<RawMessage, String> {
        if depth > DEPTH_MAX {
            return Err("messages within messages are too deep".to_owned());
        }
        let mut message = RawMessage { name: self.name()?, ..RawMessage::default() };
        self.sign('{')?;
        loop {
            match self.next() {
                Some(Token::Sign('}')) => return Ok(message),
                Some(Token::Sign(';')) => {}
                Some(Token::Name(word)) => self.member(word, &mut message, depth)?,
                other => return Err(format!("unexpected {other:?} in message {}", message.name)),
            }
        }
    }

    fn member(&mut self, word: String, message: &mut RawMessage, depth: usize) -> Result<(), String> {
        let followed_by_name = matches!(self.peek(), Some(Token::Name(_)));
        match word.as_str() {
            "message" if followed_by_name => message.messages.push(self.message(depth + 1)?),
            "enum" if followed_by_name => message.enums.push(self.enumeration()?),
            "option" if followed_by_name || self.is('(') => {
                let entry = matches!(self.peek(), Some(Token::Name(n)) if n == "map_entry")
                    && matches!(self.tokens.get(self.at + 2), Some(Token::Name(n)) if n == "true");
                message.map_entry |= entry;
                self.skip_statement()?;
            }
            "reserved" | "extensions" => self.skip_statement()?,
            "extend" if followed_by_name => self.skip_block()?,
            "oneof" if followed_by_name => {
                let name = self.name()?;
                self.sign('{')?;
                while !self.is('}') {
                    let ty = match self.next() {
                        Some(Token::Sign(';')) => continue,
                        Some(Token::Name(ty)) => ty,
                        other => return Err(format!("unexpected {other:?} in oneof {name}")),
                    };
                    if ty == "option" {
                        self.skip_statement()?;
                        continue;
                    }
                    let field = self.field(None, ty)?;
                    message.fields.push(RawField { oneof: Some(name.clone()), ..field });
                }
                self.sign('}')?;
            }
            "map" if self.is('<') => self.map(message)?,
            "optional" | "required" | "repeated" if followed_by_name => {
                let ty = self.name()?;
                if ty == "group" {
                    return Err("groups are not supported".to_owned());
                }
                let field = self.field(Some(word), ty)?;
                message.fields.push(field);
            }
            _ => {
                let field = self.field(None, word)?;
                message.fields.push(field);
            }
        }
        Ok(())
    }

    /// `<K, V> name = n;`: a message of entries, and a repeated field of it.
    fn map(&mut self, message: &mut RawMessage) -> Result<(), String> {
        self.sign('<')?;
        let key = self.name()?;
        self.sign(',')?;
        let value = self.name()?;
        self.sign('>')?;
        let field = self.field(Some("repeated".to_owned()), String::new())?;
        let entry = format!("{}Entry", camel(&field.name));
        let of = |name: &str, ty: String, number| RawField { name: name.to_owned(), ty, number, ..RawField::default() };
        message.messages.push(RawMessage {
            name: entry.clone(),
            fields: vec![of("key", key, 1), of("value", value, 2)],
            map_entry: true,
            ..RawMessage::default()
        });
        message.fields.push(RawField { ty: entry, ..field });
        Ok(())
    }

    fn field(&mut self, label: Option<String>, ty: String) -> Result<RawField, String> {
        let name = self.name()?;
        self.sign('=')?;
        let number = u32::try_from(self.integer()?).ok().filter(|n| (1..1 << 29).contains(n));
        let number = number.ok_or_else(|| format!("the number of field {name} is none"))?;
        let mut field = RawField { label, ty, name, number, ..RawField::default() };
        if self.is('[') {
            self.options(&mut field)?;
        }
        self.sign(';')?;
        Ok(field)
    }

    /// `[a = b, (c.d) = {…}]`
    fn options(&mut self, field: &mut RawField) -> Result<(), String> {
        self.sign('[')?;
        let mut depth = 0usize;
        let (mut name, mut value) = (String::new(), String::new());
        let (mut key, mut text): (Option<String>, Option<String>) = (None, None);
        let (mut after_equals, mut last_name) = (false, String::new());
        while let Some(token) = self.next() {
            match token {
                Token::Sign(']') if depth == 0 => {
                    field.options.push((name, value));
                    return Ok(());
                }
                Token::Sign(',') if depth == 0 => {
                    field.options.push((std::mem::take(&mut name), std::mem::take(&mut value)));
                    after_equals = false;
                }
                Token::Sign('{' | '[') => depth += 1,
                Token::Sign('}' | ']') => {
                    depth = depth.checked_sub(1).ok_or("a bracket too many")?;
                    if let (Some(key), Some(text)) = (key.take(), text.take()) {
                        field.parameters.push((key, text));
                    }
                }
                Token::Sign('=') if depth == 0 => after_equals = true,
                Token::Name(word) if depth == 0 && !after_equals => name.push_str(&word),
                Token::Name(word) | Token::Number(word) if depth == 0 => value.push_str(&word),
                Token::Text(word) if depth == 0 => value.push_str(&word),
                Token::Sign('-') if depth == 0 => value.push('-'),
                // Of what stands in braces only pairs of `key` and `value` matter.
                Token::Name(word) => last_name = word,
                Token::Text(word) if last_name == "key" => key = Some(word),
                Token::Text(word) if last_name == "value" => text = Some(word),
                _ => {}
            }
        }
        Err("options do not end".to_owned())
    }
}

/// `some_name` as `SomeName`.
fn camel(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let mut upper = true;
    for c in name.chars() {
        if c == '_' {
            upper = true;
        } else {
            out.push(if upper { c.to_ascii_uppercase() } else { c });
            upper = false;
        }
    }
    out
}
