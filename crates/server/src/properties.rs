//! Properties that SET, `streamsProperties` and `-D` take: which exist, what their values may be, what they mean.

mod kind;
mod known;

pub(crate) use kind::Kind;
pub(crate) use known::{ALL, Known, Level};

use std::collections::BTreeMap;

use millstream_engine::guarantee::Guarantee;
use millstream_plan::Dialect;
use millstream_types::StartAt;
use serde_json::Value;

/// Property values by canonical name (without `ksql.streams.`), checked.
pub(crate) type Properties = BTreeMap<String, String>;

/// What the properties say about a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Settings {
    /// `auto.offset.reset`; latest by default, as in ksqlDB.
    pub(crate) reset: StartAt,
    /// `processing.guarantee`; exactly once by default.
    pub(crate) guarantee: Guarantee,
    /// Whether updates of one key within an epoch leave as one: the record cache of Kafka Streams is on, as it is by default.
    pub(crate) merges: bool,
}

/// `auto.offset.reset`
pub(crate) const OFFSET_RESET: &str = "auto.offset.reset";
/// `processing.guarantee`
pub(crate) const GUARANTEE: &str = "processing.guarantee";
/// `cache.max.bytes.buffering`; 0: every update leaves.
const CACHE: &str = "cache.max.bytes.buffering";
/// Its name in newer releases of Kafka Streams, which comes before the older one.
const STORE_CACHE: &str = "statestore.cache.max.bytes";

/// `millstream.dialect`
pub(crate) const DIALECT: &str = "millstream.dialect";

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

/// Checks a property that a request sets. Errors: a sentence, as ksqlDB words it.
pub(crate) fn check(name: &str, value: &str) -> Result<Property, String> {
    let (plain, known) = settable(name)?;
    let value = known.kind.check(plain, value)?;
    // What it is anyway needs no remark.
    let idle = !known.used && known.default != Some(value.as_str());
    let warning = idle.then(|| format!("Property '{name}' has no effect in Millstream."));
    Ok(Property { name: plain.to_owned(), value, warning })
}

/// Refuses a value that only the extended dialect has, as [`check`] returned it for the text `given`: starts that ksqlDB
/// does not know. Errors: ksqlDB's words.
pub(crate) fn check_dialect(property: &Property, given: &str, dialect: Dialect) -> Result<(), String> {
    let of_ksqldb = property.name != OFFSET_RESET || matches!(property.value.as_str(), "earliest" | "latest");
    if of_ksqldb || dialect == Dialect::Extended {
        return Ok(());
    }
    Err(Kind::invalid(&property.name, given, kind::RESET))
}

/// The dialect that the properties choose.
pub(crate) fn dialect(overrides: &Properties, defaults: &Properties) -> Dialect {
    value(DIALECT, overrides, defaults).and_then(Dialect::parse).unwrap_or_default()
}

/// Checks a property that a server is started with. Errors: it is unknown, or its value is wrong.
pub(crate) fn check_at_start(name: &str, value: &str) -> Result<Property, String> {
    let (plain, known) = find(name)?;
    let value = known.kind.check(plain, value)?;
    let warning = (!known.used).then(|| format!("Property '{name}' has no effect in Millstream."));
    Ok(Property { name: plain.to_owned(), value, warning })
}

/// Whether a request may set a property. Errors: it is unknown, or the server's own.
pub(crate) fn check_settable(name: &str) -> Result<(), String> {
    settable(name).map(drop)
}

fn settable(name: &str) -> Result<(&str, &'static Known), String> {
    let (plain, known) = find(name)?;
    if known.level == Level::Server {
        return Err(format!("Cannot override property '{name}'"));
    }
    Ok((plain, known))
}

/// Whether there is a property of that name. Errors: there is not.
pub(crate) fn check_name(name: &str) -> Result<(), String> {
    find(name).map(drop)
}

/// The property whose name is so near that it was most likely meant.
pub(crate) fn nearest(name: &str) -> Option<&'static str> {
    millstream_plan::nearest(canonical(name), ALL.iter().map(|known| known.name))
}

