//! The REST API of Kafka Connect, as far as statements about connectors need it.

use std::collections::BTreeMap;
use std::time::Duration;

use hyper::Method;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::entity::{ConnectorInfo, ConnectorStatus};
use crate::properties::{Properties, of_server};
use crate::service_client::{Answer, ServiceClient, segment};
use crate::tls_client;

/// Why Connect did not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ConnectError {
    /// HTTP status of its answer; 500 when there was none.
    pub(crate) status: u16,
    /// Its answer as it was, or why there was none.
    pub(crate) message: String,
}

impl ConnectError {
    fn unreachable(message: String) -> Self {
        Self { status: 500, message }
    }
}

/// What Connect gives.
pub(crate) type Connected<T> = Result<T, ConnectError>;

/// A connector class that Connect could run.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Plugin {
    /// Its Java class.
    pub(crate) class: String,
    /// `source`, `sink` or another kind of plugin.
    #[serde(default, rename = "type")]
    pub(crate) kind: Option<String>,
    /// Its version.
    #[serde(default)]
    pub(crate) version: Option<String>,
}

/// A Connect cluster.
#[derive(Debug)]
pub(crate) struct Connect {
    client: ServiceClient,
}

impl Connect {
    /// The cluster that the server's properties name. Errors: its URL is none.
    pub(crate) fn of(defaults: &Properties) -> Connected<Self> {
        let get = |name: &str| of_server(name, defaults);
        let timeout = get("ksql.connect.request.timeout.ms").and_then(|ms| ms.parse().ok()).unwrap_or(5000);
        let url = get("ksql.connect.url").unwrap_or_default();
        let mut client =
            ServiceClient::new(url, Duration::from_millis(timeout), || tls_client::config("ksql.connect.", |_| None))
                .map_err(ConnectError::unreachable)?;
        if let (Some(user), Some(password)) =
            (get("ksql.connect.basic.auth.credentials.username"), get("ksql.connect.basic.auth.credentials.password"))
        {
            client = client.with_user(user, password);
        }
        Ok(Self { client })
    }

    /// Names of all connectors.
    pub(crate) fn names(&self) -> Connected<Vec<String>> {
        read(&self.ask(Method::GET, "/connectors", None)?)
    }

    /// A connector's configuration and tasks.
    pub(crate) fn describe(&self, name: &str) -> Connected<ConnectorInfo> {
        read(&self.ask(Method::GET, &format!("/connectors/{}", segment(name)), None)?)
    }

    /// How a connector is.
    pub(crate) fn status(&self, name: &str) -> Connected<ConnectorStatus> {
        read(&self.ask(Method::GET, &format!("/connectors/{}/status", segment(name)), None)?)
    }

    /// The topics that a connector has used.
    pub(crate) fn topics(&self, name: &str) -> Connected<Vec<String>> {
        #[derive(Deserialize)]
        struct Topics {
            topics: Vec<String>,
        }
        let path = format!("/connectors/{}/topics", segment(name));
        let mut by_name: BTreeMap<String, Topics> = read(&self.ask(Method::GET, &path, None)?)?;
        Ok(by_name.remove(name).map(|t| t.topics).unwrap_or_default())
    }

    /// The classes that it could run.
    pub(crate) fn plugins(&self) -> Connected<Vec<Plugin>> {
        read(&self.ask(Method::GET, "/connector-plugins", None)?)
    }

    /// What is wrong with a configuration: `name - errors`, none when it can be run.
    pub(crate) fn validate(&self, class: &str, config: &BTreeMap<String, String>) -> Connected<Vec<String>> {
        #[derive(Deserialize)]
        struct Validated {
            configs: Vec<Config>,
        }
        #[derive(Deserialize)]
        struct Config {
            value: Checked,
        }
        #[derive(Deserialize)]
        struct Checked {
            name: String,
            #[serde(default)]
            errors: Vec<String>,
        }
        let path = format!("/connector-plugins/{}/config/validate", segment(class));
        let validated: Validated = read(&self.ask(Method::PUT, &path, Some(json(config)))?)?;
        let checked = validated.configs.into_iter().map(|c| c.value).filter(|v| !v.errors.is_empty());
        Ok(checked.map(|v| format!("{} - {}", v.name, v.errors.join(". "))).collect())
    }

    /// Creates a connector.
    pub(crate) fn create(&self, name: &str, config: &BTreeMap<String, String>) -> Connected<ConnectorInfo> {
        #[derive(serde::Serialize)]
        struct Create<'a> {
            name: &'a str,
            config: &'a BTreeMap<String, String>,
        }
        read(&self.ask(Method::POST, "/connectors", Some(json(&Create { name, config })))?)
    }

    /// Deletes a connector.
    pub(crate) fn delete(&self, name: &str) -> Connected<()> {
        self.ask(Method::DELETE, &format!("/connectors/{}", segment(name)), None).map(drop)
    }

    fn ask(&self, method: Method, path: &str, body: Option<String>) -> Connected<Answer> {
        let answer = self.client.call(method, path, body).map_err(ConnectError::unreachable)?;
        if answer.ok() { Ok(answer) } else { Err(ConnectError { status: answer.status, message: answer.body }) }
    }
}

fn json(value: &impl serde::Serialize) -> String {
    // Texts only: cannot fail.
    serde_json::to_string(value).unwrap_or_default()
}

fn read<T: DeserializeOwned>(answer: &Answer) -> Connected<T> {
    serde_json::from_str(&answer.body)
        .map_err(|e| ConnectError { status: 500, message: format!("the answer cannot be read: {e}: {}", answer.body) })
}
