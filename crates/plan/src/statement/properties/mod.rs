//! `WITH (NAME = literal, …)`: which properties there are and how their values are read.

mod names;
mod on_error;
mod value;
mod window;

pub(super) use names::{START, duplicates, unknown};
pub(super) use on_error::{DEAD_LETTER_TOPIC, ON_ERROR, on_error};

use millstream_sql::ast::{Property, SourceKind};
use millstream_sql::{Diagnostic, Lead, Span};
use millstream_types::{Delimiter, Format, KeyWindow, Nullability, StartAt};

use super::formats;
use crate::{Dialect, TimeFormat, TopicSpec, start_at};
use value::{boolean, integer, invalid, refused, text};

/// Whose WITH clause it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Clause {
    /// That of a source over a topic.
    Source,
    /// That of a query's sink.
    Sink,
}

/// A property's value and its place.
#[derive(Debug, Clone)]
pub(super) struct Given<T> {
    pub(super) value: T,
    pub(super) span: Span,
}

/// What a WITH clause says.
#[derive(Debug, Default)]
pub(super) struct Properties {
    pub(super) topic: Option<Given<String>>,
    pub(super) partitions: Option<i32>,
    pub(super) replicas: Option<i16>,
    pub(super) retention_ms: Option<Given<i64>>,
    pub(super) key: Side,
    pub(super) value: Side,
    pub(super) wrap: Option<Given<bool>>,
    /// A column by its stored name.
    pub(super) timestamp: Option<Given<String>>,
    /// Not there when the clause has it but it is none; told already.
    pub(super) timestamp_format: Option<Given<TimeFormat>>,
    pub(super) has_timestamp_format: bool,
    pub(super) window: Option<Given<KeyWindow>>,
    /// Where the query of a sink starts.
    pub(super) start: Option<StartAt>,
    /// How long rows of a table are kept that do not change, ms.
    pub(super) ttl: Option<Given<i64>>,
}

/// What it says about the keys or about the values.
#[derive(Debug, Default)]
pub(super) struct Side {
    pub(super) format: Option<Given<Format>>,
    /// A format was named but is none that can be used; told already.
    pub(super) bad_format: bool,
    pub(super) delimiter: Option<Given<Delimiter>>,
    /// An id in a schema registry.
    pub(super) schema_id: Option<Given<i64>>,
    /// A record's or message's name in a schema.
    pub(super) schema_name: Option<Given<String>>,
    /// How PROTOBUF tells null.
    pub(super) nullable: Option<Given<Nullability>>,
}

impl Properties {
    /// The records of a table without windows stay until others take their place: no time bounds them.
    pub(super) fn check_retention(&self, kind: SourceKind, windowed: bool, findings: &mut Vec<Diagnostic>) {
        if let (SourceKind::Table, false, Some(retention)) = (kind, windowed, &self.retention_ms) {
            findings.push(Diagnostic::at(retention.span, "Non-windowed tables do not support retention."));
        }
    }

    /// Reads a clause; what is wrong goes to `findings`.
    pub(super) fn read(with: &[Property], clause: Clause, dialect: Dialect, findings: &mut Vec<Diagnostic>) -> Self {
        let mut wrong = Vec::new();
        names::check(with, clause, dialect, &mut wrong);
        let mut out = Self::default();
        let (mut kind, mut size) = (None, None);
        for property in with {
            let read = match property.name.as_str() {
                "WINDOW_TYPE" if clause == Clause::Source => window::kind(property).map(|given| kind = Some(given)),
                "WINDOW_SIZE" if clause == Clause::Source => window::size(property).map(|given| size = Some(given)),
                names::TTL if dialect == Dialect::Extended => window::size(property).map(|given| out.ttl = Some(given)),
                START if clause == Clause::Sink => start(property).map(|given| out.start = Some(given)),
                _ => out.set(property, findings),
            };
            wrong.extend(read.err());
        }
        check_formats(with, &mut wrong);
        out.window = window::window(kind, size, &mut wrong);
        // ksqlDB reads a clause with the statement's text, before anything else.
        findings.extend(wrong.into_iter().map(|finding| finding.lead(Lead::PrepareOnly)));
        out
    }

    fn set(&mut self, property: &Property, findings: &mut Vec<Diagnostic>) -> Result<(), Diagnostic> {
        let span = property.value.span;
        match property.name.as_str() {
            "KAFKA_TOPIC" => {
                let value = text(property)?;
                if value.is_empty() {
                    return Err(invalid(property, "String must be non-empty"));
                }
                self.topic = Some(Given { value, span });
            }
            "PARTITIONS" => self.partitions = Some(partitions(property)?),
            "REPLICAS" => self.replicas = Some(replicas(property)?),
            "RETENTION_MS" => {
                let value = integer(property, 64)?;
                // Kafka's own -1: for ever.
                if value < -1 {
                    return Err(invalid(property, "must be milliseconds, or -1"));
                }
                self.retention_ms = Some(Given { value, span });
            }
            "CLEANUP_POLICY" => findings.push(Diagnostic::at(
                property.span,
                "Invalid config variable in the WITH clause: CLEANUP_POLICY.\n\
                 The CLEANUP_POLICY config is automatically inferred based on the type of source (STREAM or TABLE).\n\
                 Users can't set the CLEANUP_POLICY config manually.",
            )),
            "WRAP_SINGLE_VALUE" => self.wrap = Some(Given { value: boolean(property)?, span }),
            "TIMESTAMP" => self.timestamp = Some(Given { value: column_name(&text(property)?), span }),
            "TIMESTAMP_FORMAT" => {
                self.has_timestamp_format = true;
                let value = TimeFormat::compile(&text(property)?).map_err(|why| {
                    let message = format!("Invalid datetime format for config:TIMESTAMP_FORMAT, reason:{why}");
                    Diagnostic::at(span, message)
                })?;
                self.timestamp_format = Some(Given { value, span });
            }
            "FORMAT" => {
                let given = format(property, findings)?;
                self.key.choose(given.clone());
                self.value.choose(given);
            }
            "KEY_FORMAT" => self.key.choose(format(property, findings)?),
            "VALUE_FORMAT" => self.value.choose(format(property, findings)?),
            "SOURCED_BY_CONNECTOR" => drop(text(property)?),
            "VALUE_AVRO_SCHEMA_FULL_NAME" => self.value.set("SCHEMA_FULL_NAME", property)?,
            name => {
                if let Some(rest) = name.strip_prefix("KEY_") {
                    self.key.set(rest, property)?;
                } else if let Some(rest) = name.strip_prefix("VALUE_") {
                    self.value.set(rest, property)?;
                }
            }
        }
        Ok(())
    }

