//! `INSTR`: where a text stands within another.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int32Array, StringArray};

use crate::{Call, Error, Example, Function, Overload, Param, ParamType, Returns};

pub(crate) static FUNCTION: Function = Function {
    name: "instr",
    category: "STRING",
    description: "The position (from 1) of a text within another, from a position on (negative: backwards from the end), \
                  and of its n-th occurrence. 0 when it is not there or an argument is null.",
    overloads: &[
        overload(&[TEXT, WANTED]),
        overload(&[TEXT, WANTED, POSITION]),
        overload(&[TEXT, WANTED, POSITION, OCCURRENCE]),
    ],
    examples: &[
        Example { call: "INSTR('corporate floor', 'or')", result: "2" },
        Example { call: "INSTR('corporate floor', 'or', 3)", result: "5" },
        Example { call: "INSTR('corporate floor', 'or', -4)", result: "5" },
        Example { call: "INSTR('corporate floor', 'or', -4, 2)", result: "2" },
        Example { call: "INSTR('aaa', 'aa', 1, 2)", result: "2" },
        Example { call: "INSTR('😀b', 'b')", result: "3" },
        Example { call: "INSTR('a', 'b')", result: "0" },
        Example { call: "INSTR('a', NULL)", result: "0" },
    ],
};

const TEXT: Param = Param { name: "text", ty: ParamType::String };
const WANTED: Param = Param { name: "wanted", ty: ParamType::String };
const POSITION: Param = Param { name: "position", ty: ParamType::Integer };
const OCCURRENCE: Param = Param { name: "occurrence", ty: ParamType::Integer };

const fn overload(params: &'static [Param]) -> Overload {
    Overload { params, variadic: false, returns: Returns::Type(ParamType::Integer), fallible: false, eval }
}

fn eval(call: &Call<'_>) -> Result<ArrayRef, Error> {
    let text = call.arg(0)?.view::<StringArray>()?;
    let wanted = call.arg(1)?.view::<StringArray>()?;
    let positions = call.args.get(2).map(|a| a.view::<Int32Array>()).transpose()?;
    let occurrences = call.args.get(3).map(|a| a.view::<Int32Array>()).transpose()?;
    let mut units: (Vec<u16>, Vec<u16>) = Default::default();
    let found: Int32Array = (0..call.rows)
        .map(|row| {
            let (text, wanted) = (text.get(row)?, wanted.get(row)?);
            let position = positions.as_ref().map_or(Some(1), |p| p.get(row))?;
            let occurrence = occurrences.as_ref().map_or(Some(1), |o| o.get(row))?;
            if text.is_ascii() {
                return find(text.as_bytes(), wanted.as_bytes(), position, occurrence);
            }
            units.0.clear();
            units.0.extend(text.encode_utf16());
            units.1.clear();
            units.1.extend(wanted.encode_utf16());
            find(&units.0, &units.1, position, occurrence)
        })
        .map(|found| Some(found.unwrap_or(0)))
        .collect();
    Ok(Arc::new(found))
}

/// Position from 1 of the n-th occurrence at or after `position`, or at or before it when that counts from the end.
fn find<T: PartialEq>(text: &[T], wanted: &[T], position: i32, occurrence: i32) -> Option<i32> {
    let distance = position.unsigned_abs() as usize;
    let nth = usize::try_from(occurrence).ok()?.checked_sub(1)?;
    let last = text.len().checked_sub(wanted.len())?;
    if distance > text.len() {
        return None;
    }
    let is_at = |at: &usize| text.get(*at..*at + wanted.len()) == Some(wanted);
    let at = if position < 0 {
        (0..=last.min(text.len() - distance)).rev().filter(is_at).nth(nth)
    } else {
        (distance.saturating_sub(1)..=last).filter(is_at).nth(nth)
    };
    i32::try_from(at? + 1).ok()
}
