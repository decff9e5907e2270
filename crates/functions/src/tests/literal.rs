//! SQL literals as arrays, for examples and tests: numbers, texts, `X'..'` bytes, `TIMESTAMP ms`, `DATE days`, `TIME ms`,
//! units like `DAYS`, ARRAY[], MAP(), STRUCT().

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BinaryArray, BooleanArray, Date32Array, Decimal128Array, Float64Array, Int32Array, Int64Array, ListArray,
    MapArray, StringArray, StructArray, Time32MillisecondArray, TimestampMillisecondArray,
};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::datatypes::DataType;
use millstream_types::{SqlType, StructField, arrow_type};

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Literal {
    Null,
    Boolean(bool),
    Integer(i64),
    Decimal(i128, u8, u8),
    Double(f64),
    Text(String),
    Bytes(Vec<u8>),
    Timestamp(i64),
    Date(i64),
    Time(i64),
    Array(Vec<Literal>),
    Map(Vec<(Literal, Literal)>),
    Struct(Vec<(String, Literal)>),
}

impl Literal {
    pub(super) fn ty(&self) -> Option<SqlType> {
        fn item<'a>(mut items: impl Iterator<Item = &'a Literal>) -> Arc<SqlType> {
            items.find_map(Literal::ty).unwrap().into()
        }
        // A field that is NULL counts as a STRING.
        let field =
            |name: &String, value: &Self| StructField { name: name.clone(), ty: value.ty().unwrap_or(SqlType::String) };
        Some(match self {
            Self::Null => return None,
            Self::Boolean(_) => SqlType::Boolean,
            Self::Integer(v) if i32::try_from(*v).is_ok() => SqlType::Integer,
            Self::Integer(_) => SqlType::Bigint,
            Self::Decimal(_, precision, scale) => SqlType::Decimal { precision: *precision, scale: *scale },
            Self::Double(_) => SqlType::Double,
            Self::Text(_) => SqlType::String,
            Self::Bytes(_) => SqlType::Bytes,
            Self::Timestamp(_) => SqlType::Timestamp,
            Self::Date(_) => SqlType::Date,
            Self::Time(_) => SqlType::Time,
            Self::Array(items) => SqlType::Array(item(items.iter())),
            Self::Map(entries) => SqlType::Map(item(entries.iter().map(|e| &e.0)), item(entries.iter().map(|e| &e.1))),
            Self::Struct(fields) => SqlType::Struct(fields.iter().map(|(name, value)| field(name, value)).collect()),
        })
    }

    fn integer(&self) -> Option<i64> {
        match self {
            Self::Integer(v) | Self::Timestamp(v) | Self::Date(v) | Self::Time(v) => Some(*v),
            _ => None,
        }
    }

    fn text(&self) -> Option<&str> {
        if let Self::Text(v) = self { Some(v) } else { None }
    }
}

/// `NAME(literals)` taken apart.
pub(super) fn call(text: &str) -> (String, Vec<Literal>) {
    let (name, rest) = text.split_once('(').unwrap();
    let mut reader = Reader(rest);
    let args = reader.list(')');
    assert!(reader.0.is_empty(), "{text}");
    (name.to_owned(), args)
}

pub(super) fn parse(text: &str) -> Literal {
    Reader(text).value()
}

struct Reader<'a>(&'a str);

impl Reader<'_> {
    fn eat(&mut self, token: &str) -> bool {
        self.0 = self.0.trim_start();
        let rest = self.0.strip_prefix(token);
        self.0 = rest.unwrap_or(self.0);
        rest.is_some()
    }

    fn list(&mut self, end: char) -> Vec<Literal> {
        let mut out = Vec::new();
        while !self.eat(&end.to_string()) {
            out.push(self.value());
            self.eat(",");
        }
        out
    }

    /// Up to the closing quote; two quotes are one.
    fn quoted(&mut self) -> String {
        let (text, rest) = self.0.split_once('\'').unwrap();
        self.0 = rest;
        match rest.strip_prefix('\'') {
            Some(more) => {
                self.0 = more;
                format!("{text}'{}", self.quoted())
            }
            None => text.to_owned(),
        }
    }

    fn value(&mut self) -> Literal {
        if self.eat("NULL") {
            Literal::Null
        } else if self.eat("TRUE") {
            Literal::Boolean(true)
        } else if self.eat("FALSE") {
            Literal::Boolean(false)
        } else if self.eat("TIMESTAMP") {
            Literal::Timestamp(self.value().integer().unwrap())
        } else if self.eat("DATE ") {
            Literal::Date(self.value().integer().unwrap())
        } else if self.eat("TIME ") {
            Literal::Time(self.value().integer().unwrap())
        } else if self.eat("ARRAY[") {
            Literal::Array(self.list(']'))
        } else if self.eat("MAP(") {
            let mut entries = Vec::new();
            while !self.eat(")") {
                let key = self.value();
                assert!(self.eat(":="));
                entries.push((key, self.value()));
                self.eat(",");
            }
            Literal::Map(entries)
        } else if self.eat("STRUCT(") {
            let mut fields = Vec::new();
            while !self.eat(")") {
                let (name, rest) = self.0.split_once(":=").unwrap();
                let name = name.trim().to_owned();
                self.0 = rest;
                fields.push((name, self.value()));
                self.eat(",");
            }
            Literal::Struct(fields)
        } else if self.eat("X'") {
            let hex = self.quoted();
            Literal::Bytes((0..hex.len()).step_by(2).map(|i| u8::from_str_radix(&hex[i..i + 2], 16).unwrap()).collect())
        } else if self.eat("'") {
            Literal::Text(self.quoted())
        } else {
            let end = self.0.find([',', ')', ']', ' ']).unwrap_or(self.0.len());
            let (number, rest) = self.0.split_at(end);
            self.0 = rest;
            if number == "NaN" {
                Literal::Double(f64::NAN)
            } else if number.starts_with(|c: char| c.is_ascii_uppercase()) {
                Literal::Text(number.into())
            } else if number.contains('E') {
                Literal::Double(number.parse().unwrap())
            } else if let Some((whole, fraction)) = number.split_once('.') {
                let digits = whole.trim_start_matches('-').len() + fraction.len();
                Literal::Decimal(format!("{whole}{fraction}").parse().unwrap(), digits as u8, fraction.len() as u8)
            } else {
                Literal::Integer(number.parse().unwrap())
            }
        }
    }
}

