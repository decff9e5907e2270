//! The tokens of a JSON text (RFC 8259), read straight from the payload.
//!
//! Our own rather than a library's because the decoder is the hot path and because DECIMAL and STRING columns need the
//! text of a number as it was written. It never recurses: how deep a payload nests costs no stack.

use super::fault::Fault;
use super::quoted::{Quoted, plain_len};
use crate::text::{EXPONENT_MAX, Number};

/// A position in a payload.
#[derive(Debug, Clone)]
pub(super) struct Scanner<'a> {
    text: &'a str,
    position: usize,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, position: 0 }
    }

    #[inline]
    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.position).copied()
    }

    /// The first byte of the next token, which is not taken; 0 at the end (which starts no token either).
    #[inline]
    pub(super) fn peek(&mut self) -> u8 {
        loop {
            match self.byte() {
                Some(b' ' | b'\n' | b'\r' | b'\t') => self.position += 1,
                Some(byte) => return byte,
                None => return 0,
            }
        }
    }

    /// Takes the byte that was peeked.
    #[inline]
    pub(super) fn take(&mut self) {
        self.position += 1;
    }

    /// The fault of finding something else here.
    #[cold]
    pub(super) fn expected(&self, what: &str) -> Fault {
        Fault::syntax(self.position, what)
    }

    /// Takes this punctuation mark.
    #[inline]
    pub(super) fn mark(&mut self, mark: u8, name: &str) -> Result<(), Fault> {
        if self.peek() != mark {
            return Err(self.expected(name));
        }
        self.take();
        Ok(())
    }

    /// Takes `true`, `false` or `null`, of which the first byte was peeked.
    #[inline]
    pub(super) fn word(&mut self, word: &'static str) -> Result<(), Fault> {
        let end = self.position + word.len();
        if self.text.as_bytes().get(self.position..end) != Some(word.as_bytes()) {
            return Err(self.expected(word));
        }
        self.position = end;
        Ok(())
    }

    /// Takes these bytes if they are what stands here, up to a character's end.
    #[inline]
    pub(super) fn take_if(&mut self, text: &str) -> bool {
        let is_here = self.text.as_bytes().get(self.position..).is_some_and(|rest| rest.starts_with(text.as_bytes()));
        if is_here {
            self.position += text.len();
        }
        is_here
    }

    /// Takes the name of an object's next member and its colon, or the object's end. `first` is true once, after `{`.
    #[inline]
    pub(super) fn next_name(&mut self, first: &mut bool) -> Result<Option<Quoted<'a>>, Fault> {
        if self.next_member(first)? { self.name().map(Some) } else { Ok(None) }
    }

    /// Whether an object has another member, up to the name of which it moves, or else takes the object's end. `first` is true
    /// once, after `{`.
    #[inline]
    pub(super) fn next_member(&mut self, first: &mut bool) -> Result<bool, Fault> {
        let byte = self.peek();
        if byte == b'}' {
            self.take();
            return Ok(false);
        }
        if *first {
            *first = false;
        } else if byte == b',' {
            self.take();
            self.peek();
        } else {
            return Err(self.expected("',' or '}'"));
        }
        Ok(true)
    }

    /// Takes a member's name, which must be next, and its colon.
    pub(super) fn name(&mut self) -> Result<Quoted<'a>, Fault> {
        if self.byte() != Some(b'"') {
            return Err(self.expected("a name in quotes"));
        }
        let name = self.string()?;
        self.mark(b':', "':'")?;
        Ok(name)
    }

    /// Whether an array has another item, up to which it moves, or else takes the array's end. `first` is true once,
    /// after `[`.
    #[inline]
    pub(super) fn next_item(&mut self, first: &mut bool) -> Result<bool, Fault> {
        let byte = self.peek();
        if *first {
            *first = false;
            if byte == b']' {
                self.take();
                return Ok(false);
            }
            return Ok(true);
        }
        self.take();
        match byte {
            b',' => Ok(true),
            b']' => Ok(false),
            _ => {
                self.position -= 1;
                Err(self.expected("',' or ']'"))
            }
        }
    }

    /// Takes a string, of which the opening quote was peeked. Its escapes are checked but not decoded.
    #[inline]
    pub(super) fn string(&mut self) -> Result<Quoted<'a>, Fault> {
        let start = self.position + 1;
        let mut end = start;
        let mut escaped = false;
        let bytes = self.text.as_bytes();
        loop {
            end += plain_len(bytes.get(end..).unwrap_or_default());
            match bytes.get(end) {
                Some(b'"') => {
                    self.position = end + 1;
                    return Ok(Quoted { raw: self.text.get(start..end).unwrap_or_default(), escaped });
                }
                Some(b'\\') => {
                    escaped = true;
                    self.position = end;
                    end += self.escape_len()?;
                }
                found => {
                    self.position = end;
                    let control = found.is_some();
                    return Err(self.expected(if control { "no control character in a string" } else { "'\"'" }));
                }
            }
        }
    }

    /// Length of the escape that starts here.
    fn escape_len(&self) -> Result<usize, Fault> {
        let escape = self.text.as_bytes().get(self.position + 1..).unwrap_or_default();
        match escape {
            [b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't', ..] => Ok(2),
            [b'u', a, b, c, d, ..] if [a, b, c, d].iter().all(|h| h.is_ascii_hexdigit()) => Ok(6),
            _ => Err(self.expected("an escape that JSON knows")),
        }
    }

    /// Takes an integer of up to 18 digits, the usual number. `None`, and nothing is taken, when it is any other.
    #[inline]
    pub(super) fn small_integer(&mut self) -> Option<i64> {
        let rest = self.text.as_bytes().get(self.position..)?;
        let negative = rest.first() == Some(&b'-');
        let digits = rest.get(usize::from(negative)..)?;
        let (mut value, mut count) = (0i64, 0);
        while let Some(byte @ b'0'..=b'9') = digits.get(count) {
            if count == 18 {
                return None;
            }
            value = value * 10 + i64::from(byte - b'0');
            count += 1;
        }
        let leading_zero = count > 1 && digits.first() == Some(&b'0');
        if count == 0 || leading_zero || matches!(digits.get(count), Some(b'.' | b'e' | b'E')) {
            return None;
        }
        self.position += usize::from(negative) + count;
        Some(if negative { -value } else { value })
    }

    /// Takes a number, of which the first byte was peeked, and does not say which it is.
    #[inline]
    pub(super) fn skip_number(&mut self) -> Result<(), Fault> {
        let rest = self.text.as_bytes().get(self.position..).unwrap_or_default();
        let mut count = 0;
        while let Some(word) = rest.get(count..).and_then(<[u8]>::first_chunk::<8>) {
            if !all_digits(u64::from_le_bytes(*word)) {
                break;
            }
            count += 8;
        }
        while rest.get(count).is_some_and(u8::is_ascii_digit) {
            count += 1;
        }
        let leading_zero = count > 1 && rest.first() == Some(&b'0');
        if count == 0 || leading_zero || matches!(rest.get(count), Some(b'.' | b'e' | b'E')) {
            return self.number().map(drop);
        }
        self.position += count;
        Ok(())
    }

    /// Takes a number, of which the first byte was peeked.
    #[inline]
    pub(super) fn number(&mut self) -> Result<Number<'a>, Fault> {
        let start = self.position;
        let negative = self.byte() == Some(b'-');
        self.position += usize::from(negative);
        let whole_start = self.position;
        let mut low = 0u64;
        self.digits(&mut low);
        let whole = self.slice(whole_start);
        if whole.is_empty() {
            return Err(self.expected("a digit"));
        }
        if whole.len() > 1 && whole.as_bytes().first() == Some(&b'0') {
            self.position = whole_start + 1;
            return Err(self.expected("no digit after a leading 0"));
        }
        let whole_low = low;
        let mut fraction = "";
        if self.byte() == Some(b'.') {
            self.position += 1;
            let fraction_start = self.position;
            self.digits(&mut low);
            fraction = self.slice(fraction_start);
            if fraction.is_empty() {
                return Err(self.expected("a digit"));
            }
        }
        let mut exponent = None;
        if matches!(self.byte(), Some(b'e' | b'E')) {
            self.position += 1;
            exponent = Some(self.exponent()?);
        }
        Ok(Number { text: self.slice(start), negative, whole, fraction, exponent, whole_low, low })
    }

    /// Takes digits and appends them to `low`, which keeps the low 64 bits.
    #[inline]
    fn digits(&mut self, low: &mut u64) {
        while let Some(byte @ b'0'..=b'9') = self.byte() {
            *low = low.wrapping_mul(10).wrapping_add(u64::from(byte - b'0'));
            self.position += 1;
        }
    }

    /// Takes what follows the `e`. Exponents beyond any use are cut: none of them fits a column.
    fn exponent(&mut self) -> Result<i64, Fault> {
        let negative = self.byte() == Some(b'-');
        self.position += usize::from(matches!(self.byte(), Some(b'-' | b'+')));
        let start = self.position;
        let mut exponent = 0i64;
        while let Some(byte @ b'0'..=b'9') = self.byte() {
            exponent = exponent.saturating_mul(10).saturating_add(i64::from(byte - b'0')).min(EXPONENT_MAX);
            self.position += 1;
        }
        if self.position == start {
            return Err(self.expected("a digit"));
        }
        Ok(if negative { -exponent } else { exponent })
    }

    #[inline]
    fn slice(&self, start: usize) -> &'a str {
        self.text.get(start..self.position).unwrap_or_default()
    }

    /// Ends the payload after its value, which began with the byte `first`. What follows does not matter, except that a
    /// number or a word must be over: Jackson takes one value and stops, too.
    pub(super) fn end(&self, first: u8) -> Result<(), Fault> {
        let over = match (first, self.byte()) {
            (_, None) => true,
            (b'-' | b'0'..=b'9', Some(next)) => matches!(next, b' ' | b'\t' | b'\r' | b'\n'),
            (b't' | b'f' | b'n', Some(next)) => !(next.is_ascii_alphanumeric() || matches!(next, b'_' | b'$' | 0x80..)),
            _ => true,
        };
        if over { Ok(()) } else { Err(self.expected("the end of the value")) }
    }
}

/// Whether all eight bytes are digits.
#[inline]
fn all_digits(word: u64) -> bool {
    const ONES: u64 = u64::MAX / 255;
    // The upper half of a digit is 3, also when 6 is added to it; of the six characters behind the digits it is not, then.
    let upper = (word & (ONES * 0xf0)) | ((word.wrapping_add(ONES * 6) & (ONES * 0xf0)) >> 4);
    upper == ONES * 0x33
}
