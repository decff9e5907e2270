//! `POST /ksql`: statements in, entities out.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};

use super::door::PublicOnly;
use super::{ApiError, blocking, body, check_internal};
use crate::entity::Entity;
use crate::request::{KsqlRequest, run};
use crate::server::Server;

/// Answers a request.
pub(super) async fn ksql(
    State(server): State<Arc<Server>>,
    public: Option<Extension<PublicOnly>>,
    bytes: Bytes,
) -> Response {
    match answer(server, public, &bytes).await {
        Ok(entities) => Json(entities).into_response(),
        Err(e) => {
            tracing::info!(code = e.code(), "request refused");
            e.into_response()
        }
    }
}

async fn answer(
    server: Arc<Server>,
    public: Option<Extension<PublicOnly>>,
    bytes: &[u8],
) -> Result<Vec<Entity>, ApiError> {
    let request: KsqlRequest = body(bytes)?;
    check_internal(request.request_properties.as_ref(), public)?;
    blocking(move || run(&server, &request)).await?
}
