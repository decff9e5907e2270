//! A query as it runs over topics of several partitions: cut into sub-topologies where rows move to another partition.
//!
//! Between two of them stands a repartition topic: rows go to the partition that the key of their group gives, or what they
//! are joined by, so that one task has all rows that have to do with each other. A row travels whole.

use std::sync::Arc;

use arrow::datatypes::{Schema as ArrowSchema, SchemaRef};
use datafusion_physical_expr::expressions::Column as ColumnExpr;
use millstream_types::arrow_field;

use super::spread::Spread;
use super::{Identity, Join, JoinForm, Projection, RowKey, SinkNode, SourceNode, Stage, Step};

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

impl Input {
    /// What it is in the catalog, if it is there.
    pub fn source(&self) -> Option<&SourceNode> {
        match self {
            Self::Source(source) => Some(source),
            Self::Repartition { .. } => None,
        }
    }

    fn is_same_topic(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Source(a), Self::Source(b)) => a.topic == b.topic,
            (Self::Repartition { from: a, .. }, Self::Repartition { from: b, .. }) => a == b,
            _ => false,
        }
    }
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
pub enum Repartition {
    /// To that of their group. Rows that are in no group go nowhere; the others have the columns of their group behind
    /// their own there.
    Grouped {
        /// By what they are grouped, over their columns.
        group: Vec<Projection>,
        /// How the key of a group is encoded.
        key: RowKey,
    },
    /// To that of what they are joined by. Rows that have no such key may go anywhere.
    Joined {
        /// What it is, over their columns.
        by: Vec<Projection>,
        /// How it is encoded.
        key: RowKey,
    },
    /// To that of what identifies them, whether parts of that are null or not.
    Identified(Identity),
    /// All to one partition.
    Gathered,
}

/// How joins by foreign keys are cut. It cannot change while a query keeps something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Cutting {
    /// Over all partitions.
    #[default]
    Spread,
    /// Both sides in one partition, as it was before they were spread.
    Gathered,
}

impl SubTopology {
    /// A stage as it runs over one partition, uncut; `None`: it has no sink.
    pub fn whole(stage: &Stage) -> Option<Self> {
        let output = Output::Sink(stage.sink.clone()?);
        let inputs = stage.sources().into_iter().cloned().map(Input::Source).collect();
        Some(Self { number: 0, inputs, steps: stage.steps.clone(), output })
    }

    /// Its topics, each once, in the order of their first inputs, with the numbers of the inputs over each.
    pub fn topics(&self) -> Vec<(&Input, Vec<u16>)> {
        let mut topics: Vec<(&Input, Vec<u16>)> = Vec::new();
        for (number, input) in (0..).zip(&self.inputs) {
            match topics.iter_mut().find(|(known, _)| known.is_same_topic(input)) {
                Some((_, numbers)) => numbers.push(number),
                None => topics.push((input, vec![number])),
            }
        }
        topics
    }

    /// The topics of the catalog that it reads as tables: what was appended replaces what was there.
    pub fn tables(&self) -> Vec<&SourceNode> {
        let mut is_table = Vec::with_capacity(self.inputs.len());
        tables_of(&self.steps, &mut is_table);
        let tables = self.inputs.iter().zip(is_table).filter(|(_, is_table)| *is_table);
        tables.filter_map(|(input, _)| input.source()).collect()
    }

    /// The topic of its late rows, if it has one.
    pub fn late(&self) -> Option<&SinkNode> {
        self.steps.iter().find_map(|step| match step {
            Step::Aggregate(aggregate) => aggregate.late.as_ref().map(|late| &late.sink),
            Step::Join(join) => join.late.as_ref().map(|late| &late.sink),
            _ => None,
        })
    }

    /// Whether a step of it keeps something between records.
    pub fn keeps_state(&self) -> bool {
        keep_state(&self.steps)
    }
}

/// Appends whether the input before these steps is a table, and the same of those that come in among them.
fn tables_of(steps: &[Step], out: &mut Vec<bool>) {
    out.push(matches!(steps.first(), Some(Step::Table { .. })));
    for branch in steps.iter().flat_map(Step::branches) {
        tables_of(&branch.steps, out);
    }
}

