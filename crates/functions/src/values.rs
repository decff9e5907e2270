//! Values of any type by row, as Java's collections see them: equality, hash and order.
//!
//! The Arrow classes are found out once a batch, so that comparing two elements costs no allocation.

use std::cmp::Ordering;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Range;

use arrow::array::{
    Array, AsArray, BinaryArray, BooleanArray, Date32Array, Decimal128Array, Decimal256Array, Float64Array, Int32Array,
    Int64Array, ListArray, MapArray, StringArray, StructArray, Time32MillisecondArray, TimestampMillisecondArray,
};
use arrow::datatypes::{DataType, TimeUnit};

use crate::Error;

/// An array with its class.
#[derive(Debug)]
pub(crate) enum Values<'a> {
    Boolean(&'a BooleanArray),
    Integer(&'a Int32Array),
    Bigint(&'a Int64Array),
    Double(&'a Float64Array),
    Decimal(&'a Decimal128Array),
    WideDecimal(&'a Decimal256Array),
    Text(&'a StringArray),
    Bytes(&'a BinaryArray),
    Date(&'a Date32Array),
    Time(&'a Time32MillisecondArray),
    Timestamp(&'a TimestampMillisecondArray),
    /// Lists and their elements.
    List(&'a ListArray, Box<Values<'a>>),
    /// Maps, their keys and their values.
    Map(&'a MapArray, Box<Values<'a>>, Box<Values<'a>>),
    /// Structs and their fields with names.
    Struct(&'a StructArray, Vec<(&'a str, Values<'a>)>),
}

/// Evaluates the same expression for the array of any class.
macro_rules! any {
    ($values:expr, $array:ident => $do:expr) => {
        match $values {
            Values::Boolean($array) => $do,
            Values::Integer($array) => $do,
            Values::Bigint($array) => $do,
            Values::Double($array) => $do,
            Values::Decimal($array) => $do,
            Values::WideDecimal($array) => $do,
            Values::Text($array) => $do,
            Values::Bytes($array) => $do,
            Values::Date($array) => $do,
            Values::Time($array) => $do,
            Values::Timestamp($array) => $do,
            Values::List($array, _) => $do,
            Values::Map($array, ..) => $do,
            Values::Struct($array, _) => $do,
        }
    };
}

impl<'a> Values<'a> {
    /// Errors: [`Error::Fatal`] for an Arrow type that no SQL type has.
    pub(crate) fn of(array: &'a dyn Array) -> Result<Self, Error> {
        Ok(match array.data_type() {
            DataType::Boolean => Self::Boolean(array.as_boolean()),
            DataType::Int32 => Self::Integer(array.as_primitive()),
            DataType::Int64 => Self::Bigint(array.as_primitive()),
            DataType::Float64 => Self::Double(array.as_primitive()),
            DataType::Decimal128(..) => Self::Decimal(array.as_primitive()),
            DataType::Decimal256(..) => Self::WideDecimal(array.as_primitive()),
            DataType::Utf8 => Self::Text(array.as_string()),
            DataType::Binary => Self::Bytes(array.as_binary()),
            DataType::Date32 => Self::Date(array.as_primitive()),
            DataType::Time32(TimeUnit::Millisecond) => Self::Time(array.as_primitive()),
            DataType::Timestamp(TimeUnit::Millisecond, _) => Self::Timestamp(array.as_primitive()),
            DataType::List(_) => {
                let lists: &ListArray = array.as_list();
                Self::List(lists, Box::new(Self::of(lists.values())?))
            }
            DataType::Map(..) => {
                let maps = array.as_map();
                Self::Map(maps, Box::new(Self::of(maps.keys())?), Box::new(Self::of(maps.values())?))
            }
            DataType::Struct(fields) => {
                let structs = array.as_struct();
                let columns = fields.iter().zip(structs.columns());
                let columns = columns.map(|(field, column)| Ok((field.name().as_str(), Self::of(column)?)));
                Self::Struct(structs, columns.collect::<Result<_, Error>>()?)
            }
            other => return Err(Error::Fatal(format!("no SQL type is {other}"))),
        })
    }

    /// The SQL type without its parameters.
    pub(crate) fn sql_name(&self) -> &'static str {
        match self {
            Self::Boolean(_) => "BOOLEAN",
            Self::Integer(_) => "INTEGER",
            Self::Bigint(_) => "BIGINT",
            Self::Double(_) => "DOUBLE",
            Self::Decimal(_) | Self::WideDecimal(_) => "DECIMAL",
            Self::Text(_) => "STRING",
            Self::Bytes(_) => "BYTES",
            Self::Date(_) => "DATE",
            Self::Time(_) => "TIME",
            Self::Timestamp(_) => "TIMESTAMP",
            Self::List(..) => "ARRAY",
            Self::Map(..) => "MAP",
            Self::Struct(..) => "STRUCT",
        }
    }

    /// Whether value `i` is null.
    pub(crate) fn is_null(&self, i: usize) -> bool {
        any!(self, array => array.is_null(i))
    }

    /// Whether value `i` equals value `j` of `other`; nulls are equal, at any depth.
    ///
    /// As Java's `Double.equals` has it, NaN equals itself and 0.0 is not -0.0. Maps are equal when they hold the same
    /// entries in any order.
    pub(crate) fn equal(&self, i: usize, other: &Values<'_>, j: usize) -> bool {
        match (self.is_null(i), other.is_null(j)) {
            (true, true) => true,
            (false, false) => self.same(i, other, j),
            _ => false,
        }
    }

    fn same(&self, i: usize, other: &Values<'_>, j: usize) -> bool {
        match (self, other) {
            (Self::Boolean(a), Values::Boolean(b)) => a.value(i) == b.value(j),
            (Self::Integer(a), Values::Integer(b)) => a.value(i) == b.value(j),
            (Self::Bigint(a), Values::Bigint(b)) => a.value(i) == b.value(j),
            (Self::Double(a), Values::Double(b)) => double_bits(a.value(i)) == double_bits(b.value(j)),
            (Self::Decimal(a), Values::Decimal(b)) => a.value(i) == b.value(j),
            (Self::WideDecimal(a), Values::WideDecimal(b)) => a.value(i) == b.value(j),
            (Self::Text(a), Values::Text(b)) => a.value(i) == b.value(j),
            (Self::Bytes(a), Values::Bytes(b)) => a.value(i) == b.value(j),
            (Self::Date(a), Values::Date(b)) => a.value(i) == b.value(j),
            (Self::Time(a), Values::Time(b)) => a.value(i) == b.value(j),
            (Self::Timestamp(a), Values::Timestamp(b)) => a.value(i) == b.value(j),
            (Self::List(a, x), Values::List(b, y)) => {
                let (p, q) = (range(a.value_offsets(), i), range(b.value_offsets(), j));
                p.len() == q.len() && p.zip(q).all(|(i, j)| x.equal(i, y, j))
            }
            (Self::Map(a, k, v), Values::Map(b, l, w)) => {
                let (p, q) = (range(a.value_offsets(), i), range(b.value_offsets(), j));
                // Mostly both maps have the same order: the entry at the same place is looked at first.
                let entry = |i: usize, at: usize| {
                    let mut places = std::iter::once(at).chain(q.clone());
                    places.find(|j| k.equal(i, l, *j)).is_some_and(|j| v.equal(i, w, j))
                };
                p.len() == q.len() && p.zip(q.clone()).all(|(i, at)| entry(i, at))
            }
            (Self::Struct(_, a), Values::Struct(_, b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|((_, x), (_, y))| x.equal(i, y, j))
            }
            _ => false,
        }
    }

    /// A hash of value `i`: equal values have equal ones.
    pub(crate) fn hash(&self, i: usize) -> u64 {
        let mut state = DefaultHasher::new();
        self.hash_into(i, &mut state);
        state.finish()
    }

    fn hash_into(&self, i: usize, state: &mut DefaultHasher) {
        if self.is_null(i) {
            return state.write_u8(0);
        }
        match self {
            Self::Boolean(a) => a.value(i).hash(state),
            Self::Integer(a) => a.value(i).hash(state),
            Self::Bigint(a) => a.value(i).hash(state),
            Self::Double(a) => double_bits(a.value(i)).hash(state),
            Self::Decimal(a) => a.value(i).hash(state),
            Self::WideDecimal(a) => a.value(i).hash(state),
            Self::Text(a) => a.value(i).hash(state),
            Self::Bytes(a) => a.value(i).hash(state),
            Self::Date(a) => a.value(i).hash(state),
            Self::Time(a) => a.value(i).hash(state),
            Self::Timestamp(a) => a.value(i).hash(state),
            Self::List(a, elements) => {
                let range = range(a.value_offsets(), i);
                state.write_usize(range.len());
                range.for_each(|i| elements.hash_into(i, state));
            }
            Self::Map(a, keys, values) => {
                // A sum, because the order of the entries does not count.
                let sum = range(a.value_offsets(), i).fold(0u64, |sum, i| {
                    let mut entry = DefaultHasher::new();
                    keys.hash_into(i, &mut entry);
                    values.hash_into(i, &mut entry);
                    sum.wrapping_add(entry.finish())
                });
                state.write_u64(sum);
            }
            Self::Struct(_, fields) => fields.iter().for_each(|(_, field)| field.hash_into(i, state)),
        }
    }

    /// Which of the values `i` and `j`, neither of them null, comes first.
    ///
    /// Errors: [`Error::Data`] when values of this type have no order.
    ///
    /// As Java's `compareTo` has it: texts by UTF-16 units, bytes as signed numbers, NaN after all other numbers.
    pub(crate) fn compare(&self, i: usize, j: usize) -> Result<Ordering, Error> {
        Ok(match self {
            Self::Boolean(a) => a.value(i).cmp(&a.value(j)),
            Self::Integer(a) => a.value(i).cmp(&a.value(j)),
            Self::Bigint(a) => a.value(i).cmp(&a.value(j)),
            Self::Double(a) => {
                f64::from_bits(double_bits(a.value(i))).total_cmp(&f64::from_bits(double_bits(a.value(j))))
            }
            Self::Decimal(a) => a.value(i).cmp(&a.value(j)),
            Self::WideDecimal(a) => a.value(i).cmp(&a.value(j)),
            Self::Text(a) => compare_texts(a.value(i), a.value(j)),
            Self::Bytes(a) => {
                let signed = |i: usize| a.value(i).iter().map(|b| b.cast_signed());
                signed(i).cmp(signed(j))
            }
            Self::Date(a) => a.value(i).cmp(&a.value(j)),
            Self::Time(a) => a.value(i).cmp(&a.value(j)),
            Self::Timestamp(a) => a.value(i).cmp(&a.value(j)),
            Self::List(..) | Self::Map(..) | Self::Struct(..) => {
                return Err(Error::Data(format!("Values of type {} have no order", self.sql_name())));
            }
        })
    }
}

/// The order of Java's `String.compareTo`: by UTF-16 units. It differs from that of bytes only where a character outside
/// the basic plane, written with surrogates, meets one of the basic plane above them.
pub(crate) fn compare_texts(a: &str, b: &str) -> Ordering {
    compare_utf8(a.as_bytes(), b.as_bytes())
}

/// The same for the bytes of texts.
pub(crate) fn compare_utf8(a: &[u8], b: &[u8]) -> Ordering {
    match a.iter().zip(b).find(|(x, y)| x != y) {
        Some((&x, &y)) if x.min(y) >= 0xEE && (x >= 0xF0) != (y >= 0xF0) => y.cmp(&x),
        Some((x, y)) => x.cmp(y),
        None => a.len().cmp(&b.len()),
    }
}

/// The bits of a number, the same for every NaN.
pub(crate) fn double_bits(value: f64) -> u64 {
    if value.is_nan() { f64::NAN.abs().to_bits() } else { value.to_bits() }
}

/// Where the elements of list or map `i` stand.
pub(crate) fn range(offsets: &[i32], i: usize) -> Range<usize> {
    offsets[i] as usize..offsets[i + 1] as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_ordered_by_utf16_units() {
        let mut texts = ["b", "\u{FFFD}", "a", "", "\u{10000}", "é", "ab", "\u{E000}", "\u{D7FF}", "\u{10FFFF}"];
        texts.sort_by(|a, b| compare_texts(a, b));
        let mut expected = texts;
        expected.sort_by_key(|t| t.encode_utf16().collect::<Vec<_>>());
        assert_eq!(texts, expected);
        assert_eq!(texts[8], "\u{E000}", "after the surrogates");
    }

    #[test]
    fn numbers_are_equal_and_ordered_as_doubles_of_java() {
        let array = Float64Array::from(vec![-f64::NAN, f64::NAN, 0.0, -0.0, f64::INFINITY]);
        let values = Values::of(&array).unwrap();
        assert!(values.equal(0, &values, 1) && values.hash(0) == values.hash(1));
        assert!(!values.equal(2, &values, 3));
        assert_eq!(values.compare(0, 4), Ok(Ordering::Greater));
        assert_eq!(values.compare(3, 2), Ok(Ordering::Less));
    }

    #[test]
    fn bytes_are_ordered_as_signed() {
        let array = BinaryArray::from(vec![&b"\x80"[..], b"\x01", b"\x01\x00"]);
        let values = Values::of(&array).unwrap();
        assert_eq!(values.compare(0, 1), Ok(Ordering::Less));
        assert_eq!(values.compare(1, 2), Ok(Ordering::Less));
    }

    #[test]
    fn a_type_that_no_column_has_is_a_defect() {
        assert!(matches!(Values::of(&arrow::array::Int8Array::from(vec![1])), Err(Error::Fatal(_))));
    }
}
