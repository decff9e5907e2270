//! `WITH (NAME = literal, …)`: which properties there are and how their values are read.

use millstream_sql::ast::{Expr, ExprKind, Property};
use millstream_sql::{Diagnostic, Span};
use millstream_types::Format;

use crate::TopicSpec;
use crate::suggest::did_you_mean;

const KNOWN: [&str; 9] = [
    "KAFKA_TOPIC",
    "PARTITIONS",
    "REPLICAS",
    "RETENTION_MS",
    "FORMAT",
    "KEY_FORMAT",
    "VALUE_FORMAT",
    "WRAP_SINGLE_VALUE",
    "TIMESTAMP",
];

/// Properties of ksqlDB that later work brings.
const LATER: [&str; 13] = [
    "TIMESTAMP_FORMAT",
    "KEY_DELIMITER",
    "VALUE_DELIMITER",
    "WINDOW_TYPE",
    "WINDOW_SIZE",
    "KEY_SCHEMA_ID",
    "VALUE_SCHEMA_ID",
    "KEY_SCHEMA_FULL_NAME",
    "VALUE_SCHEMA_FULL_NAME",
    "VALUE_AVRO_SCHEMA_FULL_NAME",
    "KEY_PROTOBUF_NULLABLE_REPRESENTATION",
    "VALUE_PROTOBUF_NULLABLE_REPRESENTATION",
    "SOURCED_BY_CONNECTOR",
];

/// Formats of ksqlDB that later work brings.
const LATER_FORMATS: [&str; 5] = ["DELIMITED", "JSON_SR", "AVRO", "PROTOBUF", "PROTOBUF_NOSR"];

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
    pub(super) key_format: Option<Given<Format>>,
    pub(super) value_format: Option<Given<Format>>,
    pub(super) wrap: Option<Given<bool>>,
    /// A column by its stored name.
    pub(super) timestamp: Option<Given<String>>,
    /// A format was named but is none that can be used; told already.
    pub(super) bad_format: bool,
}

impl Properties {
    /// Reads a clause; what is wrong goes to `findings`.
    pub(super) fn read(with: &[Property], findings: &mut Vec<Diagnostic>) -> Self {
        check_names(with, findings);
        let mut out = Self::default();
        for property in with {
            if let Err(finding) = out.set(property) {
                findings.push(finding);
            }
        }
        if let Some(format) = with.iter().find(|p| p.name == "FORMAT") {
            for other in ["KEY_FORMAT", "VALUE_FORMAT"] {
                if let Some(clash) = with.iter().find(|p| p.name == other) {
                    findings.push(Diagnostic::at(
                        later(clash.span, format.span),
                        format!(
                            "Cannot supply both '{other}' and 'FORMAT' properties, as 'FORMAT' sets both key and value formats. \
                             Either use just 'FORMAT', or use 'KEY_FORMAT' and 'VALUE_FORMAT'."
                        ),
                    ));
                }
            }
        }
        out
    }

    fn set(&mut self, property: &Property) -> Result<(), Diagnostic> {
        let span = property.value.span;
        match property.name.as_str() {
            "KAFKA_TOPIC" => {
                let value = text(property)?;
                if value.trim().is_empty() {
                    return Err(invalid(property, "a topic name is needed"));
                }
                self.topic = Some(Given { value, span });
            }
            "PARTITIONS" => self.partitions = Some(positive(property)?),
            "REPLICAS" => self.replicas = Some(replicas(property)?),
            "RETENTION_MS" => {
                let value = number(property).filter(|n| *n >= 0);
                let value = value.ok_or_else(|| invalid(property, "milliseconds are needed"))?;
                self.retention_ms = Some(Given { value, span });
            }
            "WRAP_SINGLE_VALUE" => self.wrap = Some(Given { value: boolean(property)?, span }),
            "TIMESTAMP" => self.timestamp = Some(Given { value: column_name(&text(property)?), span }),
            "KEY_FORMAT" => self.key_format = Some(self.format(property)?),
            "VALUE_FORMAT" => self.value_format = Some(self.format(property)?),
            "FORMAT" => {
                let given = self.format(property)?;
                self.key_format = Some(given.clone());
                self.value_format = Some(given);
            }
            _ => {}
        }
        Ok(())
    }

