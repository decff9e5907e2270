//! Names of projected columns that have no alias, as ksqlDB generates them.

use std::collections::BTreeSet;

use millstream_types::Schema;

/// Generates names that are unique in a statement and differ from those of the source's columns.
pub(super) struct Names {
    taken: BTreeSet<String>,
    next: u32,
}

impl Names {
    /// Names for a query over a source of that schema.
    pub(super) fn new(schema: &Schema) -> Self {
        Self { taken: schema.columns().iter().map(|c| c.name.clone()).collect(), next: 0 }
    }

    /// The next of `KSQL_COL_0`, `KSQL_COL_1` …
    pub(super) fn generated(&mut self) -> String {
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