    /// What is said about the topic `name`.
    pub(super) fn topic_spec(&self, name: &str) -> TopicSpec {
        TopicSpec {
            name: name.to_owned(),
            partitions: self.partitions,
            replicas: self.replicas,
            retention_ms: self.retention_ms.as_ref().map(|g| g.value),
        }
    }
}

/// A format by its name; one that cannot be used is told.
fn format(property: &Property, findings: &mut Vec<Diagnostic>) -> Result<Option<Given<Format>>, Diagnostic> {
    let (name, span) = (text(property)?, property.value.span);
    Ok(match formats::named(&name, span) {
        Ok(value) => Some(Given { value, span }),
        Err(finding) => {
            findings.push(finding);
            None
        }
    })
}

impl Side {
    /// Takes what was found for the format that the clause names.
    fn choose(&mut self, format: Option<Given<Format>>) {
        self.bad_format = format.is_none();
        self.format = format;
    }

    /// Reads a property whose name is `rest` after that of the side.
    fn set(&mut self, rest: &str, property: &Property) -> Result<(), Diagnostic> {
        let span = property.value.span;
        match rest {
            "DELIMITER" => {
                let value = Delimiter::parse(&text(property)?).map_err(|why| refused(property, why))?;
                self.delimiter = Some(Given { value, span });
            }
            "SCHEMA_ID" => self.schema_id = Some(Given { value: integer(property, 32)?, span }),
            "SCHEMA_FULL_NAME" => self.schema_name = Some(Given { value: text(property)?, span }),
            "PROTOBUF_NULLABLE_REPRESENTATION" => {
                let value = match text(property)?.to_ascii_uppercase().as_str() {
                    "OPTIONAL" => Nullability::Optional,
                    "WRAPPER" => Nullability::Wrapper,
                    _ => return Err(invalid(property, "String must be one of: OPTIONAL, WRAPPER, null")),
                };
                self.nullable = Some(Given { value, span });
            }
            _ => {}
        }
        Ok(())
    }
}

/// Properties that cannot be there together.
fn check_formats(with: &[Property], findings: &mut Vec<Diagnostic>) {
    let find = |name: &str| with.iter().find(|p| p.name == name);
    if let Some(format) = find("FORMAT") {
        for clash in ["KEY_FORMAT", "VALUE_FORMAT"].into_iter().filter_map(find) {
            let message = format!(
                "Cannot supply both '{}' and 'FORMAT' properties, as 'FORMAT' sets both key and value formats. \
                 Either use just 'FORMAT', or use 'KEY_FORMAT' and 'VALUE_FORMAT'.",
                clash.name
            );
            findings.push(Diagnostic::at(later(clash.span, format.span), message));
        }
    }
    if let (Some(old), Some(new)) = (find("VALUE_AVRO_SCHEMA_FULL_NAME"), find("VALUE_SCHEMA_FULL_NAME")) {
        let message = "Cannot supply both 'VALUE_AVRO_SCHEMA_FULL_NAME' and 'VALUE_SCHEMA_FULL_NAME' properties. \
                       Please use 'VALUE_SCHEMA_FULL_NAME' only.";
        findings.push(Diagnostic::at(later(old.span, new.span), message));
    }
}

/// Where a query starts. Errors: it is none of the places that `auto.offset.reset` takes.
pub(super) fn start(property: &Property) -> Result<StartAt, Diagnostic> {
    start_at(&text(property)?).ok_or_else(|| {
        invalid(property, "Expected earliest, latest, a date and time, by_duration: with an ISO duration, or offset:N")
    })
}

fn partitions(property: &Property) -> Result<i32, Diagnostic> {
    let count = i32::try_from(integer(property, 32)?).ok().filter(|n| *n > 0);
    count.ok_or_else(|| invalid(property, "must be a positive number"))
}

/// -1 leaves the number of replicas to the broker.
fn replicas(property: &Property) -> Result<i16, Diagnostic> {
    let count = i16::try_from(integer(property, 16)?).ok().filter(|n| *n > 0 || *n == -1);
    count.ok_or_else(|| invalid(property, "must be a positive number or -1"))
}

/// A column named in a text: upper-cased unless it stands in quotes.
fn column_name(text: &str) -> String {
    for quote in ['`', '"'] {
        if let Some(quoted) = text.strip_prefix(quote).and_then(|t| t.strip_suffix(quote)) {
            return quoted.replace(&format!("{quote}{quote}"), &quote.to_string());
        }
    }
    text.to_uppercase()
}

/// The one that stands behind the other.
fn later(a: Span, b: Span) -> Span {
    if a.start > b.start { a } else { b }
}
