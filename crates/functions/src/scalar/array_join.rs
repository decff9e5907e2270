//! `ARRAY_JOIN`: the elements of an array as one text.

use arrow::array::{ArrayRef, StringArray};
use millstream_types::java_double;

use crate::lists::Lists;
use crate::values::Values;
use crate::{Call, Error, Example, Function, Overload, Param, ParamType, Returns, TextColumn};

pub(crate) static FUNCTION: Function = Function {
    name: "ARRAY_JOIN",
    category: "ARRAY",
    description: "The elements as texts with a delimiter between them: a comma, or the one given (a null one is empty). A \
                  null element is the text null, a null array gives null. Elements are BOOLEAN, INTEGER, BIGINT, DOUBLE, \
                  DECIMAL or STRING.",
    overloads: &[overload(&[ARRAY]), overload(&[ARRAY, Param { name: "delimiter", ty: ParamType::String }])],
    examples: &[
        Example { call: "ARRAY_JOIN(ARRAY[1, NULL, 3])", result: "'1,null,3'" },
        Example { call: "ARRAY_JOIN(ARRAY['a', 'b'], ' - ')", result: "'a - b'" },
        Example { call: "ARRAY_JOIN(ARRAY[TRUE, FALSE], NULL)", result: "'truefalse'" },
        Example { call: "ARRAY_JOIN(ARRAY[1.5E0, 1E7], ';')", result: "'1.5;1.0E7'" },
        Example { call: "ARRAY_JOIN(ARRAY[0.50, -12.25])", result: "'0.50,-12.25'" },
        Example { call: "ARRAY_JOIN(ARRAY[0.00000015])", result: "'1.5E-7'" },
    ],
};

const ARRAY: Param = Param { name: "array", ty: ParamType::Array(&ParamType::Any('T')) };

const fn overload(params: &'static [Param]) -> Overload {
    Overload { params, variadic: false, returns: Returns::Type(ParamType::String), fallible: true, eval }
}

fn eval(call: &Call<'_>) -> Result<ArrayRef, Error> {
    let array = Lists::of(call.arg(0)?)?;
    let elements = Values::of(array.elements())?;
    let delimiters = call.args.get(1).map(|a| a.view::<StringArray>()).transpose()?;
    let mut out = TextColumn::default();
    for row in 0..call.rows {
        let Some(range) = array.row(row) else {
            out.null();
            continue;
        };
        let delimiter = delimiters.as_ref().map_or(",", |d| d.get(row).unwrap_or_default());
        for (i, at) in range.enumerate() {
            out.push(if i == 0 { "" } else { delimiter })?;
            push_element(&mut out, &elements, at)?;
        }
        out.end();
    }
    Ok(out.finish())
}

fn push_element(out: &mut TextColumn, elements: &Values<'_>, at: usize) -> Result<(), Error> {
    if elements.is_null(at) {
        return out.push("null");
    }
    match elements {
        Values::Boolean(array) => out.push(if array.value(at) { "true" } else { "false" }),
        Values::Integer(array) => out.push(&array.value(at).to_string()),
        Values::Bigint(array) => out.push(&array.value(at).to_string()),
        Values::Double(array) => {
            let mut text = Vec::new();
            java_double(array.value(at), &mut text);
            out.push(std::str::from_utf8(&text).unwrap_or_default())
        }
        Values::Decimal(array) => out.push(&decimal(array.value(at).to_string(), array.scale())),
        Values::WideDecimal(array) => out.push(&decimal(array.value(at).to_string(), array.scale())),
        Values::Text(array) => out.push(array.value(at)),
        other => Err(Error::Data(format!("ARRAY_JOIN does not support elements of type {}", other.sql_name()))),
    }
}

/// Java's `BigDecimal.toString` of `unscaled`, an integer, divided by `10^scale`: plain down to 10⁻⁶, else with an
/// exponent.
fn decimal(unscaled: String, scale: i8) -> String {
    let Ok(scale @ 1..) = usize::try_from(scale) else { return unscaled };
    let (sign, digits) = unscaled.split_at(usize::from(unscaled.starts_with('-')));
    if digits.len() + 5 < scale {
        let (first, rest) = digits.split_at(1);
        let point = if rest.is_empty() { "" } else { "." };
        return format!("{sign}{first}{point}{rest}E-{}", scale + 1 - digits.len());
    }
    let padded = format!("{digits:0>width$}", width = scale + 1);
    let (whole, fraction) = padded.split_at(padded.len() - scale);
    format!("{sign}{whole}.{fraction}")
}

#[cfg(test)]
mod tests {
    use super::decimal;

    #[test]
    fn decimals_print_as_java_prints_them() {
        for (unscaled, scale, expected) in [
            ("0", 0, "0"),
            ("-7", 0, "-7"),
            ("0", 2, "0.00"),
            ("5", 1, "0.5"),
            ("-5", 3, "-0.005"),
            ("12345", 2, "123.45"),
            ("1", 6, "0.000001"),
            ("1", 7, "1E-7"),
            ("-12", 8, "-1.2E-7"),
            ("12", 7, "0.0000012"),
            ("0", 7, "0E-7"),
            ("0", 6, "0.000000"),
        ] {
            assert_eq!(decimal(unscaled.into(), scale), expected);
        }
    }
}
