//! A case's statements on a fresh catalog, as a server applies them: parser and planner, without topics and Kafka.

use std::sync::Arc;

use arrow::array::ArrayRef;
use millstream_codec::{Payloads, encoder};
use millstream_engine::driver::TopicRecord;
use millstream_plan::topology::{Stage, Topology};
use millstream_plan::{Catalog, Plan, Source, plan};
use millstream_sql::ast::{QueryRef, SourceKind, StatementKind};
use millstream_sql::{Diagnostic, Statement, parse};
use millstream_types::{Column, FormatSpec};

use super::thrown::{Kind, Thrown};

/// What the statements left behind.
#[derive(Debug, Default)]
pub(super) struct Script {
    /// The sources.
    pub(super) catalog: Catalog,
    /// The queries in order of creation.
    pub(super) queries: Vec<CaseQuery>,
    /// Rows of INSERT VALUES with their topics.
    pub(super) inserted: Vec<(String, TopicRecord)>,
    /// Ids given so far.
    ids: usize,
}

/// A persistent query.
#[derive(Debug)]
pub(super) struct CaseQuery {
    /// Its id.
    pub(super) id: String,
    /// What it runs.
    pub(super) stage: Stage,
}

/// Parses all statements as one script, then runs them one by one.
pub(super) fn run(statements: &[String]) -> Result<Script, Thrown> {
    let parsed = parse(&statements.join("\n")).map_err(|f| Thrown::findings(Kind::Parse, &f))?;
    let mut script = Script::default();
    for (i, statement) in parsed.iter().enumerate() {
        let early = i + 1 < parsed.len();
        script.apply(statement).map_err(|thrown| thrown.before_the_last(early))?;
    }
    Ok(script)
}

impl Script {
    fn apply(&mut self, statement: &Statement) -> Result<(), Thrown> {
        match &statement.kind {
            // Session properties reach nothing that a case could see yet.
            StatementKind::Set { .. } | StatementKind::Unset { .. } => return Ok(()),
            StatementKind::Terminate(which) => return self.terminate(which),
            StatementKind::Show(_) | StatementKind::Describe { .. } => {
                return Err(Thrown::new(Kind::Ksql, "This statement is not run by the suite."));
            }
            _ => {}
        }
        let planned = plan(statement, &self.catalog).map_err(|f| Thrown::findings(Kind::Statement, &f))?;
        match planned {
            Plan::CreateSource { source, .. } => {
                let query_id = self.catalog.get(&source.name).and_then(|old| old.query_id.clone());
                self.put(&source, query_id);
            }
            Plan::CreateAs { source, topology, .. } => self.create_as(&source, topology)?,
            Plan::InsertValues { source, row, time } => {
                let (keys, values) = row.columns().split_at(source.schema.key_count().min(row.num_columns()));
                let encoded = |format, columns: &[Column], row: &[ArrayRef]| {
                    encode(format, columns, row).map_err(|e| Thrown::new(Kind::Statement, e))
                };
                let key = encoded(source.key_format, source.schema.keys(), keys)?;
                let value = encoded(source.value_format, source.schema.values(), values)?;
                let record = TopicRecord { key, value, timestamp: time.unwrap_or(0) };
                self.inserted.push((source.topic.clone(), record));
            }
            Plan::Alter { source } => self.catalog.put(source),
            Plan::Drop { source, .. } => {
                self.catalog.remove(&source.name);
                self.queries.retain(|q| Some(&q.id) != source.query_id.as_ref());
            }
            Plan::Select { .. } => return Err(Thrown::new(Kind::Ksql, "The suite has no client for a SELECT.")),
            Plan::Nothing { .. } => {}
        }
        Ok(())
    }

    fn create_as(&mut self, source: &Source, topology: Topology) -> Result<(), Thrown> {
        let mut stages = topology.stages.into_iter();
        let (Some(stage), None) = (stages.next(), stages.next()) else {
            let message = "Queries that need a repartition topic are not supported yet.";
            return Err(Thrown::findings(Kind::Statement, &[Diagnostic::general(message)]));
        };
        let prefix = if source.kind == SourceKind::Stream { "CSAS" } else { "CTAS" };
        let replaced = self.catalog.get(&source.name).and_then(|old| old.query_id.clone());
        let id = replaced.unwrap_or_else(|| format!("{prefix}_{}_{}", source.name, self.ids));
        self.ids += 1;
        self.put(source, Some(id.clone()));
        match self.queries.iter_mut().find(|q| q.id == id) {
            // Replaced in its place: the order of the queries stays.
            Some(query) => query.stage = stage,
            None => self.queries.push(CaseQuery { id, stage }),
        }
        Ok(())
    }

    fn put(&mut self, source: &Source, query_id: Option<String>) {
        self.catalog.put(Arc::new(Source { query_id, ..source.clone() }));
    }

    fn terminate(&mut self, which: &QueryRef) -> Result<(), Thrown> {
        let before = self.queries.len();
        match which {
            QueryRef::All => self.queries.clear(),
            QueryRef::Id(id) => self.queries.retain(|q| q.id != id.value),
        }
        match which {
            QueryRef::Id(id) if self.queries.len() == before => {
                Err(Thrown::new(Kind::Statement, format!("Unknown queryId: {}", id.value)))
            }
            _ => Ok(()),
        }
    }
}

/// One side of a row; no columns: no bytes.
fn encode(format: FormatSpec, columns: &[Column], row: &[ArrayRef]) -> Result<Option<Vec<u8>>, String> {
    if columns.is_empty() {
        return Ok(None);
    }
    let mut payloads = Payloads::default();
    encoder(format, columns).map_err(|e| e.to_string())?.encode(row, None, &mut payloads);
    Ok(payloads.get(0).map(<[u8]>::to_vec))
}
