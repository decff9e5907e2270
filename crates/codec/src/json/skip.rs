//! Walking over a value of any shape: to skip it, or to keep it as compact text.

use super::fault::Fault;
use super::quoted::{Quoted, escape};
use super::scan::Scanner;
use crate::text::Number;

/// How deep arrays and objects may nest in what is skipped or kept as text; as many as Jackson takes.
pub(super) const DEPTH_MAX: usize = 1000;

/// What happens to the tokens walked over.
trait Sink {
    fn mark(&mut self, mark: char);
    fn word(&mut self, word: &str);
    fn string(&mut self, string: &Quoted<'_>) -> Result<(), Fault>;
    fn number(&mut self, number: &Number<'_>) -> Result<(), Fault>;
}

/// Nothing happens to them.
struct Discard;

impl Sink for Discard {
    fn mark(&mut self, _: char) {}
    fn word(&mut self, _: &str) {}
    fn string(&mut self, _: &Quoted<'_>) -> Result<(), Fault> {
        Ok(())
    }
    fn number(&mut self, _: &Number<'_>) -> Result<(), Fault> {
        Ok(())
    }
}

/// They are written as Jackson writes a tree it has read: no blanks, few escapes, numbers as BigDecimal prints them.
struct Compact<'o>(&'o mut String);

impl Sink for Compact<'_> {
    fn mark(&mut self, mark: char) {
        self.0.push(mark);
    }

    fn word(&mut self, word: &str) {
        self.0.push_str(word);
    }

    fn string(&mut self, string: &Quoted<'_>) -> Result<(), Fault> {
        self.0.push('"');
        string.decode_to(|piece| escape(piece, |escaped| self.0.push_str(escaped)))?;
        self.0.push('"');
        Ok(())
    }

    fn number(&mut self, number: &Number<'_>) -> Result<(), Fault> {
        number_text(number, self.0)
    }
}

/// Appends the text of a number that stands where text is wanted.
pub(super) fn number_text(number: &Number<'_>, out: &mut String) -> Result<(), Fault> {
    number.java_text(out).ok_or_else(|| Fault::unfit(number.text, "a decimal number"))
}

/// Which of the containers around the current position are objects, one bit each.
struct Nesting {
    objects: [u64; DEPTH_MAX.div_ceil(64)],
    depth: usize,
}

impl Nesting {
    fn push(&mut self, object: bool, scanner: &Scanner<'_>) -> Result<(), Fault> {
        if self.depth >= DEPTH_MAX {
            return Err(scanner.expected("no more than 1000 levels of nesting"));
        }
        if let Some(bits) = self.objects.get_mut(self.depth / 64) {
            let bit = 1 << (self.depth % 64);
            *bits = if object { *bits | bit } else { *bits & !bit };
        }
        self.depth += 1;
        Ok(())
    }

    /// Whether the innermost container is an object; `None` outside all.
    fn innermost(&self) -> Option<bool> {
        let at = self.depth.checked_sub(1)?;
        Some(self.objects.get(at / 64).is_some_and(|bits| bits >> (at % 64) & 1 == 1))
    }
}

/// Takes one value of any shape.
pub(super) fn skip(scanner: &mut Scanner<'_>) -> Result<(), Fault> {
    // Most of what is skipped is no container.
    match scanner.peek() {
        b'"' => scanner.string().map(drop),
        b'-' | b'0'..=b'9' => scanner.skip_number(),
        _ => walk(scanner, &mut Discard),
    }
}

/// Takes one value and appends it to `out` as compact JSON.
pub(super) fn compact(scanner: &mut Scanner<'_>, out: &mut String) -> Result<(), Fault> {
    walk(scanner, &mut Compact(out))
}

fn walk<S: Sink>(scanner: &mut Scanner<'_>, sink: &mut S) -> Result<(), Fault> {
    let mut nesting = Nesting { objects: [0; DEPTH_MAX.div_ceil(64)], depth: 0 };
    loop {
        // A value starts here, or the end of a container that was just opened stands here.
        let opened = match scanner.peek() {
            b'{' => Some(true),
            b'[' => Some(false),
            _ => None,
        };
        match opened {
            Some(object) => {
                nesting.push(object, scanner)?;
                scanner.take();
                sink.mark(if object { '{' } else { '[' });
                let closes = scanner.peek() == if object { b'}' } else { b']' };
                if !closes {
                    if object {
                        member(scanner, sink)?;
                    }
                    continue;
                }
            }
            None => scalar(scanner, sink)?,
        }
        if !advance(scanner, sink, &mut nesting)? {
            return Ok(());
        }
    }
}

/// After a value (or an opening bracket that closes at once): takes closing brackets, then the comma and name before
/// the next value. False when the outermost value has ended.
fn advance<S: Sink>(scanner: &mut Scanner<'_>, sink: &mut S, nesting: &mut Nesting) -> Result<bool, Fault> {
    while let Some(object) = nesting.innermost() {
        match (scanner.peek(), object) {
            (b'}', true) => sink.mark('}'),
            (b']', false) => sink.mark(']'),
            (b',', _) => {
                scanner.take();
                sink.mark(',');
                if object {
                    scanner.peek();
                    member(scanner, sink)?;
                }
                return Ok(true);
            }
            _ => return Err(scanner.expected(if object { "',' or '}'" } else { "',' or ']'" })),
        }
        scanner.take();
        nesting.depth -= 1;
    }
    Ok(false)
}

/// Takes a member's name and colon.
fn member<S: Sink>(scanner: &mut Scanner<'_>, sink: &mut S) -> Result<(), Fault> {
    let name = scanner.name()?;
    sink.string(&name)?;
    sink.mark(':');
    Ok(())
}

fn scalar<S: Sink>(scanner: &mut Scanner<'_>, sink: &mut S) -> Result<(), Fault> {
    match scanner.peek() {
        b'"' => sink.string(&scanner.string()?),
        b'-' | b'0'..=b'9' => sink.number(&scanner.number()?),
        b't' => scanner.word("true").map(|()| sink.word("true")),
        b'f' => scanner.word("false").map(|()| sink.word("false")),
        b'n' => scanner.word("null").map(|()| sink.word("null")),
        _ => Err(scanner.expected("a value")),
    }
}
