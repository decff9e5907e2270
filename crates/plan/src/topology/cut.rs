//! A query as it runs over topics of several partitions: cut into sub-topologies where rows move to another partition.
//!
//! Between two of them stands a repartition topic: rows go to the partition that the key of their group gives, so that one
//! task has all rows of a group. A row travels whole, the columns that it is grouped by behind its own.

use std::sync::Arc;

use arrow::datatypes::{Schema as ArrowSchema, SchemaRef};
use datafusion_physical_expr::expressions::Column as ColumnExpr;
use millstream_types::arrow_field;

use super::{Aggregate, Projection, RowKey, SinkNode, SourceNode, Stage, Step};

/// A part of a query between topics; a task of it runs per partition of its inputs.
#[derive(Debug, Clone)]
pub struct SubTopology {
    /// Its number among those of its query.
    pub number: u16,
    /// What it reads.
    pub inputs: Vec<Input>,
    /// What happens to the rows.
    pub steps: Vec<Step>,
    /// Where they go.
    pub output: Output,
}

/// A topic that a sub-topology reads.
#[derive(Debug, Clone)]
pub enum Input {
    /// One of the catalog.
    Source(SourceNode),
    /// One that another sub-topology of the query writes.
    Repartition {
        /// The number of the sub-topology that writes it.
        from: u16,
        /// The columns of the rows.
        rows: SchemaRef,
    },
}

/// A topic that a sub-topology writes.
#[derive(Debug, Clone)]
pub enum Output {
    /// That of the query's result.
    Sink(SinkNode),
    /// One that another sub-topology of the query reads.
    Repartition(Repartition),
}

/// Rows on their way to another partition.
#[derive(Debug, Clone)]
pub struct Repartition {
    /// By what they are grouped there, over their columns.
    pub group: Vec<Projection>,
    /// How the key of a group is encoded.
    pub key: RowKey,
}

impl SubTopology {
    /// A stage as it runs over one partition, uncut; `None`: it has no sink.
    pub fn whole(stage: &Stage) -> Option<Self> {
        let output = Output::Sink(stage.sink.clone()?);
        Some(Self { number: 0, inputs: vec![Input::Source(stage.source.clone())], steps: stage.steps.clone(), output })
    }

    /// Whether a step of it keeps something between records.
    pub fn keeps_state(&self) -> bool {
        self.steps.iter().any(|step| matches!(step, Step::Aggregate(_) | Step::Table { remember: Some(_) }))
    }
}

/// The sub-topologies of a query's stages, in the order of the data. Stages without a sink have none.
pub fn cut(stages: &[Stage]) -> Vec<SubTopology> {
    let mut parts = Vec::new();
    for stage in stages {
        let Some(sink) = &stage.sink else { continue };
        let mut inputs = vec![Input::Source(stage.source.clone())];
        let mut rows = SchemaRef::clone(&stage.source.rows);
        let mut steps = Vec::new();
        for step in &stage.steps {
            let mut step = step.clone();
            if let Step::Aggregate(aggregate) = &mut step
                && aggregate.moves
            {
                let number = number(&parts);
                let repartition = Repartition { group: aggregate.group.clone(), key: aggregate.key.clone() };
                rows = moved(&rows, aggregate);
                let input = Input::Repartition { from: number, rows: SchemaRef::clone(&rows) };
                let (inputs, steps) = (std::mem::replace(&mut inputs, vec![input]), std::mem::take(&mut steps));
                parts.push(SubTopology { number, inputs, steps, output: Output::Repartition(repartition) });
            }
            rows = after(&step, rows);
            steps.push(step);
        }
        parts.push(SubTopology { number: number(&parts), inputs, steps, output: Output::Sink(sink.clone()) });
    }
    parts
}

/// The number of the next one.
fn number(parts: &[SubTopology]) -> u16 {
    u16::try_from(parts.len()).unwrap_or(u16::MAX)
}

/// Lets an aggregation find what it groups by behind the columns of its rows; the columns that arrive then.
fn moved(rows: &SchemaRef, aggregate: &mut Aggregate) -> SchemaRef {
    let mut fields: Vec<_> = rows.fields().iter().cloned().collect();
    for part in &mut aggregate.group {
        part.expr = Arc::new(ColumnExpr::new(&part.column.name, fields.len()));
        fields.push(Arc::new(arrow_field(&part.column.name, &part.column.ty)));
    }
    Arc::new(ArrowSchema::new(fields))
}

/// The columns behind a step.
fn after(step: &Step, before: SchemaRef) -> SchemaRef {
    match step {
        Step::Filter { .. } | Step::Rekey { .. } | Step::Table { .. } => before,
        Step::FlatMap { rows, .. } | Step::Project { rows, .. } => SchemaRef::clone(rows),
        Step::Aggregate(aggregate) => SchemaRef::clone(&aggregate.rows),
    }
}
