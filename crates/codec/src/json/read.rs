//! Reading one JSON value into a column of a given type: ksqlDB's rules of what is taken for what.
//!
//! | column | takes |
//! |---|---|
//! | BOOLEAN | `true`, `false` |
//! | INTEGER BIGINT | numbers, cut to an integer and narrowed as Java does; integers as text |
//! | DOUBLE | numbers; numbers as text |
//! | DECIMAL | numbers and numbers as text that fit without rounding |
//! | STRING | text; any other value by its text |
//! | BYTES | base64 text |
//! | DATE TIME TIMESTAMP | integers (days, ms of the day, ms) as numbers or text |
//! | ARRAY, MAP and STRUCT | arrays, objects |
//!
//! `null` is null everywhere. All else is a clash, and the whole record is refused.

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{GeneralPurpose, GeneralPurposeConfig};

use super::fault::Fault;
use super::scan::Scanner;
use super::skip::{DEPTH_MAX, compact, number_text, skip};
use crate::column::{BinaryColumn, Column, DecimalShape, Filled, ListColumn, StructColumn, TextColumn};
use crate::text::{DAY_MS, Number, Unscaled, parse_double};

/// Takes the next value and appends it to `column`. After a fault the column may be left with half a row.
pub(super) fn read(scanner: &mut Scanner<'_>, column: &mut Column) -> Result<(), Fault> {
    if scanner.peek() == b'n' {
        scanner.word("null")?;
        column.push_null();
        return Ok(());
    }
    match column {
        Column::Bigint(column) => column.push(long(scanner, "BIGINT")?),
        Column::Text(column) => text(scanner, column)?,
        Column::Double(column) => column.push(double(scanner)?),
        Column::Integer(column) => column.push(integer(scanner)?),
        Column::Boolean(column) => column.push(boolean(scanner)?),
        Column::Decimal(column, shape) => column.push(decimal(scanner, *shape)?.small()),
        Column::BigDecimal(column, shape) => column.push(decimal(scanner, *shape)?.wide()),
        Column::Bytes(column) => base64_text(scanner, column)?,
        Column::Date(column) => {
            let days = long(scanner, "DATE")?;
            column.push(i32::try_from(days).map_err(|_| Fault::unfit(&days.to_string(), "DATE"))?);
        }
        Column::Time(column) => {
            let ms = long(scanner, "TIME")?;
            let valid = i32::try_from(ms).ok().filter(|_| (0..=DAY_MS).contains(&ms));
            column.push(valid.ok_or_else(|| Fault::unfit(&ms.to_string(), "TIME"))?);
        }
        Column::Timestamp(column) => column.push(long(scanner, "TIMESTAMP")?),
        Column::List(column) => list(scanner, column)?,
        Column::Map(column) => super::map::read(scanner, column)?,
        Column::Struct(column) => object(scanner, column)?,
    }
    Ok(())
}

/// Takes an object and appends it as a row.
pub(super) fn object(scanner: &mut Scanner<'_>, column: &mut StructColumn) -> Result<(), Fault> {
    if scanner.peek() != b'{' {
        return Err(clash(scanner, "an object"));
    }
    scanner.take();
    let row = column.open();
    let (mut first, mut cursor) = (true, 0);
    while scanner.next_member(&mut first)? {
        let found = if row.names.expected(cursor).is_some_and(|member| scanner.take_if(member)) {
            row.names.came(&mut cursor)
        } else {
            let name = scanner.name()?;
            row.names.find(&mut cursor, &name.decode()?)
        };
        let target = found.and_then(|found| {
            let filled = row.filled.get_mut(found.field)?;
            (found.exact || *filled != Filled::Exact).then_some((found, filled))
        });
        let Some((found, filled)) = target else {
            skip(scanner)?;
            continue;
        };
        let Some(field) = row.columns.get_mut(found.field) else { continue };
        if *filled != Filled::No {
            field.truncate(row.row); // of values for the same field the last one counts
        }
        if let Err(fault) = read(scanner, field) {
            return Err(fault.in_field(row.fields.get(found.field).map_or("", |f| f.name())));
        }
        *filled = if found.exact { Filled::Exact } else { Filled::Folded };
    }
    column.end();
    Ok(())
}

fn list(scanner: &mut Scanner<'_>, column: &mut ListColumn) -> Result<(), Fault> {
    if scanner.peek() != b'[' {
        return Err(clash(scanner, "an array"));
    }
    scanner.take();
    let (mut first, mut index) = (true, 0);
    while scanner.next_item(&mut first)? {
        read(scanner, column.items()).map_err(|fault| fault.in_item(index))?;
        index += 1;
    }
    Ok(column.end()?)
}

fn boolean(scanner: &mut Scanner<'_>) -> Result<bool, Fault> {
    match scanner.peek() {
        b't' => scanner.word("true").map(|()| true),
        b'f' => scanner.word("false").map(|()| false),
        _ => Err(clash(scanner, "a boolean")),
    }
}

