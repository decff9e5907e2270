//! Calls of aggregate functions over rows, as examples write them.

use arrow::array::ArrayRef;
use arrow::compute::cast;
use millstream_types::{SqlType, arrow_type};

use super::literal::{self, Literal};
use crate::{AggregateFunction, AggregateState, Arg, Constant, Limits, ResolvedAggregate, Rows, find_aggregate};

/// A call with its rows.
pub(super) struct Case {
    pub(super) resolved: ResolvedAggregate,
    pub(super) constants: Vec<Constant>,
    pub(super) added: Vec<Vec<Literal>>,
    pub(super) undone: Vec<Vec<Literal>>,
}

impl Case {
    /// `NAME(x, y, 2) of 1, 'a'; 2, NULL without 1, 'a'`
    pub(super) fn parse(text: &str) -> Self {
        let (call, rows) = text.split_once(" of ").unwrap();
        let (added, undone) = rows.split_once(" without ").unwrap_or((rows, ""));
        let rows = |text: &str| -> Vec<Vec<Literal>> {
            text.split("; ").filter(|r| !r.is_empty()).map(|row| literal::call(&format!("R({row})")).1).collect()
        };
        let (added, undone) = (rows(added), rows(undone));
        let (name, args) = call.strip_suffix(')').unwrap().split_once('(').unwrap();
        let distinct = args.starts_with("DISTINCT ");
        let args = args.strip_prefix("DISTINCT ").unwrap_or(args);
        let (inputs, constants): (Vec<&str>, Vec<&str>) =
            args.split(", ").partition(|arg| arg.starts_with(|c: char| c.is_ascii_lowercase()));
        let ty = |i: usize| added.iter().chain(&undone).find_map(|row| row[i].ty());
        let mut types: Vec<Option<SqlType>> = (0..inputs.len()).map(ty).collect();
        let constants: Vec<Literal> = constants.into_iter().map(literal::parse).collect();
        types.extend(constants.iter().map(Literal::ty));
        let function = find_aggregate(name).unwrap();
        let resolved = if distinct { function.resolve_distinct(&types) } else { function.resolve(&types) }.unwrap();
        Self {
            resolved: ResolvedAggregate { taken_back: !undone.is_empty(), ..resolved },
            constants: constants.iter().map(constant).collect(),
            added,
            undone,
        }
    }

    /// For inputs of these types and no rows yet.
    pub(super) fn of(function: &'static AggregateFunction, inputs: &[SqlType], constants: &[Constant]) -> Self {
        let ty = |c: &Constant| match c {
            Constant::Null => None,
            Constant::Integer(_) => Some(SqlType::Integer),
            Constant::Boolean(_) => Some(SqlType::Boolean),
            Constant::Number(_) => Some(SqlType::Double),
            Constant::Text(_) => Some(SqlType::String),
        };
        let types: Vec<_> = inputs.iter().cloned().map(Some).chain(constants.iter().map(ty)).collect();
        let resolved = function.resolve(&types).unwrap();
        Self { resolved, constants: constants.to_vec(), added: Vec::new(), undone: Vec::new() }
    }

    /// The same where rows may be taken back.
    pub(super) fn taken_back(mut self) -> Self {
        self.resolved.taken_back = true;
        self
    }

    /// Whether rows can be taken back.
    pub(super) fn undoes(&self) -> bool {
        let by_value = self.resolved.function.counts_values(self.resolved.params.len());
        self.resolved.function.undo || self.resolved.taken_back && by_value
    }

    /// The same with DISTINCT.
    pub(super) fn distinct(mut self) -> Self {
        self.resolved.distinct = true;
        self
    }

    pub(super) fn state(&self, slots: usize) -> Box<dyn AggregateState> {
        let mut state = self.resolved.state(&self.constants, Limits::default()).unwrap();
        state.grow(slots);
        state
    }

    /// Rows as arguments.
    pub(super) fn args(&self, rows: &[Vec<Literal>]) -> Vec<Arg> {
        let inputs = self.resolved.params.len() - self.constants.len();
        let column = |i: usize| column(&self.resolved.params[i], &rows.iter().map(|r| &r[i]).collect::<Vec<_>>());
        (0..inputs).map(|i| Arg::column(column(i))).collect()
    }

    pub(super) fn add(&self, state: &mut dyn AggregateState, slots: &[u32], rows: &[Vec<Literal>]) {
        let mut failed = Vec::new();
        state.apply(&Rows::added(slots, &self.args(rows)), &mut failed).unwrap();
        assert_eq!(failed, []);
    }

    /// Takes rows back.
    pub(super) fn undo(&self, state: &mut dyn AggregateState, slots: &[u32], rows: &[Vec<Literal>]) {
        let mut failed = Vec::new();
        state.apply(&Rows::undone(slots, &self.args(rows)), &mut failed).unwrap();
        assert_eq!(failed, []);
    }

    /// The state of one group after all rows.
    pub(super) fn run(&self) -> Box<dyn AggregateState> {
        let mut state = self.state(1);
        self.add(state.as_mut(), &vec![0; self.added.len()], &self.added);
        self.undo(state.as_mut(), &vec![0; self.undone.len()], &self.undone);
        state
    }
}

fn constant(literal: &Literal) -> Constant {
    match literal {
        Literal::Integer(n) => Constant::Integer(i32::try_from(*n).unwrap()),
        Literal::Boolean(b) => Constant::Boolean(*b),
        Literal::Text(text) => Constant::Text(text.as_str().into()),
        Literal::Double(number) => Constant::Number(number.to_string().into()),
        Literal::Decimal(digits, _, scale) => Constant::Number(format!("{digits}e-{scale}").into()),
        other => panic!("{other:?}"),
    }
}

/// A column, also of decimals that literals are too narrow for.
fn column(ty: &SqlType, values: &[&Literal]) -> ArrayRef {
    match ty {
        SqlType::Decimal { precision: 39.., scale } => {
            let narrow = literal::array(&SqlType::Decimal { precision: 38, scale: *scale }, values);
            cast(&narrow, &arrow_type(ty)).unwrap()
        }
        ty => literal::array(ty, values),
    }
}
