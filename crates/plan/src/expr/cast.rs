//! `CAST(x AS type)` and every implicit conversion: one matrix, one file per family of source types.
//!
//! Unlike Arrow's cast: integers wrap when narrowed, doubles saturate, texts are trimmed and read as Java reads them,
//! decimals are rounded half up and refused when they do not fit.

mod nested;
mod number;
mod temporal;
mod text;
mod to_text;

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, StringArray};
use arrow::datatypes::DataType;
use millstream_functions::coercion::implicitly_castable;
use millstream_functions::{Arg, Error};
use millstream_sql::Span;
use millstream_sql::ast::Expr;
use millstream_types::SqlType;

use super::operation::Operation;
use super::{Compiler, Typed};

pub(super) use to_text::java_double;

impl Compiler<'_> {
    pub(super) fn cast(&mut self, span: Span, operand: &Expr, to: &SqlType) -> Option<Typed> {
        let typed = self.operand(operand)?;
        match &typed.ty {
            Some(from) if !supported(from, to) => {
                let message = format!("Cast of {from} to {to} is not supported");
                self.reject_code(millstream_sql::Diagnostic::at(span, message))
            }
            Some(from) if self.scope.reading.null_texts && *to == SqlType::String && *from != SqlType::String => {
                let text = convert(typed, to);
                let fails = text.fails;
                Some(Typed::operation(NullText, vec![text], to.clone(), fails))
            }
            _ => Some(convert(typed, to)),
        }
    }
}

/// The text `null` for NULL: what casts gave before ksqlDB kept nulls.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct NullText;

impl Operation for NullText {
    fn name(&self) -> String {
        "NULL AS TEXT".into()
    }

    fn evaluate(&self, args: &[Arg], _rows: usize, _returns: &DataType) -> Result<ArrayRef, Error> {
        let arg = args.first().ok_or_else(|| Error::Fatal("no operand".into()))?;
        let texts = arg.array().as_string::<i32>().iter().map(|text| Some(text.unwrap_or("null")));
        Ok(Arc::new(texts.collect::<StringArray>()))
    }
}

/// `typed` in type `to`; the pair must be [`supported`]. NULL becomes a NULL of that type.
pub(crate) fn convert(typed: Typed, to: &SqlType) -> Typed {
    match typed.ty.clone() {
        None => Typed::null_of(to),
        Some(from) if from == *to => typed,
        Some(from) => {
            let fails = fails(&from, to);
            Typed::operation(Cast { from, to: to.clone() }, vec![typed], to.clone(), fails)
        }
    }
}

/// Whether values of `from` can be cast to `to` at all.
fn supported(from: &SqlType, to: &SqlType) -> bool {
    use SqlType::{
        Array, Bigint, Boolean, Bytes, Date, Decimal, Double, Integer, Map, String, Struct, Time, Timestamp,
    };
    match (from, to) {
        (from, to) if from == to => true,
        (Bytes, _) => false,
        (Boolean | Date | Time | Timestamp | Array(_) | Map(..) | Struct(_), String) => true,
        (Integer | Bigint | Double | Decimal { .. }, String) => true,
        (from, to) if from.is_number() && to.is_number() => true,
        (String, Boolean | Integer | Bigint | Double | Decimal { .. } | Date | Time | Timestamp | Bytes) => true,
        (Timestamp, Date | Time) | (Date, Timestamp) => true,
        (Array(a), Array(b)) => supported(a, b),
        (Map(ak, av), Map(bk, bv)) => supported(ak, bk) && supported(av, bv),
        (Struct(a), Struct(b)) => {
            b.iter().all(|g| a.iter().find(|f| f.name == g.name).is_none_or(|f| supported(&f.ty, &g.ty)))
        }
        _ => false,
    }
}

/// Whether some value of `from` has no counterpart in `to`.
fn fails(from: &SqlType, to: &SqlType) -> bool {
    use SqlType::{Array, Boolean, Decimal, Map, String, Struct};
    match (from, to) {
        (from, to) if from == to => false,
        (String, Boolean) => false,
        (String, _) => true,
        (from, Decimal { .. }) => !implicitly_castable(from, to),
        (Array(_) | Map(..) | Struct(_), String) => true,
        (Array(a), Array(b)) => fails(a, b),
        (Map(ak, av), Map(bk, bv)) => fails(ak, bk) || fails(av, bv),
        (Struct(a), Struct(b)) => b.iter().any(|g| a.iter().any(|f| f.name == g.name && fails(&f.ty, &g.ty))),
        _ => false,
    }
}

/// A cast as an operation.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Cast {
    from: SqlType,
    to: SqlType,
}

impl Operation for Cast {
    fn name(&self) -> String {
        format!("CAST AS {}", self.to)
    }

    fn evaluate(&self, args: &[Arg], _rows: usize, _returns: &DataType) -> Result<ArrayRef, Error> {
        let arg = args.first().ok_or_else(|| Error::Fatal("no operand".into()))?;
        cast_array(arg.array(), &self.from, &self.to)
    }
}

/// Casts each value.
///
/// Errors: [`Error::Data`] when one has no counterpart.
pub(crate) fn cast_array(array: &ArrayRef, from: &SqlType, to: &SqlType) -> Result<ArrayRef, Error> {
    match (from, to) {
        (from, to) if from == to => Ok(Arc::clone(array)),
        (from, SqlType::String) => to_text::cast(array, from),
        (SqlType::String, to) => text::cast(array, to),
        (from, to) if from.is_number() => number::cast(array, to),
        (SqlType::Array(_) | SqlType::Map(..) | SqlType::Struct(_), to) => nested::cast(array, from, to),
        _ => temporal::cast(array, to),
    }
}

/// The failure of one value. Long values are cut: the message goes into a ledger record.
fn failure(value: impl std::fmt::Display, to: &SqlType) -> Error {
    let mut shown: String = value.to_string();
    if let Some((at, _)) = shown.char_indices().nth(64) {
        shown.truncate(at);
        shown.push('…');
    }
    Error::Data(format!("Cannot cast '{shown}' to {to}"))
}

/// ksqlDB's words for a decimal that is too large for its type.
fn overflow(value: impl std::fmt::Display, precision: u8, scale: u8) -> Error {
    let limit = precision.saturating_sub(scale);
    Error::Data(format!(
        "Numeric field overflow: A field with precision {precision} and scale {scale} must round to an absolute value \
         less than 10^{limit}. Got {value}"
    ))
}
