//! Rows as protobuf messages inside of row objects: `{"row":{"protobufBytes":"<base64>"}}`.

use arrow::array::{ArrayRef, RecordBatch, new_null_array};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use millstream_codec::{Encoder, Payloads, encoder};
use millstream_schemas::proto;
use millstream_types::{Column, Format, FormatSpec, Role};
use parking_lot::Mutex;

/// Writes rows of some columns as messages.
pub(super) struct Messages {
    /// The schema as clients are told of it.
    pub(super) schema: String,
    /// Which of the columns are keys.
    keys: Vec<bool>,
    /// The encoder and what it fills.
    encoding: Mutex<(Box<dyn Encoder>, Payloads)>,
}

impl Messages {
    /// Error: rows of these columns are no message (a map has other keys than texts, a name is none of protobuf's).
    pub(super) fn new(columns: &[Column]) -> Result<Self, String> {
        let values: Vec<Column> = columns.iter().map(|c| Column { role: Role::Value, ..c.clone() }).collect();
        // Bare messages: the schema is in the header.
        let encoder = encoder(FormatSpec::value(Format::ProtobufNosr), &values).map_err(|e| e.0)?;
        Ok(Self {
            schema: proto::generate_rows(&values),
            keys: columns.iter().map(|c| c.role == Role::Key).collect(),
            encoding: Mutex::new((encoder, Payloads::default())),
        })
    }

    /// Appends row `row` as a JSON string. Error: it has no encoding; nothing was appended.
    pub(super) fn write_row(&self, rows: &RecordBatch, row: usize, out: &mut Vec<u8>) -> Result<(), String> {
        self.write(rows.columns().iter().map(|column| column.slice(row, 1)).collect(), out)
    }

    /// The same without its values.
    pub(super) fn write_key(&self, rows: &RecordBatch, row: usize, out: &mut Vec<u8>) -> Result<(), String> {
        let cell = |(column, key): (&ArrayRef, &bool)| match key {
            true => column.slice(row, 1),
            false => new_null_array(column.data_type(), 1),
        };
        self.write(rows.columns().iter().zip(&self.keys).map(cell).collect(), out)
    }

    fn write(&self, cells: Vec<ArrayRef>, out: &mut Vec<u8>) -> Result<(), String> {
        let mut encoding = self.encoding.lock();
        let (encoder, payloads) = &mut *encoding;
        payloads.clear();
        encoder.encode(&cells, None, payloads).map_err(|e| e.0)?;
        out.push(b'"');
        out.extend_from_slice(STANDARD.encode(payloads.get(0).unwrap_or_default()).as_bytes());
        out.push(b'"');
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{Int64Array, StringArray};
    use arrow::datatypes::{DataType, Field, Schema};
    use millstream_types::SqlType;

    use super::*;

    fn column(name: &str, ty: SqlType, role: Role) -> Column {
        Column { name: name.into(), ty, role }
    }

    #[test]
    fn rows_are_messages_in_base64() {
        let columns = [column("K", SqlType::Bigint, Role::Key), column("T", SqlType::String, Role::Value)];
        let messages = Messages::new(&columns).unwrap();
        assert!(messages.schema.starts_with("syntax = \"proto3\";\n\nmessage ConnectDefault1 {\n  int64 K = 1;"));
        let schema = Schema::new(vec![Field::new("K", DataType::Int64, true), Field::new("T", DataType::Utf8, true)]);
        let (keys, texts) = (Int64Array::from(vec![Some(1), None]), StringArray::from(vec!["a1", ""]));
        let batch = RecordBatch::try_new(Arc::new(schema), vec![Arc::new(keys), Arc::new(texts)]).unwrap();
        let written = |row: usize, key: bool| {
            let mut out = Vec::new();
            let write = if key { Messages::write_key } else { Messages::write_row };
            write(&messages, &batch, row, &mut out).unwrap();
            STANDARD.decode(String::from_utf8(out).unwrap().trim_matches('"')).unwrap()
        };
        assert_eq!(written(0, false), b"\x08\x01\x12\x02a1");
        assert_eq!(written(0, true), b"\x08\x01");
        assert_eq!(written(1, false), b"", "what is not there and what is empty look the same");
    }

    #[test]
    fn some_columns_are_no_message() {
        let map = SqlType::Map(Arc::new(SqlType::Bigint), Arc::new(SqlType::Bigint));
        assert!(Messages::new(&[column("M", map, Role::Value)]).err().unwrap().contains("STRING keys"));
        assert!(Messages::new(&[column("no name", SqlType::Bigint, Role::Value)]).is_err());
    }
}
