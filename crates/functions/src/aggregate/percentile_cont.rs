//! `PERCENTILE_CONT`: the number below which a share of a column's are.

use super::declaration::{Constant, Setup, with};
use super::doubles::COLUMN;
use super::state::AggregateState;
use super::{AggregateFunction, AggregateOverload, percentile};
use crate::{Error, Example, Param, ParamType, Returns};

pub(crate) static FUNCTION: AggregateFunction = AggregateFunction {
    name: "PERCENTILE_CONT",
    description: "The number at a place between the smallest (0) and the largest (1) of a column's, exactly; between two of them \
                  it is in between as far. Nulls are left out, NULL when there is none. A group may have 50000 different \
                  numbers: a query stops at one more.",
    undo: true,
    extension: true,
    overloads: &OVERLOADS,
    examples: &[
        Example { call: "PERCENTILE_CONT(x, 0.25) of 5; NULL; 1; 9; 3; 7", result: "3E0" },
        Example { call: "PERCENTILE_CONT(x, 0.9) of 10; 20; 30 without 30", result: "19E0" },
        Example { call: "PERCENTILE_CONT(x, 1) of 1E0; 2E0", result: "2E0" },
    ],
    state,
};

const DECIMAL: &[Param] = &[Param { name: "fraction", ty: ParamType::Decimal }];
const DOUBLE: &[Param] = &[Param { name: "fraction", ty: ParamType::Double }];
const INTEGER: &[Param] = &[Param { name: "fraction", ty: ParamType::Integer }];

static OVERLOADS: [AggregateOverload; 12] = [
    with(&COLUMN[0], DECIMAL, Returns::Type(ParamType::Double)),
    with(&COLUMN[1], DECIMAL, Returns::Type(ParamType::Double)),
    with(&COLUMN[2], DECIMAL, Returns::Type(ParamType::Double)),
    with(&COLUMN[3], DECIMAL, Returns::Type(ParamType::Double)),
    with(&COLUMN[0], DOUBLE, Returns::Type(ParamType::Double)),
    with(&COLUMN[1], DOUBLE, Returns::Type(ParamType::Double)),
    with(&COLUMN[2], DOUBLE, Returns::Type(ParamType::Double)),
    with(&COLUMN[3], DOUBLE, Returns::Type(ParamType::Double)),
    with(&COLUMN[0], INTEGER, Returns::Type(ParamType::Double)),
    with(&COLUMN[1], INTEGER, Returns::Type(ParamType::Double)),
    with(&COLUMN[2], INTEGER, Returns::Type(ParamType::Double)),
    with(&COLUMN[3], INTEGER, Returns::Type(ParamType::Double)),
];

fn state(setup: &Setup<'_>) -> Result<Box<dyn AggregateState>, Error> {
    let fraction = match setup.constants {
        [Constant::Integer(number)] => f64::from(*number),
        [Constant::Number(text)] => text.parse().unwrap_or(f64::NAN),
        _ => f64::NAN,
    };
    if (0.0..=1.0).contains(&fraction) {
        return Ok(percentile::state(fraction));
    }
    Err(Error::User("fraction must be between 0 and 1".into()))
}