/// An array of `ty` with these values.
pub(super) fn array(ty: &SqlType, values: &[&Literal]) -> ArrayRef {
    let nulls = NullBuffer::from_iter(values.iter().map(|v| **v != Literal::Null));
    let offsets = |lengths: &mut dyn Iterator<Item = usize>| OffsetBuffer::from_lengths(lengths);
    match (ty, arrow_type(ty)) {
        (SqlType::Boolean, _) => Arc::new(BooleanArray::from_iter(
            values.iter().map(|v| if let Literal::Boolean(b) = v { Some(*b) } else { None }),
        )),
        (SqlType::Integer, _) => Arc::new(Int32Array::from_iter(values.iter().map(|v| v.integer().map(|v| v as i32)))),
        (SqlType::Bigint, _) => Arc::new(Int64Array::from_iter(values.iter().map(|v| v.integer()))),
        (SqlType::Timestamp, _) if values.iter().any(|v| v.text().is_some()) => panic!("casts are the planner's"),
        (SqlType::Date, _) => Arc::new(Date32Array::from_iter(values.iter().map(|v| v.integer().map(|v| v as i32)))),
        (SqlType::Time, _) => {
            Arc::new(Time32MillisecondArray::from_iter(values.iter().map(|v| v.integer().map(|v| v as i32))))
        }
        (SqlType::Timestamp, _) => Arc::new(TimestampMillisecondArray::from_iter(values.iter().map(|v| v.integer()))),
        (SqlType::Double, _) => Arc::new(Float64Array::from_iter(
            values.iter().map(|v| if let Literal::Double(v) = v { Some(*v) } else { None }),
        )),
        (SqlType::Decimal { scale, .. }, arrow) => {
            let digits = values.iter().map(|v| match v {
                Literal::Decimal(v, _, s) => Some(v * 10i128.pow(u32::from(scale - s))),
                Literal::Integer(v) => Some(i128::from(*v) * 10i128.pow(u32::from(*scale))),
                _ => None,
            });
            Arc::new(Decimal128Array::from_iter(digits).with_data_type(arrow))
        }
        (SqlType::String, _) => Arc::new(StringArray::from_iter(values.iter().map(|v| v.text()))),
        (SqlType::Bytes, _) => Arc::new(BinaryArray::from_iter(
            values.iter().map(|v| if let Literal::Bytes(b) = v { Some(b.as_slice()) } else { None }),
        )),
        (SqlType::Array(item), DataType::List(field)) => {
            let lists: Vec<&[Literal]> =
                values.iter().map(|v| if let Literal::Array(v) = v { v.as_slice() } else { &[] }).collect();
            let items: Vec<&Literal> = lists.iter().flat_map(|l| l.iter()).collect();
            let offsets = offsets(&mut lists.iter().map(|l| l.len()));
            Arc::new(ListArray::new(field, offsets, array(item, &items), Some(nulls)))
        }
        (SqlType::Map(key, value), DataType::Map(field, _)) => {
            let maps: Vec<&[(Literal, Literal)]> =
                values.iter().map(|v| if let Literal::Map(v) = v { v.as_slice() } else { &[] }).collect();
            let keys: Vec<&Literal> = maps.iter().flat_map(|m| m.iter().map(|e| &e.0)).collect();
            let items: Vec<&Literal> = maps.iter().flat_map(|m| m.iter().map(|e| &e.1)).collect();
            let DataType::Struct(fields) = field.data_type().clone() else { panic!() };
            let entries = StructArray::new(fields, vec![array(key, &keys), array(value, &items)], None);
            Arc::new(MapArray::new(field, offsets(&mut maps.iter().map(|m| m.len())), entries, Some(nulls), false))
        }
        (SqlType::Struct(fields), DataType::Struct(arrow)) => {
            let field = |name: &str, value: &Literal| match value {
                Literal::Struct(fields) => fields.iter().find(|(n, _)| n == name).map(|(_, v)| v.clone()),
                _ => None,
            };
            let column = |f: &StructField| {
                let values: Vec<Literal> = values.iter().map(|v| field(&f.name, v).unwrap_or(Literal::Null)).collect();
                array(&f.ty, &values.iter().collect::<Vec<_>>())
            };
            Arc::new(StructArray::new(arrow, fields.iter().map(column).collect(), Some(nulls)))
        }
        (ty, _) => panic!("no literals of {ty}"),
    }
}
