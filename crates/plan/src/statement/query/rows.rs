//! The columns of the rows that the sources of a query make together.

use millstream_types::SqlType;

use super::inputs::{Input, Inputs};
use crate::expr::{Reading, Scope};
use crate::topology::PseudoColumn;

/// The columns of a row, source by source.
#[derive(Debug, Clone)]
pub(in crate::statement) struct Rows {
    /// The columns.
    pub(in crate::statement) columns: Vec<RowColumn>,
    /// How the expressions over them are understood.
    reading: Reading,
}

/// A column of a row.
#[derive(Debug, Clone)]
pub(in crate::statement) struct RowColumn {
    /// Its name in the row.
    pub(in crate::statement) name: String,
    /// Its type.
    pub(in crate::statement) ty: SqlType,
    /// The source it comes from, by position among the inputs; nothing to the key that a join adds.
    pub(in crate::statement) input: usize,
    /// What it is there.
    pub(in crate::statement) part: Part,
}

/// What a column of a row is in its source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::statement) enum Part {
    /// The declared column of that index.
    Declared(usize),
    /// A column that every record has.
    Pseudo(PseudoColumn),
    /// What the rows of a join were joined by, where no source has it as a column.
    JoinKey,
}

impl Rows {
    /// The rows of these sources.
    pub(super) fn of(inputs: &Inputs, reading: Reading) -> Self {
        let columns = inputs.0.iter().enumerate().flat_map(|(i, input)| columns(i, input, inputs)).collect();
        Self { columns, reading }
    }

    /// Adds the key of a join; gives its name: `ROWKEY`, or `ROWKEY_1` and so on where a source has such a column.
    pub(super) fn push_join_key(&mut self, inputs: &Inputs, ty: SqlType) -> String {
        let taken = |name: &str| inputs.0.iter().any(|i| i.source.schema.find(name).is_some());
        let mut name = String::from("ROWKEY");
        let mut count = 0;
        while taken(&name) {
            count += 1;
            name = format!("ROWKEY_{count}");
        }
        self.columns.push(RowColumn { name: name.clone(), ty, input: usize::MAX, part: Part::JoinKey });
        name
    }

    /// Type of the column of that name.
    pub(super) fn find(&self, name: &str) -> Option<&SqlType> {
        self.columns.iter().find(|c| c.name == name).map(|c| &c.ty)
    }

    /// The scope of expressions over all of the columns.
    pub(super) fn scope(&self) -> Scope {
        let columns = self.columns.iter().map(|c| (c.name.clone(), c.ty.clone()));
        Scope::of(columns).timed(self.times()).read_as(self.reading)
    }

    /// The columns that hold points in time as milliseconds.
    pub(super) fn times(&self) -> Vec<String> {
        let is_time = |p: PseudoColumn| p == PseudoColumn::RowTime || p.is_bound();
        let times = self.columns.iter().filter(|c| matches!(c.part, Part::Pseudo(p) if is_time(p)));
        times.map(|c| c.name.clone()).collect()
    }
}

/// Values, then pseudo columns, then keys, then bounds of windows: the order in which `*` finds them behind a new key
/// (ksqlDB's).
fn columns<'s>(index: usize, input: &'s Input, inputs: &'s Inputs) -> impl Iterator<Item = RowColumn> + 's {
    let schema = &input.source.schema;
    let keys = schema.key_count();
    let declared = move |i: usize| {
        let column = schema.columns().get(i)?;
        Some((column.name.clone(), column.ty.clone(), Part::Declared(i)))
    };
    let values = (keys..schema.columns().len()).filter_map(declared);
    let there = move |p: &PseudoColumn| input.find(p.name()).is_some() && schema.find(p.name()).is_none();
    let (bounds, pseudo): (Vec<PseudoColumn>, Vec<PseudoColumn>) =
        PseudoColumn::ALL.into_iter().filter(there).partition(|p| p.is_bound());
    let column = |p: PseudoColumn| (p.name().to_owned(), p.ty(), Part::Pseudo(p));
    let columns = values.chain(pseudo.into_iter().map(column)).chain((0..keys).filter_map(declared));
    columns.chain(bounds.into_iter().map(column)).map(move |(name, ty, part)| RowColumn {
        name: inputs.row_name(&input.alias, &name),
        ty,
        input: index,
        part,
    })
}
