//! Which formats a source or a sink has and what each can hold, told in ksqlDB's words.

use millstream_schemas::{Side as Which, avro, proto};
use millstream_sql::{Diagnostic, Span};
use millstream_types::{Column, Format, FormatSpec, Schema, SqlType, Wrapping};

use super::properties::{Given, Properties, Side};
use crate::{Settings, Source};

/// The format of keys when nobody names one.
const KEY_DEFAULT: &str = "KAFKA";

/// How keys and values are written.
pub(super) type Both = (FormatSpec, FormatSpec);

/// The format of that name. Errors: there is none, or none that can be used.
pub(super) fn named(name: &str, span: Span) -> Result<Format, Diagnostic> {
    Format::parse(name).ok_or_else(|| Diagnostic::at(span, format!("Unknown format: {}", name.trim().to_uppercase())))
}

/// The format of one side of a source, by its WITH clause or the default of the session; `None` if that says none or none
/// that is known.
pub(super) fn named_of_source(side: &Side, which: Which, settings: &Settings) -> Option<Format> {
    let default = match which {
        Which::Key => Some(settings.key_format.as_deref().unwrap_or(KEY_DEFAULT)),
        Which::Value => settings.value_format.as_deref(),
    };
    match &side.format {
        Some(given) => Some(given.value),
        None if side.bad_format => None,
        None => default.and_then(Format::parse),
    }
}

/// The formats of a source with that schema, of which it declares some columns itself: those of its WITH clause, else the
/// defaults of the session. What is wrong goes to `findings`; `span` is the place of the statement's name.
pub(super) fn of_source(
    properties: &Properties,
    schema: &Schema,
    declared: &Schema,
    settings: &Settings,
    span: Span,
    findings: &mut Vec<Diagnostic>,
) -> Option<Both> {
    for (side, columns, label) in
        [(&properties.key, declared.keys(), "KEY"), (&properties.value, declared.values(), "VALUE")]
    {
        if let (Some(id), false) = (&side.schema_id, columns.is_empty()) {
            let message = format!("Table elements and {label}_SCHEMA_ID cannot both exist for create statement.");
            findings.push(Diagnostic::at(id.span, message));
        }
    }
    let key_default = settings.key_format.as_deref().unwrap_or(KEY_DEFAULT);
    let key = given_or_named(&properties.key, Some(key_default), span, findings);
    let value = given_or_named(&properties.value, settings.value_format.as_deref(), span, findings);
    if value.is_none() && !properties.value.bad_format && settings.value_format.is_none() {
        let message = "Statement is missing the 'VALUE_FORMAT' property from the WITH clause. Either provide one or set a \
                       default via the 'ksql.persistence.default.format.value' config.";
        findings.push(Diagnostic::at(span, message));
    }
    choose(properties, (key.map(FormatSpec::value), value.map(FormatSpec::value)), schema, settings, span, findings)
}

/// The formats of a sink with that schema: those of its WITH clause, else those of the source that its query reads
/// first. A key that its source did not have is written in the session's default format.
pub(super) fn of_sink(
    properties: &Properties,
    source: &Source,
    schema: &Schema,
    settings: &Settings,
    span: Span,
    findings: &mut Vec<Diagnostic>,
) -> Option<Both> {
    let unkeyed = source.key_format.format == Format::None && schema.key_count() > 0;
    let key = if unkeyed {
        let name = settings.key_format.as_deref().unwrap_or(KEY_DEFAULT);
        given_or_named(&properties.key, Some(name), span, findings).map(FormatSpec::value)
    } else {
        Some(source.key_format).filter(|_| !properties.key.bad_format)
    };
    let value = Some(source.value_format).filter(|_| !properties.value.bad_format);
    choose(properties, (key, value), schema, settings, span, findings)
}

fn given_or_named(side: &Side, name: Option<&str>, span: Span, findings: &mut Vec<Diagnostic>) -> Option<Format> {
    match (&side.format, name) {
        (Some(given), _) => Some(given.value),
        (None, Some(name)) if !side.bad_format => named(name, span).map_err(|finding| findings.push(finding)).ok(),
        _ => None,
    }
}

