//! Types and values of the model: plain Rust, nothing of the engine's. A value's [`Value::token`] tells whether two are the
//! same.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use millstream_sqltest::json::Json;

use crate::number::{decimal, decimal_text, rough, scaled};

/// A type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Ty {
    /// BOOLEAN
    Bool,
    /// INTEGER
    Int,
    /// BIGINT
    Long,
    /// DOUBLE
    Double,
    /// DECIMAL of that precision and scale
    Decimal(u32, u32),
    /// STRING
    Text,
    /// ARRAY
    List(Box<Ty>),
    /// MAP of texts to BIGINT
    Counts,
    /// DOUBLE of which rounding changes more than the last digits
    Rough,
    /// STRUCT
    Struct(Vec<(String, Ty)>),
}

impl Ty {
    /// Its name.
    pub(crate) fn sql(&self) -> String {
        match self {
            Self::Bool => "BOOLEAN".into(),
            Self::Int => "INTEGER".into(),
            Self::Long => "BIGINT".into(),
            Self::Double | Self::Rough => "DOUBLE".into(),
            Self::Decimal(precision, scale) => format!("DECIMAL({precision}, {scale})"),
            Self::Text => "STRING".into(),
            Self::List(of) => format!("ARRAY<{}>", of.sql()),
            Self::Counts => "MAP<STRING, BIGINT>".into(),
            Self::Struct(fields) => {
                let fields = fields.iter().map(|(name, ty)| format!("{name} {}", ty.sql()));
                format!("STRUCT<{}>", fields.collect::<Vec<_>>().join(", "))
            }
        }
    }

    /// Whether there is arithmetic of it.
    pub(crate) fn is_number(&self) -> bool {
        matches!(self, Self::Int | Self::Long | Self::Double | Self::Decimal(..))
    }

    /// Whether its values have an order.
    pub(crate) fn is_ordered(&self) -> bool {
        self.is_number() || *self == Self::Text
    }
}

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    /// None.
    Null,
    /// Of BOOLEAN.
    Bool(bool),
    /// Of INTEGER.
    Int(i32),
    /// Of BIGINT.
    Long(i64),
    /// Of DOUBLE.
    Double(f64),
    /// Of DECIMAL: digits and how many of them stand behind the point.
    Decimal(i128, u32),
    /// Of STRING.
    Text(String),
    /// Of ARRAY.
    List(Vec<Value>),
    /// Of MAP.
    Counts(BTreeMap<String, Option<i64>>),
    /// Of DOUBLE where rounding shows.
    Rough(f64),
    /// Of STRUCT.
    Struct(Vec<(String, Value)>),
}

impl Value {
    /// Whether it is none.
    pub(crate) fn is_null(&self) -> bool {
        *self == Self::Null
    }

    /// A text that is equal for equal values. Doubles that differ behind the tenth digit are equal.
    pub(crate) fn token(&self) -> String {
        match self {
            Self::Null => "null".into(),
            Self::Bool(value) => value.to_string(),
            Self::Int(value) => value.to_string(),
            Self::Long(value) => value.to_string(),
            Self::Double(value) if *value == 0.0 => "0e0".into(),
            Self::Double(value) => format!("{value:.9e}"),
            Self::Decimal(digits, scale) => {
                let (mut digits, mut scale) = (*digits, *scale);
                while scale > 0 && digits % 10 == 0 {
                    (digits, scale) = (digits / 10, scale - 1);
                }
                format!("{digits}E-{scale}")
            }
            Self::Text(text) => format!("{text:?}"),
            Self::List(items) => format!("[{}]", tokens(items)),
            Self::Counts(counts) => format!("{counts:?}"),
            Self::Rough(value) => rough(*value),
            Self::Struct(fields) => {
                let fields = fields.iter().map(|(name, value)| format!("{name} {}", value.token()));
                format!("{{{}}}", fields.collect::<Vec<_>>().join(", "))
            }
        }
    }

    /// As JSON, as a record has it.
    pub(crate) fn json(&self) -> String {
        match self {
            Self::Null => "null".into(),
            Self::Bool(value) => value.to_string(),
            Self::Int(value) => value.to_string(),
            Self::Long(value) => value.to_string(),
            Self::Double(value) | Self::Rough(value) => format!("{value:?}"),
            Self::Decimal(digits, scale) => decimal_text(*digits, *scale),
            Self::Text(text) => Json::String(text.clone()).to_string(),
            Self::List(items) => format!("[{}]", items.iter().map(Self::json).collect::<Vec<_>>().join(",")),
            Self::Counts(counts) => {
                let count = |count: &Option<i64>| count.map_or("null".into(), |count| count.to_string());
                let members = counts.iter().map(|(key, of)| format!("{}:{}", Json::String(key.clone()), count(of)));
                format!("{{{}}}", members.collect::<Vec<_>>().join(","))
            }
            Self::Struct(fields) => {
                let members = fields.iter().map(|(name, value)| format!("\"{name}\":{}", value.json()));
                format!("{{{}}}", members.collect::<Vec<_>>().join(","))
            }
        }
    }

    /// As a literal of its type; none of nulls, lists and maps.
    pub(crate) fn sql(&self) -> String {
        match self {
            Self::Double(value) => format!("{value:?}E0"),
            Self::Text(text) => format!("'{text}'"),
            other => other.json(),
        }
    }

