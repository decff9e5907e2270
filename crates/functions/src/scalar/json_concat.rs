//! `JSON_CONCAT`: JSON values put together.

use arrow::array::{ArrayRef, StringArray};

use crate::json::{Kind, Parser, Value};
use crate::{Call, Error, Example, Function, Overload, Param, ParamType, Returns, TextColumn, check_size};

pub(crate) static FUNCTION: Function = Function {
    name: "JSON_CONCAT",
    category: "JSON",
    description: "Objects merged into one, where the last has the last word on names that several have; members are not \
                  merged any deeper. If any is not an object: one array of the items of all, where everything but an array \
                  counts as one item. Null when any is null or empty; a text that is not JSON fails.",
    overloads: &[Overload {
        params: &[Param { name: "jsons", ty: ParamType::String }],
        variadic: true,
        returns: Returns::Type(ParamType::String),
        fallible: true,
        eval,
    }],
    examples: &[
        Example {
            call: "JSON_CONCAT('{\"a\": 1, \"b\": 2}', '{\"c\": 3, \"a\": {}}')",
            result: "'{\"a\":{},\"b\":2,\"c\":3}'",
        },
        Example { call: "JSON_CONCAT('[1, [2]]', '{\"a\": 1}', 'null', '[]')", result: "'[1,[2],{\"a\":1},null]'" },
        Example { call: "JSON_CONCAT(' \"a\" ')", result: "'\"a\"'" },
        Example { call: "JSON_CONCAT('1', NULL)", result: "NULL" },
        Example { call: "JSON_CONCAT('1', '')", result: "NULL" },
        Example { call: "JSON_CONCAT()", result: "NULL" },
    ],
};

fn eval(call: &Call<'_>) -> Result<ArrayRef, Error> {
    let texts: Vec<_> = call.args.iter().map(|a| a.view::<StringArray>()).collect::<Result<_, _>>()?;
    let mut parsers: Vec<Parser> = texts.iter().map(|_| Parser::default()).collect();
    let mut merger = (Parser::default(), String::new());
    let mut out = TextColumn::default();
    for row in 0..call.rows {
        let mut values: Vec<Value<'_>> = Vec::with_capacity(texts.len());
        for (text, parser) in texts.iter().zip(&mut parsers) {
            let Some(text) = text.get(row) else { break };
            values.extend(parser.read(text)?);
        }
        if values.is_empty() || values.len() < texts.len() {
            out.null();
            continue;
        }
        match values.as_slice() {
            [single] => single.write(|piece| out.push(piece))?,
            objects if objects.iter().all(|value| value.kind() == Kind::Object) => {
                merge(&mut out, objects, &mut merger)?;
            }
            values => append(&mut out, values)?,
        }
        out.end();
    }
    Ok(out.finish())
}

/// One object of the members of all. Their texts are put into one object and read again: of members with one name the
/// reader keeps the last.
fn merge(out: &mut TextColumn, objects: &[Value<'_>], (parser, text): &mut (Parser, String)) -> Result<(), Error> {
    text.clear();
    text.push('{');
    let mut comma = "";
    for (name, member) in objects.iter().flat_map(Value::members) {
        let mut push = |piece: &str| {
            text.push_str(piece);
            check_size(0, text.len())
        };
        push(std::mem::replace(&mut comma, ","))?;
        name.write(&mut push)?;
        push(":")?;
        member.write(&mut push)?;
    }
    text.push('}');
    parser.read(text)?.map_or(Ok(()), |merged| merged.write(|piece| out.push(piece)))
}

/// One array of the items of arrays and of everything else.
fn append(out: &mut TextColumn, values: &[Value<'_>]) -> Result<(), Error> {
    out.push("[")?;
    let mut comma = "";
    for value in values {
        let single = (value.kind() != Kind::Array).then_some(*value);
        let items = (value.kind() == Kind::Array).then(|| value.items());
        for item in single.into_iter().chain(items.into_iter().flatten()) {
            out.push(comma)?;
            item.write(|piece| out.push(piece))?;
            comma = ",";
        }
    }
    out.push("]")
}
