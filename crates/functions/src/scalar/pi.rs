//! `PI`: the number.

use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array};

use super::double;
use crate::{Call, Error, Example, Function};

pub(crate) static FUNCTION: Function = Function {
    name: "pi",
    category: "MATHEMATICAL",
    description: "The ratio of a circle's circumference to its diameter.",
    overloads: &[double::overload(&[], eval)],
    examples: &[Example { call: "PI()", result: "3.141592653589793E0" }],
};

fn eval(call: &Call<'_>) -> Result<ArrayRef, Error> {
    Ok(Arc::new(Float64Array::from_value(std::f64::consts::PI, call.rows)))
}
