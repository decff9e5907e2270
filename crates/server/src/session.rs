//! What one request has set: `streamsProperties`, then SET and UNSET as its statements go by.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::entity::{Warning, warnings};
use crate::properties::{self, Properties, Settings};

/// Settings of one request. Cheap to clone: validation runs on a copy.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    overrides: Properties,
    warnings: Vec<String>,
}

impl Session {
    /// A session that starts with a request's properties. Errors: one is unknown or has a wrong value.
    pub(crate) fn new(given: &BTreeMap<String, Value>) -> Result<Self, String> {
        let (overrides, warnings) = properties::check_all(given)?;
        Ok(Self { overrides, warnings })
    }

    /// SET. Errors: the property is unknown or has a wrong value.
    pub(crate) fn set(&mut self, name: &str, value: &str) -> Result<(), String> {
        let property = properties::check(name, value)?;
        self.overrides.insert(property.name, property.value);
        self.warnings.extend(property.warning);
        Ok(())
    }

    /// UNSET: back to the server's default.
    pub(crate) fn unset(&mut self, name: &str) {
        self.overrides.remove(properties::canonical(name));
    }

    /// What was set.
    pub(crate) fn overrides(&self) -> &Properties {
        &self.overrides
    }

    /// What it means.
    pub(crate) fn settings(&self, defaults: &Properties) -> Settings {
        Settings::resolve(&self.overrides, defaults)
    }

    /// What it means to the planner.
    pub(crate) fn planning(&self, defaults: &Properties) -> millstream_plan::Settings {
        properties::planning(&self.overrides, defaults)
    }

    /// Remarks on the properties, for the answer of a statement that they apply to.
    pub(crate) fn warnings(&self) -> Vec<Warning> {
        warnings(&self.warnings)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::properties::OffsetReset;

    #[test]
    fn set_and_unset_last_for_the_session() {
        let given = serde_json::from_str(r#"{"ksql.streams.auto.offset.reset": "earliest"}"#).unwrap();
        let defaults = Properties::new();
        let mut session = Session::new(&given).unwrap();
        assert_eq!(session.settings(&defaults).reset, OffsetReset::Earliest);
        session.set("auto.offset.reset", "latest").unwrap();
        assert_eq!(session.settings(&defaults).reset, OffsetReset::Latest);
        session.set("auto.offset.reset", "earliest").unwrap();
        session.unset("ksql.streams.auto.offset.reset");
        assert_eq!(session.settings(&defaults).reset, OffsetReset::Latest);
        assert!(session.set("nope", "1").is_err());
    }
}
