//! Properties that SET, `streamsProperties` and `-D` take: which exist, what their values may be, what they mean.

mod given;
mod kind;
mod known;
#[cfg(test)]
mod reference;

pub(crate) use given::{Given, Started, sort_out};
pub(crate) use kind::{Kind, patterns};
pub(crate) use known::{ALL, Known, Level};

use std::collections::BTreeMap;
use std::time::Duration;

use millstream_engine::guarantee::Guarantee;
use millstream_kafka::KafkaConfig;
use millstream_kafka::java::{self, Handling};
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
    /// `commit.interval.ms`: how long an epoch collects records.
    pub(crate) epoch: Duration,
    /// Whether updates of one key within an epoch leave as one: the record cache of Kafka Streams is on, as it is by default.
    pub(crate) merges: bool,
    /// `ksql.fail.on.deserialization.error`: whether a query stops at a record that it cannot read.
    pub(crate) stops: bool,
    /// `num.stream.threads`: workers of each part of a query in a server; more than there are processors are of no use.
    pub(crate) threads: u16,
    /// `millstream.pull.max.staleness.ms`: how old the rows may be that a pull query is answered from.
    pub(crate) staleness: Duration,
}

/// `auto.offset.reset`
pub(crate) const OFFSET_RESET: &str = "auto.offset.reset";
/// `processing.guarantee`
pub(crate) const GUARANTEE: &str = "processing.guarantee";
/// `cache.max.bytes.buffering`; 0: every update leaves.
const CACHE: &str = "cache.max.bytes.buffering";
/// Its name in newer releases of Kafka Streams, which comes before the older one.
const STORE_CACHE: &str = "statestore.cache.max.bytes";

/// `commit.interval.ms`
const COMMIT_INTERVAL: &str = "commit.interval.ms";
/// Its value when nobody sets it, and the longest: an epoch is one transaction.
const EPOCH_MS: u64 = 100;
const EPOCH_MS_MAX: u64 = 300_000;

/// `num.stream.threads`
const THREADS: &str = "num.stream.threads";

/// `ksql.fail.on.deserialization.error`
const FAIL_ON_ERROR: &str = "ksql.fail.on.deserialization.error";

/// `millstream.pull.max.staleness.ms`
const STALENESS: &str = "millstream.pull.max.staleness.ms";
/// Its value when nobody sets it.
const STALENESS_MS: u64 = 500;

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

/// The name without the prefix that ksqlDB tolerates, and of Kafka Streams' own without that of a client.
pub(crate) fn canonical(name: &str) -> &str {
    let name = name.strip_prefix("ksql.streams.").unwrap_or(name);
    match known::find(name) {
        Some(known) if known.streams => java::plain(name),
        _ => name,
    }
}

/// Whether it is for Kafka's clients alone.
pub(crate) fn is_of_clients(name: &str) -> bool {
    known::find(canonical(name)).is_none() && java::is_client_property(name)
}

/// Those for Kafka's clients alone.
pub(crate) fn of_clients(properties: &Properties) -> impl Iterator<Item = (&String, &String)> {
    properties.iter().filter(|(name, _)| is_of_clients(name))
}

/// Checks a property that a request sets. Errors: a sentence, as ksqlDB words it.
pub(crate) fn check(name: &str, value: &str) -> Result<Property, String> {
    let (plain, known) = settable(name)?;
    let Some(known) = known else { return check_of_client(name, value) };
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
    let (plain, Some(known)) = find(name)? else { return Err(format!("Unknown property: {name}")) };
    let value = known.kind.check(plain, value)?;
    let warning = (!known.used).then(|| format!("Property '{name}' has no effect in Millstream."));
    Ok(Property { name: plain.to_owned(), value, warning })
}

/// Whether a request may set a property. Errors: it is unknown, or the server's own.
pub(crate) fn check_settable(name: &str) -> Result<(), String> {
    settable(name).map(drop)
}

/// Checks a property of Kafka's clients that a request sets.
fn check_of_client(name: &str, value: &str) -> Result<Property, String> {
    let invalid = |why: &str| Kind::invalid(name, value, why);
    let warning = match java::handling(name, value) {
        None => return Err(format!("Unknown property: {name}")),
        Some(Handling::Rejected(why)) => return Err(invalid(&why)),
        Some(Handling::Inert(why)) => Some(format!("Property '{name}' has no effect in Millstream: {why}.")),
        Some(_) => None,
    };
    let plain = canonical(name).to_owned();
    let one = [(plain.clone(), value.to_owned())].into();
    KafkaConfig::of("", one).map_err(|e| invalid(&e.to_string()))?;
    Ok(Property { name: plain, value: value.to_owned(), warning })
}

