//! The real epoch loop, with a query that decodes, filters, computes and encodes.
//!
//! `CREATE STREAM out AS SELECT K, ID, V + 1 AS W, 100 / D AS Q, S FROM in WHERE V > 10`

use std::sync::Arc;
use std::time::Duration;

use arrow::datatypes::{Field, Schema as ArrowSchema, SchemaRef};
use datafusion_expr::Operator;
use datafusion_physical_expr::PhysicalExpr;
use datafusion_physical_expr::expressions::{BinaryExpr, Column as ColumnExpr, lit};
use millstream_engine::copies::LocalCopies;
use millstream_engine::counters::Counters;
use millstream_engine::sharing::Sharing;
use millstream_engine::sim::{Cluster, SimClock, SimLink, Stored};
use millstream_engine::worker::{Progress, Stop, Worker, WorkerConfig};
use millstream_plan::topology::{Projection, SinkNode, SourceNode, Stage, Step, SubTopology};
use millstream_types::{Column, Format, FormatSpec, Role, Schema, SqlType, arrow_field};
use serde_json::Value;

use crate::disk::Disk;
use crate::oracle;
use crate::program::{Expected, INPUT, Mapping, OUTPUT, OUTPUT_RECORD_BYTES_MAX, Program, Seen, Subject};
use crate::scenario::Scenario;
use crate::workload::THRESHOLD;

/// How long a step of an idle worker waits, ms.
const WAIT_MS: u64 = 2;

/// The engine's worker.
#[derive(Debug, Clone, Copy)]
pub struct Engine;

impl Program for Engine {
    fn source(&self) -> Option<SourceNode> {
        Some(stage().source)
    }

    fn start(
        &self,
        _part: usize,
        scenario: &Scenario,
        link: SimLink,
        clock: SimClock,
        _disk: (usize, &Disk),
        sharing: Sharing,
    ) -> Result<Box<dyn Subject>, String> {
        let config = WorkerConfig {
            on_error: Default::default(),
            registry: millstream_schemas::Registry::none(),
            copies: LocalCopies::default(),
            sharing,
            query_id: "simulated".into(),
            part: part()?,
            guarantee: scenario.guarantee,
            epoch: Duration::from_millis(scenario.epoch_ms),
            merges: false,
        };
        let worker = Worker::new(config, Box::new(link), Box::new(clock), Arc::new(Counters::default()));
        worker.map(|worker| Box::new(Real(worker)) as Box<dyn Subject>).map_err(|e| e.to_string())
    }

    fn check(&self, scenario: &Scenario, cluster: &Cluster) -> Vec<String> {
        oracle::check(scenario, self, cluster)
    }
}

/// What it runs.
pub(crate) fn part() -> Result<SubTopology, String> {
    SubTopology::whole(&stage()).ok_or_else(|| "the stage has no sink".into())
}

impl Mapping for Engine {
    fn expected(&self, _partition: i32, record: &Stored, _seen: &mut Seen) -> Expected {
        let nothing = Expected { output: None, ledger: false };
        let refused = Expected { output: None, ledger: true };
        if record.key.as_ref().is_some_and(|key| std::str::from_utf8(key).is_err()) {
            return refused;
        }
        let row = match record.value.as_deref().map(serde_json::from_slice::<Value>) {
            None if record.timestamp < 0 => return refused,
            None => return nothing,
            Some(Err(_)) => return refused,
            Some(Ok(_)) if record.timestamp < 0 => return refused,
            Some(Ok(row)) => row,
        };
        let number = |name: &str| row[name].as_i64().unwrap_or(i64::MIN);
        if number("V") <= THRESHOLD {
            return nothing;
        }
        let quotient = match number("D") {
            0 => "null".to_owned(),
            d => (100 / d).to_string(),
        };
        let text = row["S"].as_str().unwrap_or_default();
        let value = format!(r#"{{"ID":{},"W":{},"Q":{quotient},"S":"{text}"}}"#, number("ID"), number("V") + 1);
        if value.len() > OUTPUT_RECORD_BYTES_MAX {
            return refused;
        }
        Expected {
            output: Some(Stored { value: Some(value.into_bytes()), ..record.clone() }),
            ledger: number("D") == 0,
        }
    }

    fn ledger_address(&self, entry: &Stored) -> Option<(i32, i64)> {
        address(entry)
    }
}

/// The input partition and offset that an entry of the engine's ledger is about.
pub(crate) fn address(entry: &Stored) -> Option<(i32, i64)> {
    let entry: Value = serde_json::from_slice(entry.value.as_deref()?).ok()?;
    let record = &entry["record"];
    Some((i32::try_from(record["partition"].as_i64()?).ok()?, record["offset"].as_i64()?))
}

pub(crate) struct Real(pub(crate) Worker);

impl Subject for Real {
    fn step(&mut self) -> Result<Progress, Stop> {
        self.0.step(Duration::from_millis(WAIT_MS))
    }

