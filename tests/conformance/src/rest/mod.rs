//! One case of the `rest` suite: statements, inputs and queries through the REST API of a real server, in this process on
//! the embedded broker, and what it answers.

mod case;
mod caught_up;
mod deployment;
mod error;
mod http;
mod matching;
mod outputs;
mod patience;
mod producer;
mod proto;
mod topics;

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use millstream_kafka::Admin;
use millstream_schemas::{MemoryRegistry, Registry};
use millstream_sqltest::json::Json;
use millstream_sqltest::session::Session;
use millstream_sqltest::triple::PARTITIONS_DEFAULT;

use crate::case::properties;
use crate::registry::registered;
use crate::topics::before;
use case::Response;
pub use case::{RestCase, read};
use caught_up::Reader;
use deployment::Deployment;
use http::{Answer, Client, JSON, Opened, PROTOBUF};
use patience::Patience;

/// How long a case may take, without the start and the end of its server.
const CASE_TIME_MAX: Duration = Duration::from_secs(10);
/// Between the inputs and the queries.
const PAUSE: Duration = Duration::from_millis(100);
/// How often statements are sent while something that they need is said not to exist.
const TRIES: usize = 10;
/// What is said then.
const MISSING: &str = "does not exist";

/// Runs a case on a broker and a server of its own.
///
/// # Errors
/// What is not as the case expects.
pub fn run(case: &RestCase) -> Result<(), String> {
    let schemas = Arc::new(MemoryRegistry::new());
    let deployment = Deployment::start(Registry::new(Arc::<MemoryRegistry>::clone(&schemas)))?;
    let outcome = Run::new(case, &deployment, schemas).and_then(|run| run.all());
    deployment.stop();
    outcome
}

/// A case on its way.
struct Run<'a> {
    case: &'a RestCase,
    deployment: &'a Deployment,
    patience: Patience,
    client: Client,
    admin: Admin,
    /// The same statements in memory: how records of their topics are written.
    session: Session,
}

impl<'a> Run<'a> {
    /// The case with its topics and before its first statement.
    fn new(case: &'a RestCase, deployment: &'a Deployment, schemas: Arc<MemoryRegistry>) -> Result<Self, String> {
        let patience = Patience::of(CASE_TIME_MAX);
        let client = Client::new(deployment.address(), patience);
        let admin = Admin::connect(&deployment.kafka()).map_err(|e| e.to_string())?;
        let session = Session::new(0).with(properties(case.properties.members())).with_registry(schemas);
        registered(session.schemas(), &case.topics, &case.statements, &session.settings)?;
        let records = case.inputs.iter().chain(&case.outputs);
        let topics = before(&case.topics, &case.statements, &session.settings, records);
        topics::create(&topics, &admin)?;
        let mut session = session.with_topics(topics, PARTITIONS_DEFAULT);
        // What is wrong with them the server says.
        for statement in session.parse(&case.statements.join("\n")).unwrap_or_default() {
            drop(session.apply(&statement));
        }
        Ok(Self { case, deployment, patience, client, admin, session })
    }

    fn all(&self) -> Result<(), String> {
        let case = self.case;
        let statements = self.statements()?;
        if error::is_error(&statements) {
            return error::check(case, &statements);
        }
        let mut responses: Vec<Response> = statements.body.items().iter().cloned().map(Response::Admin).collect();
        let queries = match self.queries()? {
            Queried::Rows(rows) => rows,
            Queried::Error(answer) => return error::check(case, &answer),
        };
        if let Some(expected) = &case.expected_error {
            return Err(format!("nothing failed, but expected {expected:?}"));
        }
        responses.extend(queries);
        outputs::check(case, &self.session, &self.deployment.kafka(), &self.patience)?;
        self.compare(&responses)
    }

    /// Sends everything before the queries, again while something is still missing.
    fn statements(&self) -> Result<Answer, String> {
        let text = self.case.statements.join("\n");
        if text.is_empty() {
            return Ok(Answer { status: 200, body: Json::Array(Vec::new()) });
        }
        let mut answer = self.ksql(&text)?;
        for _ in 1..TRIES {
            let missing = answer.body.text_of("message").is_some_and(|message| message.contains(MISSING));
            if !missing || self.case.expected_error.is_some() {
                break;
            }
            self.patience.wait();
            answer = self.ksql(&text)?;
        }
        Ok(answer)
    }

    fn ksql(&self, text: &str) -> Result<Answer, String> {
        self.client.post("/ksql", JSON, &self.request("ksql", "streamsProperties", text))
    }

    fn request(&self, statement: &str, properties: &str, text: &str) -> Json {
        let statement = (statement.to_owned(), Json::String(text.to_owned()));
        Json::Object(vec![statement, (properties.to_owned(), self.case.properties.clone())])
    }

    /// Writes the inputs and runs the queries, whichever comes first.
    fn queries(&self) -> Result<Queried, String> {
        let case = self.case;
        let open = |query: &String| self.client.open("/query", JSON, &self.request("ksql", "streamsProperties", query));
        let mut opened: Option<Opened> = None;
        if case.query_first
            && let Some(query) = case.queries.first()
        {
            let mut first = open(query)?;
            self.client.first_element(&mut first)?;
            // It reads what persistent queries write, and these may begin with what comes.
            caught_up::wait_for_start(&self.readers()?, &self.admin, &self.patience)?;
            opened = Some(first);
        }
        if !case.inputs.is_empty() {
            let kafka = self.deployment.kafka();
            topics::fill(&case.inputs, &self.session, &self.admin, &kafka, &self.patience)?;
        }
        if !case.query_first && case.expected_error.is_none() && !case.queries.is_empty() {
            caught_up::wait(&self.readers()?, &self.admin, &self.patience)?;
            std::thread::sleep(PAUSE.min(self.patience.left()));
        }
        let mut responses = Vec::new();
        for query in &case.queries {
            let opened = opened.take().map_or_else(|| open(query), Ok)?;
            let answer = self.client.rest(opened)?;
            if error::is_error(&answer) {
                return Ok(Queried::Error(answer));
            }
            responses.push(Response::Query(answer.body.items().to_vec()));
        }
        for query in case.queries.iter().filter(|_| case.proto) {
            let request = self.request("sql", "properties", query);
            let answer = self.client.post("/query-stream", PROTOBUF, &request)?;
            if error::is_error(&answer) {
                return Ok(Queried::Error(answer));
            }
            responses.push(Response::Proto(answer.body.items().to_vec()));
        }
        Ok(Queried::Rows(responses))
    }

    fn readers(&self) -> Result<Vec<Reader>, String> {
        let answer = self.ksql("SHOW QUERIES;")?;
        caught_up::readers(&self.session, answer.body.items().first().unwrap_or(&Json::Null))
    }

    fn compare(&self, actual: &[Response]) -> Result<(), String> {
        let statements: Vec<&String> = self.case.all_statements().collect();
        for (i, expected) in self.case.responses.iter().enumerate() {
            let Some(actual) = actual.get(i) else {
                return Err(format!("response {i} is missing: there are {}", actual.len()));
            };
            let statement = statements.get(i).map(|s| s.as_str());
            matching::check(expected, actual, statement, self.case.verify_order)
                .map_err(|e| format!("response {i}: {e}"))?;
        }
        Ok(())
    }
}

/// What the queries of a case came to.
enum Queried {
    /// A response each.
    Rows(Vec<Response>),
    /// The first error.
    Error(Answer),
}