    fn format(&mut self, property: &Property) -> Result<Given<Format>, Diagnostic> {
        let name = text(property)?;
        if let Some(value) = Format::parse(&name) {
            return Ok(Given { value, span: property.value.span });
        }
        self.bad_format = true;
        let span = property.value.span;
        let name = name.trim();
        Err(if LATER_FORMATS.iter().any(|f| f.eq_ignore_ascii_case(name)) {
            Diagnostic::at(span, format!("The '{}' format is not supported yet.", name.to_uppercase()))
                .hint("Use JSON or KAFKA.")
        } else {
            Diagnostic::at(span, format!("Unknown format: {}", name.to_uppercase()))
        })
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

fn check_names(with: &[Property], findings: &mut Vec<Diagnostic>) {
    for (i, property) in with.iter().enumerate() {
        if with.iter().take(i).any(|p| p.name == property.name) {
            findings.push(Diagnostic::at(
                property.span,
                format!("Duplicate property in the WITH clause: {}", property.name),
            ));
        }
        if LATER.contains(&property.name.as_str()) {
            findings
                .push(Diagnostic::at(property.span, format!("The property {} is not supported yet.", property.name)));
        }
    }
    let known = |p: &&Property| KNOWN.contains(&p.name.as_str()) || LATER.contains(&p.name.as_str());
    let unknown: Vec<&Property> = with.iter().filter(|p| !known(p)).collect();
    if let Some(first) = unknown.first() {
        let names: Vec<&str> = unknown.iter().map(|p| p.name.as_str()).collect();
        let message = format!("Invalid config variable(s) in the WITH clause: {}", names.join(","));
        let hint = did_you_mean(&first.name, KNOWN);
        findings.push(Diagnostic { hint, ..Diagnostic::at(first.span, message) });
    }
}

fn invalid(property: &Property, wanted: &str) -> Diagnostic {
    Diagnostic::at(
        property.value.span,
        format!("Invalid value for {}: {}, but {wanted}.", property.name, property.value),
    )
}

fn text(property: &Property) -> Result<String, Diagnostic> {
    match &property.value.kind {
        ExprKind::String(text) => Ok(text.clone()),
        _ => Err(invalid(property, "a text is needed")),
    }
}

fn number(property: &Property) -> Option<i64> {
    fn of(expr: &Expr) -> Option<i64> {
        match &expr.kind {
            ExprKind::Integer(n) => Some(i64::from(*n)),
            ExprKind::Bigint(n) => Some(*n),
            ExprKind::String(text) => text.trim().parse().ok(),
            ExprKind::Sign { negative, expr } => of(expr).map(|n| if *negative { n.wrapping_neg() } else { n }),
            _ => None,
        }
    }
    of(&property.value)
}

fn positive(property: &Property) -> Result<i32, Diagnostic> {
    let count = number(property).and_then(|n| i32::try_from(n).ok()).filter(|n| *n > 0);
    count.ok_or_else(|| invalid(property, "a positive number is needed"))
}

/// -1 leaves the number of replicas to the broker.
fn replicas(property: &Property) -> Result<i16, Diagnostic> {
    let count = number(property).and_then(|n| i16::try_from(n).ok()).filter(|n| *n > 0 || *n == -1);
    count.ok_or_else(|| invalid(property, "a positive number or -1 is needed"))
}

fn boolean(property: &Property) -> Result<bool, Diagnostic> {
    match &property.value.kind {
        ExprKind::Boolean(value) => Ok(*value),
        ExprKind::String(text) if text.trim().eq_ignore_ascii_case("true") => Ok(true),
        ExprKind::String(text) if text.trim().eq_ignore_ascii_case("false") => Ok(false),
        _ => Err(invalid(property, "true or false is needed")),
    }
}

/// A column named in a text: upper-cased unless it stands in back-quotes.
fn column_name(text: &str) -> String {
    let text = text.trim();
    match text.strip_prefix('`').and_then(|t| t.strip_suffix('`')) {
        Some(quoted) => quoted.replace("``", "`"),
        None => text.to_uppercase(),
    }
}

/// The one that stands behind the other.
fn later(a: Span, b: Span) -> Span {
    if a.start > b.start { a } else { b }
}
