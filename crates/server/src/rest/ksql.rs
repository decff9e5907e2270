//! `POST /ksql`: statements in, entities out.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse, Response};

use super::{ApiError, blocking, body};
use crate::entity::Entity;
use crate::request::{KsqlRequest, run};
use crate::server::Server;

/// Answers a request.
pub(super) async fn ksql(State(server): State<Arc<Server>>, bytes: Bytes) -> Response {
    match answer(server, &bytes).await {
        Ok(entities) => Json(entities).into_response(),
        Err(e) => {
            tracing::info!(code = e.code(), "request refused");
            e.into_response()
        }
    }
}

async fn answer(server: Arc<Server>, bytes: &[u8]) -> Result<Vec<Entity>, ApiError> {
    let request: KsqlRequest = body(bytes)?;
    blocking(move || run(&server, &request)).await?
}