/// A property that requests may set; without more about it when it is one of Kafka's clients.
fn settable(name: &str) -> Result<(&str, Option<&'static Known>), String> {
    let (plain, known) = find(name)?;
    let of_server = known.map_or_else(|| java::is_of_server(plain), |known| known.level == Level::Server);
    if of_server {
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
    millstream_plan::nearest(java::plain(name), ALL.iter().map(|known| known.name).chain(java::names()))
}

fn find(name: &str) -> Result<(&str, Option<&'static Known>), String> {
    let plain = canonical(name);
    match known::find(plain) {
        None if !java::is_client_property(name) => Err(format!("Unknown property: {name}")),
        known => Ok((plain, known)),
    }
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
            epoch: Duration::from_millis(
                get(COMMIT_INTERVAL).and_then(|ms| ms.parse().ok()).unwrap_or(EPOCH_MS).clamp(1, EPOCH_MS_MAX),
            ),
            merges: get(STORE_CACHE).or_else(|| get(CACHE)).and_then(|bytes| bytes.parse().ok()) != Some(0_i64),
            stops: get(FAIL_ON_ERROR).is_some_and(|value| value.eq_ignore_ascii_case("true")),
            threads: get(THREADS)
                .and_then(|threads| threads.parse::<i64>().ok())
                .and_then(|threads| u16::try_from(threads.clamp(1, i64::from(u16::MAX))).ok())
                .unwrap_or(1),
            // Below 0 is as 0.
            staleness: Duration::from_millis(get(STALENESS).map_or(STALENESS_MS, |ms| ms.parse().unwrap_or(0))),
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
        case("commit.interval.ms", "2000", Ok(("commit.interval.ms", "2000")));
        case("ksql.streams.consumer.auto.offset.reset", "earliest", Ok(("auto.offset.reset", "earliest")));
        case("ksql.streams.producer.linger.ms", "7", Ok(("producer.linger.ms", "7")));
        case("linger.ms", "-7", Err("Invalid value -7 for configuration linger.ms: "));
        case("acks", "0", Err("Invalid value 0 for configuration acks: results are written idempotently"));
        case("consumer.isolation.level", "read_uncommitted", Err("taken back"));
        case("sasl.jaas.config", "x", Err("Cannot override property 'sasl.jaas.config'"));
        case("consumer.bootstrap.servers", "x", Err("Cannot override property"));
        case("plugin.library.paths", "x", Err("libraries are not loaded"));
        case("producer.ssl.key.password", "x", Err("Cannot override property"));
        assert_eq!(check("commit.interval.ms", "2000").unwrap().warning, None);
        assert!(check("buffered.records.per.partition", "2").unwrap().warning.is_some());
        let same = check("buffered.records.per.partition", "1000").unwrap();
        assert_eq!(same.warning, None, "that is what it is anyway");
        assert!(check("interceptor.classes", "a.B").unwrap().warning.unwrap().contains("Java classes are not loaded"));
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
        assert_eq!(
            built_in,
            Settings {
                reset: StartAt::Latest,
                guarantee: Guarantee::ExactlyOnce,
                merges: true,
                stops: false,
                epoch: Duration::from_millis(100),
                threads: 1,
                staleness: Duration::from_millis(500)
            }
        );
        let got = Settings::resolve(
            &map(&[(GUARANTEE, "at_most_once"), (COMMIT_INTERVAL, "2000"), (FAIL_ON_ERROR, "true"), (THREADS, "3")]),
            &map(&[(GUARANTEE, "at_least_once"), (OFFSET_RESET, "earliest"), (CACHE, "0"), (STALENESS, "-1")]),
        );
        let want = Settings {
            reset: StartAt::Earliest,
            guarantee: Guarantee::AtMostOnce,
            merges: false,
            stops: true,
            epoch: Duration::from_secs(2),
            threads: 3,
            staleness: Duration::ZERO,
        };
        assert_eq!(got, want);
        let threads = |n: &str| Settings::resolve(&map(&[(THREADS, n)]), &Properties::new()).threads;
        assert_eq!((threads("-1"), threads("0"), threads("70000")), (1, 1, u16::MAX));
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
        let given = serde_json::from_str(r#"{"buffered.records.per.partition": 100, "auto.offset.reset": "earliest"}"#)
            .unwrap();
        let (properties, warnings) = check_all(&given, &Properties::new()).unwrap();
        assert_eq!(properties.get("buffered.records.per.partition").map(String::as_str), Some("100"));
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
