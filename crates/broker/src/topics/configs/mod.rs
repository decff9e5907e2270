//! Topic configurations: what may be set, what a value means, and the log settings that come of it.

mod table;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

pub(crate) use table::SETTINGS;

use crate::log::LogConfig;

/// Type of a setting's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `true` or `false`.
    Boolean,
    /// Text.
    String,
    /// 32-bit number.
    Int,
    /// 64-bit number.
    Long,
    /// Floating point number.
    Double,
    /// Values separated by commas.
    List,
}

impl Kind {
    /// The type's number in DescribeConfigs answers (KIP-569).
    pub(crate) fn code(self) -> i8 {
        match self {
            Self::Boolean => 1,
            Self::String => 2,
            Self::Int => 3,
            Self::Long => 5,
            Self::Double => 6,
            Self::List => 7,
        }
    }
}

/// What a value must be, besides being of its kind.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Rule {
    /// Nothing more.
    Any,
    /// A number that is not smaller.
    AtLeast(i64),
    /// A number between 0 and 1, both included.
    Ratio,
    /// One of these; for lists each element.
    OneOf(&'static [&'static str]),
}

/// A setting that topics have.
#[derive(Debug)]
pub(crate) struct Setting {
    /// Kafka's name of it.
    pub(crate) name: &'static str,
    /// Name of the broker setting that gives the default, as Apache Kafka reports it among the synonyms.
    pub(crate) broker_name: &'static str,
    /// Type.
    pub(crate) kind: Kind,
    /// Value where the topic has none.
    pub(crate) default: &'static str,
    /// What values are accepted.
    pub(crate) rule: Rule,
    /// For the user. Says so where a setting is kept but has no effect in this broker.
    pub(crate) doc: &'static str,
}

impl Setting {
    /// The value as it is stored and shown: trimmed, lists without spaces. Errors: the sentence for the user.
    pub(crate) fn normalise(&self, value: &str) -> Result<String, String> {
        let trimmed = value.trim();
        let refuse = |reason: &str| Err(format!("Invalid value {value} for configuration {}: {reason}", self.name));
        match self.kind {
            Kind::Boolean => match trimmed.to_ascii_lowercase() {
                word if word == "true" || word == "false" => Ok(word),
                _ => refuse("Expected value to be either true or false"),
            },
            Kind::Int | Kind::Long => {
                let (number, name) = match self.kind {
                    Kind::Int => (trimmed.parse::<i32>().ok().map(i64::from), "INT"),
                    _ => (trimmed.parse::<i64>().ok(), "LONG"),
                };
                match (number, self.rule) {
                    (None, _) => refuse(&format!("Not a number of type {name}")),
                    (Some(number), Rule::AtLeast(least)) if number < least => {
                        refuse(&format!("Value must be at least {least}"))
                    }
                    (Some(number), _) => Ok(number.to_string()),
                }
            }
            Kind::Double => match trimmed.parse::<f64>() {
                Ok(ratio) if ratio < 0.0 => refuse("Value must be at least 0"),
                Ok(ratio) if ratio > 1.0 => refuse("Value must be no more than 1"),
                Ok(ratio) if ratio.is_finite() => Ok(trimmed.to_owned()),
                _ => refuse("Not a number of type DOUBLE"),
            },
            Kind::String => self.one_of(trimmed).map(|()| trimmed.to_owned()),
            Kind::List => {
                let elements = elements(trimmed);
                elements.iter().try_for_each(|element| self.one_of(element))?;
                Ok(elements.join(","))
            }
        }
    }

    fn one_of(&self, value: &str) -> Result<(), String> {
        match self.rule {
            Rule::OneOf(allowed) if !allowed.contains(&value) => Err(format!(
                "Invalid value {value} for configuration {}: String must be one of: {}",
                self.name,
                allowed.join(", ")
            )),
            _ => Ok(()),
        }
    }
}

/// Elements of a list value; none of an empty one.
pub(crate) fn elements(value: &str) -> Vec<&str> {
    if value.trim().is_empty() { Vec::new() } else { value.split(',').map(str::trim).collect() }
}

/// The setting of that name.
pub(crate) fn find(name: &str) -> Option<&'static Setting> {
    SETTINGS.iter().find(|setting| setting.name == name)
}

/// Checks a topic's whole configuration; gives it as it is stored. Errors: the sentence for the user, which goes with
/// `InvalidConfig`.
pub(crate) fn check(given: &BTreeMap<String, String>) -> Result<BTreeMap<String, String>, String> {
    let mut configs = BTreeMap::new();
    for (name, value) in given {
        let setting = find(name).ok_or_else(|| format!("Unknown topic config name: {name}"))?;
        configs.insert(name.clone(), setting.normalise(value)?);
    }
    let lag = |name| number(&configs, name).unwrap_or(0);
    let (least, most) = (lag("min.compaction.lag.ms"), lag("max.compaction.lag.ms"));
    if least > most {
        return Err(format!(
            "conflict topic config setting min.compaction.lag.ms ({least}) > max.compaction.lag.ms ({most})"
        ));
    }
    Ok(configs)
}

/// What a checked configuration means to the topic's logs.
pub(crate) fn log_config(configs: &BTreeMap<String, String>) -> LogConfig {
    let default = LogConfig::default();
    let long = |name| number(configs, name);
    // Kafka writes "no bound" as -1 for retention, and as the largest number elsewhere.
    let bounded = |name| long(name).filter(|ms| *ms >= 0 && *ms < i64::MAX);
    let unsigned = |name, default: u64| long(name).and_then(|n| u64::try_from(n).ok()).unwrap_or(default);
    let policy = elements(value(configs, "cleanup.policy"));
    LogConfig {
        delete: policy.contains(&"delete"),
        compact: policy.contains(&"compact"),
        retention_ms: bounded("retention.ms"),
        retention_bytes: bounded("retention.bytes").and_then(|n| u64::try_from(n).ok()),
        segment_bytes: unsigned("segment.bytes", default.segment_bytes),
        segment_ms: long("segment.ms").unwrap_or(default.segment_ms),
        index_interval_bytes: unsigned("index.interval.bytes", default.index_interval_bytes),
        max_message_bytes: long("max.message.bytes")
            .and_then(|n| usize::try_from(n).ok())
            .unwrap_or(default.max_message_bytes),
        log_append_time: value(configs, "message.timestamp.type") == "LogAppendTime",
        timestamp_before_max_ms: bounded("message.timestamp.before.max.ms"),
        timestamp_after_max_ms: bounded("message.timestamp.after.max.ms"),
        min_cleanable_dirty_ratio: value(configs, "min.cleanable.dirty.ratio")
            .parse()
            .unwrap_or(default.min_cleanable_dirty_ratio),
        delete_retention_ms: long("delete.retention.ms").unwrap_or(default.delete_retention_ms),
        min_compaction_lag_ms: long("min.compaction.lag.ms").unwrap_or(default.min_compaction_lag_ms),
        max_compaction_lag_ms: bounded("max.compaction.lag.ms"),
    }
}

/// The value of a setting: the topic's own or the default.
pub(crate) fn value<'a>(configs: &'a BTreeMap<String, String>, name: &str) -> &'a str {
    configs.get(name).map_or_else(|| find(name).map_or("", |setting| setting.default), String::as_str)
}

fn number(configs: &BTreeMap<String, String>, name: &str) -> Option<i64> {
    value(configs, name).parse().ok()
}
