//! The forms in which a query's rows travel: lines, one JSON array, or ksqlDB's older row objects.

use arrow::array::RecordBatch;
use millstream_types::{Column, Role};
use serde::Serialize;

use super::accept::{DELIMITED, JSON, PROTOBUF, ROWS};
use super::messages::Messages;
use crate::cells::Cells;
use crate::rest::ApiError;

/// A form of rows, as the Accept header picks it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RowFormat {
    /// One JSON value a line: a header object, then arrays.
    Delimited,
    /// One JSON array: the header object, then arrays.
    JsonArray,
    /// One JSON array of `{"header"}`, `{"row"}`, `{"finalMessage"}` objects.
    Rows,
    /// The same with protobuf messages in base64 in the place of columns.
    Protobuf,
}

impl RowFormat {
    /// The response's Content-Type.
    pub(crate) fn content_type(self) -> &'static str {
        match self {
            Self::Delimited => DELIMITED,
            Self::JsonArray => JSON,
            Self::Rows => ROWS,
            Self::Protobuf => PROTOBUF,
        }
    }
}

/// How a query came to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum End {
    /// LIMIT was reached.
    Limit,
    /// The last record that existed at the start was read.
    Complete,
    /// It was terminated.
    Closed,
    /// It failed.
    Failed(String),
}

/// Writes one query's response, piece by piece.
pub(crate) struct RowWriter {
    format: RowFormat,
    cells: Cells,
    /// The columns as the header of row objects tells them.
    schema: String,
    /// How rows become messages where they do, or why they cannot.
    messages: Option<Result<Messages, String>>,
    /// Row objects come without a comma behind the last one, and nothing is said at the end (ksqlDB's pull queries over
    /// tables).
    whole: bool,
}

impl RowWriter {
    /// A writer of rows of `columns`, which are listed as values, whatever they were in the source.
    pub(crate) fn new(format: RowFormat, columns: &[Column]) -> Self {
        let values = columns.iter().map(|c| Column { role: Role::Value, ..c.clone() });
        Self::told(format, columns, listed(values), false)
    }

    /// A writer of a pull query's rows of `columns`, told in the header as `shown`.
    pub(crate) fn of_pull(format: RowFormat, columns: &[Column], shown: &[Column]) -> Self {
        Self::told(format, columns, listed(shown.iter().cloned()), true)
    }

    fn told(format: RowFormat, columns: &[Column], schema: String, whole: bool) -> Self {
        let messages = (format == RowFormat::Protobuf).then(|| Messages::new(columns));
        Self { format, cells: Cells::new(columns), schema, messages, whole }
    }

    /// Whether rows of these columns can be had in this form. Error: why not.
    pub(crate) fn check(&self) -> Result<(), String> {
        match &self.messages {
            Some(Err(why)) => Err(format!("Rows of this query cannot be had as protobuf: {why}")),
            _ => Ok(()),
        }
    }

    /// Whether these rows are of the announced columns.
    pub(crate) fn fits(&self, rows: &RecordBatch) -> bool {
        self.cells.fits(rows)
    }

