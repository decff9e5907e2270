//! `RANDOM`: a number by chance.

use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array};

use super::double;
use crate::{Call, Error, Example, Function, chance};

pub(crate) static FUNCTION: Function = Function {
    name: "random",
    category: "MATHEMATICAL",
    description: "A number from 0 to below 1, another one for each row.",
    overloads: &[double::overload(&[], eval)],
    examples: &[] as &[Example],
};

fn eval(call: &Call<'_>) -> Result<ArrayRef, Error> {
    Ok(Arc::new(Float64Array::from(chance::units(call.rows))))
}
