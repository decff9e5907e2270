//! What SHOW PROPERTIES, SHOW TYPES and SHOW VARIABLES answer with.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{SchemaInfo, Warning};

/// `properties`
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PropertyList {
    /// The statement as written.
    pub(crate) statement_text: String,
    /// In name order.
    pub(crate) properties: Vec<PropertyInfo>,
    /// Names of those that the request has set.
    pub(crate) overwritten_properties: Vec<String>,
    /// Names of those that nobody has set.
    pub(crate) default_properties: Vec<String>,
    /// Remarks.
    pub(crate) warnings: Vec<Warning>,
}

/// A property in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct PropertyInfo {
    /// Its full name.
    pub(crate) name: String,
    /// Whose it is; always `KSQL`.
    pub(crate) scope: &'static str,
    /// Its value now; `None`: it has none.
    pub(crate) value: Option<String>,
    /// Whether SET may change it.
    pub(crate) editable: bool,
    /// `SERVER` or `QUERY`.
    pub(crate) level: &'static str,
    /// Where the value comes from: `default`, `file`, `environment`, `option` or `request`. Not in ksqlDB.
    pub(crate) source: &'static str,
    /// What becomes of it: `used`, `passed`, `translated to …`, `inert…` or `rejected: …`. Not in ksqlDB.
    pub(crate) handling: String,
}

/// `type_list`
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TypeList {
    /// The statement as written.
    pub(crate) statement_text: String,
    /// Custom types by name.
    pub(crate) types: BTreeMap<String, SchemaInfo>,
    /// Remarks.
    pub(crate) warnings: Vec<Warning>,
}

/// `variables`
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct VariableList {
    /// The statement as written.
    pub(crate) statement_text: String,
    /// In name order.
    pub(crate) variables: Vec<VariableInfo>,
    /// Remarks.
    pub(crate) warnings: Vec<Warning>,
}

/// A variable in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct VariableInfo {
    /// Its name.
    pub(crate) name: String,
    /// Its value.
    pub(crate) value: String,
}
