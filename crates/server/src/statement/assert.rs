//! ASSERT TOPIC and ASSERT SCHEMA: looks again and again until it holds or its time is over.

use std::time::Duration;

use hyper::Method;
use millstream_engine::clock::Clock as _;
use millstream_sql::ast::{AssertSchema, AssertTopic, ExprKind, Property};
use millstream_sql::{Diagnostic, Statement, ast};

use crate::entity::{Entity, SchemaAsserted, TopicAsserted};
use crate::properties;
use crate::registry;
use crate::rest::{ASSERTION_FAILED, ApiError, BAD_STATEMENT, SCHEMA_REGISTRY_MISSING};
use crate::server::Server;
use crate::service_client::{ServiceClient, segment};
use crate::session::Session;

/// Pause between two looks.
const LOOK: Duration = Duration::from_millis(100);
/// Longest wait for one answer of the registry.
const REGISTRY_TIMEOUT: Duration = Duration::from_secs(5);

/// Checks that only known properties of the topic are asked about.
pub(super) fn validate_topic(statement: &Statement, assert: &AssertTopic) -> Result<(), ApiError> {
    let findings: Vec<Diagnostic> = assert.with.iter().filter_map(|p| expected(p).err()).collect();
    if findings.is_empty() { Ok(()) } else { Err(ApiError::findings(&statement.text, &findings)) }
}

/// Checks that something is asked about.
pub(super) fn validate_schema(statement: &Statement, assert: &AssertSchema) -> Result<(), ApiError> {
    if assert.subject.is_some() || assert.id.is_some() {
        return Ok(());
    }
    let message = "ASSERT SCHEMA statements must include a subject name or an id";
    Err(ApiError::statement(BAD_STATEMENT, &statement.text, message))
}

/// ASSERT TOPIC.
pub(super) fn topic(
    statement: &Statement,
    assert: &AssertTopic,
    server: &Server,
    session: &Session,
) -> Result<Entity, ApiError> {
    let name = assert.topic.value.as_str();
    let timeout = timeout(assert.timeout, "ksql.assert.topic.default.timeout.ms", server, session);
    until_holds(statement, timeout, server, || {
        let shape = server.topics.shape(name)?;
        match (shape, assert.not_exists) {
            (None, true) => Ok(()),
            (Some(_), true) => Err(format!("Topic {name} exists")),
            (None, false) => Err(format!("Topic {name} does not exist")),
            (Some(shape), false) => {
                let mismatches: Vec<String> = assert
                    .with
                    .iter()
                    .filter_map(|property| expected(property).ok())
                    .filter_map(|(what, want)| {
                        let got = match what {
                            Asked::Partitions => i64::from(shape.partitions),
                            Asked::Replicas => shape.replicas.map_or(-1, i64::from),
                        };
                        (got != want).then(|| format!("For config {}, expected {want} got {got}", what.name()))
                    })
                    .collect();
                if mismatches.is_empty() {
                    return Ok(());
                }
                Err(format!("Mismatched configuration for topic {name}: {}", mismatches.join(", ")))
            }
        }
    })?;
    Ok(Entity::TopicAsserted(TopicAsserted {
        statement_text: statement.text.clone(),
        topic_name: name.to_owned(),
        exists: !assert.not_exists,
        warnings: session.warnings(),
    }))
}

/// ASSERT SCHEMA.
pub(super) fn schema(
    statement: &Statement,
    assert: &AssertSchema,
    server: &Server,
    session: &Session,
) -> Result<Entity, ApiError> {
    let Some(url) = properties::of_server("ksql.schema.registry.url", &server.defaults) else {
        let message =
            "KSQL is not configured to use a schema registry. To enable it, please set ksql.schema.registry.url";
        return Err(ApiError::statement(SCHEMA_REGISTRY_MISSING, &statement.text, message));
    };
    let url = url.split(',').next().unwrap_or_default();
    let registry = registry::client(url, REGISTRY_TIMEOUT, &server.defaults)
        .map_err(|e| ApiError::statement(BAD_STATEMENT, &statement.text, e))?;
    let what = described(assert);
    let timeout = timeout(assert.timeout, "ksql.assert.schema.default.timeout.ms", server, session);
    until_holds(statement, timeout, server, || match (is_registered(&registry, assert)?, assert.not_exists) {
        (true, false) | (false, true) => Ok(()),
        (true, true) => Err(format!("{what} exists")),
        (false, false) => Err(format!("{what} does not exist")),
    })?;
    Ok(Entity::SchemaAsserted(SchemaAsserted {
        statement_text: statement.text.clone(),
        subject: assert.subject.as_ref().map(|s| s.value.clone()),
        id: assert.id,
        exists: !assert.not_exists,
        warnings: session.warnings(),
    }))
}

