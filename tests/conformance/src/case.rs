//! The shape of a case.

use std::collections::BTreeMap;

use millstream_sqltest::json::{Json, parse};
use millstream_sqltest::records::TestRecord;

/// A case of the `qtt` suite.
#[derive(Debug, Clone)]
pub struct Case {
    /// Its name among all cases.
    pub id: String,
    /// The statements in order.
    pub statements: Vec<String>,
    /// Input records in order.
    pub inputs: Vec<TestRecord>,
    /// Expected output records in order.
    pub outputs: Vec<TestRecord>,
    /// Session properties.
    pub properties: Vec<(String, Json)>,
    /// Topics that exist beforehand.
    pub topics: Vec<Json>,
    /// The expected error.
    pub expected: Option<Expected>,
    /// What must hold in the end.
    pub post: Option<Json>,
}

/// An expected error.
#[derive(Debug, Clone)]
pub struct Expected {
    /// The Java class, without its package.
    pub class: String,
    /// A part of the message.
    pub message: String,
}

impl Case {
    /// The session properties as texts.
    pub fn properties(&self) -> BTreeMap<String, String> {
        properties(&self.properties)
    }

    /// Whether records are compared with numbers as they are written rather than as doubles.
    pub fn exact_numbers(&self) -> bool {
        let property = self.properties.iter().find(|(name, _)| name == "use.exact.numeric.comparison");
        property.is_none_or(|(_, value)| value.to_string().trim_matches('"') != "false")
    }
}

/// The cases of a file, one a line.
///
/// # Errors
/// A line is no case.
pub fn read(text: &str) -> Result<Vec<Case>, String> {
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    lines.map(|(i, line)| case(line).map_err(|e| format!("line {}: {e}", i + 1))).collect()
}

fn case(line: &str) -> Result<Case, String> {
    let json = parse(line.as_bytes())?;
    let list = |name: &str| json.get(name).map(Json::items).unwrap_or_default();
    let class = |full: &str| full.rsplit('.').next().unwrap_or_default().to_owned();
    Ok(Case {
        id: json.text_of("id").ok_or("a case without an id")?.to_owned(),
        statements: list("statements").iter().filter_map(Json::text).map(str::to_owned).collect(),
        inputs: records(list("inputs"))?,
        outputs: records(list("outputs"))?,
        properties: json.get("properties").map(|p| p.members().to_vec()).unwrap_or_default(),
        topics: list("topics").to_vec(),
        expected: json.get("expected_exception").map(|e| Expected {
            class: class(e.text_of("type").unwrap_or("KsqlException")),
            message: e.text_of("message").unwrap_or_default().to_owned(),
        }),
        post: json.get("post").cloned(),
    })
}

/// The records of a list.
///
/// # Errors
/// One names no topic.
pub(crate) fn records(list: &[Json]) -> Result<Vec<TestRecord>, String> {
    list.iter().map(TestRecord::of_json).collect()
}

/// Properties as texts, whatever their JSON types; statements are read as ksqlDB's, without extensions.
pub(crate) fn properties(members: &[(String, Json)]) -> BTreeMap<String, String> {
    let text = |value: &Json| value.text().map_or_else(|| value.to_string(), str::to_owned);
    let dialect = ("millstream.dialect".to_owned(), "ksql".to_owned());
    members.iter().map(|(name, value)| (name.clone(), text(value))).chain([dialect]).collect()
}
