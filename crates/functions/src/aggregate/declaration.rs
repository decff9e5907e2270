//! How an aggregate function describes itself.

use std::fmt;

use millstream_types::SqlType;

use crate::resolve::{Fit, Shape, Signature, choose};
use crate::signature::write_params;
use crate::{Error, Param, Returns};

/// A built-in aggregate function.
#[derive(Debug)]
pub struct AggregateFunction {
    /// The name as messages show it; calls are matched in any case.
    pub name: &'static str,
    /// One or two sentences: what it gives, its edge cases and its rule about nulls.
    pub description: &'static str,
    /// Whether a row can be taken back. Only such functions aggregate tables, whose rows are replaced.
    pub undo: bool,
    /// Its signatures.
    pub overloads: &'static [AggregateOverload],
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

/// An overload chosen for a call.
#[derive(Debug)]
pub struct ResolvedAggregate {
    /// The overload. Its [`AggregateOverload::constants`] are the last arguments of the call.
    pub overload: &'static AggregateOverload,
    /// Type of each argument: those given, and for an untyped NULL the parameter's.
    pub params: Vec<SqlType>,
    /// Type of the result.
    pub returns: SqlType,
}

impl AggregateFunction {
    /// The overload for arguments of these types; `None` is the untyped NULL, which fits every parameter. Unlike a scalar
    /// function's the arguments are not cast: `SUM` of a STRING fits nothing.
    ///
    /// Errors: [`Error::User`] when none or several fit equally well.
    pub fn resolve(&'static self, args: &[Option<SqlType>]) -> Result<ResolvedAggregate, Error> {
        let (overload, Fit { params, returns }) = choose(self.name, self.overloads, args, false)?;
        Ok(ResolvedAggregate { overload, params, returns })
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