/// Looks until `check` is content; its last complaint when the time is over. Looks once at least.
fn until_holds(
    statement: &Statement,
    timeout: Duration,
    server: &Server,
    mut check: impl FnMut() -> Result<(), String>,
) -> Result<(), ApiError> {
    let deadline = server.clock.monotonic() + timeout;
    loop {
        let complaint = match check() {
            Ok(()) => return Ok(()),
            Err(complaint) => complaint,
        };
        if server.clock.monotonic() + LOOK > deadline {
            return Err(ApiError::statement(ASSERTION_FAILED, &statement.text, complaint));
        }
        std::thread::sleep(LOOK);
    }
}

fn timeout(given: Option<ast::Duration>, property: &str, server: &Server, session: &Session) -> Duration {
    let default = || session.value(property, &server.defaults).and_then(|ms| ms.parse().ok()).unwrap_or(1000);
    Duration::from_millis(given.map_or_else(default, ast::Duration::millis))
}

/// What of a topic can be asserted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asked {
    Partitions,
    Replicas,
}

impl Asked {
    fn name(self) -> &'static str {
        match self {
            Self::Partitions => "partitions",
            Self::Replicas => "replicas",
        }
    }
}

/// A property of WITH and the number that it wants. Errors: it is another property, or no number.
fn expected(property: &Property) -> Result<(Asked, i64), Diagnostic> {
    let asked = match property.name.to_ascii_uppercase().as_str() {
        "PARTITIONS" => Asked::Partitions,
        "REPLICAS" => Asked::Replicas,
        _ => {
            let message = format!("Cannot assert unknown topic property: {}", property.name);
            return Err(Diagnostic::at(property.span, message).hint("PARTITIONS and REPLICAS can be asserted."));
        }
    };
    let number = match &property.value.kind {
        ExprKind::Integer(number) => Some(i64::from(*number)),
        ExprKind::Bigint(number) => Some(*number),
        ExprKind::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    let invalid = || {
        let message = format!("Invalid value for {}: {}, but a number is needed.", property.name, property.value);
        Diagnostic::at(property.value.span, message)
    };
    Ok((asked, number.ok_or_else(invalid)?))
}

/// `Schema with subject name x id 1`
fn described(assert: &AssertSchema) -> String {
    let subject = assert.subject.as_ref().map(|s| format!(" subject name {}", s.value)).unwrap_or_default();
    let id = assert.id.map(|id| format!(" id {id}")).unwrap_or_default();
    format!("Schema with{subject}{id}")
}

/// Whether the registry has such a schema. Errors: it does not answer as it should.
fn is_registered(registry: &ServiceClient, assert: &AssertSchema) -> Result<bool, String> {
    let path = match (&assert.subject, assert.id) {
        (Some(subject), None) => format!("/subjects/{}/versions/latest", segment(&subject.value)),
        (_, Some(id)) => format!("/schemas/ids/{id}/versions"),
        (None, None) => return Ok(false),
    };
    let answer = registry.call(Method::GET, &path, None)?;
    match answer.status {
        404 => Ok(false),
        200 => Ok(match (&assert.subject, assert.id) {
            (Some(subject), Some(_)) => names_subject(&answer.body, &subject.value),
            _ => true,
        }),
        status => Err(format!("The schema registry answered {status}: {}", answer.body)),
    }
}

/// Whether `[{"subject": …, "version": …}, …]` names a subject.
fn names_subject(body: &str, subject: &str) -> bool {
    #[derive(serde::Deserialize)]
    struct Use {
        subject: String,
    }
    serde_json::from_str::<Vec<Use>>(body).unwrap_or_default().iter().any(|u| u.subject == subject)
}

#[cfg(test)]
mod tests {
    use millstream_sql::ast::StatementKind;

    use super::*;
    use crate::statement::testing::statement;

    #[test]
    fn only_partitions_and_replicas_are_asserted() {
        let check = |with: &str| {
            let statement = statement(&format!("ASSERT TOPIC t WITH ({with});"));
            let StatementKind::AssertTopic(assert) = &statement.kind else { panic!("another statement") };
            validate_topic(&statement, assert).map_err(|e| e.json())
        };
        assert!(check("PARTITIONS=1, replicas='2'").is_ok());
        assert!(check("KAFKA_TOPIC='x'").unwrap_err().contains("Cannot assert unknown topic property: KAFKA_TOPIC"));
        assert!(check("PARTITIONS='x'").unwrap_err().contains("a number is needed"));
    }

    #[test]
    fn schemas_are_described_as_they_are_asked_about() {
        let described_as = |sql: &str| {
            let statement = statement(sql);
            let StatementKind::AssertSchema(assert) = &statement.kind else { panic!("another statement") };
            described(assert)
        };
        assert_eq!(described_as("ASSERT SCHEMA SUBJECT 't-value' ID 3;"), "Schema with subject name t-value id 3");
        assert_eq!(described_as("ASSERT SCHEMA ID 3 TIMEOUT 2 SECONDS;"), "Schema with id 3");
        assert!(names_subject(r#"[{"subject":"a","version":1}]"#, "a") && !names_subject("{}", "a"));
    }
}
