//! Properties that SET, `streamsProperties` and `-D` take: which exist, what their values may be, what they mean.

use std::collections::BTreeMap;

use millstream_engine::guarantee::Guarantee;
use millstream_plan as planning;
use serde_json::Value;

/// Where a query without committed offsets starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OffsetReset {
    /// At the first record kept.
    Earliest,
    /// At what comes next.
    Latest,
}

/// Property values by canonical name (without `ksql.streams.`), checked.
pub(crate) type Properties = BTreeMap<String, String>;

/// What the properties say about a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Settings {
    /// `auto.offset.reset`; latest by default, as in ksqlDB.
    pub(crate) reset: OffsetReset,
    /// `processing.guarantee`; exactly once by default.
    pub(crate) guarantee: Guarantee,
}

/// `auto.offset.reset`
pub(crate) const OFFSET_RESET: &str = "auto.offset.reset";
/// `processing.guarantee`
pub(crate) const GUARANTEE: &str = "processing.guarantee";

/// Tuning of ksqlDB's own runtime. Accepted so that scripts run unchanged, and answered with a warning.
const WITHOUT_EFFECT: [&str; 8] = [
    "cache.max.bytes.buffering",
    "commit.interval.ms",
    "max.task.idle.ms",
    "num.standby.replicas",
    "num.stream.threads",
    "statestore.cache.max.bytes",
    "ksql.query.pull.table.scan.enabled",
    "ksql.query.push.v2.enabled",
];

/// Server identity: part of how a server was started, never of a request.
const IMMUTABLE: [&str; 4] = ["application.id", "bootstrap.servers", "ksql.service.id", "listeners"];

/// A checked property.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Property {
    /// Canonical name.
    pub(crate) name: String,
    /// Value in canonical case.
    pub(crate) value: String,
    /// Said to the client when the property does nothing here.
    pub(crate) warning: Option<String>,
}

/// The name without the prefix that ksqlDB tolerates.
pub(crate) fn canonical(name: &str) -> &str {
    name.strip_prefix("ksql.streams.").unwrap_or(name)
}

/// Checks one property. Errors: a sentence, as ksqlDB words it where its clients may look at it.
pub(crate) fn check(name: &str, value: &str) -> Result<Property, String> {
    let plain = canonical(name);
    let mut warning = None;
    let value = match plain {
        OFFSET_RESET => match value.trim().to_ascii_lowercase().as_str() {
            known @ ("earliest" | "latest") => known.to_owned(),
            _ => {
                return Err(format!(
                    "Invalid value {value} for configuration {plain}: must be one of earliest, latest"
                ));
            }
        },
        GUARANTEE => {
            let guarantee = Guarantee::parse(value.trim()).ok_or_else(|| {
                format!(
                    "Invalid value {value} for configuration {plain}: must be one of {}, {}, {}",
                    Guarantee::ExactlyOnce.name(),
                    Guarantee::AtLeastOnce.name(),
                    Guarantee::AtMostOnce.name()
                )
            })?;
            guarantee.name().to_owned()
        }
        other if planning::Settings::default().set(other, value)? => value.trim().to_owned(),
        other if IMMUTABLE.contains(&other) => return Err(format!("Cannot override property '{name}'")),
        other if WITHOUT_EFFECT.contains(&other) => {
            warning = Some(format!("Property '{name}' has no effect in Millstream."));
            value.to_owned()
        }
        _ => return Err(format!("Unknown property: {name}")),
    };
    Ok(Property { name: plain.to_owned(), value, warning })
}

/// Checks a request's property object; scalars of any JSON type are taken by their text.
pub(crate) fn check_all(given: &BTreeMap<String, Value>) -> Result<(Properties, Vec<String>), String> {
    let mut properties = Properties::new();
    let mut warnings = Vec::new();
    for (name, value) in given {
        let text = match value {
            Value::String(text) => text.clone(),
            Value::Null | Value::Array(_) | Value::Object(_) => {
                return Err(format!("Invalid value for property '{name}': must be a string, number or boolean"));
            }
            scalar => scalar.to_string(),
        };
        let property = check(name, &text)?;
        properties.insert(property.name, property.value);
        warnings.extend(property.warning);
    }
    Ok((properties, warnings))
}

