//! What SHOW FUNCTIONS, DESCRIBE FUNCTION and the reference page show of a function of any kind.

use std::fmt;

use millstream_types::SqlType;

use crate::{Example, Function, Param, ParamType, Returns, all, all_added, all_aggregates, all_table};

/// What a call of a function makes of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A value of each row.
    Scalar,
    /// Rows of each row.
    Table,
    /// One value of many rows.
    Aggregate,
}

/// The word in REST answers: `SCALAR`, `TABLE`, `AGGREGATE`.
impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Scalar => "SCALAR",
            Self::Table => "TABLE",
            Self::Aggregate => "AGGREGATE",
        })
    }
}

/// A function as people see it.
#[derive(Debug, Clone)]
pub struct Description {
    /// In upper case.
    pub name: String,
    /// Scalar, table or aggregate.
    pub kind: Kind,
    /// ksqlDB's topic: `MATHEMATICAL`, `STRING` …; table and aggregate functions have one each.
    pub category: &'static str,
    /// One or two sentences.
    pub description: &'static str,
    /// Whether ksqlDB lacks it.
    pub extension: bool,
    /// Its signatures.
    pub signatures: Vec<Signature>,
    /// Calls with their results.
    pub examples: &'static [Example],
}

/// A signature as people see it.
#[derive(Debug, Clone)]
pub struct Signature {
    /// Parameters in order.
    pub params: Vec<Parameter>,
    /// Type of the result, in the notation of [`ParamType`].
    pub returns: String,
}

/// A parameter as people see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    /// Lower-case name.
    pub name: &'static str,
    /// Its type, in the notation of [`ParamType`].
    pub ty: String,
    /// Whether it may be given any number of times, none included.
    pub variadic: bool,
    /// Whether the argument must be a literal.
    pub literal: bool,
}

/// The function of that name, in any case and of any kind.
pub fn describe(name: &str) -> Option<Description> {
    every().find(|function| function.name.eq_ignore_ascii_case(name))
}

/// Every function of any kind in name order.
pub fn describe_all() -> Vec<Description> {
    let mut all: Vec<_> = every().collect();
    all.sort_by(|a, b| a.name.cmp(&b.name));
    all
}

fn every() -> impl Iterator<Item = Description> {
    let added = all_added().iter().map(|f| described(f, true));
    let scalar = all().iter().map(|f| described(f, false));
    let table = all_table().iter().map(|f| Description {
        name: f.name.to_uppercase(),
        kind: Kind::Table,
        category: "TABLE",
        description: f.description,
        extension: false,
        signatures: f.overloads.iter().map(|o| signature(o.params, o.variadic, &[], &o.returns)).collect(),
        examples: f.examples,
    });
    let aggregate = all_aggregates().iter().map(|f| Description {
        name: f.name.to_uppercase(),
        kind: Kind::Aggregate,
        category: "AGGREGATE",
        description: f.description,
        extension: f.extension,
        signatures: f.overloads.iter().map(|o| signature(o.inputs, o.variadic, o.constants, &o.returns)).collect(),
        examples: f.examples,
    });
    scalar.chain(added).chain(table).chain(aggregate)
}

/// A scalar function.
fn described(function: &'static Function, extension: bool) -> Description {
    let signatures = function.overloads.iter().map(|o| signature(o.params, o.variadic, &[], &o.returns));
    Description {
        name: function.name.to_uppercase(),
        kind: Kind::Scalar,
        category: function.category,
        description: function.description,
        extension,
        signatures: signatures.collect(),
        examples: function.examples,
    }
}

fn signature(
    params: &'static [Param],
    variadic: bool,
    constants: &'static [Param],
    returns: &'static Returns,
) -> Signature {
    let parameter = |(i, param): (usize, &'static Param)| Parameter {
        name: param.name,
        ty: param.ty.to_string(),
        variadic: variadic && i + 1 == params.len(),
        literal: i >= params.len(),
    };
    let returns = match returns {
        Returns::Type(ty) => ty.to_string(),
        Returns::Like(position) => params.get(*position).map(|param| param.ty.to_string()).unwrap_or_default(),
        Returns::By(rule) => shown(&rule(&params.iter().map(|param| sample(&param.ty)).collect::<Vec<_>>())),
        Returns::Shown(text, _) => (*text).into(),
    };
    Signature { params: params.iter().chain(constants).enumerate().map(parameter).collect(), returns }
}

/// A type that a parameter takes, to find out what class of type a rule makes of it.
fn sample(ty: &ParamType) -> SqlType {
    match ty {
        ParamType::Boolean => SqlType::Boolean,
        ParamType::Integer => SqlType::Integer,
        ParamType::Bigint => SqlType::Bigint,
        ParamType::Double => SqlType::Double,
        ParamType::Decimal => SqlType::Decimal { precision: 38, scale: 10 },
        ParamType::Bytes => SqlType::Bytes,
        ParamType::Date => SqlType::Date,
        ParamType::Time => SqlType::Time,
        ParamType::Timestamp => SqlType::Timestamp,
        ParamType::Array(item) => SqlType::Array(sample(item).into()),
        ParamType::Map(key, value) => SqlType::Map(sample(key).into(), sample(value).into()),
        _ => SqlType::String,
    }
}

/// A type in the notation of [`ParamType`], where a DECIMAL has no digits.
fn shown(ty: &SqlType) -> String {
    match ty {
        SqlType::Integer => "INT".into(),
        SqlType::Array(item) => format!("ARRAY<{}>", shown(item)),
        SqlType::Map(key, value) => format!("MAP<{}, {}>", shown(key), shown(value)),
        simple => simple.base_name().into(),
    }
}

/// `ARRAY<T> array, INT n`, with `...` after a variadic parameter's type.
impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, param) in self.params.iter().enumerate() {
            let comma = if i == 0 { "" } else { ", " };
            let dots = if param.variadic { "..." } else { "" };
            write!(f, "{comma}{}{dots} {}", param.ty, param.name)?;
        }
        Ok(())
    }
}
