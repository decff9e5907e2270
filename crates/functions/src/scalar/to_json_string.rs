//! `TO_JSON_STRING`: any value as JSON text.

use std::fmt::Write;

use arrow::array::ArrayRef;
use base64::display::Base64Display;
use base64::engine::general_purpose::STANDARD;
use millstream_types::java_double;

use crate::json::escape;
use crate::values::{Values, compare_texts, range};
use crate::{Call, Error, Example, Function, Overload, Param, ParamType, Returns, TextColumn, iso};

pub(crate) static FUNCTION: Function = Function {
    name: "TO_JSON_STRING",
    category: "JSON",
    description: "Any value as JSON text. DATE, TIME and TIMESTAMP become ISO 8601 texts, BYTES base64; a struct or map becomes \
                  an object whose names are sorted, decimals are plain. Null is the text null.",
    overloads: &[Overload {
        params: &[Param { name: "value", ty: ParamType::Any('T') }],
        variadic: false,
        returns: Returns::Type(ParamType::String),
        fallible: true,
        eval,
    }],
    examples: &[
        Example { call: "TO_JSON_STRING('a \"b\"')", result: "'\"a \\\"b\\\"\"'" },
        Example { call: "TO_JSON_STRING(ARRAY[1, NULL])", result: "'[1,null]'" },
        Example { call: "TO_JSON_STRING(ARRAY[TRUE, FALSE])", result: "'[true,false]'" },
        Example { call: "TO_JSON_STRING(3000000000)", result: "'3000000000'" },
        Example { call: "TO_JSON_STRING(0.00000010)", result: "'0.00000010'" },
        Example { call: "TO_JSON_STRING(1E7)", result: "'1.0E7'" },
        Example { call: "TO_JSON_STRING(X'0010bdb9')", result: "'\"ABC9uQ==\"'" },
        Example { call: "TO_JSON_STRING(TIMESTAMP 1651182287943)", result: "'\"2022-04-28T21:44:47.943\"'" },
        Example { call: "TO_JSON_STRING(MAP('b' := ARRAY[1, 2], 'a' := NULL))", result: "'{\"a\":null,\"b\":[1,2]}'" },
        Example {
            call: "TO_JSON_STRING(STRUCT(NAME := 'Alice', ID := 1, MORE := STRUCT(Y := NULL, X := 2)))",
            result: "'{\"ID\":1,\"MORE\":{\"X\":2,\"Y\":null},\"NAME\":\"Alice\"}'",
        },
    ],
};

fn eval(call: &Call<'_>) -> Result<ArrayRef, Error> {
    let arg = call.arg(0)?;
    let values = sorted(Values::of(arg.array())?);
    let mut out = Json { text: TextColumn::default(), scratch: String::new() };
    for row in 0..call.rows {
        out.value(&values, arg.index(row))?;
        out.text.end();
    }
    Ok(out.text.finish())
}

/// The same values, the fields of structs at any depth in the order of their names.
fn sorted(values: Values<'_>) -> Values<'_> {
    match values {
        Values::List(lists, elements) => Values::List(lists, Box::new(sorted(*elements))),
        Values::Map(maps, keys, values) => Values::Map(maps, keys, Box::new(sorted(*values))),
        Values::Struct(structs, fields) => {
            let mut fields: Vec<_> = fields.into_iter().map(|(name, field)| (name, sorted(field))).collect();
            fields.sort_by(|(a, _), (b, _)| compare_texts(a, b));
            Values::Struct(structs, fields)
        }
        flat => flat,
    }
}

/// A column of JSON texts under construction.
struct Json {
    text: TextColumn,
    scratch: String,
}

impl Json {
    /// Appends value `at`. Recursion is as deep as the type.
    fn value(&mut self, values: &Values<'_>, at: usize) -> Result<(), Error> {
        if values.is_null(at) {
            return self.text.push("null");
        }
        match values {
            Values::List(lists, elements) => {
                self.text.push("[")?;
                for (i, at) in range(lists.value_offsets(), at).enumerate() {
                    self.text.push(if i == 0 { "" } else { "," })?;
                    self.value(elements, at)?;
                }
                self.text.push("]")
            }
            Values::Map(maps, keys, values) => {
                let mut entries: Vec<usize> = range(maps.value_offsets(), at).collect();
                // Nested keys have no order, and no text either.
                entries.sort_by(|a, b| keys.compare(*a, *b).unwrap_or(std::cmp::Ordering::Equal));
                self.text.push("{")?;
                for (i, at) in entries.into_iter().enumerate() {
                    self.text.push(if i == 0 { "" } else { "," })?;
                    self.quoted(keys, at)?;
                    self.text.push(":")?;
                    self.value(values, at)?;
                }
                self.text.push("}")
            }
            Values::Struct(_, fields) => {
                self.text.push("{")?;
                for (i, (name, field)) in fields.iter().enumerate() {
                    self.text.push(if i == 0 { "" } else { "," })?;
                    self.scratch.clear();
                    self.scratch.push_str(name);
                    self.string()?;
                    self.text.push(":")?;
                    self.value(field, at)?;
                }
                self.text.push("}")
            }
            flat if is_string(flat, at) => self.quoted(flat, at),
            flat => {
                self.write(flat, at)?;
                self.text.push(&self.scratch)
            }
        }
    }

    /// Appends what is not nested as a JSON string.
    fn quoted(&mut self, values: &Values<'_>, at: usize) -> Result<(), Error> {
        self.write(values, at)?;
        self.string()
    }

    /// Appends the scratch as a JSON string.
    fn string(&mut self) -> Result<(), Error> {
        self.text.push("\"")?;
        escape(&self.scratch, |piece| self.text.push(piece))?;
        self.text.push("\"")
    }

    /// Writes the text of what is not nested into the scratch.
    fn write(&mut self, values: &Values<'_>, at: usize) -> Result<(), Error> {
        let out = &mut self.scratch;
        out.clear();
        let written = match values {
            Values::Boolean(array) => write!(out, "{}", array.value(at)),
            Values::Integer(array) => write!(out, "{}", array.value(at)),
            Values::Bigint(array) => write!(out, "{}", array.value(at)),
            Values::Double(array) => {
                let mut text = Vec::new();
                java_double(array.value(at), &mut text);
                out.write_str(std::str::from_utf8(&text).unwrap_or_default())
            }
            Values::Decimal(array) => out.write_str(&array.value_as_string(at)),
            Values::WideDecimal(array) => out.write_str(&array.value_as_string(at)),
            Values::Text(array) => out.write_str(array.value(at)),
            Values::Bytes(array) => write!(out, "{}", Base64Display::new(array.value(at), &STANDARD)),
            Values::Date(array) => iso::write_date(out, array.value(at)),
            Values::Time(array) => iso::write_time(out, array.value(at)),
            Values::Timestamp(array) => iso::write_timestamp(out, array.value(at)),
            Values::List(..) | Values::Map(..) | Values::Struct(..) => Err(std::fmt::Error),
        };
        written.map_err(|_| Error::Data("TO_JSON_STRING: a value has no text".into()))
    }
}

/// Whether JSON has a value that is not nested as a string: numbers that it cannot write are.
fn is_string(values: &Values<'_>, at: usize) -> bool {
    match values {
        Values::Boolean(_) | Values::Integer(_) | Values::Bigint(_) | Values::Decimal(_) | Values::WideDecimal(_) => {
            false
        }
        Values::Double(array) => !array.value(at).is_finite(),
        _ => true,
    }
}
