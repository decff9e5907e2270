//! Formats of keys: which columns each can hold, and how the model writes and reads them.

use millstream_sqltest::json::parse;

use crate::chance::{Chance, happens, pick};
use crate::expr::Column;
use crate::value::{Ty, Value};

/// A format of keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// One column bare, several as an object.
    Json,
    /// One column: a text as it is, a number in big-endian bytes.
    Kafka,
    /// Fields with a comma between them, in quotes where they must be. An empty one is null or an empty text.
    Delimited,
}

impl Format {
    /// One that can hold keys of these columns.
    pub(crate) fn draw(chance: &mut Chance, columns: &[Column]) -> Self {
        let plain = |column: &Column| matches!(column.ty, Ty::Bool | Ty::Int | Ty::Long | Ty::Text);
        let mut fit = vec![Self::Json];
        if let [only] = columns
            && matches!(only.ty, Ty::Int | Ty::Long | Ty::Text)
        {
            fit.push(Self::Kafka);
        }
        if !columns.is_empty() && columns.iter().all(plain) {
            fit.push(Self::Delimited);
        }
        if happens(chance, 50) { Self::Json } else { pick(chance, &fit) }
    }

    /// `KEY_FORMAT = '…'`
    pub(crate) fn sql(self) -> &'static str {
        match self {
            Self::Json => "KEY_FORMAT = 'JSON'",
            Self::Kafka => "KEY_FORMAT = 'KAFKA'",
            Self::Delimited => "KEY_FORMAT = 'DELIMITED'",
        }
    }

    /// A key as bytes.
    pub(crate) fn write(self, columns: &[Column], values: &[Value]) -> Vec<u8> {
        match (self, values) {
            (Self::Json, [only]) => only.json().into_bytes(),
            (Self::Json, _) => {
                let members = columns.iter().zip(values);
                let members = members.map(|(column, value)| format!("\"{}\":{}", column.name, value.json()));
                format!("{{{}}}", members.collect::<Vec<_>>().join(",")).into_bytes()
            }
            (Self::Kafka, [Value::Int(number)]) => number.to_be_bytes().to_vec(),
            (Self::Kafka, [Value::Long(number)]) => number.to_be_bytes().to_vec(),
            (Self::Kafka | Self::Delimited, _) => values.iter().map(field).collect::<Vec<_>>().join(",").into_bytes(),
        }
    }

    /// The columns of a key.
    ///
    /// # Errors
    /// The bytes are no such key.
    pub(crate) fn read(self, bytes: &[u8], columns: &[Column]) -> Result<Vec<Value>, String> {
        match (self, columns) {
            (Self::Json, [only]) => Ok(vec![Value::of_json(&parse(bytes)?, &only.ty)?]),
            (Self::Json, _) => crate::check::members(&parse(bytes)?, columns),
            (Self::Kafka, [only]) => Ok(vec![bare(bytes, &only.ty)?]),
            (Self::Kafka, _) => Err(format!("a KAFKA key of the columns {columns:?}")),
            (Self::Delimited, _) => {
                let fields = fields(std::str::from_utf8(bytes).map_err(|e| e.to_string())?);
                if fields.len() != columns.len() {
                    return Err(format!("the fields {fields:?} for the columns {columns:?}"));
                }
                columns.iter().zip(&fields).map(|(column, field)| of_field(field, &column.ty)).collect()
            }
        }
    }

    /// A value as this format knows it.
    pub(crate) fn known(self, value: &Value) -> &Value {
        match (self, value) {
            (Self::Delimited, Value::Text(text)) if text.is_empty() => &Value::Null,
            _ => value,
        }
    }
}

/// Keys of sources have nothing in them that must be in quotes.
fn field(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        Value::Null => String::new(),
        other => other.json(),
    }
}

fn bare(bytes: &[u8], ty: &Ty) -> Result<Value, String> {
    let misfit = |_| format!("{bytes:?} is no {}", ty.sql());
    Ok(match ty {
        Ty::Int => Value::Int(i32::from_be_bytes(bytes.try_into().map_err(misfit)?)),
        Ty::Long => Value::Long(i64::from_be_bytes(bytes.try_into().map_err(misfit)?)),
        _ => Value::Text(std::str::from_utf8(bytes).map_err(|e| e.to_string())?.into()),
    })
}

fn of_field(field: &str, ty: &Ty) -> Result<Value, String> {
    let misfit = || format!("{field:?} is no {}", ty.sql());
    Ok(match ty {
        _ if field.is_empty() => Value::Null,
        Ty::Text => Value::Text(field.into()),
        Ty::Int => Value::Int(field.parse().map_err(|_| misfit())?),
        Ty::Long => Value::Long(field.parse().map_err(|_| misfit())?),
        Ty::Bool => Value::Bool(field.parse().map_err(|_| misfit())?),
        _ => return Err(misfit()),
    })
}

/// The fields of a line: within quotes a comma is none, and two quotes are one.
fn fields(line: &str) -> Vec<String> {
    let (mut fields, mut quoted) = (vec![String::new()], false);
    let mut chars = line.chars().peekable();
    while let Some(char) = chars.next() {
        let field = fields.len() - 1;
        match char {
            '"' if quoted && chars.peek() == Some(&'"') => fields[field].extend(chars.next()),
            '"' => quoted = !quoted,
            ',' if !quoted => fields.push(String::new()),
            other => fields[field].push(other),
        }
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_come_back_from_their_bytes() {
        let columns = [Column::new("K", Ty::Text), Column::new("K2", Ty::Int)];
        let values = [Value::Text("k1".into()), Value::Int(-3)];
        for format in [Format::Json, Format::Delimited] {
            assert_eq!(format.read(&format.write(&columns, &values), &columns), Ok(values.to_vec()));
        }
        for format in [Format::Json, Format::Delimited, Format::Kafka] {
            for at in 0..2 {
                let (column, value) = (&columns[at..=at], &values[at..=at]);
                assert_eq!(format.read(&format.write(column, value), column), Ok(value.to_vec()));
            }
        }
        assert_eq!(fields("\"a,\"\"b\",,-1"), ["a,\"b", "", "-1"]);
        assert!(Format::Kafka.read(b"123", &columns[1..]).is_err());
    }
}
