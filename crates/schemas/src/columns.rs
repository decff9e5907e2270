//! A schema as the columns of one side of a topic, and back.

use millstream_types::{Column, Format, FormatSpec, SqlType};

use crate::{SchemaKind, SchemaText, avro, json, proto};

/// How columns are taken from a schema.
#[derive(Debug, Clone, Copy)]
pub struct Inference<'a> {
    /// What the column is named that holds a value without fields: `ROWKEY` or `ROWVAL`.
    pub single: &'a str,
    /// The whole value is that one column, even if it has fields.
    pub unwrapped: bool,
    /// The record or message that is meant, where the schema has several.
    pub full_name: Option<&'a str>,
    /// Names stay as they are; else they are upper-cased.
    pub keep_names: bool,
}

/// The columns that a schema means.
///
/// # Errors
/// The schema cannot be read, or nothing in it has an SQL type.
pub fn infer(schema: &SchemaText, how: Inference<'_>) -> Result<Vec<(String, SqlType)>, String> {
    let name = |name: &str| if how.keep_names { name.to_owned() } else { name.to_uppercase() };
    let ty = match schema.kind {
        SchemaKind::Avro => {
            let avro = avro::parse(&schema.text, &schema.imports)?;
            avro::sql_type(&avro, avro.root(), &name)
        }
        SchemaKind::Json => json::sql_type(&schema.text, &schema.imports, &name)?,
        SchemaKind::Protobuf => {
            let proto = proto::parse(&schema.text, &schema.imports)?;
            let message = proto.find(how.full_name).ok_or_else(|| match how.full_name {
                Some(name) => format!("Schema does not contain a message named {name}"),
                None => "Schema does not contain a message".to_owned(),
            })?;
            return some(proto::sql_fields(&proto, message, &name));
        }
    };
    match ty {
        Some(ty) if how.unwrapped => Ok(vec![(how.single.to_owned(), ty)]),
        Some(SqlType::Struct(fields)) => some(fields.iter().map(|f| (f.name.clone(), f.ty.clone())).collect()),
        Some(_) => Err("KSQL stream/table schema must be structured".to_owned()),
        None => some(Vec::new()),
    }
}

fn some(columns: Vec<(String, SqlType)>) -> Result<Vec<(String, SqlType)>, String> {
    if columns.is_empty() {
        return Err("Schema does not include any columns with types that ksqlDB supports.".to_owned());
    }
    Ok(columns)
}

/// The schema that these columns are written with, where the format has one.
pub fn generate(spec: FormatSpec, columns: &[Column], full_name: Option<&str>) -> Option<SchemaText> {
    let kind = SchemaKind::of(spec.format)?;
    if columns.is_empty() {
        return None;
    }
    let text = match spec.format {
        Format::Avro => avro::generate(columns, spec.wrapped(), full_name),
        Format::JsonSr => json::generate(columns, spec.wrapped()),
        _ => proto::generate(columns, spec.nullability, full_name),
    };
    Some(SchemaText::new(kind, text))
}

/// Checks columns against those of the schema that they are to be written with: the same, in the same order; what the
/// schema has behind them is left to its defaults.
///
/// # Errors
/// ksqlDB's sentence about the columns that are not in the schema.
pub fn match_sink(side: &str, columns: &[Column], schema: &[(String, SqlType)], unwrapped: bool) -> Result<(), String> {
    let fits = |(i, column): &(usize, &Column)| {
        schema.get(*i).is_some_and(|(name, ty)| (unwrapped || *name == column.name) && *ty == column.ty)
    };
    let wrong: Vec<String> =
        columns.iter().enumerate().filter(|c| !fits(c)).map(|(_, c)| shown(&c.name, &c.ty)).collect();
    if wrong.is_empty() {
        return Ok(());
    }
    let known: Vec<String> = schema.iter().map(|(name, ty)| shown(name, ty)).collect();
    Err(format!(
        "The following {side} columns are changed, missing or reordered: [{}]. Schema from schema registry is [{}]",
        wrong.join(", "),
        known.join(", ")
    ))
}

fn shown(name: &str, ty: &SqlType) -> String {
    format!("`{}` {ty}", name.replace('`', "``"))
}
