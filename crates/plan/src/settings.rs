//! What the session and the server say where a statement says nothing.

use millstream_functions::Limits;
use millstream_schemas::FoundSchemas;

use crate::Dialect;
use crate::expr::Reading;

/// Properties that statements are planned with; the names are ksqlDB's.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Settings {
    /// `ksql.persistence.default.format.key`: the key format of a source that names none; KAFKA if not set.
    pub key_format: Option<String>,
    /// `ksql.persistence.default.format.value`: the value format of a source that names none; must be named if not set.
    pub value_format: Option<String>,
    /// `ksql.persistence.wrap.single.values`: whether a single value column is wrapped where its format can do either;
    /// the format's own way if not set.
    pub wrap_single_values: Option<bool>,
    /// `ksql.output.topic.name.prefix`: what the topic of a sink begins with when WITH names none.
    pub topic_prefix: String,
    /// `ksql.timestamp.throw.on.invalid`: a record of which the TIMESTAMP column tells no time stops its query.
    pub strict_time: bool,
    /// `ksql.new.query.planner.enabled`: the key of a sink stands in the order of the projection, not of the source.
    pub projected_keys: bool,
    /// `ksql.suppress.enabled` is off: no EMIT FINAL.
    pub no_final: bool,
    /// `millstream.dialect`: which language statements are read as.
    pub dialect: Dialect,
    /// What the schema registry said to [`crate::schema_needs`] of the statement.
    pub found: FoundSchemas,
    /// What queries that end may not do.
    pub pull: PullRefusals,
    /// `ksql.cast.strings.preserve.nulls` is off: a NULL that is no text already is cast to the text `null`.
    pub null_texts: bool,
    /// `ksql.headers.columns.enabled` is off: no new source has columns of its records' headers.
    pub no_headers: bool,
    /// `ksql.functions.collect_list.limit` and `ksql.functions.collect_set.limit`: how much a group may hold.
    pub limits: Limits,
}

/// Which queries without EMIT are switched off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PullRefusals {
    /// `ksql.pull.queries.enable` is off: all of them.
    pub all: bool,
    /// `ksql.query.pull.stream.enabled` is off: those over streams.
    pub streams: bool,
    /// `ksql.query.pull.table.scan.enabled` is off: those that look at every row of a table.
    pub scans: bool,
    /// `ksql.query.pull.range.scan.enabled` is off: those that look at a range of keys.
    pub ranges: bool,
    /// `ksql.query.pull.limit.clause.enabled` is off: those with a LIMIT.
    pub limits: bool,
}

const KEY_FORMAT: &str = "ksql.persistence.default.format.key";
const VALUE_FORMAT: &str = "ksql.persistence.default.format.value";
const WRAP: &str = "ksql.persistence.wrap.single.values";
const TOPIC_PREFIX: &str = "ksql.output.topic.name.prefix";
const STRICT_TIME: &str = "ksql.timestamp.throw.on.invalid";
const NEW_PLANNER: &str = "ksql.new.query.planner.enabled";
const SUPPRESS: &str = "ksql.suppress.enabled";
const DIALECT: &str = "millstream.dialect";
const PRESERVE_NULLS: &str = "ksql.cast.strings.preserve.nulls";
const HEADERS: &str = "ksql.headers.columns.enabled";
const COLLECT_LIST: &str = "ksql.functions.collect_list.limit";
const COLLECT_SET: &str = "ksql.functions.collect_set.limit";
const PULL: &str = "ksql.pull.queries.enable";
const PULL_STREAM: &str = "ksql.query.pull.stream.enabled";
const PULL_SCAN: &str = "ksql.query.pull.table.scan.enabled";
const PULL_RANGE: &str = "ksql.query.pull.range.scan.enabled";
const PULL_LIMIT: &str = "ksql.query.pull.limit.clause.enabled";

