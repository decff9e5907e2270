//! Walks over a request's bytes by its shape, before anything is decoded.
//!
//! The decoder takes lengths and counts at their word and reserves memory for them, so a single hostile number would
//! end the process. After a request has passed here, every length in it is within its bytes, every string is UTF-8,
//! and its array elements and tagged fields are bounded. Bytes after the last field are nobody's business, as in Apache
//! Kafka: librdkafka sends some with Metadata.

use std::fmt;

use super::shape::{Field, Kind, Shape};

/// What is wrong with a request, and in which field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    /// Field names and array positions, innermost first; filled on the way out, so that good requests pay nothing.
    path: Vec<Step>,
    what: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Name(&'static str),
    Position(usize),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, step) in self.path.iter().rev().enumerate() {
            match step {
                Step::Name(name) if at == 0 => f.write_str(name)?,
                Step::Name(name) => write!(f, ".{name}")?,
                Step::Position(position) => write!(f, "[{position}]")?,
            }
        }
        if !self.path.is_empty() {
            f.write_str(": ")?;
        }
        f.write_str(self.what)
    }
}

impl Fault {
    fn of(what: &'static str) -> Self {
        Self { path: Vec::new(), what }
    }

    /// Whether the bytes are as long as they say and still mean nothing.
    #[cfg(test)]
    pub(super) fn is_of_content(&self) -> bool {
        [NULL, NOT_UTF8, LATER_TAG].contains(&self.what)
    }

    fn inside(mut self, step: Step) -> Self {
        self.path.push(step);
        self
    }
}

const SHORT: &str = "the bytes end too early";
const NEGATIVE: &str = "negative length";
const NULL: &str = "null where a value is needed";
const ELEMENTS: &str = "too many elements in one request";
const NOT_UTF8: &str = "not UTF-8";
const LATER_TAG: &str = "a tag of a later version";

/// Checks a request's body (all after the header) against its shape.
///
/// Gives the number of bytes after the last field.
/// `max_elements` bounds the array elements and tagged fields, nested ones included.
pub(crate) fn check(shape: &Shape, version: i16, body: &[u8], max_elements: usize) -> Result<usize, Fault> {
    let mut walk = Walk { rest: body, version, flexible: shape.is_flexible(version), elements_left: max_elements };
    walk.fields(shape.fields)?;
    Ok(walk.rest.len())
}

/// Length in bytes of the tagged fields that `bytes`, the end of a request header of version 2, begin with.
pub(crate) fn header_tags(bytes: &[u8], max_elements: usize) -> Result<usize, Fault> {
    let mut walk = Walk { rest: bytes, version: 0, flexible: true, elements_left: max_elements };
    walk.tags(&[]).map_err(|fault| fault.inside(Step::Name("header")))?;
    Ok(bytes.len() - walk.rest.len())
}

struct Walk<'a> {
    rest: &'a [u8],
    version: i16,
    flexible: bool,
    elements_left: usize,
}

impl<'a> Walk<'a> {
    fn fields(&mut self, fields: &'static [Field]) -> Result<(), Fault> {
        for field in fields {
            if field.tag.is_none() && field.is_in(self.version) {
                self.value(field).map_err(|fault| fault.inside(Step::Name(field.name)))?;
            }
        }
        if self.flexible { self.tags(fields) } else { Ok(()) }
    }

    fn value(&mut self, field: &'static Field) -> Result<(), Fault> {
        let present = match field.kind {
            Kind::Number(bytes) => self.take(bytes).map(|_| true)?,
            Kind::Text => self.text()?,
            Kind::Blob => self.blob()?,
            Kind::Numbers(bytes) => match self.count()? {
                Some(count) => self.take(count.checked_mul(bytes).ok_or(Fault::of(SHORT))?).map(|_| true)?,
                None => false,
            },
            Kind::Texts => self.each(|walk| if walk.text()? { Ok(()) } else { Err(Fault::of(NULL)) })?,
            Kind::Many(fields) => self.each(|walk| walk.fields(fields))?,
        };
        if present || field.nullable { Ok(()) } else { Err(Fault::of(NULL)) }
    }

    /// Walks over an array; `false`: it is null.
    fn each(&mut self, mut element: impl FnMut(&mut Self) -> Result<(), Fault>) -> Result<bool, Fault> {
        let Some(count) = self.count()? else { return Ok(false) };
        for position in 0..count {
            element(self).map_err(|fault| fault.inside(Step::Position(position)))?;
        }
        Ok(true)
    }

