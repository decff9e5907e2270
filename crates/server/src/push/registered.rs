//! Payloads that begin with the id of a schema, as PRINT shows them: read with that schema.

use millstream_codec::decoder;
use millstream_schemas::{Inference, Registry, SchemaKind, infer};
use millstream_types::{Column, Format, FormatSpec, Role, Wrapping};
use serde::de::IgnoredAny;

use super::guess::compact;
use crate::cells;

/// What stands before a payload: a zero, and the id in four bytes, big-endian.
const MAGIC: u8 = 0;
/// What a value without fields is called while it is read.
const SINGLE: &str = "V";

/// A payload as text, if it begins with the id of a schema of that kind and fits it.
///
/// Asks the registry, which keeps the schemas that it gave; blocks.
pub(super) fn text(kind: SchemaKind, bytes: &[u8], registry: &Registry) -> Option<String> {
    let (&[magic, ref id @ ..], rest) = bytes.split_first_chunk::<5>()?;
    if magic != MAGIC {
        return None;
    }
    let registered = registry.get()?.by_id(i32::from_be_bytes(*id)).ok()?;
    if registered.schema.kind != kind {
        return None;
    }
    if kind == SchemaKind::Json {
        let text = std::str::from_utf8(rest).ok()?;
        return serde_json::from_str::<IgnoredAny>(text).is_ok().then(|| compact(text));
    }
    let how = Inference { single: SINGLE, unwrapped: false, full_name: None, keep_names: true };
    let (fields, bare) = match infer(&registered.schema, how) {
        Ok(fields) => (fields, false),
        Err(_) => (infer(&registered.schema, Inference { unwrapped: true, ..how }).ok()?, true),
    };
    let columns: Vec<Column> = fields.into_iter().map(|(name, ty)| Column { name, ty, role: Role::Value }).collect();
    let format = if kind == SchemaKind::Avro { Format::Avro } else { Format::Protobuf };
    let wrapping = bare.then_some(Wrapping::Unwrap);
    let spec = FormatSpec { wrapping, ..FormatSpec::value(format) };
    let used: Vec<usize> = (0..columns.len()).collect();
    let mut decoder = decoder(spec, &columns, &used, registry).ok()?;
    if !decoder.push(Some(bytes)).ok()? {
        return Some("null".to_owned());
    }
    let json = cells::object(&columns, &decoder.finish(), bare);
    Some(if kind == SchemaKind::Avro { spaced(&json) } else { json })
}

/// JSON without blanks as Avro's own class prints it: with one behind each comma and colon.
fn spaced(json: &str) -> String {
    let mut out = String::with_capacity(json.len() + 16);
    let (mut in_string, mut escaped) = (false, false);
    for c in json.chars() {
        out.push(c);
        if in_string {
            in_string = c != '"' || escaped;
            escaped = c == '\\' && !escaped;
        } else if matches!(c, ',' | ':') {
            out.push(' ');
        } else {
            in_string = c == '"';
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, Int32Array, StringArray};
    use millstream_codec::{Payloads, encoder_with};
    use millstream_schemas::{MemoryRegistry, Reused, SchemaText, WriterSchema, generate};
    use millstream_types::SqlType;

    use super::super::guess::Guess;
    use super::*;

    /// A record of `ID` 7 and `name` `a,"b"` in that format, behind the id 3, and the registry that knows it.
    fn written(format: Format) -> (Vec<u8>, Registry) {
        let column = |name: &str, ty| Column { name: name.to_owned(), ty, role: Role::Value };
        let columns = [column("ID", SqlType::Integer), column("name", SqlType::String)];
        let spec = FormatSpec::value(format);
        let schema = generate(spec, &columns, None).unwrap();
        let memory = MemoryRegistry::new();
        memory.put("t-value", 3, schema.clone());
        let arrays: [ArrayRef; 2] = [Arc::new(Int32Array::from(vec![7])), Arc::new(StringArray::from(vec!["a,\"b\""]))];
        let mut out = Payloads::default();
        let writer = WriterSchema { id: Some(3), schema, full_name: None, reused: Reused::default() };
        encoder_with(spec, &columns, Some(&writer)).unwrap().encode(&arrays, None, &mut out).unwrap();
        (out.get(0).unwrap().to_vec(), Registry::new(Arc::new(memory)))
    }

    #[test]
    fn records_are_read_with_their_schemas() {
        for (format, names, shown) in [
            (Format::Avro, "AVRO or KAFKA_STRING", r#"{"ID": 7, "name": "a,\"b\""}"#),
            (Format::Protobuf, "PROTOBUF or KAFKA_STRING", r#"{"ID":7,"name":"a,\"b\""}"#),
            (Format::JsonSr, "JSON_SR or KAFKA_STRING", r#"{"ID":7,"name":"a,\"b\""}"#),
        ] {
            let (bytes, registry) = written(format);
            let mut guess = Guess::of_values(registry);
            guess.learn(Some(&bytes));
            assert_eq!((guess.names().as_str(), guess.text(Some(&bytes)).as_str()), (names, shown), "{format:?}");
            let mut blind = Guess::of_values(Registry::none());
            blind.learn(Some(&bytes));
            assert_eq!(blind.names(), "KAFKA_STRING", "{format:?}");
        }
    }

    #[test]
    fn keys_may_be_bare_and_carry_windows() {
        let memory = MemoryRegistry::new();
        memory.put("t-key", 5, SchemaText::new(SchemaKind::Avro, "\"int\""));
        let mut guess = Guess::of_keys(Registry::new(Arc::new(memory)));
        let mut key = vec![0, 0, 0, 0, 5, 14];
        key.extend_from_slice(&1_700_000_000_000_i64.to_be_bytes());
        guess.learn(Some(&key));
        assert!(guess.names().starts_with("HOPPING(AVRO) or HOPPING("), "{}", guess.names());
        assert_eq!(guess.text(Some(&key)), "[7@1700000000000/-]");
    }

    #[test]
    fn what_no_schema_explains_is_none() {
        let (bytes, registry) = written(Format::Avro);
        assert_eq!(text(SchemaKind::Protobuf, &bytes, &registry), None, "another language");
        assert_eq!(text(SchemaKind::Avro, &bytes[..4], &registry), None, "too short");
        assert_eq!(text(SchemaKind::Avro, &[0, 0, 0, 0, 9, 1], &registry), None, "an id that nobody gave");
        assert_eq!(text(SchemaKind::Avro, &bytes[..6], &registry), None, "cut off");
        assert_eq!(text(SchemaKind::Avro, b"plain text", &registry), None);
    }
}