    /// Appends what stands before the rows.
    pub(crate) fn header(&self, query_id: &str, columns: &[Column], out: &mut Vec<u8>) {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Metadata<'a> {
            query_id: &'a str,
            column_names: Vec<&'a str>,
            column_types: Vec<String>,
        }
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Header<'a> {
            query_id: &'a str,
            #[serde(skip_serializing_if = "Option::is_none")]
            schema: Option<&'a str>,
            #[serde(skip_serializing_if = "Option::is_none")]
            proto_schema: Option<&'a str>,
        }
        match self.format {
            RowFormat::Delimited | RowFormat::JsonArray => {
                let metadata = Metadata {
                    query_id,
                    column_names: columns.iter().map(|c| c.name.as_str()).collect(),
                    column_types: columns.iter().map(|c| c.ty.to_string()).collect(),
                };
                if self.format == RowFormat::JsonArray {
                    out.push(b'[');
                }
                append(&metadata, out);
                if self.format == RowFormat::Delimited {
                    out.push(b'\n');
                }
            }
            RowFormat::Rows | RowFormat::Protobuf => {
                out.extend_from_slice(b"[{\"header\":");
                let proto_schema = self.messages().map(|messages| messages.schema.as_str());
                let schema = proto_schema.is_none().then_some(self.schema.as_str());
                append(&Header { query_id, schema, proto_schema }, out);
                out.extend_from_slice(if self.whole { b"}" } else { b"},\n" });
            }
        }
    }

    /// Appends a deleted row of a table, of which only the key is left. False: clients are not told of it in this
    /// format (as in ksqlDB). The batch must fit.
    pub(crate) fn tombstone(&self, rows: &RecordBatch, row: usize, out: &mut Vec<u8>) -> bool {
        if !matches!(self.format, RowFormat::Rows | RowFormat::Protobuf) {
            return false;
        }
        match self.messages() {
            Some(messages) => self.message(|out| messages.write_key(rows, row, out), b",\"tombstone\":true", out),
            None => {
                out.extend_from_slice(b"{\"row\":{\"columns\":");
                self.cells.write_key(rows, row, out);
                out.extend_from_slice(b",\"tombstone\":true}},\n");
            }
        }
        true
    }

    fn messages(&self) -> Option<&Messages> {
        self.messages.as_ref().and_then(|messages| messages.as_ref().ok())
    }

    /// Appends a row object around a message, or an error in its place.
    fn message(&self, write: impl Fn(&mut Vec<u8>) -> Result<(), String>, behind: &[u8], out: &mut Vec<u8>) {
        if self.whole {
            out.extend_from_slice(b",\n");
        }
        let start = out.len();
        out.extend_from_slice(b"{\"row\":{\"protobufBytes\":");
        match write(out) {
            Ok(()) => {
                out.extend_from_slice(behind);
                out.extend_from_slice(b"}}");
            }
            Err(why) => {
                out.truncate(start);
                out.extend_from_slice(format!("{{\"errorMessage\":{}}}", error(&why)).as_bytes());
            }
        }
        if !self.whole {
            out.extend_from_slice(b",\n");
        }
    }

    /// Appends one row. The batch must fit.
    pub(crate) fn row(&self, rows: &RecordBatch, row: usize, out: &mut Vec<u8>) {
        match self.format {
            RowFormat::Delimited => {
                self.cells.write_row(rows, row, out);
                out.push(b'\n');
            }
            RowFormat::JsonArray => {
                out.push(b',');
                self.cells.write_row(rows, row, out);
            }
            RowFormat::Protobuf => {
                if let Some(messages) = self.messages() {
                    self.message(|out| messages.write_row(rows, row, out), b"", out);
                }
            }
            RowFormat::Rows if self.whole => {
                out.extend_from_slice(b",\n{\"row\":{\"columns\":");
                self.cells.write_row(rows, row, out);
                out.extend_from_slice(b"}}");
            }
            RowFormat::Rows => {
                // The comma comes with the row, not with the next one: a client that reads lines has each at once.
                out.extend_from_slice(b"{\"row\":{\"columns\":");
                self.cells.write_row(rows, row, out);
                out.extend_from_slice(b"}},\n");
            }
        }
    }

    /// Appends what stands after the rows.
    pub(crate) fn end(&self, end: &End, out: &mut Vec<u8>) {
        match (self.format, end) {
            (RowFormat::Delimited, End::Failed(message)) => {
                out.extend_from_slice(error(message).as_bytes());
                out.push(b'\n');
            }
            (RowFormat::Delimited, _) => {}
            (RowFormat::JsonArray, End::Failed(message)) => {
                out.push(b',');
                out.extend_from_slice(error(message).as_bytes());
                out.push(b']');
            }
            (RowFormat::JsonArray, _) => out.push(b']'),
            (RowFormat::Rows | RowFormat::Protobuf, End::Failed(message)) => {
                if self.whole {
                    out.extend_from_slice(b",\n");
                }
                out.extend_from_slice(b"{\"errorMessage\":");
                out.extend_from_slice(error(message).as_bytes());
                out.extend_from_slice(b"}]");
            }
            (RowFormat::Rows | RowFormat::Protobuf, _) if self.whole => out.push(b']'),
            (RowFormat::Rows | RowFormat::Protobuf, End::Limit) => {
                out.extend_from_slice(b"{\"finalMessage\":\"Limit Reached\"}]")
            }
            (RowFormat::Rows | RowFormat::Protobuf, End::Complete | End::Closed) => {
                out.extend_from_slice(b"{\"finalMessage\":\"Query Completed\"}]");
            }
        }
    }
}

/// Columns as a schema lists them.
fn listed(columns: impl Iterator<Item = Column>) -> String {
    columns.map(|c| c.to_string()).collect::<Vec<_>>().join(", ")
}

/// A failure of the server as an error object.
fn error(message: &str) -> String {
    ApiError::generic(crate::rest::SERVER_ERROR, message).json()
}

