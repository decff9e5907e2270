//! What a server is started with, sorted out: what is Kafka's clients', what is the default of statements, and what must
//! not be; with the source of each, for SHOW PROPERTIES.
//!
//! An https listener and Kafka's clients share the names that begin with `ssl.`, as in ksqlDB: what is written without a
//! prefix is for both, and `ksql.streams.ssl.…` comes before it for the clients. The clients look at them only when
//! `security.protocol` says SSL.

use std::collections::BTreeMap;

use millstream_kafka::KafkaConfig;
use millstream_kafka::java::{self, HIDDEN, Handling};

use super::{
    Properties, built_in, canonical, check_at_start, check_dialect, check_name, dialect, is_of_clients, nearest,
};
use crate::StartError;
use crate::config::{ServerConfig, Setting, Source};
use crate::tls;

/// A property as somebody wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Given {
    /// Its name, prefixes and all.
    pub(crate) name: String,
    /// Its value as it may be shown.
    pub(crate) value: String,
    /// Where it was written.
    pub(crate) source: &'static str,
    /// What becomes of it.
    pub(crate) handling: String,
}

/// All of it.
#[derive(Debug)]
pub(crate) struct Started {
    /// How to reach Kafka.
    pub(crate) kafka: KafkaConfig,
    /// Defaults of statements and settings of the server.
    pub(crate) defaults: Properties,
    /// What was written, by canonical name.
    pub(crate) given: BTreeMap<String, Given>,
}

/// Sorts a configuration out. What is unknown or rejected in a file or in the environment is left out with a warning, as
/// ksqlDB does; as an option, and where it is about security, it is an error.
///
/// # Errors
/// [`StartError::Config`]: what is wrong with which property.
pub(crate) fn sort_out(config: &ServerConfig) -> Result<Started, StartError> {
    let (mut clients, mut given, mut defaults) = (BTreeMap::new(), BTreeMap::new(), built_in());
    let mut checked = Vec::with_capacity(config.properties.len());
    for setting in &config.properties {
        let (name, value) = (setting.name.as_str(), setting.value.as_str());
        let handling = if config.listener.tls && tls::PROPERTIES.contains(&name) && name != tls::CLIENT_AUTH {
            clients.insert(name.to_owned(), value.to_owned());
            "used by the listener, and by clients that speak SSL".to_owned()
        } else if is_of_clients(name) {
            let handling = client_property(setting)?;
            if !matches!(handling, Handling::Rejected(_)) {
                clients.insert(name.to_owned(), value.to_owned());
            }
            handling.to_string()
        } else if check_name(name).is_err() {
            unknown(setting)?
        } else {
            let property = check_at_start(name, value).map_err(StartError::Config)?;
            if let Some(warning) = &property.warning {
                tracing::warn!("{warning}");
            }
            let handling = if property.warning.is_some() { "inert" } else { "used" };
            defaults.insert(property.name.clone(), property.value.clone());
            checked.push((property, value));
            handling.to_owned()
        };
        let value = if java::is_secret(name) { HIDDEN.to_owned() } else { value.to_owned() };
        let entry = Given { name: name.to_owned(), value, source: setting.source.name(), handling };
        given.insert(canonical(name).to_owned(), entry);
    }
    let dialect = dialect(&Properties::new(), &defaults);
    for (property, value) in checked {
        check_dialect(&property, value, dialect).map_err(StartError::Config)?;
    }
    let kafka = KafkaConfig::of(config.bootstrap_servers.as_str(), clients);
    let kafka = kafka.map_err(|e| StartError::Config(e.to_string()))?;
    Ok(Started { kafka, defaults, given })
}

/// What becomes of a property of the clients.
fn client_property(setting: &Setting) -> Result<Handling, StartError> {
    let Setting { name, value, source } = setting;
    let handling = java::handling(name, value).unwrap_or(Handling::Passed);
    match &handling {
        Handling::Rejected(why) if *source == Source::Option || java::is_security(name) => {
            Err(StartError::Config(format!("{name}: {why}")))
        }
        Handling::Rejected(why) => {
            tracing::warn!("Property '{name}' is rejected: {why}. It has no effect.");
            Ok(handling)
        }
        Handling::Inert(why) => {
            tracing::info!("Property '{name}' has no effect in Millstream: {why}.");
            Ok(handling)
        }
        _ => Ok(handling),
    }
}

/// Prefixes of properties that belong to others who read the same file.
const OF_OTHERS: [&str; 4] = ["confluent.", "ui.", "ksql.plugins.", "ksql.functions."];

