//! What each format can hold, told in ksqlDB's words.

use millstream_sql::{Diagnostic, Span};
use millstream_types::{Column, Format, FormatSpec, Role, Schema, SqlType};

use super::properties::{Given, Properties};

/// The formats of a source or sink with that schema; what a format cannot hold goes to `findings`.
/// `key` and `value` are the formats when WITH does not name them, `span` is the place of the statement's name.
pub(super) fn choose(
    properties: &Properties,
    key: Format,
    value: Format,
    schema: &Schema,
    span: Span,
    findings: &mut Vec<Diagnostic>,
) -> (FormatSpec, FormatSpec) {
    let place = |given: &Option<Given<Format>>| given.as_ref().map_or(span, |g| g.span);
    let key_format = properties.key_format.as_ref().map_or(key, |g| g.value);
    let value_format = properties.value_format.as_ref().map_or(value, |g| g.value);
    let map_key = schema.keys().iter().find(|c| holds_map(&c.ty));
    if let Some(column) = map_key {
        findings.push(Diagnostic::at(
            span,
            format!(
                "Map keys, including types that contain maps, are not supported as they may lead to unexpected behavior due to \
                 inconsistent serialization. Key column name: `{}`. Column type: {}. \
                 See https://github.com/confluentinc/ksql/issues/6621 for more.",
                column.name, column.ty
            ),
        ));
    } else if let Some(reason) = unfit(key_format, schema.keys()) {
        findings.push(Diagnostic::at(
            place(&properties.key_format),
            unsupported("Key", key_format, schema.keys(), &reason),
        ));
    }
    if let Some(reason) = unfit(value_format, schema.values()) {
        let message = unsupported("Value", value_format, schema.values(), &reason);
        findings.push(Diagnostic::at(place(&properties.value_format), message));
    }
    let mut value_spec = FormatSpec::value(value_format);
    if let Some(wrap) = &properties.wrap {
        if schema.values().len() != 1 {
            let message = "'WRAP_SINGLE_VALUE' is only valid for single-field value schemas";
            findings.push(Diagnostic::at(wrap.span, message));
        } else if value_format != Format::Json && wrap.value {
            let message =
                format!("Format '{value_format}' does not support 'WRAP_SINGLE_VALUE' set to '{}'.", wrap.value);
            findings.push(Diagnostic::at(wrap.span, message));
        }
        value_spec.wrapped = wrap.value;
    }
    (FormatSpec::key(key_format, schema.key_count()), value_spec)
}

fn unsupported(side: &str, format: Format, columns: &[Column], reason: &str) -> String {
    let unwraps = side == "Key" && format == Format::Json && columns.len() == 1;
    let features = if unwraps { "UNWRAP_SINGLES" } else { "" };
    format!(
        "{side} format does not support schema.\nformat: {format}\n\
         schema: Persistence{{columns={}, features=[{features}]}}\nreason: {reason}",
        listed(columns)
    )
}

fn listed(columns: &[Column]) -> String {
    let shown: Vec<String> = columns
        .iter()
        .map(|c| format!("`{}` {}{}", c.name, c.ty, if c.role == Role::Key { " KEY" } else { "" }))
        .collect();
    format!("[{}]", shown.join(", "))
}

/// Why `format` cannot hold these columns.
fn unfit(format: Format, columns: &[Column]) -> Option<String> {
    match format {
        Format::None => (!columns.is_empty()).then(|| {
            format!("The 'NONE' format can only be used when no columns are defined. Got: {}", listed(columns))
        }),
        Format::Kafka => {
            use SqlType::{Bigint, Bytes, Double, Integer, String};
            if columns.len() > 1 {
                return Some(format!("The 'KAFKA' format only supports a single field. Got: {}", listed(columns)));
            }
            let odd = columns.iter().find(|c| !matches!(c.ty, Integer | Bigint | Double | String | Bytes))?;
            Some(format!("The 'KAFKA' format does not support type '{}'", odd.ty.base_name()))
        }
        Format::Json => columns
            .iter()
            .any(|c| has_other_map_key(&c.ty))
            .then(|| "JSON only supports MAP types with STRING keys".to_owned()),
    }
}

fn holds_map(ty: &SqlType) -> bool {
    match ty {
        SqlType::Map(..) => true,
        SqlType::Array(item) => holds_map(item),
        SqlType::Struct(fields) => fields.iter().any(|f| holds_map(&f.ty)),
        _ => false,
    }
}

fn has_other_map_key(ty: &SqlType) -> bool {
    match ty {
        SqlType::Map(key, value) => **key != SqlType::String || has_other_map_key(value),
        SqlType::Array(item) => has_other_map_key(item),
        SqlType::Struct(fields) => fields.iter().any(|f| has_other_map_key(&f.ty)),
        _ => false,
    }
}