fn append(value: &impl Serialize, out: &mut Vec<u8>) {
    // Strings only, and a vector takes everything: cannot fail.
    let _ = serde_json::to_writer(out, value);
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::Int64Array;
    use arrow::datatypes::{DataType, Field, Schema};
    use millstream_types::SqlType;

    use super::*;

    fn columns() -> [Column; 1] {
        [Column { name: "N".into(), ty: SqlType::Bigint, role: Role::Key }]
    }

    fn text(format: RowFormat, rows: &[i64], end: &End) -> String {
        written(&RowWriter::new(format, &columns()), rows, end)
    }

    fn written(writer: &RowWriter, rows: &[i64], end: &End) -> String {
        let columns = columns();
        let schema = Schema::new(vec![Field::new("N", DataType::Int64, true)]);
        let batch = RecordBatch::try_new(Arc::new(schema), vec![Arc::new(Int64Array::from(rows.to_vec()))]).unwrap();
        assert!(writer.fits(&batch));
        let mut out = Vec::new();
        writer.header("q", &columns, &mut out);
        for row in 0..rows.len() {
            writer.row(&batch, row, &mut out);
        }
        writer.end(end, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn delimited() {
        let header = "{\"queryId\":\"q\",\"columnNames\":[\"N\"],\"columnTypes\":[\"BIGINT\"]}\n";
        assert_eq!(text(RowFormat::Delimited, &[1, 2], &End::Limit), format!("{header}[1]\n[2]\n"));
        let error = "{\"@type\":\"generic_error\",\"error_code\":50000,\"message\":\"x\"}\n";
        assert_eq!(text(RowFormat::Delimited, &[], &End::Failed("x".into())), format!("{header}{error}"));
    }

    #[test]
    fn json_array() {
        let header = "{\"queryId\":\"q\",\"columnNames\":[\"N\"],\"columnTypes\":[\"BIGINT\"]}";
        assert_eq!(text(RowFormat::JsonArray, &[1, 2], &End::Complete), format!("[{header},[1],[2]]"));
        assert_eq!(text(RowFormat::JsonArray, &[], &End::Closed), format!("[{header}]"));
    }

    #[test]
    fn row_objects() {
        let header = "[{\"header\":{\"queryId\":\"q\",\"schema\":\"`N` BIGINT\"}}";
        assert_eq!(
            text(RowFormat::Rows, &[1], &End::Limit),
            format!("{header},\n{{\"row\":{{\"columns\":[1]}}}},\n{{\"finalMessage\":\"Limit Reached\"}}]")
        );
        assert_eq!(
            text(RowFormat::Rows, &[], &End::Complete),
            format!("{header},\n{{\"finalMessage\":\"Query Completed\"}}]")
        );
        let failed = text(RowFormat::Rows, &[], &End::Failed("x".into()));
        assert!(serde_json::from_str::<serde_json::Value>(&failed).is_ok(), "{failed}");
    }

    #[test]
    fn row_objects_of_pull_queries() {
        let writer = RowWriter::of_pull(RowFormat::Rows, &columns(), &columns());
        let header = "[{\"header\":{\"queryId\":\"q\",\"schema\":\"`N` BIGINT KEY\"}}";
        assert_eq!(written(&writer, &[], &End::Complete), format!("{header}]"));
        let rows = ",\n{\"row\":{\"columns\":[1]}},\n{\"row\":{\"columns\":[2]}}";
        assert_eq!(written(&writer, &[1, 2], &End::Limit), format!("{header}{rows}]"));
        let failed = written(&writer, &[1], &End::Failed("x".into()));
        assert!(serde_json::from_str::<serde_json::Value>(&failed).is_ok(), "{failed}");
        let delimited = RowWriter::of_pull(RowFormat::Delimited, &columns(), &columns());
        assert!(written(&delimited, &[1], &End::Complete).ends_with("}\n[1]\n"));
    }
    #[test]
    fn messages_in_row_objects() {
        let header = "[{\"header\":{\"queryId\":\"q\",\"protoSchema\":\"syntax = \\\"proto3\\\";\\n\\nmessage ConnectDefault1 {\\n  \
                      int64 N = 1;\\n}\\n\"}}";
        let row = "{\"row\":{\"protobufBytes\":\"CAE=\"}}";
        assert_eq!(
            text(RowFormat::Protobuf, &[1], &End::Limit),
            format!("{header},\n{row},\n{{\"finalMessage\":\"Limit Reached\"}}]")
        );
        let pull = RowWriter::of_pull(RowFormat::Protobuf, &columns(), &columns());
        assert_eq!(
            written(&pull, &[1, 0], &End::Complete),
            format!("{header},\n{row},\n{{\"row\":{{\"protobufBytes\":\"\"}}}}]")
        );
        assert_eq!(pull.check(), Ok(()));
        let map = SqlType::Map(Arc::new(SqlType::Bigint), Arc::new(SqlType::Bigint));
        let map = [Column { name: "M".into(), ty: map, role: Role::Value }];
        assert!(RowWriter::new(RowFormat::Protobuf, &map).check().unwrap_err().contains("STRING keys"));
        assert_eq!(RowWriter::new(RowFormat::Rows, &map).check(), Ok(()));
    }
}
