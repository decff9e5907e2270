//! The client library that real programs use (librdkafka), with what the checks need around it.

pub(crate) mod consumer;
pub(crate) mod producer;

use std::future::Future;
use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions};
use rdkafka::client::DefaultClientContext;

use crate::outcome::Result;
use crate::target::Target;

/// How long one call of the library may take.
pub(crate) const CALL: Duration = Duration::from_secs(30);

/// What every client of the library is made from.
pub(crate) fn config(target: &Target) -> ClientConfig {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", &target.bootstrap).set("socket.timeout.ms", "30000");
    config
}

/// `config` with more settings.
pub(crate) fn configured(target: &Target, settings: &[(&str, &str)]) -> ClientConfig {
    let mut config = config(target);
    for (key, value) in settings {
        config.set(*key, *value);
    }
    config
}

/// A client for topics, configs and groups.
pub(crate) fn admin(target: &Target) -> Result<AdminClient<DefaultClientContext>> {
    Ok(config(target).create()?)
}

/// How long the admin client and the broker may take.
pub(crate) fn options() -> AdminOptions {
    AdminOptions::new().operation_timeout(Some(CALL)).request_timeout(Some(CALL))
}

/// Waits for an answer of the admin client.
pub(crate) fn wait<T>(future: impl Future<Output = T>) -> Result<T> {
    Ok(tokio::runtime::Builder::new_current_thread().build()?.block_on(future))
}
