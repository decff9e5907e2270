//! `POWER`: a number to the power of another.

use arrow::array::ArrayRef;

use super::double;
use crate::{Call, Error, Example, Function, Param, ParamType};

pub(crate) static FUNCTION: Function = Function {
    name: "power",
    category: "MATHEMATICAL",
    description: "The base to the power of the exponent; infinite when it is too large. Any null gives null.",
    overloads: &[
        double::overload(
            &[Param { name: "base", ty: ParamType::Integer }, Param { name: "exponent", ty: ParamType::Integer }],
            two,
        ),
        double::overload(
            &[Param { name: "base", ty: ParamType::Bigint }, Param { name: "exponent", ty: ParamType::Bigint }],
            two,
        ),
        double::overload(
            &[Param { name: "base", ty: ParamType::Double }, Param { name: "exponent", ty: ParamType::Double }],
            two,
        ),
    ],
    examples: &[
        Example { call: "POWER(2, 10)", result: "1024E0" },
        Example { call: "POWER(2.5E0, 2E0)", result: "6.25E0" },
    ],
};

fn two(call: &Call<'_>) -> Result<ArrayRef, Error> {
    double::map_two(call, power)
}

/// Java knows no answer where C says 1: a base of 1 or -1 with an exponent that is infinite or not a number.
fn power(base: f64, exponent: f64) -> f64 {
    if base.abs() == 1.0 && !exponent.is_finite() { f64::NAN } else { base.powf(exponent) }
}

#[cfg(test)]
mod tests {
    use super::power;

    #[test]
    fn one_to_no_finite_power_is_nan() {
        assert!(power(1.0, f64::INFINITY).is_nan() && power(-1.0, f64::NEG_INFINITY).is_nan());
        assert!(power(1.0, f64::NAN).is_nan());
        assert_eq!((power(1.0, 5.0), power(f64::NAN, 0.0), power(2.0, 1e9)), (1.0, 1.0, f64::INFINITY));
    }
}