    /// The value of that type that a result has as JSON.
    ///
    /// # Errors
    /// It has another type.
    pub(crate) fn of_json(json: &Json, ty: &Ty) -> Result<Self, String> {
        let misfit = || format!("{json} is no {}", ty.sql());
        Ok(match (json, ty) {
            (Json::Null, _) => Self::Null,
            (Json::Bool(value), Ty::Bool) => Self::Bool(*value),
            (Json::Number(text), Ty::Int) => Self::Int(text.parse().map_err(|_| misfit())?),
            (Json::Number(text), Ty::Long) => Self::Long(text.parse().map_err(|_| misfit())?),
            (Json::Number(text), Ty::Double) => Self::Double(text.parse().map_err(|_| misfit())?),
            (Json::Number(text), Ty::Rough) => Self::Rough(text.parse().map_err(|_| misfit())?),
            (Json::String(text), Ty::Rough) if text == "NaN" => Self::Rough(f64::NAN),
            (Json::Number(text), Ty::Decimal(..)) => decimal(text).ok_or_else(misfit)?,
            (Json::String(text), Ty::Text) => Self::Text(text.clone()),
            (Json::Array(items), Ty::List(of)) => {
                Self::List(items.iter().map(|item| Self::of_json(item, of)).collect::<Result<_, _>>()?)
            }
            (Json::Object(members), Ty::Counts) => {
                let count = |(key, json): &(String, Json)| match json {
                    Json::Null => Ok((key.clone(), None)),
                    Json::Number(text) => Ok((key.clone(), Some(text.parse().map_err(|_| misfit())?))),
                    _ => Err(misfit()),
                };
                Self::Counts(members.iter().map(count).collect::<Result<_, _>>()?)
            }
            (Json::Object(members), Ty::Struct(fields)) if members.len() == fields.len() => {
                let field = |(name, ty): &(String, Ty)| {
                    let (_, value) = members.iter().find(|(member, _)| member == name).ok_or_else(misfit)?;
                    Ok::<_, String>((name.clone(), Self::of_json(value, ty)?))
                };
                Self::Struct(fields.iter().map(field).collect::<Result<_, _>>()?)
            }
            _ => return Err(misfit()),
        })
    }

    /// The order of two values of one type or of two numeric ones; none where one is null.
    pub(crate) fn compare(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Null, _) | (_, Self::Null) => None,
            (Self::Text(a), Self::Text(b)) => Some(a.cmp(b)),
            (Self::Bool(a), Self::Bool(b)) => Some(a.cmp(b)),
            (Self::Double(_) | Self::Rough(_), _) | (_, Self::Double(_) | Self::Rough(_)) => {
                self.double()?.partial_cmp(&other.double()?)
            }
            (Self::List(_) | Self::Counts(_) | Self::Struct(_), _) => {
                (self.token() == other.token()).then_some(Ordering::Equal)
            }
            _ => {
                let ((a, a_scale), (b, b_scale)) = (self.digits()?, other.digits()?);
                let scale = a_scale.max(b_scale);
                Some(scaled(a, a_scale, scale).cmp(&scaled(b, b_scale, scale)))
            }
        }
    }

    /// A number as a double.
    pub(crate) fn double(&self) -> Option<f64> {
        match self {
            Self::Int(value) => Some(f64::from(*value)),
            Self::Long(value) => Some(*value as f64),
            Self::Double(value) | Self::Rough(value) => Some(*value),
            Self::Decimal(digits, scale) => decimal_text(*digits, *scale).parse().ok(),
            _ => None,
        }
    }

    /// Digits and scale of an exact number.
    pub(crate) fn digits(&self) -> Option<(i128, u32)> {
        match self {
            Self::Int(value) => Some((i128::from(*value), 0)),
            Self::Long(value) => Some((i128::from(*value), 0)),
            Self::Decimal(digits, scale) => Some((*digits, *scale)),
            _ => None,
        }
    }
}

/// The tokens of some values.
pub(crate) fn tokens(values: &[Value]) -> String {
    values.iter().map(Value::token).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use millstream_sqltest::json::parse;

    use super::*;

    #[test]
    fn values_come_back_from_their_json() {
        let values = [
            (Value::Null, Ty::Int),
            (Value::Bool(true), Ty::Bool),
            (Value::Int(-7), Ty::Int),
            (Value::Long(i64::MIN), Ty::Long),
            (Value::Double(-0.25), Ty::Double),
            (Value::Decimal(-5, 2), Ty::Decimal(8, 2)),
            (Value::Decimal(1234, 0), Ty::Decimal(8, 0)),
            (Value::Text("a\"b".into()), Ty::Text),
            (Value::List(vec![Value::Null, Value::Int(3)]), Ty::List(Box::new(Ty::Int))),
            (Value::Counts([("a".to_owned(), Some(2)), ("b".to_owned(), None)].into()), Ty::Counts),
            (Value::Struct(vec![("A".into(), Value::Int(3))]), Ty::Struct(vec![("A".into(), Ty::Int)])),
            (Value::Struct(vec![("A".into(), Value::Null)]), Ty::Struct(vec![("A".into(), Ty::Int)])),
            (Value::Rough(0.25), Ty::Rough),
        ];
        for (value, ty) in values {
            let json = parse(value.json().as_bytes()).unwrap();
            assert_eq!(Value::of_json(&json, &ty), Ok(value));
        }
        assert!(Value::of_json(&Json::Bool(true), &Ty::Int).is_err());
    }

    #[test]
    fn decimals_are_equal_whatever_their_scale() {
        assert_eq!(Value::Decimal(150, 2).token(), Value::Decimal(15, 1).token());
        assert_eq!(Value::Decimal(150, 2).compare(&Value::Int(1)), Some(Ordering::Greater));
        assert_eq!(decimal("1.5E+2").map(|d| d.token()), Some(Value::Decimal(150, 0).token()));
    }
}