fn find(name: &str) -> Result<(&str, &'static Known), String> {
    let plain = canonical(name);
    known::find(plain).map(|known| (plain, known)).ok_or_else(|| format!("Unknown property: {name}"))
}

/// The value of a property of the server.
pub(crate) fn of_server<'a>(name: &str, defaults: &'a Properties) -> Option<&'a str> {
    defaults.get(name).map(String::as_str).or_else(|| known::find(name).and_then(|known| known.default))
}

/// The properties that concern requests, of those that a server was started with: what is written with every command.
/// Addresses and passwords are no other server's business.
pub(crate) fn of_requests(defaults: &Properties) -> Properties {
    let of_query = |name: &str| known::find(name).is_some_and(|k| k.level == Level::Query);
    defaults.iter().filter(|(name, _)| of_query(name)).map(|(k, v)| (k.clone(), v.clone())).collect()
}

/// The value of a property: what the request says, then what the server was started with, then what is built in.
pub(crate) fn value<'a>(name: &str, overrides: &'a Properties, defaults: &'a Properties) -> Option<&'a str> {
    overrides.get(name).map(String::as_str).or_else(|| of_server(name, defaults))
}

/// Checks a request's property object against a server's `defaults`; scalars of any JSON type are taken by their text.
pub(crate) fn check_all(
    given: &BTreeMap<String, Value>,
    defaults: &Properties,
) -> Result<(Properties, Vec<String>), String> {
    let mut properties = Properties::new();
    let mut warnings = Vec::new();
    let mut checked = Vec::with_capacity(given.len());
    for (name, value) in given {
        let text = match value {
            Value::String(text) => text.clone(),
            Value::Null | Value::Array(_) | Value::Object(_) => {
                return Err(format!("Invalid value for property '{name}': must be a string, number or boolean"));
            }
            scalar => scalar.to_string(),
        };
        let property = check(name, &text)?;
        properties.insert(property.name.clone(), property.value.clone());
        warnings.extend(property.warning.clone());
        checked.push((property, text));
    }
    let dialect = dialect(&properties, defaults);
    checked.iter().try_for_each(|(property, text)| check_dialect(property, text, dialect))?;
    Ok((properties, warnings))
}

/// What holds when nobody says anything. Written with every command, so that a later release with other defaults runs
/// old queries as they were created.
pub(crate) fn built_in() -> Properties {
    let value = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    [value(OFFSET_RESET, "latest"), value(GUARANTEE, Guarantee::default().name())].into()
}

/// What checked properties say to the planner: `overrides` before `defaults`.
pub(crate) fn planning(overrides: &Properties, defaults: &Properties) -> millstream_plan::Settings {
    let all = defaults.iter().chain(overrides);
    millstream_plan::Settings::of(all.map(|(name, value)| (name.as_str(), value.as_str())))
}