/// What holds when nobody says anything. Written with every command, so that a later release with other defaults runs
/// old queries as they were created.
pub(crate) fn built_in() -> Properties {
    let value = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    [value(OFFSET_RESET, "latest"), value(GUARANTEE, Guarantee::default().name())].into()
}

/// What checked properties say to the planner: `overrides` before `defaults`.
pub(crate) fn planning(overrides: &Properties, defaults: &Properties) -> planning::Settings {
    let all = defaults.iter().chain(overrides);
    planning::Settings::of(all.map(|(name, value)| (name.as_str(), value.as_str())))
}

impl Settings {
    /// The meaning of checked properties: `overrides` before `defaults` before what is built in.
    pub(crate) fn resolve(overrides: &Properties, defaults: &Properties) -> Self {
        let get = |name: &str| overrides.get(name).or_else(|| defaults.get(name)).map(String::as_str);
        Self {
            reset: match get(OFFSET_RESET) {
                Some("earliest") => OffsetReset::Earliest,
                _ => OffsetReset::Latest,
            },
            guarantee: get(GUARANTEE).and_then(Guarantee::parse).unwrap_or_default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_values_are_checked() {
        let case = |name: &str, value: &str, want: Result<(&str, &str), &str>| match (check(name, value), want) {
            (Ok(p), Ok((n, v))) => assert_eq!((p.name.as_str(), p.value.as_str()), (n, v)),
            (Err(e), Err(part)) => assert!(e.contains(part), "{e}"),
            (got, want) => panic!("{name}={value}: {got:?}, wanted {want:?}"),
        };
        case("auto.offset.reset", "Earliest", Ok(("auto.offset.reset", "earliest")));
        case("ksql.streams.auto.offset.reset", "latest", Ok(("auto.offset.reset", "latest")));
        case("auto.offset.reset", "none", Err("must be one of earliest, latest"));
        case("processing.guarantee", "exactly_once", Ok(("processing.guarantee", "exactly_once_v2")));
        case("no.such.thing", "1", Err("Unknown property: no.such.thing"));
        case("ksql.service.id", "x", Err("Cannot override property"));
        case("commit.interval.ms", "100", Ok(("commit.interval.ms", "100")));
        let wrap = "ksql.persistence.wrap.single.values";
        case(wrap, " false ", Ok((wrap, "false")));
        case(wrap, "maybe", Err("Expected value to be either true or false"));
        case("ksql.persistence.default.format.value", "JSON", Ok(("ksql.persistence.default.format.value", "JSON")));
        assert!(check("commit.interval.ms", "100").unwrap().warning.is_some());
    }

    #[test]
    fn overrides_come_before_defaults() {
        let map = |pairs: &[(&str, &str)]| -> Properties {
            pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
        };
        let built_in = Settings::resolve(&Properties::new(), &Properties::new());
        assert_eq!(built_in, Settings::resolve(&Properties::new(), &super::built_in()));
        assert_eq!(built_in, Settings { reset: OffsetReset::Latest, guarantee: Guarantee::ExactlyOnce });
        let got = Settings::resolve(
            &map(&[(GUARANTEE, "at_most_once")]),
            &map(&[(GUARANTEE, "at_least_once"), (OFFSET_RESET, "earliest")]),
        );
        assert_eq!(got, Settings { reset: OffsetReset::Earliest, guarantee: Guarantee::AtMostOnce });
        let (key, value) = ("ksql.persistence.default.format.key", "ksql.persistence.default.format.value");
        let planner = planning(&map(&[(value, "JSON")]), &map(&[(value, "AVRO"), (key, "DELIMITED")]));
        assert_eq!((planner.key_format.as_deref(), planner.value_format.as_deref()), (Some("DELIMITED"), Some("JSON")));
    }

    #[test]
    fn json_scalars_are_taken_by_their_text() {
        let given = serde_json::from_str(r#"{"commit.interval.ms": 100, "auto.offset.reset": "earliest"}"#).unwrap();
        let (properties, warnings) = check_all(&given).unwrap();
        assert_eq!(properties.get("commit.interval.ms").map(String::as_str), Some("100"));
        assert_eq!(warnings.len(), 1);
        let given = serde_json::from_str(r#"{"auto.offset.reset": ["earliest"]}"#).unwrap();
        assert!(check_all(&given).is_err());
    }
}
