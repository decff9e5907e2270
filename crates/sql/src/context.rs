//! What a text is read in: what was defined before it.

use std::collections::BTreeMap;

use millstream_types::SqlType;

/// Custom types and session variables that a text may use. Statements of the text add to it: `CREATE TYPE`,
/// `DROP TYPE`, `DEFINE` and `UNDEFINE` hold for what stands behind them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Context {
    /// Custom types by name; inlined where a text uses them.
    pub types: BTreeMap<String, SqlType>,
    /// Values of session variables by name in upper case.
    pub variables: BTreeMap<String, String>,
    /// Whether `${NAME}` is substituted (`ksql.variable.substitution.enable`). When it is not, DEFINE still defines. SET
    /// and UNSET of that property change it for what stands behind them.
    pub substitute: bool,
    /// Whether queries are taken that only standard SQL has; `SET 'millstream.dialect' = 'ksql'` ends that for what stands
    /// behind it.
    pub standard: bool,
    /// Whether expressions are read by ksqlDB's grammar alone, without what standard SQL adds; `SET 'millstream.dialect' =
    /// 'ksql'` begins that for what stands behind it.
    pub ksql: bool,
    /// Whether the statements of SQL tests are read too: `ASSERT VALUES|NULL VALUES|STREAM|TABLE` and `RUN SCRIPT`.
    /// A server refuses them.
    pub tests: bool,
}

impl Context {
    /// Defines a variable; its name knows no case.
    pub fn define(&mut self, name: &str, value: impl Into<String>) {
        self.variables.insert(name.to_ascii_uppercase(), value.into());
    }

    /// Forgets a variable; `false` if there was none.
    pub fn undefine(&mut self, name: &str) -> bool {
        self.variables.remove(&name.to_ascii_uppercase()).is_some()
    }
}
