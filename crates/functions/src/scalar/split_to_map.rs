//! `SPLIT_TO_MAP`: a text of entries as a map.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, MapArray, StringArray, StringBuilder, StructArray};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::datatypes::DataType;

use crate::{Call, Error, Example, Function, Overload, Param, ParamType, Returns};

pub(crate) static FUNCTION: Function = Function {
    name: "split_to_map",
    category: "STRING",
    description: "The entries of a text between occurrences of one delimiter, each taken apart at another: what stands \
                  before its first occurrence is the key, what stands between that and the second the value. Entries without \
                  it are left out; of equal keys the last wins. Null when a delimiter is empty, both are equal, or for any null.",
    overloads: &[Overload {
        params: &[
            Param { name: "text", ty: ParamType::String },
            Param { name: "entry_delimiter", ty: ParamType::String },
            Param { name: "key_value_delimiter", ty: ParamType::String },
        ],
        variadic: false,
        returns: Returns::Type(ParamType::Map(&ParamType::String, &ParamType::String)),
        fallible: false,
        eval,
    }],
    examples: &[
        Example { call: "SPLIT_TO_MAP('a:1, b:2', ', ', ':')", result: "MAP('a' := '1', 'b' := '2')" },
        Example { call: "SPLIT_TO_MAP('a:1,b,,c:,a:2:3', ',', ':')", result: "MAP('a' := '2', 'c' := '')" },
        Example { call: "SPLIT_TO_MAP('', ',', ':')", result: "MAP()" },
        Example { call: "SPLIT_TO_MAP('a:1', '', ':')", result: "NULL" },
        Example { call: "SPLIT_TO_MAP('a:1', ':', ':')", result: "NULL" },
        Example { call: "SPLIT_TO_MAP('a:1', NULL, ':')", result: "NULL" },
    ],
};

fn eval(call: &Call<'_>) -> Result<ArrayRef, Error> {
    let text = call.arg(0)?.view::<StringArray>()?;
    let (outer, inner) = (call.arg(1)?.view::<StringArray>()?, call.arg(2)?.view::<StringArray>()?);
    let (mut keys, mut values) = (StringBuilder::new(), StringBuilder::new());
    let mut lengths = Vec::with_capacity(call.rows);
    let mut present = Vec::with_capacity(call.rows);
    let mut entries = Vec::new();
    let mut places = HashMap::new();
    for row in 0..call.rows {
        entries.clear();
        places.clear();
        let delimiters = outer.get(row).zip(inner.get(row));
        let usable = delimiters.filter(|(outer, inner)| !outer.is_empty() && !inner.is_empty() && outer != inner);
        let given = text.get(row).zip(usable);
        if let Some((text, (outer, inner))) = given {
            for (key, rest) in text.split(outer).filter_map(|entry| entry.split_once(inner)) {
                let value = rest.split_once(inner).map_or(rest, |(value, _)| value);
                let place = *places.entry(key).or_insert(entries.len());
                match entries.get_mut(place) {
                    Some(known) => *known = (key, value),
                    None => entries.push((key, value)),
                }
            }
        }
        for (key, value) in &entries {
            keys.append_value(key);
            values.append_value(value);
        }
        lengths.push(entries.len());
        present.push(given.is_some());
    }
    let DataType::Map(field, _) = call.returns else {
        return Err(Error::Fatal(format!("{} is not a map", call.returns)));
    };
    let DataType::Struct(fields) = field.data_type() else {
        return Err(Error::Fatal(format!("{field} are not entries of a map")));
    };
    let entries = StructArray::try_new(fields.clone(), vec![Arc::new(keys.finish()), Arc::new(values.finish())], None)?;
    let offsets = OffsetBuffer::from_lengths(lengths);
    Ok(Arc::new(MapArray::try_new(Arc::clone(field), offsets, entries, Some(NullBuffer::from(present)), false)?))
}