    fn text(&mut self) -> Result<bool, Fault> {
        let length = if self.flexible { self.compact()? } else { classic(i64::from(self.i16()?))? };
        let Some(length) = length else { return Ok(false) };
        match std::str::from_utf8(self.take(length)?) {
            Ok(_) => Ok(true),
            Err(_) => Err(Fault::of(NOT_UTF8)),
        }
    }

    fn blob(&mut self) -> Result<bool, Fault> {
        match self.length()? {
            Some(length) => self.take(length).map(|_| true),
            None => Ok(false),
        }
    }

    /// The number of an array's elements; `None`: it is null. No element has less than a byte.
    fn count(&mut self) -> Result<Option<usize>, Fault> {
        let Some(count) = self.length()? else { return Ok(None) };
        if count > self.rest.len() {
            return Err(Fault::of(SHORT));
        }
        self.elements(count).map(|()| Some(count))
    }

    fn elements(&mut self, count: usize) -> Result<(), Fault> {
        self.elements_left = self.elements_left.checked_sub(count).ok_or(Fault::of(ELEMENTS))?;
        Ok(())
    }

    /// Length of bytes or of an array; `None`: it is null.
    fn length(&mut self) -> Result<Option<usize>, Fault> {
        if self.flexible { self.compact() } else { classic(i64::from(self.i32()?)) }
    }

    /// A length that is stored plus one, 0 for null.
    fn compact(&mut self) -> Result<Option<usize>, Fault> {
        Ok((self.varint()? as usize).checked_sub(1))
    }

    fn tags(&mut self, fields: &'static [Field]) -> Result<(), Fault> {
        let count = self.varint()? as usize;
        if count > self.rest.len() {
            return Err(Fault::of(SHORT));
        }
        self.elements(count)?;
        for _ in 0..count {
            let tag = self.varint()?;
            let size = self.varint()? as usize;
            let content = self.take(size)?;
            let Some(field) = fields.iter().find(|field| field.tag == Some(tag)) else { continue };
            self.tagged(field, content).map_err(|fault| fault.inside(Step::Name(field.name)))?;
        }
        Ok(())
    }

    /// A tagged field that is known: the decoder reads it by its kind, whatever size was told.
    fn tagged(&mut self, field: &'static Field, content: &'a [u8]) -> Result<(), Fault> {
        if !field.is_in(self.version) {
            return Err(Fault::of(LATER_TAG));
        }
        let after = std::mem::replace(&mut self.rest, content);
        self.value(field)?;
        if !self.rest.is_empty() {
            return Err(Fault::of("a tagged field is shorter than its size"));
        }
        self.rest = after;
        Ok(())
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], Fault> {
        let (taken, rest) = self.rest.split_at_checked(length).ok_or(Fault::of(SHORT))?;
        self.rest = rest;
        Ok(taken)
    }

    fn i16(&mut self) -> Result<i16, Fault> {
        let (bytes, rest) = self.rest.split_first_chunk().ok_or(Fault::of(SHORT))?;
        self.rest = rest;
        Ok(i16::from_be_bytes(*bytes))
    }

    fn i32(&mut self) -> Result<i32, Fault> {
        let (bytes, rest) = self.rest.split_first_chunk().ok_or(Fault::of(SHORT))?;
        self.rest = rest;
        Ok(i32::from_be_bytes(*bytes))
    }

    /// An unsigned number of seven bits a byte, lowest first, of at most five bytes.
    fn varint(&mut self) -> Result<u32, Fault> {
        let mut value = 0_u32;
        for shift in [0, 7, 14, 21, 28] {
            let (byte, rest) = self.rest.split_first().ok_or(Fault::of(SHORT))?;
            self.rest = rest;
            if shift == 28 && *byte > 0x0f {
                break;
            }
            value |= u32::from(*byte & 0x7f) << shift;
            if *byte < 0x80 {
                return Ok(value);
            }
        }
        Err(Fault::of("a number of more than 32 bits"))
    }
}

/// A length that is stored as it is, -1 for null.
fn classic(length: i64) -> Result<Option<usize>, Fault> {
    match length {
        -1 => Ok(None),
        length => usize::try_from(length).map(Some).map_err(|_| Fault::of(NEGATIVE)),
    }
}
