//! The shape of a case.

use millstream_plan::Settings;

use crate::json::{Json, parse};

/// A case of the `qtt` suite.
#[derive(Debug, Clone)]
pub struct Case {
    /// Its name among all cases.
    pub id: String,
    /// The statements in order.
    pub statements: Vec<String>,
    /// Input records in order.
    pub inputs: Vec<CaseRecord>,
    /// Expected output records in order.
    pub outputs: Vec<CaseRecord>,
    /// Session properties.
    pub properties: Vec<(String, Json)>,
    /// Topics that exist beforehand.
    pub topics: Vec<Json>,
    /// The expected error.
    pub expected: Option<Expected>,
    /// What must hold in the end.
    pub post: Option<Json>,
}

/// A record as a case writes it.
#[derive(Debug, Clone)]
pub struct CaseRecord {
    /// Its topic.
    pub topic: String,
    /// Its key, null when absent.
    pub key: Json,
    /// Its value, null for a tombstone.
    pub value: Json,
    /// Its timestamp, if given.
    pub timestamp: Option<i64>,
    /// The window of its key, if given.
    pub window: Option<Json>,
    /// Its headers, if given.
    pub headers: Option<Json>,
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
    /// What the session properties say to the planner.
    pub fn settings(&self) -> Settings {
        let text = |value: &Json| value.text().map_or_else(|| value.to_string(), str::to_owned);
        let properties: Vec<(&str, String)> = self.properties.iter().map(|(n, v)| (n.as_str(), text(v))).collect();
        Settings::of(properties.iter().map(|(name, value)| (*name, value.as_str())))
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
        inputs: list("inputs").iter().map(record).collect(),
        outputs: list("outputs").iter().map(record).collect(),
        properties: json.get("properties").map(|p| p.members().to_vec()).unwrap_or_default(),
        topics: list("topics").to_vec(),
        expected: json.get("expected_exception").map(|e| Expected {
            class: class(e.text_of("type").unwrap_or("KsqlException")),
            message: e.text_of("message").unwrap_or_default().to_owned(),
        }),
        post: json.get("post").cloned(),
    })
}

fn record(json: &Json) -> CaseRecord {
    CaseRecord {
        topic: json.text_of("topic").unwrap_or_default().to_owned(),
        key: json.get("key").cloned().unwrap_or(Json::Null),
        value: json.get("value").cloned().unwrap_or(Json::Null),
        timestamp: json.integer_of("timestamp"),
        window: json.get("window").cloned(),
        headers: json.get("headers").cloned(),
    }
}