/// Completes and checks what is known of both formats; `base` are those when WITH does not name them.
fn choose(
    properties: &Properties,
    base: (Option<FormatSpec>, Option<FormatSpec>),
    schema: &Schema,
    settings: &Settings,
    span: Span,
    findings: &mut Vec<Diagnostic>,
) -> Option<Both> {
    let place = |side: &Side| side.format.as_ref().map_or(span, |g| g.span);
    let key = base.0.map(|base| {
        let chosen = chosen(&properties.key, base);
        FormatSpec { wrapping: FormatSpec::key(chosen.format, schema.key_count()).wrapping, ..chosen }
    });
    let value = base.1.map(|base| {
        let chosen = chosen(&properties.value, base);
        FormatSpec { wrapping: wrapping(properties, chosen.format, schema, settings, findings), ..chosen }
    });
    if let Some(column) = schema.keys().iter().find(|c| holds_map(&c.ty)) {
        findings.push(map_key(span, &column.name, &column.ty));
    } else if let Some(key) = key {
        check_columns("Key", key, schema.keys(), place(&properties.key), findings);
    }
    if let Some(value) = value {
        check_columns("Value", value, schema.values(), place(&properties.value), findings);
    }
    for (side, spec, label) in [(&properties.key, key, "KEY"), (&properties.value, value, "VALUE")] {
        if let Some(spec) = spec {
            check_configs(label, side, spec.format, findings);
        }
    }
    Some((key?, value?))
}

/// What is said about a key that has a map in it.
pub(super) fn map_key(span: Span, name: &str, ty: &SqlType) -> Diagnostic {
    let message = format!(
        "Map keys, including types that contain maps, are not supported as they may lead to unexpected behavior due to \
         inconsistent serialization. Key column name: `{name}`. Column type: {ty}. \
         See https://github.com/confluentinc/ksql/issues/6621 for more."
    );
    Diagnostic::at(span, message)
}

/// Format and delimiter of a side. What is said of the source's format holds for a sink only while it stays the same.
fn chosen(side: &Side, base: FormatSpec) -> FormatSpec {
    let format = side.format.as_ref().map_or(base.format, |g| g.value);
    let inherited = if format == base.format { base.delimiter } else { Default::default() };
    let delimiter = side.delimiter.as_ref().map_or(inherited, |g| g.value);
    let inherited = if format == base.format { base.nullability } else { Default::default() };
    let nullability = side.nullable.as_ref().map_or(inherited, |g| g.value);
    FormatSpec { format, wrapping: None, delimiter, nullability }
}

/// Whether a single value column is wrapped: as WITH says, else as the session does where the format can, else the
/// format's own way.
fn wrapping(
    properties: &Properties,
    format: Format,
    schema: &Schema,
    settings: &Settings,
    findings: &mut Vec<Diagnostic>,
) -> Option<Wrapping> {
    let single = schema.values().len() == 1;
    let Some(Given { value: wrap, span }) = properties.wrap else {
        return settings.wrap_single_values.map(Wrapping::of).filter(|w| single && format.supports(*w));
    };
    if !single {
        let message = "'WRAP_SINGLE_VALUE' is only valid for single-field value schemas";
        findings.push(Diagnostic::at(span, message));
    } else if !format.supports(Wrapping::of(wrap)) {
        let message = format!("Format '{format}' does not support 'WRAP_SINGLE_VALUE' set to '{wrap}'.");
        findings.push(Diagnostic::at(span, message));
    }
    Some(Wrapping::of(wrap))
}

/// Properties that belong to other formats.
fn check_configs(label: &str, side: &Side, format: Format, findings: &mut Vec<Diagnostic>) {
    let mut foreign: Vec<(&str, Span)> = Vec::new();
    if let (Some(given), true) = (&side.delimiter, format != Format::Delimited) {
        foreign.push(("delimiter", given.span));
    }
    if let (Some(given), false) = (&side.schema_name, format.has_registry()) {
        foreign.push(("fullSchemaName", given.span));
    }
    if let [(_, span), ..] = *foreign {
        let names: Vec<&str> = foreign.iter().map(|(name, _)| *name).collect();
        let message = format!("{format} does not support the following configs: [{}]", names.join(", "));
        findings.push(Diagnostic::at(span, message));
    }
    if let Some(given) = side.schema_name.as_ref().filter(|given| given.value.is_empty()) {
        let message = "fullSchemaName cannot be empty. Format configuration: {fullSchemaName=}";
        findings.push(Diagnostic::at(given.span, message));
    }
    if let (Some(given), false) = (&side.schema_id, format.has_registry()) {
        let message = format!(
            "{label}_FORMAT should support schema inference when {label}_SCHEMA_ID is provided. \
             Current format is {format}."
        );
        findings.push(Diagnostic::at(given.span, message));
    }
    if let (Some(given), false) = (&side.nullable, format.is_protobuf()) {
        let message =
            format!("Property {label}_PROTOBUF_NULLABLE_REPRESENTATION can only be enabled with protobuf format");
        findings.push(Diagnostic::at(given.span, message));
    }
}