impl SubTopology {
    /// Whether it numbers the changes of rows, or goes by such numbers: then none may be made twice.
    pub fn numbers_changes(&self) -> bool {
        fn number(steps: &[Step]) -> bool {
            let numbers = |step: &Step| match step {
                Step::Point(_) | Step::Latest(_) => true,
                Step::Join(join) => join.form == JoinForm::Pointed,
                _ => false,
            };
            steps.iter().any(|step| numbers(step) || step.branches().iter().any(|branch| number(&branch.steps)))
        }
        number(&self.steps)
    }

    /// Whether a step of it makes results of which several within an epoch can be merged.
    pub fn merges(&self) -> bool {
        self.steps.iter().any(|step| match step {
            Step::Aggregate(aggregate) => !aggregate.window.is_some_and(|window| window.last_only),
            Step::Rank(_) => true,
            _ => false,
        })
    }
}

fn keep_state(steps: &[Step]) -> bool {
    let keeps = |step: &Step| {
        matches!(
            step,
            Step::Aggregate(_)
                | Step::Rank(_)
                | Step::Join(_)
                | Step::Point(_)
                | Step::Latest(_)
                | Step::Table { remember: Some(_) }
                | Step::Expire { .. }
        ) || step.branches().iter().any(|branch| keep_state(&branch.steps))
    };
    steps.iter().any(keeps)
}

/// The sub-topologies of a query's stages, in the order of the data. Stages without a sink have none.
pub fn cut(stages: &[Stage]) -> Vec<SubTopology> {
    cut_as(stages, Cutting::default())
}

/// Whether it matters how joins by foreign keys are cut: there are some.
pub fn is_cut_either_way(stages: &[Stage]) -> bool {
    fn any(steps: &[Step]) -> bool {
        let foreign = |step: &Step| matches!(step, Step::Join(join) if join.form == JoinForm::ForeignKey);
        steps.iter().any(|step| foreign(step) || step.branches().iter().any(|branch| any(&branch.steps)))
    }
    stages.iter().any(|stage| any(&stage.steps))
}

/// The sub-topologies of a query's stages, its joins by foreign keys cut so.
pub fn cut_as(stages: &[Stage], cutting: Cutting) -> Vec<SubTopology> {
    let mut cutter = Cutter { parts: Vec::new(), cutting };
    for stage in stages {
        let Some(sink) = &stage.sink else { continue };
        let chain = cutter.chain(&stage.source, &stage.steps);
        cutter.end(chain, Output::Sink(sink.clone()));
    }
    cutter.parts
}

/// What has been read and done so far in the part at hand.
struct Chain {
    inputs: Vec<Input>,
    steps: Vec<Step>,
    /// The columns of the rows now.
    rows: SchemaRef,
}

impl Chain {
    /// With that step behind it.
    fn then(mut self, step: Step) -> Self {
        self.rows = after(&step, self.rows);
        self.steps.push(step);
        self
    }
}

struct Cutter {
    parts: Vec<SubTopology>,
    cutting: Cutting,
}

impl Cutter {
    /// These steps behind a source.
    fn chain(&mut self, source: &SourceNode, steps: &[Step]) -> Chain {
        let rows = SchemaRef::clone(&source.rows);
        let mut chain = Chain { inputs: vec![Input::Source(source.clone())], steps: Vec::new(), rows };
        for step in steps {
            let spread = match step {
                Step::Join(join) if self.cutting == Cutting::Spread => Spread::of(join),
                _ => None,
            };
            if let Some(spread) = spread {
                chain = self.spread(chain, spread);
                continue;
            }
            let mut step = step.clone();
            match &mut step {
                Step::Aggregate(aggregate) if aggregate.moves => {
                    let repartition =
                        Repartition::Grouped { group: aggregate.group.clone(), key: aggregate.key.clone() };
                    let rows = moved(&chain.rows, &mut aggregate.group);
                    chain = self.send(chain, repartition, rows);
                }
                Step::Rank(rank) if rank.moves => {
                    let repartition = Repartition::Grouped { group: rank.partition.clone(), key: rank.key.clone() };
                    let rows = moved(&chain.rows, &mut rank.partition);
                    chain = self.send(chain, repartition, rows);
                }
                Step::Join(join) => chain = self.join(chain, join),
                Step::Union { branches } => {
                    for branch in branches {
                        let mut other = self.chain(&branch.source, &branch.steps);
                        chain.inputs.append(&mut other.inputs);
                        branch.steps = other.steps;
                    }
                }
                _ => {}
            }
            chain = chain.then(step);
        }
        chain
    }

