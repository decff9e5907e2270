//! How an aggregate function describes itself.

use std::fmt;
use std::sync::Arc;

use arrow::datatypes::DataType;
use millstream_types::{SqlType, arrow_type};

use super::counted;
use super::state::AggregateState;
use crate::resolve::{Fit, Shape, Signature, choose};
use crate::signature::write_params;
use crate::{Error, Example, Param, Returns};

/// The function that counts, whose DISTINCT takes several arguments.
const COUNT: &str = "COUNT";

/// A built-in aggregate function.
#[derive(Debug)]
pub struct AggregateFunction {
    /// The name as messages show it; calls are matched in any case.
    pub name: &'static str,
    /// One or two sentences: what it gives, its edge cases and its rule about nulls.
    pub description: &'static str,
    /// Whether a row can be taken back, as in ksqlDB. Only such functions aggregate tables, whose rows are replaced; those of
    /// which [`Self::counts_values`] holds do where statements are not read as ksqlDB's.
    pub undo: bool,
    /// Whether ksqlDB lacks it: where statements are read as ksqlDB's, there is no such function.
    pub extension: bool,
    /// Its signatures.
    pub overloads: &'static [AggregateOverload],
    /// Calls over rows with their results: `SUM(x) of 1; NULL; 2 without 1`, where a lower-case name stands for an input,
    /// rows are between semicolons and those after `without` are taken back. Each runs as a test.
    pub examples: &'static [Example],
    /// Makes the state of a call.
    pub(super) state: fn(&Setup<'_>) -> Result<Box<dyn AggregateState>, Error>,
}

/// One signature of an aggregate function.
#[derive(Debug)]
pub struct AggregateOverload {
    /// What is read from every row.
    pub inputs: &'static [Param],
    /// Whether the last input may be given any number of times, none included.
    pub variadic: bool,
    /// What follows the inputs and must be literals.
    pub constants: &'static [Param],
    /// Type of the result.
    pub returns: Returns,
}

/// A constant argument of an aggregate call: a literal of the statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Constant {
    /// NULL, which no function takes.
    Null,
    /// An INTEGER: how many values are kept.
    Integer(i32),
    /// A BOOLEAN: whether nulls are left out.
    Boolean(bool),
    /// A DECIMAL or a DOUBLE, as it is written: a fraction.
    Number(Arc<str>),
    /// A STRING: what stands between others.
    Text(Arc<str>),
}

/// How many values a group of COLLECT_LIST and COLLECT_SET keeps at most; what comes later is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// `ksql.functions.collect_list.limit`
    pub collect_list: usize,
    /// `ksql.functions.collect_set.limit`
    pub collect_set: usize,
}

/// As many as ksqlDB's 32-bit counts reach.
impl Default for Limits {
    fn default() -> Self {
        Self { collect_list: i32::MAX as usize, collect_set: i32::MAX as usize }
    }
}

impl Limits {
    /// The limit that a setting's value asks for: a negative one is none, as in ksqlDB.
    pub fn from_setting(value: i32) -> usize {
        usize::try_from(value).unwrap_or(i32::MAX as usize)
    }
}

/// What a state is made for.
pub(super) struct Setup<'a> {
    /// Arrow types of the inputs.
    pub(super) inputs: Vec<DataType>,
    pub(super) constants: &'a [Constant],
    /// Arrow type of the result.
    pub(super) returns: DataType,
    pub(super) limits: Limits,
}

impl Setup<'_> {
    /// The type of the input at `position`.
    pub(super) fn input(&self, position: usize) -> Result<&DataType, Error> {
        self.inputs.get(position).ok_or_else(|| Error::Fatal(format!("input {position} is missing")))
    }

    /// No state of this function is for such inputs.
    pub(super) fn unfit<T>(&self) -> Result<T, Error> {
        Err(Error::Fatal(format!("no state for inputs {:?}", self.inputs)))
    }

    /// The count among the constants, which is called that; `None` when there is none.
    ///
    /// Errors: [`Error::User`] when it is not at least 1.
    pub(super) fn count(&self, name: &str) -> Result<Option<usize>, Error> {
        let count = self.constants.iter().find(|c| !matches!(c, Constant::Boolean(_)));
        match count {
            None => Ok(None),
            Some(Constant::Integer(n)) if *n >= 1 => Ok(usize::try_from(*n).ok()),
            Some(_) => Err(Error::User(format!("{name} must be 1 or greater"))),
        }
    }
}