impl Settings {
    /// The meaning of checked properties: `overrides` before `defaults` before what is built in.
    pub(crate) fn resolve(overrides: &Properties, defaults: &Properties) -> Self {
        let get = |name: &str| overrides.get(name).or_else(|| defaults.get(name)).map(String::as_str);
        Self {
            reset: get(OFFSET_RESET).and_then(StartAt::parse).unwrap_or_default(),
            guarantee: get(GUARANTEE).and_then(Guarantee::parse).unwrap_or_default(),
            merges: get(STORE_CACHE).or_else(|| get(CACHE)).and_then(|bytes| bytes.parse().ok()) != Some(0_i64),
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
        case("auto.offset.reset", "soon", Err("must be one of: latest, earliest"));
        case("processing.guarantee", "exactly_once", Ok(("processing.guarantee", "exactly_once_v2")));
        case("no.such.thing", "1", Err("Unknown property: no.such.thing"));
        case("ksql.service.id", "x", Err("Cannot override property"));
        case("commit.interval.ms", "100", Ok(("commit.interval.ms", "100")));
        assert!(check("commit.interval.ms", "100").unwrap().warning.is_some());
        assert_eq!(check("commit.interval.ms", "2000").unwrap().warning, None, "that is what it is anyway");
        assert!(check_at_start("ksql.service.id", "x").is_ok() && check_at_start("no.such", "x").is_err());
    }

    #[test]
    fn overrides_come_before_defaults() {
        let map = |pairs: &[(&str, &str)]| -> Properties {
            pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
        };
        assert_eq!(value("ksql.connect.url", &Properties::new(), &Properties::new()), Some("http://localhost:8083"));
        let built_in = Settings::resolve(&Properties::new(), &Properties::new());
        assert_eq!(built_in, Settings::resolve(&Properties::new(), &super::built_in()));
        assert_eq!(built_in, Settings { reset: StartAt::Latest, guarantee: Guarantee::ExactlyOnce, merges: true });
        let got = Settings::resolve(
            &map(&[(GUARANTEE, "at_most_once")]),
            &map(&[(GUARANTEE, "at_least_once"), (OFFSET_RESET, "earliest"), (CACHE, "0")]),
        );
        assert_eq!(got, Settings { reset: StartAt::Earliest, guarantee: Guarantee::AtMostOnce, merges: false });
        let merges = |pairs: &[(&str, &str)]| Settings::resolve(&map(pairs), &map(&[(CACHE, "0")])).merges;
        assert_eq!((merges(&[]), merges(&[(CACHE, "1")]), merges(&[(STORE_CACHE, "1")])), (false, true, true));
    }

    #[test]
    fn the_planner_gets_what_concerns_it() {
        let map = |pairs: &[(&str, &str)]| -> Properties {
            pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
        };
        let (key, value) = ("ksql.persistence.default.format.key", "ksql.persistence.default.format.value");
        let planner = planning(&map(&[(value, "JSON")]), &map(&[(value, "AVRO"), (key, "DELIMITED")]));
        assert_eq!((planner.key_format.as_deref(), planner.value_format.as_deref()), (Some("DELIMITED"), Some("JSON")));
        // What planning takes, SET takes too.
        for name in [key, value, "ksql.persistence.wrap.single.values", "ksql.timestamp.throw.on.invalid"] {
            let value = if name == key || name == value { "JSON" } else { "true" };
            assert_eq!(check(name, value).unwrap().warning, None, "{name}");
        }
    }

    #[test]
    fn json_scalars_are_taken_by_their_text() {
        let given = serde_json::from_str(r#"{"commit.interval.ms": 100, "auto.offset.reset": "earliest"}"#).unwrap();
        let (properties, warnings) = check_all(&given, &Properties::new()).unwrap();
        assert_eq!(properties.get("commit.interval.ms").map(String::as_str), Some("100"));
        assert_eq!(warnings.len(), 1);
        let given = serde_json::from_str(r#"{"auto.offset.reset": ["earliest"]}"#).unwrap();
        assert!(check_all(&given, &Properties::new()).is_err());
    }

    #[test]
    fn ksqldbs_dialect_has_ksqldbs_values() {
        let check = |given: &str, defaults: &[(&str, &str)]| {
            let defaults = defaults.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
            check_all(&serde_json::from_str(given).unwrap(), &defaults).map(drop)
        };
        let refused = Err("Invalid value offset:7 for configuration auto.offset.reset: \
                           String must be one of: latest, earliest, none"
            .to_owned());
        let both = r#"{"auto.offset.reset": "offset:7", "millstream.dialect": "ksql"}"#;
        assert_eq!(check(both, &[]), refused);
        assert_eq!(check(both.replace("offset:7", "Latest").as_str(), &[]), Ok(()));
        let one = r#"{"auto.offset.reset": "offset:7"}"#;
        assert_eq!(check(one, &[]), Ok(()));
        assert_eq!(check(one, &[("millstream.dialect", "ksql")]), refused);
    }
}
