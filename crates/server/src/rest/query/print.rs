//! PRINT: the topic is looked up and opened.

use millstream_sql::ast::Print;
use millstream_sql::{Diagnostic, Statement};
use tokio::sync::mpsc::Sender;

use super::super::{ApiError, BAD_STATEMENT, MAX_PUSH_QUERIES, SERVER_ERROR};
use crate::kafka::{KafkaTopicReader, ReadFrom};
use crate::push::{Chunk, Outlet, PrintJob, STALL_MAX};
use crate::server::Server;
use millstream_types::StartAt;

/// Opens the topic. Blocks.
pub(super) fn prepare(
    server: &Server,
    statement: &Statement,
    print: &Print,
    sender: Sender<Chunk>,
) -> Result<PrintJob, ApiError> {
    let failed = |e: String| ApiError::statement(SERVER_ERROR, &statement.text, e);
    let topic = print.topic.value.as_str();
    if server.topics.shape(topic).map_err(failed)?.is_none() {
        let names = server.topics.list().map_err(failed)?.into_iter().map(|t| t.name).collect::<Vec<_>>();
        let finding = Diagnostic::at(print.topic.span, missing(topic, &names));
        return Err(ApiError::findings(&statement.text, &[finding]));
    }
    if print.interval == Some(0) {
        let message = "INTERVAL must be at least 1.";
        return Err(ApiError::statement(BAD_STATEMENT, &statement.text, message));
    }
    let Some(permit) = server.prints.enter(topic, &statement.text) else {
        let message = "The maximum number of PRINT statements is running; end one of them first.";
        return Err(ApiError::statement(MAX_PUSH_QUERIES, &statement.text, message));
    };
    let from = ReadFrom::From(if print.from_beginning { StartAt::Earliest } else { StartAt::Latest });
    let reader = KafkaTopicReader::open(&server.kafka, &server.topics, topic, from).map_err(failed)?;
    Ok(PrintJob {
        reader: Box::new(reader),
        interval: print.interval.unwrap_or(1),
        limit: print.limit,
        registry: server.registry.clone(),
        outlet: Outlet::new(permit, sender, STALL_MAX),
    })
}

/// ksqlDB's words for a topic that is not there, with those that differ in case only.
fn missing(topic: &str, names: &[String]) -> String {
    let mut message = format!(
        "Could not find topic '{topic}', or the KSQL user does not have permissions to list the topic. \
         Topic names are case-sensitive."
    );
    let similar: Vec<&String> = names.iter().filter(|name| name.eq_ignore_ascii_case(topic)).collect();
    if !similar.is_empty() {
        message.push_str("\nDid you mean:");
    }
    for name in similar {
        message.push_str(&format!("\n\tprint {name};"));
    }
    message
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn topics_of_another_case_are_suggested() {
        let names = ["Orders".to_owned(), "users".to_owned()];
        assert!(missing("nope", &names).ends_with("Topic names are case-sensitive."));
        assert!(missing("orders", &names).ends_with("case-sensitive.\nDid you mean:\n\tprint Orders;"));
    }
}
