//! `SHOW WATERMARKS [id]`: how far event time has come in the tasks of this server, and on which input results wait. An
//! extension.

use std::collections::HashMap;

use millstream_engine::clock::Clock;
use millstream_engine::watermark::{InputTime, StepTime, TaskTimes};
use millstream_functions::iso::write_timestamp;
use millstream_sql::Statement;
use millstream_sql::ast::Ident;

use crate::entity::{Entity, Watermark, WatermarkList};
use crate::rest::ApiError;
use crate::server::Server;
use crate::state::State;

/// Checks that there is such a query.
pub(super) fn validate(statement: &Statement, query: Option<&Ident>, state: &State) -> Result<(), ApiError> {
    match query.filter(|id| !state.queries.contains_key(&id.value)) {
        None => Ok(()),
        Some(id) => Err(super::explain::unknown(statement, id)),
    }
}

/// Lists a row for each step of each task that keeps a stream time; one for a task that has none of those.
pub(super) fn execute(statement: &Statement, query: Option<&Ident>, server: &Server) -> Entity {
    let view = server.runner.published().view();
    let mut ends = Ends { server, known: HashMap::new() };
    let mut watermarks = Vec::new();
    for id in view.state.queries.keys().filter(|id| query.is_none_or(|wanted| wanted.value == **id)) {
        for (part, tasks) in server.queries.times(id) {
            for task in tasks {
                let none = [StepTime { step: "source", time: task.time() }];
                let steps = if task.steps.is_empty() { &none[..] } else { &task.steps };
                let of_task = row(id, part, &task, server, &mut ends);
                watermarks.extend(steps.iter().map(|step| Watermark {
                    step: step.step,
                    stream_time: step.time,
                    stream_timestamp: step.time.and_then(timestamp),
                    age_ms: step.time.map(|time| server.clock.now_ms().saturating_sub(time)),
                    ..of_task.clone()
                }));
            }
        }
    }
    Entity::Watermarks(WatermarkList { statement_text: statement.text.clone(), watermarks, warnings: Vec::new() })
}

/// What a task's rows have in common.
fn row(id: &str, part: u16, task: &TaskTimes, server: &Server, ends: &mut Ends<'_>) -> Watermark {
    let held = task.held_by();
    let topic = held.map(|input| real_topic(id, &input.topic, server));
    let end = topic.as_ref().and_then(|topic| ends.of(topic, task.partition));
    Watermark {
        query_id: id.to_owned(),
        host: server.address.clone(),
        task_id: format!("{part}_{}", task.partition),
        step: "",
        stream_time: None,
        stream_timestamp: None,
        age_ms: None,
        held_by_state: held.map(state),
        held_by_time: held.and_then(|input| input.time),
        held_by_lag: held.zip(end).map(|(input, end)| end.saturating_sub(input.next).max(0)),
        held_by_topic: topic,
        held_by_partition: held.map(|_| task.partition),
    }
}

fn state(input: &InputTime) -> &'static str {
    match input {
        InputTime { at_end: true, head: None, .. } => "IDLE",
        input if input.is_awaited() => "AWAITED",
        _ => "READING",
    }
}

/// The topic of an input, which the engine knows by what it stands for where it is one between two parts.
fn real_topic(id: &str, topic: &str, server: &Server) -> String {
    let part = topic.strip_prefix("repartition ").and_then(|part| part.parse().ok());
    part.map_or_else(|| topic.to_owned(), |part| server.names.repartition_topic(id, part))
}

/// `2024-05-01T12:00:00.000Z`
pub(super) fn timestamp(ms: i64) -> Option<String> {
    let mut text = String::new();
    write_timestamp(&mut text, ms).ok()?;
    Some(text + "Z")
}

/// Where topics end, each asked for once.
struct Ends<'s> {
    server: &'s Server,
    known: HashMap<String, Vec<i64>>,
}

impl Ends<'_> {
    /// The offset behind the last record of a partition; `None`: Kafka did not say.
    fn of(&mut self, topic: &str, partition: i32) -> Option<i64> {
        let server = self.server;
        let ends = self.known.entry(topic.to_owned()).or_insert_with(|| server.topics.ends(topic).unwrap_or_default());
        ends.get(usize::try_from(partition).ok()?).copied()
    }
}