    /// A join by a foreign key over all partitions.
    fn spread(&mut self, left: Chain, Spread { point, mut join, latest }: Spread) -> Chain {
        let joined = |by: &[Projection]| Repartition::Joined { by: by.to_vec(), key: join.key.clone() };
        let pointing = left.then(Step::Point(Box::new(point)));
        let mut left = self.pass(pointing, joined(&join.left_key));
        let mut right = self.chain(&join.right.source, &join.right.steps);
        if join.right_moves {
            right = self.pass(right, joined(&join.right_key));
        }
        left.inputs.append(&mut right.inputs);
        join.right.steps = right.steps;
        let met = left.then(Step::Join(Box::new(join)));
        let told = self.pass(met, Repartition::Identified(latest.identity.clone()));
        told.then(Step::Latest(Box::new(latest)))
    }

    /// The two sides of a join, next to each other.
    fn join(&mut self, left: Chain, join: &mut Join) -> Chain {
        let mut right = self.chain(&join.right.source, &join.right.steps);
        let joined = |by: &[Projection]| Repartition::Joined { by: by.to_vec(), key: join.key.clone() };
        let mut left = left;
        if join.form == JoinForm::ForeignKey {
            // Changes of a row that points elsewhere than before must not overtake each other between two partitions.
            (left, right) = (self.pass(left, Repartition::Gathered), self.pass(right, Repartition::Gathered));
        } else {
            if join.left_moves {
                left = self.pass(left, joined(&join.left_key));
            }
            if join.right_moves {
                right = self.pass(right, joined(&join.right_key));
            }
        }
        left.inputs.append(&mut right.inputs);
        join.right.steps = right.steps;
        left
    }

    /// Sends rows as they are through a topic.
    fn pass(&mut self, chain: Chain, repartition: Repartition) -> Chain {
        let rows = SchemaRef::clone(&chain.rows);
        self.send(chain, repartition, rows)
    }

    /// Sends rows through a topic behind which they have these columns.
    fn send(&mut self, chain: Chain, repartition: Repartition, rows: SchemaRef) -> Chain {
        let from = self.end(chain, Output::Repartition(repartition));
        let input = Input::Repartition { from, rows: SchemaRef::clone(&rows) };
        Chain { inputs: vec![input], steps: Vec::new(), rows }
    }

    /// Ends the part at hand; its number.
    fn end(&mut self, chain: Chain, output: Output) -> u16 {
        let number = u16::try_from(self.parts.len()).unwrap_or(u16::MAX);
        self.parts.push(SubTopology { number, inputs: chain.inputs, steps: chain.steps, output });
        number
    }
}

/// Lets a step find what it groups by behind the columns of its rows; the columns that arrive then.
fn moved(rows: &SchemaRef, group: &mut [Projection]) -> SchemaRef {
    let mut fields: Vec<_> = rows.fields().iter().cloned().collect();
    for part in group {
        part.expr = Arc::new(ColumnExpr::new(&part.column.name, fields.len()));
        fields.push(Arc::new(arrow_field(&part.column.name, &part.column.ty)));
    }
    Arc::new(ArrowSchema::new(fields))
}

/// The columns behind a step.
fn after(step: &Step, before: SchemaRef) -> SchemaRef {
    match step {
        Step::Filter { .. } | Step::Rekey { .. } | Step::Table { .. } | Step::Expire { .. } | Step::Union { .. } => {
            before
        }
        Step::FlatMap { rows, .. } | Step::Project { rows, .. } => SchemaRef::clone(rows),
        Step::Aggregate(aggregate) => SchemaRef::clone(&aggregate.rows),
        Step::Rank(rank) => SchemaRef::clone(&rank.rows),
        Step::Join(join) => SchemaRef::clone(&join.rows),
        Step::Point(point) => SchemaRef::clone(&point.rows),
        Step::Latest(latest) => SchemaRef::clone(&latest.rows),
    }
}
