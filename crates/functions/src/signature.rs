//! How a function describes itself: the single source for overload resolution, DESCRIBE FUNCTION, documentation and tests.

use std::fmt;

use arrow::array::ArrayRef;
use millstream_types::SqlType;

use crate::{Call, Error};

/// A built-in function.
#[derive(Debug)]
pub struct Function {
    /// The name as messages show it; calls are matched in any case.
    pub name: &'static str,
    /// Topic under which it is documented, one of ksqlDB's: `MATHEMATICAL`, `STRING` …
    pub category: &'static str,
    /// One or two sentences: what it gives, its edge cases and its rule about nulls.
    pub description: &'static str,
    /// Its signatures.
    pub overloads: &'static [Overload],
    /// Calls with their results; each runs as a test.
    pub examples: &'static [Example],
}

/// One signature of a function.
#[derive(Debug)]
pub struct Overload {
    /// Parameters in order.
    pub params: &'static [Param],
    /// Whether the last parameter may be given any number of times, none included.
    pub variadic: bool,
    /// Type of the result.
    pub returns: Returns,
    /// Whether a row's values can make it fail: such calls are not evaluated for rows that do not need them.
    pub fallible: bool,
    /// Computes a batch.
    pub eval: fn(&Call<'_>) -> Result<ArrayRef, Error>,
}

impl Overload {
    /// Whether it is evaluated for every row even when its arguments are constant: a call without arguments has nothing
    /// to differ by but the time and chance. (PI, which is constant all the same, loses nothing but its folding.)
    pub fn is_volatile(&self) -> bool {
        self.params.is_empty()
    }
}

/// One parameter.
#[derive(Debug)]
pub struct Param {
    /// Lower-case name.
    pub name: &'static str,
    /// What it takes.
    pub ty: ParamType,
}

/// What a parameter takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParamType {
    /// `BOOLEAN`
    Boolean,
    /// `INTEGER`
    Integer,
    /// `BIGINT`
    Bigint,
    /// `DOUBLE`
    Double,
    /// `DECIMAL` of any precision and scale
    Decimal,
    /// `STRING`
    String,
    /// `BYTES`
    Bytes,
    /// `DATE`
    Date,
    /// `TIME`
    Time,
    /// `TIMESTAMP`
    Timestamp,
    /// The unit of an interval: a keyword like `DAYS`, which arrives as a text in upper case
    Unit,
    /// Any type; the same one wherever the letter stands in a signature.
    Any(char),
    /// Any type, each argument its own.
    Each,
    /// `ARRAY` of what it holds
    Array(&'static ParamType),
    /// `MAP` of key and value
    Map(&'static ParamType, &'static ParamType),
    /// A lambda with these parameters and that result
    Lambda(&'static [ParamType], &'static ParamType),
}

/// Type of a result.
#[derive(Debug)]
pub enum Returns {
    /// This type, its letters as bound by the arguments.
    Type(ParamType),
    /// The type of the argument at that position.
    Like(usize),
    /// Computed from the argument types after casting.
    By(fn(&[SqlType]) -> SqlType),
    /// Computed likewise, where a letter or a struct's fields are needed to show it: the text that is shown.
    Shown(&'static str, fn(&[SqlType]) -> SqlType),
}

/// A call and its result, both as SQL literals.
#[derive(Debug)]
pub struct Example {
    /// The call.
    pub call: &'static str,
    /// Its result.
    pub result: &'static str,
}

/// The notation of ksqlDB's function lists: `ARRAY<T>`, `INT`, `VARCHAR`.
impl fmt::Display for ParamType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Boolean => f.write_str("BOOLEAN"),
            Self::Integer => f.write_str("INT"),
            Self::Bigint => f.write_str("BIGINT"),
            Self::Double => f.write_str("DOUBLE"),
            Self::Decimal => f.write_str("DECIMAL"),
            Self::String => f.write_str("VARCHAR"),
            Self::Bytes => f.write_str("BYTES"),
            Self::Date => f.write_str("DATE"),
            Self::Time => f.write_str("TIME"),
            Self::Timestamp => f.write_str("TIMESTAMP"),
            Self::Unit => f.write_str("INTERVALUNIT"),
            Self::Any(letter) => write!(f, "{letter}"),
            Self::Each => f.write_str("ANY"),
            Self::Array(item) => write!(f, "ARRAY<{item}>"),
            Self::Map(key, value) => write!(f, "MAP<{key}, {value}>"),
            Self::Lambda(params, returns) => {
                f.write_str("LAMBDA (")?;
                for (i, param) in params.iter().enumerate() {
                    write!(f, "{}{param}", if i == 0 { "" } else { ", " })?;
                }
                write!(f, ") => {returns}")
            }
        }
    }
}

/// `VARCHAR text, INT position` with `...` after a variadic parameter.
impl fmt::Display for Overload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_params(f, self.params, self.variadic, &[])
    }
}

/// Parameters, of which the last may be variadic, and those that follow them.
pub(crate) fn write_params(
    f: &mut fmt::Formatter<'_>,
    params: &[Param],
    variadic: bool,
    after: &[Param],
) -> fmt::Result {
    for (i, param) in params.iter().chain(after).enumerate() {
        let comma = if i == 0 { "" } else { ", " };
        let dots = if variadic && i + 1 == params.len() { "..." } else { "" };
        write!(f, "{comma}{}{dots} {}", param.ty, param.name)?;
    }
    Ok(())
}
