//! Names of serialization formats and what a source says about its own.

use std::fmt;

/// A serialization format by name. Which formats a build can read is the codec crate's knowledge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// No bytes: only for keys of sources without key columns.
    None,
    /// One column in Kafka's own serializers: big-endian numbers, UTF-8 text, raw bytes.
    Kafka,
    /// Plain JSON text.
    Json,
}

impl Format {
    /// The format of that name in any case, as `VALUE_FORMAT='json'` gives it.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::None, Self::Kafka, Self::Json].into_iter().find(|f| f.name().eq_ignore_ascii_case(name.trim()))
    }

    /// The upper-case name that SHOW and REST print.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "NONE",
            Self::Kafka => "KAFKA",
            Self::Json => "JSON",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// How one side (key or value) of a topic's records is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FormatSpec {
    /// The format.
    pub format: Format,
    /// Whether a single column stands inside an object (`{"F": 1}`) or bare (`1`). Several columns are always wrapped.
    /// Keys of one column are bare; values are wrapped unless `WRAP_SINGLE_VALUE=false` or the format cannot.
    pub wrapped: bool,
}

impl FormatSpec {
    /// How a key of `columns` key columns is written in `format`: one column stands bare, more make an object.
    pub fn key(format: Format, columns: usize) -> Self {
        Self { format, wrapped: columns > 1 }
    }

    /// How a value is written in `format` when nothing else is said: JSON wraps, KAFKA cannot.
    pub fn value(format: Format) -> Self {
        Self { format, wrapped: format == Format::Json }
    }
}