#[inline]
fn long(scanner: &mut Scanner<'_>, ty: &str) -> Result<i64, Fault> {
    match scanner.peek() {
        b'-' | b'0'..=b'9' => match scanner.small_integer() {
            Some(value) => Ok(value),
            None => Ok(scanner.number()?.long()),
        },
        b'"' => {
            let text = scanner.string()?.decode()?;
            text.parse().map_err(|_| Fault::unfit(&text, ty))
        }
        _ => Err(clash(scanner, "a number")),
    }
}

#[inline]
fn integer(scanner: &mut Scanner<'_>) -> Result<i32, Fault> {
    match scanner.peek() {
        b'-' | b'0'..=b'9' => match scanner.small_integer() {
            Some(value) => Ok(value as i32), // the low bits, as Java's `intValue`
            None => Ok(scanner.number()?.int()),
        },
        b'"' => {
            let text = scanner.string()?.decode()?;
            text.parse().map_err(|_| Fault::unfit(&text, "INTEGER"))
        }
        _ => Err(clash(scanner, "a number")),
    }
}

#[inline]
fn double(scanner: &mut Scanner<'_>) -> Result<f64, Fault> {
    match scanner.peek() {
        b'-' | b'0'..=b'9' => Ok(scanner.number()?.double()),
        b'"' => {
            let text = scanner.string()?.decode()?;
            parse_double(&text).ok_or_else(|| Fault::unfit(&text, "DOUBLE"))
        }
        _ => Err(clash(scanner, "a number")),
    }
}

fn decimal(scanner: &mut Scanner<'_>, shape: DecimalShape) -> Result<Unscaled, Fault> {
    let fit = |number: Option<Number<'_>>, text: &str| {
        number.and_then(|n| n.unscaled(shape)).ok_or_else(|| {
            Fault::unfit(text, &format!("DECIMAL({}, {}) without rounding", shape.precision, shape.scale))
        })
    };
    match scanner.peek() {
        b'-' | b'0'..=b'9' => {
            let number = scanner.number()?;
            fit(Some(number), number.text)
        }
        b'"' => {
            let text = scanner.string()?.decode()?;
            fit(Number::parse(&text), &text)
        }
        _ => Err(clash(scanner, "a number")),
    }
}

#[inline]
fn text(scanner: &mut Scanner<'_>, column: &mut TextColumn) -> Result<(), Fault> {
    match scanner.peek() {
        b'"' => {
            let string = scanner.string()?;
            if !string.escaped {
                return Ok(column.push(string.raw)?);
            }
            string.decode_to(|piece| column.buffer().push_str(piece))?;
        }
        _ => as_text(scanner, column.buffer(), 0)?,
    }
    Ok(column.end()?)
}

/// Takes any value and appends its text: text and scalars as they are, objects as compact JSON, arrays as the texts of
/// their items in brackets, with a comma and a blank between them.
fn as_text(scanner: &mut Scanner<'_>, out: &mut String, depth: usize) -> Result<(), Fault> {
    match scanner.peek() {
        b'"' => scanner.string()?.decode_to(|piece| out.push_str(piece)),
        b'-' | b'0'..=b'9' => number_text(&scanner.number()?, out),
        b'[' if depth >= DEPTH_MAX => Err(scanner.expected("no more than 1000 levels of nesting")),
        b'[' => {
            scanner.take();
            out.push('[');
            let (mut first, mut separator) = (true, "");
            while scanner.next_item(&mut first)? {
                out.push_str(separator);
                separator = ", ";
                as_text(scanner, out, depth + 1)?;
            }
            out.push(']');
            Ok(())
        }
        _ => compact(scanner, out),
    }
}

/// Base64 as Jackson reads it: the standard alphabet with padding, blanks between ignored, spare bits not looked at.
fn base64_text(scanner: &mut Scanner<'_>, column: &mut BinaryColumn) -> Result<(), Fault> {
    const BASE64: GeneralPurpose =
        GeneralPurpose::new(&STANDARD, GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true));
    if scanner.peek() != b'"' {
        return Err(clash(scanner, "base64 text"));
    }
    let text = scanner.string()?.decode()?;
    let is_blank = |c: char| c <= ' ';
    let decoded = if text.contains(is_blank) {
        BASE64.decode_vec(text.replace(is_blank, ""), column.buffer())
    } else {
        BASE64.decode_vec(text.as_bytes(), column.buffer())
    };
    decoded.map_err(|_| Fault::unfit(&text, "BYTES as base64"))?;
    Ok(column.end()?)
}

/// The fault of finding a value of another kind here, or none at all.
#[cold]
pub(super) fn clash(scanner: &mut Scanner<'_>, expected: &str) -> Fault {
    let found = match scanner.peek() {
        b'{' => "an object",
        b'[' => "an array",
        b'"' => "a string",
        b't' | b'f' => "a boolean",
        b'n' => "null",
        b'-' | b'0'..=b'9' => "a number",
        _ => return scanner.expected("a value"),
    };
    Fault::clash(expected, found)
}
