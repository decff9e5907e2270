//! `STRING_AGG`: all texts, one after the other.

use std::sync::Arc;

use super::AggregateFunction;
use super::declaration::{Constant, with};
use super::gathered::{self, Shown};
use crate::{Error, Example, Param, ParamType, Returns};

pub(crate) static FUNCTION: AggregateFunction = AggregateFunction {
    name: "STRING_AGG",
    description: "The texts of a column in the order of processing with a separator between them, nulls left out; NULL when \
                  there is none. Where rows are taken back, the last one that is equal goes.",
    undo: true,
    extension: true,
    overloads: &[with(
        &[Param { name: "column", ty: ParamType::String }],
        &[Param { name: "separator", ty: ParamType::String }],
        Returns::Type(ParamType::String),
    )],
    examples: &[
        Example { call: "STRING_AGG(x, ',') of 'a'; NULL; 'b'; 'a'", result: "'a,b,a'" },
        Example { call: "STRING_AGG(x, '-') of 'a'; 'b'; 'a'; 'c' without 'a'", result: "'a-b-c'" },
        Example { call: "STRING_AGG(x, '-') of 'a'; NULL without 'a'", result: "NULL" },
    ],
    state: |setup| match setup.constants {
        [Constant::Text(separator)] => gathered::state(setup, Shown::Text(Arc::clone(separator))),
        other => Err(Error::Fatal(format!("no separator: {other:?}"))),
    },
};
