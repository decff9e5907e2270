//! What a statement needs of a registry, and what the registry said: kept with the statement, so that it means the same
//! when it is applied again.

use serde::{Deserialize, Serialize};

use crate::{Registered, Registry, RegistryError, TopicSchemas};

/// One side of a topic's records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Side {
    /// Keys.
    Key,
    /// Values.
    Value,
}

impl Side {
    /// The subject of a topic's schemas of this side.
    pub fn subject(self, topic: &str) -> String {
        let side = if self == Self::Key { "key" } else { "value" };
        format!("{topic}-{side}")
    }
}

/// A schema that a statement cannot be planned without.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchemaNeed {
    /// Whose.
    pub side: Side,
    /// The topic: its subject's latest version is meant, unless an id is given.
    pub topic: String,
    /// The schema of that id.
    pub id: Option<i32>,
}

/// What a registry said to one need.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Lookup {
    /// This one.
    Found(Registered),
    /// It has none.
    Missing(String),
    /// It could not say.
    Failed(String),
}

/// What a registry said to the needs of a statement.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct FoundSchemas {
    /// About keys.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<Lookup>,
    /// About values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Lookup>,
    /// The ids that the schemas were given which the statement's topic is written with.
    #[serde(default)]
    pub ids: SchemaIds,
}

/// Ids of the schemas that a statement's topic is written with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct SchemaIds {
    /// That of keys.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<i32>,
    /// That of values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<i32>,
}

/// Asks a registry for what a statement needs.
pub fn look_up(needs: &[SchemaNeed], registry: &Registry) -> FoundSchemas {
    let mut found = FoundSchemas::default();
    for need in needs {
        let said = match registry.get() {
            None => Lookup::Failed(NOT_CONFIGURED.to_owned()),
            Some(registry) => {
                let asked = match need.id {
                    Some(id) => registry.by_id(id),
                    None => registry.latest(&need.side.subject(&need.topic)),
                };
                match asked {
                    Ok(registered) => Lookup::Found(Registered::clone(&registered)),
                    Err(RegistryError::Missing(why)) => Lookup::Missing(why),
                    Err(RegistryError::Unavailable(why) | RegistryError::Refused(why)) => Lookup::Failed(why),
                }
            }
        };
        match need.side {
            Side::Key => found.key = Some(said),
            Side::Value => found.value = Some(said),
        }
    }
    found
}

/// What is said where a format needs a registry and there is none.
pub const NOT_CONFIGURED: &str =
    "KSQL is not configured to use a schema registry. To enable it, please set ksql.schema.registry.url";

/// When the schemas of a topic are added to a registry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Registering {
    /// Always: the topic is written with them.
    Always,
    /// Only into subjects that are not there yet: the topic may be written by others.
    IntoNewSubjects,
}

/// Adds the schemas of a topic to a registry; their ids.
///
/// # Errors
/// There is no registry, or it refuses a schema.
pub fn register(
    topic: &str,
    schemas: &TopicSchemas,
    when: Registering,
    registry: &Registry,
) -> Result<SchemaIds, RegistryError> {
    let mut ids = SchemaIds::default();
    for (side, schema) in [(Side::Key, &schemas.key), (Side::Value, &schemas.value)] {
        let Some(schema) = schema.as_ref().filter(|schema| schema.id.is_none()) else { continue };
        let registry = registry.get().ok_or_else(|| RegistryError::Refused(NOT_CONFIGURED.to_owned()))?;
        let subject = side.subject(topic);
        let failed = |error: RegistryError| {
            let why = format!("Could not register schema for topic: {topic}: {error}");
            if matches!(error, RegistryError::Unavailable(_)) {
                RegistryError::Unavailable(why)
            } else {
                RegistryError::Refused(why)
            }
        };
        let there = when == Registering::IntoNewSubjects
            && match registry.latest(&subject) {
                Ok(_) => true,
                Err(RegistryError::Missing(_)) => false,
                Err(error) => return Err(failed(error)),
            };
        let id = if there {
            registry.find(&subject, &schema.schema).ok()
        } else {
            Some(registry.register(&subject, &schema.schema).map_err(failed)?)
        };
        match side {
            Side::Key => ids.key = id,
            Side::Value => ids.value = id,
        }
    }
    Ok(ids)
}