fn check_columns(side: &str, spec: FormatSpec, columns: &[Column], span: Span, findings: &mut Vec<Diagnostic>) {
    let Some(reason) = unfit(spec.format, columns) else { return };
    let message = format!(
        "{side} format does not support schema.\nformat: {}\n\
         schema: Persistence{{columns=[{}], features=[{}]}}\nreason: {reason}",
        spec.format,
        listed(columns),
        spec.wrapping.map_or("", Wrapping::name)
    );
    let finding = Diagnostic::at(span, message);
    findings.push(if spec.format == Format::Kafka && columns.len() > 1 {
        finding.hint(format!("Other formats write several columns: WITH ({}_FORMAT = 'JSON')", side.to_uppercase()))
    } else {
        finding
    });
}

fn listed(columns: &[Column]) -> String {
    columns.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// Whether `format` can hold these columns.
pub(super) fn fits(format: Format, columns: &[Column]) -> bool {
    unfit(format, columns).is_none()
}

/// Why `format` cannot hold these columns.
fn unfit(format: Format, columns: &[Column]) -> Option<String> {
    match format {
        Format::None => (!columns.is_empty()).then(|| {
            format!("The 'NONE' format can only be used when no columns are defined. Got: [{}]", listed(columns))
        }),
        Format::Kafka => {
            use SqlType::{Bigint, Bytes, Double, Integer, String};
            if columns.len() > 1 {
                return Some(format!("The 'KAFKA' format only supports a single field. Got: [{}]", listed(columns)));
            }
            let odd = columns.iter().find(|c| !matches!(c.ty, Integer | Bigint | Double | String | Bytes))?;
            Some(format!("The 'KAFKA' format does not support type '{}'", odd.ty.base_name()))
        }
        Format::Delimited => {
            let nested = |c: &&Column| matches!(c.ty, SqlType::Array(_) | SqlType::Map(..) | SqlType::Struct(_));
            let Column { name, ty, .. } = columns.iter().find(nested)?;
            let name = name.replace('`', "``");
            Some(format!("The 'DELIMITED' format does not support type '{}', column: `{name}`", ty.base_name()))
        }
        Format::Json | Format::JsonSr => columns
            .iter()
            .any(|c| has_other_map_key(&c.ty))
            .then(|| "JSON only supports MAP types with STRING keys".to_owned()),
        Format::Protobuf | Format::ProtobufNosr => {
            if columns.iter().any(|c| has_other_map_key(&c.ty)) {
                return Some("PROTOBUF format only supports MAP types with STRING keys".to_owned());
            }
            wrong_name(columns, proto::check_name)
        }
        Format::Avro => {
            if columns.iter().any(|c| has_other_map_key(&c.ty)) {
                return Some("Avro only supports MAPs with STRING keys".to_owned());
            }
            let wrong = wrong_name(columns, avro::check_name)?;
            Some(format!("Schema is not compatible with Avro: {wrong}"))
        }
    }
}

pub(super) fn holds_map(ty: &SqlType) -> bool {
    match ty {
        SqlType::Map(..) => true,
        SqlType::Array(item) => holds_map(item),
        SqlType::Struct(fields) => fields.iter().any(|f| holds_map(&f.ty)),
        _ => false,
    }
}

/// What a format says that takes only some names.
type Check = fn(&str) -> Result<(), String>;

/// What is wrong with the name of a column, or of a field at any depth.
fn wrong_name(columns: &[Column], check: Check) -> Option<String> {
    columns.iter().find_map(|c| check(&c.name).and_then(|()| check_names(&c.ty, check)).err())
}

fn check_names(ty: &SqlType, check: Check) -> Result<(), String> {
    match ty {
        SqlType::Map(_, inner) | SqlType::Array(inner) => check_names(inner, check),
        SqlType::Struct(fields) => {
            fields.iter().try_for_each(|f| check(&f.name).and_then(|()| check_names(&f.ty, check)))
        }
        _ => Ok(()),
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
