//! Names of projected columns that have no alias, as ksqlDB generates them.

use std::collections::BTreeSet;

use millstream_sql::ast::{Expr, ExprKind};

use super::inputs::Inputs;

/// Generates names that are unique in a statement and differ from those of the sources' columns.
#[derive(Debug, Clone)]
pub(super) struct Names {
    taken: BTreeSet<String>,
    next: u32,
}

impl Names {
    /// Names for a query over these sources.
    pub(super) fn new(inputs: &Inputs) -> Self {
        let columns = inputs.0.iter().flat_map(|i| i.source.schema.columns());
        Self { taken: columns.map(|c| c.name.clone()).collect(), next: 0 }
    }

    /// The name of an expression that is no column: its field's where it is one, else a generated one.
    pub(super) fn of(&mut self, expr: &Expr) -> String {
        match &expr.kind {
            ExprKind::Field { field, .. } => self.field(&field.value),
            _ => self.generated(),
        }
    }

    /// The next of `KSQL_COL_0`, `KSQL_COL_1` …
    fn generated(&mut self) -> String {
        loop {
            let name = format!("KSQL_COL_{}", self.next);
            self.next += 1;
            if !self.taken.contains(&name) {
                return name;
            }
        }
    }

    /// The name of a struct's field: `F`, or `F_1`, `F_2` … when that is taken.
    pub(super) fn field(&mut self, field: &str) -> String {
        let mut name = field.to_owned();
        let mut count = 0;
        while !self.taken.insert(name.clone()) {
            count += 1;
            name = format!("{field}_{count}");
        }
        name
    }
}