/// What is said of a property that there is not.
fn unknown(setting: &Setting) -> Result<String, StartError> {
    let Setting { name, source, .. } = setting;
    if OF_OTHERS.iter().any(|prefix| canonical(name).starts_with(prefix)) {
        tracing::info!("Property '{name}' has no effect in Millstream.");
        return Ok("inert".to_owned());
    }
    let near = nearest(name);
    if *source == Source::Option {
        let hint = near.map(|near| format!("\nhint: did you mean {near}?")).unwrap_or_default();
        return Err(StartError::Config(format!("Unknown property: {name}{hint}")));
    }
    let near = near.map(|near| format!(" Did you mean {near}?")).unwrap_or_default();
    tracing::warn!("Unknown property: {name}. It has no effect.{near}");
    Ok(format!("rejected: there is no such property.{near}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(settings: &[(&str, &str, Source)]) -> ServerConfig {
        let setting = |(name, value, source): &(&str, &str, Source)| Setting {
            name: (*name).to_owned(),
            value: (*value).to_owned(),
            source: *source,
        };
        ServerConfig {
            bootstrap_servers: "h:1".into(),
            data_dir: "unused".into(),
            listener: ([127, 0, 0, 1], 0).into(),
            service_id: "default_".into(),
            properties: settings.iter().map(setting).collect(),
        }
    }

    #[test]
    fn properties_go_where_they_belong() {
        let jaas = r#"X.PlainLoginModule required username="u" password="hush";"#;
        let started = sort_out(&config(&[
            ("security.protocol", "SASL_PLAINTEXT", Source::File),
            ("sasl.mechanism", "PLAIN", Source::File),
            ("sasl.jaas.config", jaas, Source::Environment),
            ("processing.guarantee", "at_most_once", Source::File),
            ("processing.guarantee", "at_least_once", Source::Option),
            ("ksql.streams.producer.linger.ms", "7", Source::File),
            ("ksql.streams.producer.acks", "0", Source::File),
            ("ksql.servce.id", "x", Source::File),
            ("some.vendor.password", "hush", Source::File),
            ("confluent.support.metrics.enable", "false", Source::File),
            ("ksql.extension.dir", "ext", Source::File),
        ]))
        .unwrap();
        assert_eq!(started.defaults.get("processing.guarantee").map(String::as_str), Some("at_least_once"));
        let given = |name: &str| {
            let given = &started.given[name];
            (given.value.as_str(), given.source, given.handling.as_str())
        };
        assert_eq!(given("processing.guarantee"), ("at_least_once", "option", "used"));
        assert_eq!(given("producer.linger.ms"), ("7", "file", "passed"));
        assert_eq!(given("sasl.mechanism"), ("PLAIN", "file", "passed"));
        let (value, source, handling) = given("sasl.jaas.config");
        assert_eq!((value, source), (HIDDEN, "environment"));
        assert!(handling.starts_with("translated to sasl.username"), "{handling}");
        assert!(given("producer.acks").2.starts_with("rejected: "));
        assert_eq!(given("ksql.servce.id").2, "rejected: there is no such property. Did you mean ksql.service.id?");
        assert_eq!(given("some.vendor.password").0, HIDDEN);
        assert_eq!(given("confluent.support.metrics.enable").2, "inert");
        assert_eq!(given("ksql.extension.dir").2, "inert");
        assert!(!format!("{started:?}").contains("hush"));
    }

    #[test]
    fn what_is_wrong_ends_the_start() {
        let error = |settings: &[(&str, &str, Source)]| match sort_out(&config(settings)) {
            Err(StartError::Config(e)) => e,
            other => panic!("{other:?}"),
        };
        let of = Source::Option;
        assert_eq!(
            error(&[("procesing.guarantee", "1", of)]),
            "Unknown property: procesing.guarantee\nhint: did you mean processing.guarantee?"
        );
        assert!(error(&[("acks", "0", of)]).starts_with("acks: results are written idempotently"));
        assert!(error(&[("sasl.mechanism", "GSSAPI", Source::File)]).contains("GSSAPI is not built in"));
        assert!(error(&[("linger.ms", "soon", Source::File)]).contains("linger.ms"));
        assert!(error(&[("processing.guarantee", "twice", Source::File)]).contains("at_least_once"));
        let dated = ("auto.offset.reset", "2024-01-01", of);
        assert!(sort_out(&config(&[dated])).is_ok());
        assert!(error(&[dated, ("millstream.dialect", "ksql", of)]).contains("latest, earliest, none"));
    }

    #[test]
    fn a_listener_and_the_clients_share_their_stores() {
        let store = ("ssl.keystore.location", "/no/such", Source::File);
        let settings = [store, ("ssl.client.authentication", "NONE", Source::File)];
        let mut with_tls = config(&settings);
        with_tls.listener.tls = true;
        // Clients that do not speak SSL do not look at it.
        let started = sort_out(&with_tls).unwrap();
        assert!(started.given["ssl.keystore.location"].handling.starts_with("used by the listener"));
        assert_eq!(started.given["ssl.client.authentication"].handling, "used");
        with_tls.properties.push(Setting::option("security.protocol", "SSL"));
        let error = sort_out(&with_tls).unwrap_err().to_string();
        assert!(error.contains("/no/such cannot be read"), "{error}");
        with_tls.properties.push(Setting::option("ksql.streams.ssl.keystore.location", ""));
        assert!(sort_out(&with_tls).is_ok());
    }
}
