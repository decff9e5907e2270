//! `GET /status` and `GET /status/{type}/{entity}/{action}`: what became of commands.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::{ApiError, NOT_FOUND};
use crate::server::Server;

/// The body of `/status`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Statuses {
    command_statuses: BTreeMap<String, &'static str>,
}

/// All commands that are remembered.
pub(super) async fn all(State(server): State<Arc<Server>>) -> Response {
    let statuses = server.runner.published().statuses();
    let command_statuses = statuses.all().map(|(id, status)| (id.clone(), status.status)).collect();
    Json(Statuses { command_statuses }).into_response()
}

/// One command. A source's name may come with or without its back-quotes.
pub(super) async fn one(
    State(server): State<Arc<Server>>,
    Path((kind, entity, action)): Path<(String, String, String)>,
) -> Response {
    let statuses = server.runner.published().statuses();
    let found = statuses
        .get(&format!("{kind}/{entity}/{action}"))
        .or_else(|| statuses.get(&format!("{kind}/`{entity}`/{action}")));
    match found {
        Some(status) => Json(status.clone()).into_response(),
        None => ApiError::generic(NOT_FOUND, "Command not found").into_response(),
    }
}
