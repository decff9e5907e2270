//! Names of serialization formats and what a source says about its own.

use std::fmt;

use crate::Delimiter;

/// A serialization format by name. Which formats a build can read is the codec crate's knowledge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// No bytes: only for keys of sources without key columns.
    None,
    /// One column in Kafka's own serializers: big-endian numbers, UTF-8 text, raw bytes.
    Kafka,
    /// Fields separated by a character, quoted where needed: CSV.
    Delimited,
    /// Plain JSON text.
    Json,
    /// JSON text behind the id of its schema in a registry.
    JsonSr,
    /// Avro's binary encoding behind the id of its schema in a registry.
    Avro,
    /// A Protocol Buffers message behind the id of its schema in a registry.
    Protobuf,
    /// A bare Protocol Buffers message: the columns are its schema.
    ProtobufNosr,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::None,
        Self::Kafka,
        Self::Delimited,
        Self::Json,
        Self::JsonSr,
        Self::Avro,
        Self::Protobuf,
        Self::ProtobufNosr,
    ];

    /// The format of that name in any case, as `VALUE_FORMAT='json'` gives it.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|f| f.name().eq_ignore_ascii_case(name.trim()))
    }

    /// The upper-case name that SHOW and REST print.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "NONE",
            Self::Kafka => "KAFKA",
            Self::Delimited => "DELIMITED",
            Self::Json => "JSON",
            Self::JsonSr => "JSON_SR",
            Self::Avro => "AVRO",
            Self::Protobuf => "PROTOBUF",
            Self::ProtobufNosr => "PROTOBUF_NOSR",
        }
    }

    /// Whether its schemas stand in a registry, from which columns can be inferred.
    pub fn has_registry(self) -> bool {
        matches!(self, Self::JsonSr | Self::Avro | Self::Protobuf)
    }

    /// Whether it is one of the two of Protocol Buffers.
    pub fn is_protobuf(self) -> bool {
        matches!(self, Self::Protobuf | Self::ProtobufNosr)
    }

    /// Whether a single column can be written this way.
    pub fn supports(self, wrapping: Wrapping) -> bool {
        match self {
            Self::None => false,
            Self::Kafka | Self::Delimited => wrapping == Wrapping::Unwrap,
            Self::Protobuf => wrapping == Wrapping::Wrap,
            Self::Json | Self::JsonSr | Self::Avro | Self::ProtobufNosr => true,
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// How a single column is written: ksqlDB's two exclusive serde features.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Wrapping {
    /// Inside an object or record of one field: `{"F": 1}`.
    Wrap,
    /// Bare: `1`.
    Unwrap,
}

impl Wrapping {
    /// The feature's name: `WRAP_SINGLES`, `UNWRAP_SINGLES`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Wrap => "WRAP_SINGLES",
            Self::Unwrap => "UNWRAP_SINGLES",
        }
    }

    /// What `WRAP_SINGLE_VALUE=true|false` asks for.
    pub fn of(wrap: bool) -> Self {
        if wrap { Self::Wrap } else { Self::Unwrap }
    }
}

/// How Protocol Buffers tell null from the default of a scalar: `…_PROTOBUF_NULLABLE_REPRESENTATION`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Nullability {
    /// Not at all: null becomes 0, false or an empty text.
    #[default]
    Lost,
    /// `OPTIONAL`: fields are `optional`.
    Optional,
    /// `WRAPPER`: fields are messages such as `google.protobuf.Int32Value`.
    Wrapper,
}

/// How one side (key or value) of a topic's records is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FormatSpec {
    /// The format.
    pub format: Format,
    /// The feature that applies to a single column: chosen by the statement, by a default, or by the rule for keys.
    /// `None`: the format's own way. Several columns are always wrapped.
    pub wrapping: Option<Wrapping>,
    /// What separates the fields, where the format is DELIMITED.
    pub delimiter: Delimiter,
    /// How null is told, where the format is one of Protocol Buffers.
    pub nullability: Nullability,
}

impl FormatSpec {
    /// How a key of `columns` key columns is written in `format`. One column stands bare, more make an object; said
    /// aloud (as a feature) only where the format could do either.
    pub fn key(format: Format, columns: usize) -> Self {
        let either = format.supports(Wrapping::Wrap) && format.supports(Wrapping::Unwrap);
        let wrapping = (columns == 1 && either).then_some(Wrapping::Unwrap);
        Self { wrapping, ..Self::value(format) }
    }

    /// How a value is written in `format` when nothing else is said.
    pub const fn value(format: Format) -> Self {
        Self { format, wrapping: None, delimiter: Delimiter::COMMA, nullability: Nullability::Lost }
    }

    /// Whether columns stand inside an object or record, rather than the only one by itself.
    pub fn wrapped(&self) -> bool {
        match self.wrapping {
            Some(wrapping) => wrapping == Wrapping::Wrap,
            None => self.format.supports(Wrapping::Wrap),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Format, FormatSpec, Wrapping};

    #[test]
    fn names_are_read_in_any_case() {
        for format in Format::ALL {
            assert_eq!(Format::parse(&format!(" {} ", format.name().to_lowercase())), Some(format));
        }
        assert_eq!(Format::parse("XML"), None);
    }

    #[test]
    fn single_columns_are_wrapped_by_feature_or_nature() {
        let key = |format, columns| {
            let spec = FormatSpec::key(format, columns);
            (spec.wrapping.map(Wrapping::name), spec.wrapped())
        };
        assert_eq!(key(Format::Json, 1), (Some("UNWRAP_SINGLES"), false));
        assert_eq!(key(Format::Json, 2), (None, true));
        for format in [Format::None, Format::Kafka, Format::Delimited] {
            assert_eq!(key(format, 1), (None, false));
        }
        assert_eq!(key(Format::Protobuf, 1), (None, true));
        assert_eq!(key(Format::Avro, 1), (Some("UNWRAP_SINGLES"), false));
        let value = |wrapping| FormatSpec { wrapping, ..FormatSpec::value(Format::Json) }.wrapped();
        assert_eq!([None, Some(Wrapping::of(true)), Some(Wrapping::of(false))].map(value), [true, true, false]);
    }
}
