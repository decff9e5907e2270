//! Columns and types as REST describes them.

use std::collections::BTreeMap;

use millstream_types::{Column, Role, SqlType};
use serde::Serialize;

/// A column, or a field of a struct.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FieldInfo {
    /// Its name.
    pub(crate) name: String,
    /// Its type.
    pub(crate) schema: SchemaInfo,
    /// `KEY` for key columns, `HEADER` for those made of headers; absent for others.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub(crate) role: Option<&'static str>,
    /// The header that it is; absent for all else.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) header_key: Option<String>,
}

/// A type.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SchemaInfo {
    /// Its name without parameters.
    #[serde(rename = "type")]
    pub(crate) base: &'static str,
    /// Fields of a struct.
    pub(crate) fields: Option<Vec<FieldInfo>>,
    /// Element of an array, value of a map.
    pub(crate) member_schema: Option<Box<SchemaInfo>>,
    /// Precision and scale of a decimal.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) parameters: BTreeMap<&'static str, u8>,
}

impl FieldInfo {
    /// A declared column.
    pub(crate) fn of(column: &Column) -> Self {
        let (role, header_key) = match &column.role {
            Role::Key => (Some("KEY"), None),
            Role::Value => (None, None),
            Role::Headers => (Some("HEADER"), None),
            Role::Header(key) => (Some("HEADER"), Some(key.to_string())),
        };
        Self { name: column.name.clone(), schema: SchemaInfo::of(&column.ty), role, header_key }
    }
}

impl SchemaInfo {
    /// The description of a type.
    pub(crate) fn of(ty: &SqlType) -> Self {
        let mut info = Self { base: ty.base_name(), fields: None, member_schema: None, parameters: BTreeMap::new() };
        match ty {
            SqlType::Array(item) => info.member_schema = Some(Box::new(Self::of(item))),
            SqlType::Map(_, value) => info.member_schema = Some(Box::new(Self::of(value))),
            SqlType::Struct(fields) => {
                let field = |f: &millstream_types::StructField| FieldInfo {
                    name: f.name.clone(),
                    schema: Self::of(&f.ty),
                    role: None,
                    header_key: None,
                };
                info.fields = Some(fields.iter().map(field).collect());
            }
            SqlType::Decimal { precision, scale } => {
                info.parameters.extend([("precision", *precision), ("scale", *scale)]);
            }
            _ => {}
        }
        info
    }
}
