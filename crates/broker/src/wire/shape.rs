//! What a request looks like on the wire: fields in their order, each with the versions that have it.

/// As `flexible_from`: no version has compact lengths and tagged fields.
pub(super) const NEVER: i16 = i16::MAX;

/// The shape of one API's requests.
#[derive(Debug)]
pub(crate) struct Shape {
    /// The first version with compact lengths and tagged fields (KIP-482), in the request and in its header.
    pub(super) flexible_from: i16,
    /// Fields of the body. Those with a tag come in any order at the end of flexible versions.
    pub(super) fields: &'static [Field],
}

impl Shape {
    /// Whether a version has compact lengths and tagged fields, and so a request header of version 2.
    pub(crate) fn is_flexible(&self, version: i16) -> bool {
        version >= self.flexible_from
    }
}

/// A field of a request or of one of its structs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    /// First and last version that has it.
    pub(super) from: i16,
    pub(super) until: i16,
    pub(super) nullable: bool,
    /// Set: it comes as a tagged field.
    pub(super) tag: Option<u32>,
}

/// What a field holds.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    /// So many bytes: numbers, booleans, uuids.
    Number(usize),
    /// A string.
    Text,
    /// Opaque bytes.
    Blob,
    /// An array of numbers of so many bytes.
    Numbers(usize),
    /// An array of strings.
    Texts,
    /// An array of structs.
    Many(&'static [Field]),
}

const fn field(name: &'static str, kind: Kind) -> Field {
    Field { name, kind, from: 0, until: i16::MAX, nullable: false, tag: None }
}

pub(super) const fn number(name: &'static str, bytes: usize) -> Field {
    field(name, Kind::Number(bytes))
}

pub(super) const fn text(name: &'static str) -> Field {
    field(name, Kind::Text)
}

pub(super) const fn blob(name: &'static str) -> Field {
    field(name, Kind::Blob)
}

pub(super) const fn numbers(name: &'static str, bytes: usize) -> Field {
    field(name, Kind::Numbers(bytes))
}

pub(super) const fn texts(name: &'static str) -> Field {
    field(name, Kind::Texts)
}

pub(super) const fn many(name: &'static str, fields: &'static [Field]) -> Field {
    field(name, Kind::Many(fields))
}

impl Field {
    pub(super) const fn from(mut self, version: i16) -> Self {
        self.from = version;
        self
    }

    pub(super) const fn until(mut self, version: i16) -> Self {
        self.until = version;
        self
    }

    pub(super) const fn nullable(mut self) -> Self {
        self.nullable = true;
        self
    }

    pub(super) const fn tag(mut self, tag: u32) -> Self {
        self.tag = Some(tag);
        self
    }

    pub(super) fn is_in(&self, version: i16) -> bool {
        self.from <= version && version <= self.until
    }
}
