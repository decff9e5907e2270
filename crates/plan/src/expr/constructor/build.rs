//! From a value of open type to an expression of a given one.

use datafusion_common::ScalarValue;
use millstream_functions::coercion::implicitly_castable;
use millstream_sql::Diagnostic;
use millstream_types::{SqlType, StructField};

use super::kernels::{ArrayOf, MapOf, StructOf};
use super::{Kind, Loose, is_boolean_text};
use crate::expr::decimal::scalar;
use crate::expr::decimal_text::Digits;
use crate::expr::{Typed, cast, isolate, literal};

impl Loose {
    /// The value in type `ty`. Literals are converted by their value: `10` fits DECIMAL(4, 2), `'10'` fits INTEGER.
    ///
    /// Errors: the finding that the value does not fit.
    pub(crate) fn build(self, ty: &SqlType) -> Result<Typed, Diagnostic> {
        match (self.kind, ty) {
            (Kind::Null, ty) => Ok(Typed::null_of(ty)),
            (Kind::Array(items), SqlType::Array(item)) => {
                let items = items.into_iter().map(|i| i.element(item)).collect::<Result<_, _>>()?;
                Ok(Typed::operation(ArrayOf, items, ty.clone(), false))
            }
            (Kind::Map(entries), SqlType::Map(key, value)) => {
                let mut args = Vec::with_capacity(entries.len() * 2);
                for (k, v) in entries {
                    args.push(k.element(key)?);
                    args.push(v.element(value)?);
                }
                // A null key has no text only when keys are no texts.
                let fails = **key != SqlType::String;
                Ok(Typed::operation(MapOf, args, ty.clone(), fails))
            }
            (Kind::Struct(given), SqlType::Struct(wanted)) => build_struct(given, wanted, ty),
            (kind, ty) => {
                let loose = Self { kind, shown: self.shown, span: self.span };
                loose.build_scalar(ty)
            }
        }
    }

    /// The value without the fields of its STRUCTs that `ty` lacks: ksqlDB passes over them in rows that are inserted.
    pub(crate) fn trimmed(self, ty: &SqlType) -> Self {
        let Self { kind, shown, span } = self;
        let kind = match (kind, ty) {
            (Kind::Array(items), SqlType::Array(item)) => {
                Kind::Array(items.into_iter().map(|i| i.trimmed(item)).collect())
            }
            (Kind::Map(entries), SqlType::Map(key, value)) => {
                Kind::Map(entries.into_iter().map(|(k, v)| (k.trimmed(key), v.trimmed(value))).collect())
            }
            (Kind::Struct(given), SqlType::Struct(wanted)) => {
                let field = |(name, value): (String, Self)| {
                    let wanted = wanted.iter().find(|f| f.name == name)?;
                    Some((name, value.trimmed(&wanted.ty)))
                };
                Kind::Struct(given.into_iter().filter_map(field).collect())
            }
            (kind, _) => kind,
        };
        Self { kind, shown, span }
    }

    /// An element of a collection: one that fails is null and the others stay, as in ksqlDB.
    fn element(self, ty: &SqlType) -> Result<Typed, Diagnostic> {
        self.build(ty).map(isolate::always)
    }

    fn build_scalar(self, ty: &SqlType) -> Result<Typed, Diagnostic> {
        let built = match (&self.kind, ty) {
            (Kind::Text(text), SqlType::String) => Some(literal::text(text)),
            (Kind::Text(text), SqlType::Boolean) => is_boolean_text(text)
                .then(|| literal::boolean(text.trim().to_ascii_lowercase().starts_with(['t', 'y']))),
            (Kind::Text(text), SqlType::Double) => number(text.trim(), ty),
            (Kind::Text(text), ty) if ty.is_number() => number(text.trim(), ty),
            // A text that is no date or no bytes fails here rather than for every row.
            (Kind::Text(text), SqlType::Date | SqlType::Time | SqlType::Timestamp | SqlType::Bytes) => {
                Some(cast::convert(literal::text(text), ty)).filter(|t| !t.fails)
            }
            (Kind::Literal(_, text), SqlType::String) => Some(literal::text(text)),
            (Kind::Literal(typed, text), SqlType::Decimal { .. })
                if typed.ty.as_ref().is_some_and(|t| t.is_number() && *t != SqlType::Double) =>
            {
                number(text, ty)
            }
            (Kind::Literal(typed, _) | Kind::Other(typed), ty) => match &typed.ty {
                None => Some(Typed::null_of(ty)),
                Some(own) if implicitly_castable(own, ty) => Some(cast::convert(typed.clone(), ty)),
                Some(_) => None,
            },
            _ => None,
        };
        match (built, &self.kind) {
            (Some(typed), _) => Ok(typed),
            (None, Kind::Text(text)) if !matches!(ty, SqlType::Array(_) | SqlType::Map(..) | SqlType::Struct(_)) => {
                Err(self.syntax(ty, text))
            }
            (None, _) => Err(self.mismatch(Some(ty))),
        }
    }
}

fn build_struct(given: Vec<(String, Loose)>, wanted: &[StructField], ty: &SqlType) -> Result<Typed, Diagnostic> {
    if let Some((name, value)) = given.iter().find(|(name, _)| !wanted.iter().any(|f| f.name == *name)) {
        return Err(Diagnostic::at(value.span, format!("Could not find field '{name}' in {ty}.")));
    }
    let mut given: Vec<(String, Option<Loose>)> = given.into_iter().map(|(n, v)| (n, Some(v))).collect();
    let mut args = Vec::with_capacity(wanted.len());
    for field in wanted {
        let value = given.iter_mut().find(|(name, _)| *name == field.name).and_then(|(_, value)| value.take());
        args.push(match value {
            Some(value) => value.element(&field.ty)?,
            None => Typed::null_of(&field.ty),
        });
    }
    Ok(Typed::operation(StructOf, args, ty.clone(), false))
}

/// The number that `text` spells, exactly, in type `ty`.
fn number(text: &str, ty: &SqlType) -> Option<Typed> {
    let digits = Digits::read(text)?;
    match ty {
        SqlType::Double => text.parse::<f64>().ok().filter(|v| v.is_finite()).map(literal::double),
        SqlType::Decimal { precision, scale } => {
            let (_, own_scale) = digits.precision_and_scale()?;
            let value = digits.rounded(*precision, *scale)?;
            let exact = own_scale <= *scale || digits.rounded(76, own_scale)? == rescaled(value, own_scale - *scale)?;
            exact.then(|| Typed::literal(scalar(value, *precision, *scale), ty.clone()))
        }
        _ => {
            let value = digits.is_whole().then(|| digits.rounded(76, 0)).flatten()?.to_i128()?;
            let value = match ty {
                SqlType::Integer => ScalarValue::Int32(Some(i32::try_from(value).ok()?)),
                _ => ScalarValue::Int64(Some(i64::try_from(value).ok()?)),
            };
            Some(Typed::literal(value, ty.clone()))
        }
    }
}

fn rescaled(value: arrow::datatypes::i256, digits: u8) -> Option<arrow::datatypes::i256> {
    value.checked_mul(arrow::datatypes::i256::from_i128(10).checked_pow(u32::from(digits))?)
}
