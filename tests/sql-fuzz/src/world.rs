//! What statements may know of: a random catalog, custom types, variables.

use std::sync::Arc;

use millstream_plan::{Catalog, Plan, Settings, Source, plan};
use millstream_sql::{Context, parse_in};
use millstream_types::SqlType;

/// A catalog with what the parser knows.
#[derive(Debug, Clone, Default)]
pub(crate) struct World {
    /// The sources.
    pub(crate) catalog: Catalog,
    /// Custom types and variables.
    pub(crate) context: Context,
}

/// Sources that every world begins with: columns of every type, so that every kind of expression finds one.
const FIRST: &str = "
CREATE STREAM clicks (id BIGINT KEY, name STRING, age INT, score DOUBLE, price DECIMAL(10, 2), ok BOOLEAN, tags ARRAY<STRING>,
  counts MAP<STRING, BIGINT>, address STRUCT<street STRING, zip INT>, raw BYTES, d DATE, t TIME, ts TIMESTAMP)
  WITH (kafka_topic = 'clicks', value_format = 'JSON');
CREATE STREAM `odd-Names` (`select` STRING KEY, `Mixed` INT, `a``b` ARRAY<INT>, `x y` STRUCT<`in` STRUCT<`deep` DOUBLE>>)
  WITH (kafka_topic = 'odd', value_format = 'JSON');
CREATE STREAM plain (a INT, b INT, c STRING) WITH (kafka_topic = 'plain', value_format = 'JSON');
CREATE TABLE users (id STRING PRIMARY KEY, name STRING, age INT, active BOOLEAN) WITH (kafka_topic = 'users', value_format = 'JSON');
CREATE TABLE accounts (id BIGINT PRIMARY KEY, owner STRING, balance DECIMAL(20, 4)) WITH (kafka_topic = 'accounts', value_format = 'JSON');
";

impl World {
    /// The world that every chunk of a run begins with. Errors: its statements are refused.
    pub(crate) fn first() -> Result<Self, String> {
        let mut world = Self::default();
        world.context.types = [
            ("ADDRESS".to_owned(), SqlType::Struct(Arc::from([]))),
            ("AMOUNT".to_owned(), SqlType::Decimal { precision: 12, scale: 3 }),
        ]
        .into();
        let first = parse_in(FIRST, &mut world.context).map_err(|findings| format!("{findings:?}"))?;
        for statement in &first {
            let plan = plan(statement, &world.catalog, &Settings::default())
                .map_err(|findings| format!("{}: {findings:?}", statement.text))?;
            world.apply(&plan);
        }
        world.context.substitute = true;
        world.context.tests = true;
        world.context.define("NUM", "42");
        world.context.define("TXT", "it's");
        world.context.define("STR", "'it''s'");
        world.context.define("SRC", "clicks");
        Ok(world)
    }

    /// Does to the catalog what a plan says.
    pub(crate) fn apply(&mut self, plan: &Plan) {
        match plan {
            Plan::CreateSource { source, .. } | Plan::CreateAs { source, .. } => self.catalog.put(Arc::clone(source)),
            Plan::Drop { source, .. } => {
                self.catalog.remove(&source.name);
            }
            _ => {}
        }
    }

    /// The sources in name order.
    pub(crate) fn sources(&self) -> Vec<&Arc<Source>> {
        self.catalog.sources().collect()
    }
}