    fn stop(&mut self) {
        self.0.stop();
    }

    fn abandon(&mut self) {
        self.0.abandon();
    }

    fn relink(&mut self, link: SimLink) -> Result<bool, String> {
        self.0.relink(Box::new(link)).map(|()| true).map_err(|error| error.to_string())
    }
}

fn stage() -> Stage {
    let column = |name: &str, ty: SqlType, role| Column { name: name.to_owned(), ty, role };
    let read = vec![
        column("K", SqlType::String, Role::Key),
        column("ID", SqlType::Bigint, Role::Value),
        column("V", SqlType::Bigint, Role::Value),
        column("D", SqlType::Bigint, Role::Value),
        column("S", SqlType::String, Role::Value),
    ];
    let written = vec![
        column("K", SqlType::String, Role::Key),
        column("ID", SqlType::Bigint, Role::Value),
        column("W", SqlType::Bigint, Role::Value),
        column("Q", SqlType::Bigint, Role::Value),
        column("S", SqlType::String, Role::Value),
    ];
    let operation = |left, operator, right| Arc::new(BinaryExpr::new(left, operator, right)) as Arc<dyn PhysicalExpr>;
    let input = |name: &str| {
        let index = read.iter().position(|c| c.name == name).unwrap_or(0);
        Arc::new(ColumnExpr::new(name, index)) as Arc<dyn PhysicalExpr>
    };
    let values = [
        ("K", input("K")),
        ("ID", input("ID")),
        ("V + 1", operation(input("V"), Operator::Plus, lit(1_i64))),
        ("100 / D", operation(lit(100_i64), Operator::Divide, input("D"))),
        ("S", input("S")),
    ];
    let columns = written.iter().zip(values).map(|(column, (sql, expr))| Projection {
        column: column.clone(),
        expr,
        sql: sql.to_owned(),
    });
    Stage {
        source: SourceNode {
            topic: INPUT.into(),
            key_format: FormatSpec::key(Format::Kafka, 1),
            value_format: FormatSpec::value(Format::Json),
            window: None,
            schema: Schema::new(read.clone()),
            used: (0..read.len()).collect(),
            pseudo: Vec::new(),
            timestamp: None,
            rows: arrow_schema(&read),
        },
        steps: vec![
            Step::Filter {
                predicate: operation(input("V"), Operator::Gt, lit(THRESHOLD)),
                sql: format!("V > {THRESHOLD}"),
            },
            Step::Project { columns: columns.collect(), rows: arrow_schema(&written) },
        ],
        sink: Some(SinkNode {
            topic: OUTPUT.into(),
            key_format: FormatSpec::key(Format::Kafka, 1),
            value_format: FormatSpec::value(Format::Json),
            window: None,
            schema: Schema::new(written),
            timestamp: None,
            schemas: millstream_schemas::TopicSchemas::default(),
        }),
    }
}

fn arrow_schema(columns: &[Column]) -> SchemaRef {
    let fields: Vec<Field> = columns.iter().map(|c| arrow_field(&c.name, &c.ty)).collect();
    Arc::new(ArrowSchema::new(fields))
}
