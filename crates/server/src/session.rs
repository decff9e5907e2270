//! What one request has set: `streamsProperties` and `sessionVariables`, then SET, UNSET, DEFINE and UNDEFINE as its
//! statements go by.

use std::collections::BTreeMap;

use millstream_plan::Dialect;
use serde_json::Value;

use crate::entity::{Warning, warnings};
use crate::properties::{self, Properties};

/// The server property that names what requests must not set, separated by commas.
const DENYLIST: &str = "ksql.properties.overrides.denylist";

/// Settings of one request. Cheap to clone: validation runs on a copy.
#[derive(Debug, Clone, Default)]
pub(crate) struct Session {
    overrides: Properties,
    /// Names as they were given, by name in upper case: variables know no case.
    variables: BTreeMap<String, (String, String)>,
    denied: Vec<String>,
    warnings: Vec<String>,
    /// The server's.
    dialect: Dialect,
}

impl Session {
    /// A session that starts with a request's properties. Errors: one is unknown, prohibited or has a wrong value.
    pub(crate) fn new(given: &BTreeMap<String, Value>, defaults: &Properties) -> Result<Self, String> {
        let (overrides, warnings) = properties::check_all(given, defaults)?;
        let denied = properties::of_server(DENYLIST, defaults).unwrap_or_default();
        let denied = denied.split(',').map(|n| properties::canonical(n.trim()).to_owned()).collect();
        let dialect = properties::dialect(&Properties::new(), defaults);
        let session = Self { overrides, variables: BTreeMap::new(), denied, warnings, dialect };
        session.check_denied(session.overrides.keys())?;
        Ok(session)
    }

    /// SET. Errors: the property is unknown, prohibited or has a wrong value.
    pub(crate) fn set(&mut self, name: &str, value: &str) -> Result<(), String> {
        let property = properties::check(name, value)?;
        properties::check_dialect(&property, value, self.dialect())?;
        self.check_denied([&property.name])?;
        self.overrides.insert(property.name, property.value);
        self.warnings.extend(property.warning);
        Ok(())
    }

    /// Whether requests may set a property. Errors: it is unknown, the server's own, or prohibited.
    pub(crate) fn check_settable(name: &str, defaults: &Properties) -> Result<(), String> {
        properties::check_settable(name)?;
        let session = Self::new(&BTreeMap::new(), defaults)?;
        session.check_denied([&properties::canonical(name).to_owned()])
    }

    /// UNSET: back to the server's default. Errors: there is no such property.
    pub(crate) fn unset(&mut self, name: &str) -> Result<(), String> {
        properties::check_name(name)?;
        self.overrides.remove(properties::canonical(name));
        Ok(())
    }

    /// The dialect in which the next statement is read.
    pub(crate) fn dialect(&self) -> Dialect {
        let server = self.dialect.name().to_owned();
        properties::dialect(&self.overrides, &[(properties::DIALECT.to_owned(), server)].into())
    }

    fn check_denied<'a>(&self, names: impl IntoIterator<Item = &'a String>) -> Result<(), String> {
        let found: Vec<&str> = names.into_iter().filter(|n| self.denied.contains(n)).map(String::as_str).collect();
        if found.is_empty() {
            return Ok(());
        }
        Err(format!(
            "One or more properties overrides set locally are prohibited by the KSQL server \
             (use UNSET to reset their default value): [{}]",
            found.join(", ")
        ))
    }

    /// DEFINE.
    pub(crate) fn define(&mut self, name: &str, value: &str) {
        self.variables.insert(name.to_ascii_uppercase(), (name.to_owned(), value.to_owned()));
    }

    /// UNDEFINE; false when there is no such variable.
    pub(crate) fn undefine(&mut self, name: &str) -> bool {
        self.variables.remove(&name.to_ascii_uppercase()).is_some()
    }

    /// Names and values of the variables, by name.
    pub(crate) fn variables(&self) -> impl Iterator<Item = (&str, &str)> {
        self.variables.values().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// What was set.
    pub(crate) fn overrides(&self) -> &Properties {
        &self.overrides
    }

    /// The value of a property in this request.
    pub(crate) fn value<'a>(&'a self, name: &str, defaults: &'a Properties) -> Option<&'a str> {
        properties::value(name, &self.overrides, defaults)
    }

    /// Whether a feature is switched on in this request.
    pub(crate) fn enabled(&self, name: &str, defaults: &Properties) -> bool {
        self.value(name, defaults) == Some("true")
    }

    /// Remarks on the properties, for the answer of a statement that they apply to.
    pub(crate) fn warnings(&self) -> Vec<Warning> {
        warnings(&self.warnings)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session(given: &str, defaults: &Properties) -> Result<Session, String> {
        Session::new(&serde_json::from_str(given).unwrap(), defaults)
    }

    #[test]
    fn set_and_unset_last_for_the_session() {
        let defaults = Properties::new();
        let mut session = session(r#"{"ksql.streams.auto.offset.reset": "earliest"}"#, &defaults).unwrap();
        let reset = |session: &Session| session.value("auto.offset.reset", &defaults).unwrap().to_owned();
        assert_eq!(reset(&session), "earliest");
        session.set("auto.offset.reset", "latest").unwrap();
        assert_eq!(reset(&session), "latest");
        session.set("auto.offset.reset", "earliest").unwrap();
        session.unset("ksql.streams.auto.offset.reset").unwrap();
        assert_eq!(reset(&session), "latest");
        assert!(session.set("nope", "1").is_err());
        assert_eq!(session.unset("nope"), Err("Unknown property: nope".into()));
        assert!(session.enabled("ksql.insert.into.values.enabled", &defaults));
    }

    #[test]
    fn what_the_server_prohibits_cannot_be_set() {
        let defaults: Properties =
            [(DENYLIST.to_owned(), "processing.guarantee, ksql.streams.linger.ms".to_owned())].into();
        let refused = session(r#"{"linger.ms": 5, "auto.offset.reset": "latest"}"#, &defaults).unwrap_err();
        assert!(refused.ends_with("(use UNSET to reset their default value): [linger.ms]"), "{refused}");
        let mut session = session("{}", &defaults).unwrap();
        assert!(session.set("ksql.streams.processing.guarantee", "at_least_once").is_err());
        assert!(session.set("auto.offset.reset", "latest").is_ok());
    }

    #[test]
    fn the_dialect_of_the_moment_decides_which_values_there_are() {
        let mut session = session(r#"{"millstream.dialect": "ksql"}"#, &Properties::new()).unwrap();
        assert!(session.set("auto.offset.reset", "offset:7").is_err());
        session.set("millstream.dialect", "extended").unwrap();
        session.set("auto.offset.reset", "offset:7").unwrap();
        session.unset("millstream.dialect").unwrap();
        session.set("auto.offset.reset", "offset:8").unwrap();
    }

    #[test]
    fn variables_know_no_case() {
        let mut session = Session::default();
        session.define("topic", "a");
        session.define("TOPIC", "b");
        session.define("x", "y");
        assert_eq!(session.variables().collect::<Vec<_>>(), [("TOPIC", "b"), ("x", "y")]);
        assert!(session.undefine("Topic") && !session.undefine("topic"));
    }
}
