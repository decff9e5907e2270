//! `POST /ksql/terminate`: the end of the cluster.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::{ApiError, BAD_REQUEST, SERVER_ERROR, SHUT_DOWN, blocking, body};
use crate::entity::{CommandStatus, CurrentStatus, Entity};
use crate::runner::{END_OF_CLUSTER, Outcome, Submission};
use crate::server::Server;

/// The body. Fields that are not known are ignored.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ClusterTerminateRequest {
    #[serde(default)]
    delete_topic_list: Option<Vec<String>>,
}

/// Writes the command and tells what became of it.
pub(super) async fn terminate(State(server): State<Arc<Server>>, bytes: Bytes) -> Response {
    match answer(server, &bytes).await {
        Ok(entity) => Json([entity]).into_response(),
        Err(e) => e.into_response(),
    }
}

async fn answer(server: Arc<Server>, bytes: &[u8]) -> Result<Entity, ApiError> {
    let request: ClusterTerminateRequest = if bytes.is_empty() { Default::default() } else { body(bytes)? };
    let submission = Submission::end_of_cluster(&request.delete_topic_list.unwrap_or_default())
        .map_err(|pattern| ApiError::generic(BAD_REQUEST, format!("Invalid pattern: {pattern}")))?;
    let statement_text = submission.statement.clone();
    let submitted = move || {
        let outcome = server.runner.submit(submission, END_OF_CLUSTER, server.command_timeout);
        if server.runner.published().view().ended {
            [&server.pushes, &server.prints, &server.pulls].into_iter().for_each(|queries| queries.close_all());
        }
        outcome
    };
    let (command_id, status, message, offset) = match blocking(submitted).await? {
        Outcome::Applied { command_id, offset, message, .. } => (command_id, "SUCCESS", message, offset),
        Outcome::Pending { command_id } => (command_id, "EXECUTING", "Statement is being executed.".into(), -1),
        Outcome::Failed(e) | Outcome::Nothing(e) => return Err(ApiError::generic(SERVER_ERROR, e)),
        Outcome::Invalid(findings) => return Err(ApiError::findings(&statement_text, &findings)),
    };
    Ok(Entity::CurrentStatus(CurrentStatus {
        statement_text,
        command_id,
        command_status: CommandStatus { status, message, query_id: None },
        command_sequence_number: offset,
        warnings: Vec::new(),
    }))
}

/// Refuses everything once the cluster was terminated, but for what tells that the process lives.
pub(super) async fn refuse_after(State(server): State<Arc<Server>>, request: Request, next: Next) -> Response {
    if server.runner.published().view().ended && !request.uri().path().starts_with("/chc/") {
        return ApiError::generic(SHUT_DOWN, "The server is shut down").into_response();
    }
    next.run(request).await
}
