//! One record of the command topic: a statement that changes what runs, with the settings it was given.
//!
//! The topic has ksqlDB's name and a value of ksqlDB's shape, but the plans in it are not interchangeable. Our mark
//! (`"millstream"`) tells our records from a real ksqlDB's: a topic with others in it is somebody else's state.

use millstream_plan::topology::Cutting;
use millstream_schemas::FoundSchemas;
use serde::{Deserialize, Serialize};

use crate::properties::Properties;

/// Version of our own part of the record. Those of a query that the release before would run in another way have the second
/// one, all others the first.
const VERSION: u32 = 2;

/// A command, read or to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Command {
    /// ``stream/`S`/create``
    pub(crate) id: String,
    /// Different for every submission.
    pub(crate) nonce: String,
    /// The statement as written.
    pub(crate) statement: String,
    /// What the request set.
    pub(crate) overrides: Properties,
    /// The defaults of the server that wrote it, so that other servers and later runs decide alike.
    pub(crate) defaults: Properties,
    /// What the schema registry said about it, so that the statement means the same whenever it is applied.
    pub(crate) found: FoundSchemas,
    /// How the joins by foreign keys of its query are cut. Records of version 1 do not say so: gathered.
    pub(crate) cutting: Cutting,
}

/// Why a record is not a command of ours.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotOurs {
    /// No mark: a real ksqlDB wrote it, or something else.
    #[error("it was not written by Millstream")]
    Foreign,
    /// Written by a later release.
    #[error("it has version {0}, this release reads up to {VERSION}")]
    Newer(u32),
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Value {
    statement: String,
    streams_properties: Properties,
    original_properties: Properties,
    version: u32,
    millstream: Mark,
}

#[derive(Serialize, Deserialize)]
struct Mark {
    version: u32,
    /// Tells the writer its own record when it comes back: an acknowledgement may be lost.
    #[serde(default)]
    nonce: String,
    #[serde(default, skip_serializing_if = "is_nothing")]
    schemas: FoundSchemas,
    /// Joins by foreign keys run over all partitions.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    spread: bool,
}

fn is_nothing(found: &FoundSchemas) -> bool {
    *found == FoundSchemas::default()
}

impl Command {
    /// The record's key: the id as a JSON string.
    pub(crate) fn key(&self) -> Vec<u8> {
        serde_json::Value::String(self.id.clone()).to_string().into_bytes()
    }

    /// The record's value.
    pub(crate) fn value(&self) -> Vec<u8> {
        let spread = self.cutting == Cutting::Spread;
        let version = if spread { VERSION } else { 1 };
        let value = Value {
            statement: self.statement.clone(),
            streams_properties: self.overrides.clone(),
            original_properties: self.defaults.clone(),
            version: 1,
            millstream: Mark { version, nonce: self.nonce.clone(), schemas: self.found.clone(), spread },
        };
        // Strings and numbers only: cannot fail.
        serde_json::to_vec(&value).unwrap_or_default()
    }

    /// Reads a record back.
    pub(crate) fn read(key: &[u8], value: &[u8]) -> Result<Self, NotOurs> {
        #[derive(Deserialize)]
        struct Marked {
            millstream: Mark,
        }
        let marked: Marked = serde_json::from_slice(value).map_err(|_| NotOurs::Foreign)?;
        if marked.millstream.version > VERSION {
            return Err(NotOurs::Newer(marked.millstream.version));
        }
        let value: Value = serde_json::from_slice(value).map_err(|_| NotOurs::Foreign)?;
        let id = serde_json::from_slice(key).map_err(|_| NotOurs::Foreign)?;
        Ok(Self {
            id,
            nonce: value.millstream.nonce,
            statement: value.statement,
            overrides: value.streams_properties,
            defaults: value.original_properties,
            found: value.millstream.schemas,
            cutting: if value.millstream.spread { Cutting::Spread } else { Cutting::Gathered },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_have_ksqldbs_shape_and_our_mark() {
        let command = Command {
            id: "stream/`S`/create".into(),
            nonce: "7f".into(),
            statement: "CREATE STREAM S …;".into(),
            overrides: [("auto.offset.reset".to_owned(), "earliest".to_owned())].into(),
            defaults: Properties::new(),
            found: FoundSchemas::default(),
            cutting: Cutting::Gathered,
        };
        assert_eq!(String::from_utf8(command.key()).unwrap(), r#""stream/`S`/create""#);
        assert_eq!(
            String::from_utf8(command.value()).unwrap(),
            r#"{"statement":"CREATE STREAM S …;","streamsProperties":{"auto.offset.reset":"earliest"},"originalProperties":{},"version":1,"millstream":{"version":1,"nonce":"7f"}}"#
        );
        assert_eq!(Command::read(&command.key(), &command.value()), Ok(command));
    }

    /// A record of every version: key and value, a line each. `UPDATE=1` writes that of a version that has none.
    #[test]
    fn fixtures_of_all_versions_are_read_and_the_last_is_what_is_written() {
        let of_version = |version| Command {
            id: "table/`COUNTS`/create".into(),
            nonce: "0123456789abcdef".into(),
            statement: "CREATE TABLE counts WITH (VALUE_FORMAT='AVRO') AS SELECT k, COUNT(*) FROM s GROUP BY k;".into(),
            overrides: [("auto.offset.reset".to_owned(), "earliest".to_owned())].into(),
            defaults: [("ksql.streams.num.stream.threads".to_owned(), "2".to_owned())].into(),
            found: FoundSchemas {
                ids: millstream_schemas::SchemaIds { key: None, value: Some(7) },
                ..Default::default()
            },
            cutting: if version == 1 { Cutting::Gathered } else { Cutting::Spread },
        };
        for version in 1..=VERSION {
            let command = of_version(version);
            let path = format!("{}/src/fixtures/command-{version}.txt", env!("CARGO_MANIFEST_DIR"));
            let text = [command.key(), command.value(), Vec::new()].join(&b'\n');
            if std::env::var_os("UPDATE").is_some() && !std::path::Path::new(&path).exists() {
                std::fs::write(&path, &text).unwrap();
            }
            let found = std::fs::read(&path).unwrap();
            let mut lines = found.split(|byte| *byte == b'\n');
            let (key, value) = (lines.next().unwrap(), lines.next().unwrap());
            assert_eq!(Command::read(key, value).as_ref(), Ok(&command), "{version}");
            assert_eq!(found, text, "another format is another version, with a fixture of its own");
        }
        let command = of_version(VERSION);
        let newer = String::from_utf8(command.value()).unwrap().replace("{\"version\":2", "{\"version\":3");
        assert_eq!(Command::read(&command.key(), newer.as_bytes()), Err(NotOurs::Newer(3)));
    }

    #[test]
    fn what_is_not_ours_is_told_apart() {
        let read = |value: &str| Command::read(br#""a/b/c""#, value.as_bytes()).unwrap_err();
        let ksqldb = r#"{"statement":"X","streamsProperties":{},"originalProperties":{},"plan":null,"version":12}"#;
        assert_eq!(read(ksqldb), NotOurs::Foreign);
        assert_eq!(read("not json"), NotOurs::Foreign);
        assert_eq!(read(r#"{"statement":"X","millstream":{"version":9},"new":1}"#), NotOurs::Newer(9));
        assert_eq!(Command::read(b"", b""), Err(NotOurs::Foreign));
    }
}