/// An overload chosen for a call.
#[derive(Debug)]
pub struct ResolvedAggregate {
    /// The function.
    pub function: &'static AggregateFunction,
    /// The overload. Its [`AggregateOverload::constants`] are the last arguments of the call.
    pub overload: &'static AggregateOverload,
    /// Type of each argument: those given, and for an untyped NULL the parameter's.
    pub params: Vec<SqlType>,
    /// Type of the result.
    pub returns: SqlType,
    /// Whether equal arguments are seen once.
    pub distinct: bool,
    /// Whether rows may be taken back, also by a function that cannot in ksqlDB.
    pub taken_back: bool,
}

impl AggregateFunction {
    /// Whether rows can be taken back from a call with so many arguments only because it then keeps how often each value occurs:
    /// an extension ([`ResolvedAggregate::taken_back`]).
    pub fn counts_values(&self, args: usize) -> bool {
        counted::is_for(self.name, args)
    }

    /// The overload for arguments of these types; `None` is the untyped NULL, which fits every parameter. Unlike a scalar
    /// function's the arguments are not cast: `SUM` of a STRING fits nothing.
    ///
    /// Errors: [`Error::User`] when none or several fit equally well.
    pub fn resolve(&'static self, args: &[Option<SqlType>]) -> Result<ResolvedAggregate, Error> {
        let (overload, Fit { params, returns }) = choose(self.name, self.overloads, args, false)?;
        Ok(ResolvedAggregate { function: self, overload, params, returns, distinct: false, taken_back: false })
    }

    /// The overload for a call with DISTINCT, which sees equal arguments once. COUNT takes any number of them then: it
    /// counts rows of values, of which none is null.
    ///
    /// Errors: those of [`Self::resolve`].
    pub fn resolve_distinct(&'static self, args: &[Option<SqlType>]) -> Result<ResolvedAggregate, Error> {
        let (first, others) = match args.split_first() {
            Some((first, others)) if self.name == COUNT => (std::slice::from_ref(first), others),
            _ => (args, &[][..]),
        };
        let mut resolved = self.resolve(first)?;
        resolved.params.extend(others.iter().map(|ty| ty.clone().unwrap_or(SqlType::String)));
        Ok(ResolvedAggregate { distinct: true, ..resolved })
    }
}

impl ResolvedAggregate {
    /// A state without slots. `constants` are the values of the call's last arguments.
    ///
    /// Errors: [`Error::User`] when a constant is out of range, [`Error::Fatal`] when there are too few or too many.
    pub fn state(&self, constants: &[Constant], limits: Limits) -> Result<Box<dyn AggregateState>, Error> {
        let inputs = self.params.len().saturating_sub(self.overload.constants.len());
        if constants.len() != self.overload.constants.len() {
            return Err(Error::Fatal(format!("{} constants for {}", constants.len(), self.function.name)));
        }
        if constants.contains(&Constant::Null) {
            return Err(Error::User(format!("A constant argument of {} must not be NULL", self.function.name)));
        }
        let inputs: Vec<DataType> = self.params.iter().take(inputs).map(arrow_type).collect();
        let types = inputs.clone();
        let setup = Setup { inputs, constants, returns: arrow_type(&self.returns), limits };
        let by_value = self.taken_back && !self.function.undo;
        let state = if by_value { counted::state(self.function.name, &setup)? } else { (self.function.state)(&setup)? };
        if self.distinct { state.distinct(types, self.function.name == COUNT) } else { Ok(state) }
    }
}

impl Signature for AggregateOverload {
    fn shape(&'static self) -> Shape {
        Shape { params: self.inputs, variadic: self.variadic, after: self.constants, returns: &self.returns }
    }
}

/// `INT column, ANY... others, INT k`.
impl fmt::Display for AggregateOverload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_params(f, self.inputs, self.variadic, self.constants)
    }
}

/// A signature without constants.
pub(super) const fn of(inputs: &'static [Param], returns: Returns) -> AggregateOverload {
    AggregateOverload { inputs, variadic: false, constants: &[], returns }
}

/// The signature with these constants.
pub(super) const fn with(inputs: &'static [Param], constants: &'static [Param], returns: Returns) -> AggregateOverload {
    AggregateOverload { inputs, variadic: false, constants, returns }
}
