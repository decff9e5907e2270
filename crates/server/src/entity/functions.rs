//! What SHOW FUNCTIONS and DESCRIBE FUNCTION answer with.

use serde::Serialize;

use super::Warning;

/// `function_names`
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FunctionList {
    /// The statement as written.
    pub(crate) statement_text: String,
    /// In name order.
    pub(crate) functions: Vec<FunctionName>,
    /// Remarks.
    pub(crate) warnings: Vec<Warning>,
}

/// A function in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct FunctionName {
    /// Its name.
    pub(crate) name: String,
    /// `SCALAR`, `AGGREGATE` or `TABLE`.
    #[serde(rename = "type")]
    pub(crate) kind: &'static str,
    /// Topic under which it is documented.
    pub(crate) category: &'static str,
}

/// `describe_function`
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FunctionDescription {
    /// The statement as written.
    pub(crate) statement_text: String,
    /// Its name.
    pub(crate) name: String,
    /// What it gives.
    pub(crate) description: String,
    /// Who wrote it.
    pub(crate) author: &'static str,
    /// Its version; empty: the server's.
    pub(crate) version: &'static str,
    /// Where it was loaded from.
    pub(crate) path: &'static str,
    /// Its signatures.
    pub(crate) functions: Vec<FunctionInfo>,
    /// `SCALAR`, `AGGREGATE` or `TABLE`.
    #[serde(rename = "type")]
    pub(crate) kind: &'static str,
    /// Remarks.
    pub(crate) warnings: Vec<Warning>,
}

/// A signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FunctionInfo {
    /// Its parameters.
    pub(crate) arguments: Vec<ArgumentInfo>,
    /// Type of the result.
    pub(crate) return_type: String,
    /// What this signature gives.
    pub(crate) description: String,
}

/// A parameter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ArgumentInfo {
    /// Its name.
    pub(crate) name: String,
    /// Its type.
    #[serde(rename = "type")]
    pub(crate) kind: String,
    /// What it means.
    pub(crate) description: String,
    /// Whether it may be given any number of times.
    pub(crate) is_variadic: bool,
}
