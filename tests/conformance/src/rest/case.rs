//! The shape of a case of the `rest` suite.

use millstream_sqltest::json::{Json, parse};
use millstream_sqltest::records::TestRecord;

use crate::case::records;

/// What a statement of which the following ones must all be starts with.
const SELECT: &str = "SELECT ";

/// A case of the `rest` suite.
#[derive(Debug, Clone)]
pub struct RestCase {
    /// Its name among all cases.
    pub id: String,
    /// What goes to `/ksql`, in order.
    pub statements: Vec<String>,
    /// What goes to `/query` one by one, in order.
    pub queries: Vec<String>,
    /// Input records in order.
    pub inputs: Vec<TestRecord>,
    /// What topics must hold, in order.
    pub outputs: Vec<TestRecord>,
    /// Topics that exist beforehand.
    pub topics: Vec<Json>,
    /// Properties of every request.
    pub properties: Json,
    /// The expected error.
    pub expected_error: Option<ExpectedError>,
    /// Expected responses in order.
    pub responses: Vec<Response>,
    /// The inputs come when the query runs already.
    pub query_first: bool,
    /// Rows of responses come in the order in which they are expected.
    pub verify_order: bool,
    /// Every query is asked for its rows in protobuf, too.
    pub proto: bool,
}

/// An expected error; what is `None` may be anything.
#[derive(Debug, Clone)]
pub struct ExpectedError {
    /// The Java class of the entity, without its package.
    pub entity: Option<String>,
    /// A part of the message.
    pub message: Option<String>,
    /// The HTTP status.
    pub status: Option<i64>,
}

/// A response, expected or actual.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Response {
    /// An entity that `/ksql` answers.
    Admin(Json),
    /// What `/query` answers, from header to final message.
    Query(Vec<Json>),
    /// The same in protobuf, from `/query-stream`.
    Proto(Vec<Json>),
}

impl RestCase {
    /// All statements in order.
    pub fn all_statements(&self) -> impl Iterator<Item = &String> {
        self.statements.iter().chain(&self.queries)
    }
}

/// The cases of a file, one a line.
///
/// # Errors
/// A line is no case.
pub fn read(text: &str) -> Result<Vec<RestCase>, String> {
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    lines.map(|(i, line)| case(line).map_err(|e| format!("line {}: {e}", i + 1))).collect()
}

fn case(line: &str) -> Result<RestCase, String> {
    let json = parse(line.as_bytes())?;
    let list = |name: &str| json.get(name).map(Json::items).unwrap_or_default();
    let is_true = |value: Option<&Json>| value == Some(&Json::Bool(true));
    let condition = |conditions: &str, name: &str| is_true(json.get(conditions).and_then(|c| c.get(name)));
    let mut statements: Vec<String> = list("statements").iter().filter_map(Json::text).map(str::to_owned).collect();
    let first_query = statements.iter().position(|s| s.starts_with(SELECT)).unwrap_or(statements.len());
    let queries = statements.split_off(first_query);
    if let Some(other) = queries.iter().find(|s| !s.starts_with(SELECT)) {
        return Err(format!("behind a SELECT stands {other}"));
    }
    Ok(RestCase {
        id: json.text_of("id").ok_or("a case without an id")?.to_owned(),
        statements,
        queries,
        inputs: records(list("inputs"))?,
        outputs: records(list("outputs"))?,
        topics: list("topics").to_vec(),
        properties: json.get("properties").cloned().unwrap_or(Json::Object(Vec::new())),
        expected_error: json.get("expected_error").map(expected_error),
        responses: list("responses").iter().map(response).collect::<Result<_, _>>()?,
        query_first: condition("input_conditions", "waitForActivePushQuery"),
        verify_order: condition("output_conditions", "verifyOrder"),
        proto: is_true(json.get("test_pull_with_proto_format")),
    })
}

fn expected_error(json: &Json) -> ExpectedError {
    let text = |name: &str| json.text_of(name).map(str::to_owned);
    let class = text("type").map(|full| full.rsplit('.').next().unwrap_or_default().to_owned());
    ExpectedError { entity: class, message: text("message"), status: json.integer_of("status") }
}

fn response(json: &Json) -> Result<Response, String> {
    match json.members() {
        [(kind, entity)] if kind == "admin" => Ok(Response::Admin(entity.clone())),
        [(kind, rows)] if kind == "query" => Ok(Response::Query(rows.items().to_vec())),
        [(kind, rows)] if kind == "queryProto" => Ok(Response::Proto(rows.items().to_vec())),
        _ => Err(format!("a response of an unknown kind: {json}")),
    }
}
