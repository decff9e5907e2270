//! Requests for tests, made by their shape: well formed ones of random content, and damaged ones.

use fastrand::Rng;

use super::shape::{Field, Kind, Shape};

/// Tags from here on are known to nobody.
const UNKNOWN_TAGS: u32 = 100;

/// A well-formed body of random content, and whether it has tagged fields that the version knows.
pub(crate) fn body(shape: &Shape, version: i16, rng: &mut Rng) -> (Vec<u8>, bool) {
    let mut made = Made { bytes: Vec::new(), version, flexible: shape.is_flexible(version), known_tags: false, rng };
    made.fields(shape.fields);
    (made.bytes, made.known_tags)
}

/// A whole request without its length: header and body.
pub(crate) fn frame(key: i16, version: i16, shape: &Shape, body: &[u8]) -> Vec<u8> {
    let mut frame = [key.to_be_bytes(), version.to_be_bytes()].concat();
    frame.extend(77_i32.to_be_bytes());
    frame.extend([0, 4]);
    frame.extend(b"test");
    if shape.is_flexible(version) {
        frame.push(0);
    }
    frame.extend(body);
    frame
}

/// Damages `bytes` in one to three places.
pub(crate) fn damage(bytes: &mut Vec<u8>, rng: &mut Rng) {
    for _ in 0..rng.usize(1..=3) {
        let at = rng.usize(0..=bytes.len());
        match rng.u8(0..7) {
            0 => bytes.truncate(at),
            1 => bytes.insert(at, rng.u8(..)),
            2 if at < bytes.len() => drop(bytes.remove(at)),
            3 if at < bytes.len() => bytes[at] ^= 1 << rng.u8(0..8),
            4 if at < bytes.len() => bytes[at] = [0, 1, 0x7f, 0x80, 0xff][rng.usize(0..5)],
            5 if at + 4 <= bytes.len() => {
                let number = [i32::MAX, i32::MIN, -1, -2, 0, 1 << 24, 300][rng.usize(0..7)];
                bytes[at..at + 4].copy_from_slice(&number.to_be_bytes());
            }
            6 if at + 5 <= bytes.len() => bytes[at..at + 5].copy_from_slice(&[0xff, 0xff, 0xff, 0xff, 0x0f]),
            _ => bytes.push(rng.u8(..)),
        }
    }
}

struct Made<'a> {
    bytes: Vec<u8>,
    version: i16,
    flexible: bool,
    known_tags: bool,
    rng: &'a mut Rng,
}

impl Made<'_> {
    fn fields(&mut self, fields: &'static [Field]) {
        for field in fields.iter().filter(|field| field.tag.is_none()) {
            if field.is_in(self.version) {
                self.value(field);
            }
        }
        if self.flexible {
            self.tags(fields);
        }
    }

    fn value(&mut self, field: &'static Field) {
        let null = field.nullable && self.rng.u8(0..4) == 0;
        match field.kind {
            Kind::Number(size) => self.number(size),
            Kind::Text if null && !self.flexible => self.bytes.extend([0xff, 0xff]),
            _ if null => self.length(None),
            Kind::Text => self.text(),
            Kind::Blob => {
                let length = self.rng.usize(0..40);
                self.length(Some(length));
                self.number(length);
            }
            Kind::Numbers(size) => self.array(|made| made.number(size)),
            Kind::Texts => self.array(|made| made.text()),
            Kind::Many(fields) => self.array(|made| made.fields(fields)),
        }
    }

    /// Any bytes; often such that numbers are small.
    fn number(&mut self, size: usize) {
        let small = self.rng.bool();
        for at in 0..size {
            let byte = if small && at + 1 < size { 0 } else { self.rng.u8(..) };
            self.bytes.push(if small { byte & 7 } else { byte });
        }
    }

    fn text(&mut self) {
        let text = ["", "a", "topic", "group-1", "größe", "consumer", "compression.type", "0"][self.rng.usize(0..8)];
        if self.flexible {
            self.length(Some(text.len()));
        } else {
            self.bytes.extend((text.len() as i16).to_be_bytes());
        }
        self.bytes.extend(text.as_bytes());
    }

    fn array(&mut self, mut element: impl FnMut(&mut Self)) {
        let count = self.rng.usize(0..4);
        self.length(Some(count));
        (0..count).for_each(|_| element(self));
    }

    fn length(&mut self, length: Option<usize>) {
        if self.flexible {
            self.varint(length.map_or(0, |length| length as u32 + 1));
        } else {
            self.bytes.extend(length.map_or(-1, |length| length as i32).to_be_bytes());
        }
    }

    fn tags(&mut self, fields: &'static [Field]) {
        let mut tagged = Vec::new();
        for field in fields {
            if let Some(tag) = field.tag
                && field.is_in(self.version)
                && self.rng.bool()
            {
                let outer = std::mem::take(&mut self.bytes);
                self.value(field);
                tagged.push((tag, std::mem::replace(&mut self.bytes, outer)));
                self.known_tags = true;
            }
        }
        if self.rng.u8(0..4) == 0 {
            tagged.push((UNKNOWN_TAGS + self.rng.u32(0..1 << 20), vec![self.rng.u8(..); self.rng.usize(0..9)]));
        }
        self.varint(tagged.len() as u32);
        for (tag, content) in tagged {
            self.varint(tag);
            self.varint(content.len() as u32);
            self.bytes.extend(content);
        }
    }

    fn varint(&mut self, mut value: u32) {
        while value >= 0x80 {
            self.bytes.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.bytes.push(value as u8);
    }
}