impl Settings {
    /// The settings that these properties make; later ones win, and those that planning does not depend on, or whose
    /// value is none of theirs, change nothing.
    pub fn of<'p>(properties: impl IntoIterator<Item = (&'p str, &'p str)>) -> Self {
        let mut settings = Self::default();
        for (name, value) in properties {
            // Whoever takes properties from a client has checked them with `set` and said what is wrong.
            let _ = settings.set(name, value);
        }
        settings
    }

    /// How expressions are understood.
    pub(crate) fn reading(&self) -> Reading {
        Reading { dialect: self.dialect, null_texts: self.null_texts }
    }

    /// Takes a property; says whether planning depends on one of that name.
    ///
    /// # Errors
    /// ksqlDB's sentence when the value is none of the property's.
    pub fn set(&mut self, name: &str, value: &str) -> Result<bool, String> {
        let trimmed = value.trim();
        let text = || (!trimmed.is_empty()).then(|| trimmed.to_owned());
        match name {
            KEY_FORMAT => self.key_format = text(),
            VALUE_FORMAT => self.value_format = text(),
            WRAP => self.wrap_single_values = Some(boolean(name, trimmed)?),
            TOPIC_PREFIX => self.topic_prefix = trimmed.to_owned(),
            STRICT_TIME => self.strict_time = boolean(name, trimmed)?,
            NEW_PLANNER => self.projected_keys = boolean(name, trimmed)?,
            PULL => self.pull.all = !boolean(name, trimmed)?,
            PULL_STREAM => self.pull.streams = !boolean(name, trimmed)?,
            PULL_SCAN => self.pull.scans = !boolean(name, trimmed)?,
            PULL_RANGE => self.pull.ranges = !boolean(name, trimmed)?,
            PULL_LIMIT => self.pull.limits = !boolean(name, trimmed)?,
            PRESERVE_NULLS => self.null_texts = !boolean(name, trimmed)?,
            HEADERS => self.no_headers = !boolean(name, trimmed)?,
            SUPPRESS => self.no_final = !boolean(name, trimmed)?,
            DIALECT => {
                self.dialect = Dialect::parse(trimmed).ok_or_else(|| {
                    format!("Invalid value {trimmed} for configuration {name}: String must be one of: ksql, extended")
                })?;
            }
            COLLECT_LIST => self.limits.collect_list = limit(name, trimmed)?,
            COLLECT_SET => self.limits.collect_set = limit(name, trimmed)?,
            _ => return Ok(false),
        }
        Ok(true)
    }
}

fn boolean(name: &str, value: &str) -> Result<bool, String> {
    match value {
        _ if value.eq_ignore_ascii_case("true") => Ok(true),
        _ if value.eq_ignore_ascii_case("false") => Ok(false),
        _ => Err(format!("Invalid value {value} for configuration {name}: Expected value to be either true or false")),
    }
}

fn limit(name: &str, value: &str) -> Result<usize, String> {
    let parsed = value.parse::<i32>().map(Limits::from_setting);
    parsed.map_err(|_| format!("Invalid value {value} for configuration {name}: Not a number of type INT"))
}

#[cfg(test)]
mod tests {
    use super::Settings;

    #[test]
    fn properties_are_taken_by_name() {
        let settings = Settings::of([
            ("ksql.persistence.default.format.value", " avro "),
            ("ksql.persistence.wrap.single.values", "FALSE"),
            ("ksql.timestamp.throw.on.invalid", "maybe"),
            ("ksql.something.else", "1"),
        ]);
        let expected =
            Settings { value_format: Some("avro".into()), wrap_single_values: Some(false), ..Settings::default() };
        assert_eq!(settings, expected);
        let mut settings = Settings::default();
        assert_eq!(settings.set("ksql.timestamp.throw.on.invalid", "true"), Ok(true));
        assert_eq!(settings.set("auto.offset.reset", "earliest"), Ok(false));
        let wrong = settings.set("ksql.persistence.wrap.single.values", "maybe").unwrap_err();
        assert!(wrong.contains("Expected value to be either true or false"), "{wrong}");
        assert!(settings.strict_time);
    }
}
