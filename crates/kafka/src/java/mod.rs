//! From the names that Kafka's Java clients, Kafka Streams and ksqlDB use to librdkafka's.
//!
//! A `ksql-server.properties` is written for Java. It works here as it is because every client property in it is looked
//! up in one `table` that says what becomes of it: it passes as it is, gets another name or unit, has no meaning here,
//! or is refused because exactly-once forbids it. Security is looked at as a whole (`security`): key store, its type
//! and its password mean something only together. librdkafka's own names (`native`) pass through.
//!
//! The room is in this crate because only this crate knows librdkafka. It reads key stores to see what they are and
//! does nothing else: no client is made here.

mod convert;
mod jaas;
mod native;
mod pem;
mod secret;
mod security;
mod stores;
mod table;

pub use secret::{HIDDEN, is_secret};
pub use table::{ClientProperty, PROPERTIES};

use std::collections::BTreeMap;

use table::{How, find};

/// Which kinds of client take a property.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clients {
    /// All of them.
    Every,
    /// Those that read.
    Consumers,
    /// Those that write.
    Producers,
}

/// The kinds of client, as prefixes of properties name them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Reads without a group: for clients, views, PRINT.
    Consumer,
    /// Reads a query's sources, in its group.
    Main,
    /// Reads changelogs back.
    Restore,
    /// Writes.
    Producer,
    /// Manages topics and groups.
    Admin,
}

impl Kind {
    /// All of them.
    pub(crate) const ALL: [Kind; 5] = [Kind::Consumer, Kind::Main, Kind::Restore, Kind::Producer, Kind::Admin];

    /// Its name, one for each.
    pub(crate) fn name(self) -> &'static str {
        self.prefixes().last().copied().unwrap_or_default()
    }

    /// The prefixes whose properties this kind takes, the more special last.
    pub(crate) fn prefixes(self) -> &'static [&'static str] {
        match self {
            Kind::Consumer => &["consumer."],
            Kind::Main => &["consumer.", "main.consumer."],
            Kind::Restore => &["consumer.", "restore.consumer."],
            Kind::Producer => &["producer."],
            Kind::Admin => &["admin."],
        }
    }

    /// Whether clients of this kind know what `clients` take.
    fn takes(self, clients: Clients) -> bool {
        match clients {
            Clients::Every => true,
            Clients::Consumers => matches!(self, Kind::Consumer | Kind::Main | Kind::Restore),
            Clients::Producers => self == Kind::Producer,
        }
    }
}

/// What becomes of a client property.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Handling {
    /// Millstream does what it says.
    Used,
    /// librdkafka gets it as it is.
    Passed,
    /// librdkafka gets it under other names or in other units; those are told.
    Translated(String),
    /// It has no meaning here, for this reason.
    Inert(&'static str),
    /// It must not be, for this reason.
    Rejected(String),
}

/// As lists show it.
impl std::fmt::Display for Handling {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Handling::Used => f.write_str("used"),
            Handling::Passed => f.write_str("passed"),
            Handling::Translated(to) => write!(f, "translated to {to}"),
            Handling::Inert(why) => write!(f, "inert: {why}"),
            Handling::Rejected(why) => write!(f, "rejected: {why}"),
        }
    }
}

/// The prefixes of clients in names of properties.
pub const PREFIXES: [&str; 6] =
    ["main.consumer.", "restore.consumer.", "global.consumer.", "consumer.", "producer.", "admin."];

/// The prefix of ksqlDB before what belongs to Kafka Streams and its clients.
const STREAMS: &str = "ksql.streams.";

/// A name without `ksql.streams.`.
pub(crate) fn canonical(name: &str) -> &str {
    name.strip_prefix(STREAMS).unwrap_or(name)
}

/// A name without the prefixes of ksqlDB and of the client.
pub fn plain(name: &str) -> &str {
    let name = canonical(name);
    PREFIXES.iter().find_map(|prefix| name.strip_prefix(prefix)).unwrap_or(name)
}

/// Whether it is the clients' business: a property of Java's clients or of librdkafka, with or without prefixes.
pub fn is_client_property(name: &str) -> bool {
    find(plain(name)).is_some() || native::clients(plain(name)).is_some()
}

/// Whether it says who we are or whom we trust: the server's, never a request's.
pub fn is_security(name: &str) -> bool {
    ["security.", "sasl.", "ssl.", "enable.sasl.", "enable.ssl.", "https."].iter().any(|p| plain(name).starts_with(p))
}

/// Of librdkafka's names those that no request may set: where Kafka is, what is logged, what is read from files.
const OF_SERVER: [&str; 9] = [
    "bootstrap.servers",
    "debug",
    "log_level",
    "log.thread.name",
    "log.connection.close",
    "offset.store.method",
    "offset.store.path",
    "statistics.interval.ms",
    "topic.blacklist",
];

/// Whether it is given when a server starts, and never by a request.
pub fn is_of_server(name: &str) -> bool {
    is_security(name) || OF_SERVER.contains(&plain(name))
}

/// What becomes of a property with that value; `None`: neither Java's clients nor librdkafka have it.
///
/// Of what belongs together (key stores, login modules) only the name is judged here: see [`crate::KafkaConfig::of`].
pub fn handling(name: &str, value: &str) -> Option<Handling> {
    let plain = plain(name);
    if canonical(name).starts_with("global.consumer.") {
        return find(plain).map(|_| Handling::Inert("there are no global tables"));
    }
    let Some(property) = find(plain) else {
        return native::clients(plain).map(|_| Handling::Passed);
    };
    Some(match property.how {
        How::Used => Handling::Used,
        How::Same => Handling::Passed,
        How::Renamed(to) => Handling::Translated(to.to_owned()),
        How::Security(to) => match security::check(plain, value) {
            Err(why) => Handling::Rejected(why),
            Ok(()) if to == plain => Handling::Passed,
            Ok(()) => Handling::Translated(to.to_owned()),
        },
        How::Made(to, make) => match make(value) {
            Err(why) => Handling::Rejected(why),
            Ok(made) if made.is_empty() => Handling::Inert("that is how it is"),
            Ok(made) if made.len() == 1 && made.first().is_some_and(|(n, v)| *n == plain && v == value) => {
                Handling::Passed
            }
            Ok(_) => Handling::Translated(to.to_owned()),
        },
        How::Only(accepted, why) => match accepted.iter().any(|a| a.eq_ignore_ascii_case(value.trim())) {
            true => Handling::Used,
            false => Handling::Rejected(why.to_owned()),
        },
        How::Never(why) => Handling::Rejected(why.to_owned()),
        How::Inert(why) => Handling::Inert(why),
    })
}

/// The names that a name may have been meant to be.
pub fn names() -> impl Iterator<Item = &'static str> {
    PROPERTIES.iter().map(|property| property.name).chain(native::names())
}

/// Properties in any spelling, as one kind of client gets them. What has no meaning for it is left out.
///
/// # Errors
/// A value cannot be translated, a key store cannot be used, or what security needs is not all there; with what to do.
pub(crate) fn translate(kind: Kind, given: &BTreeMap<String, String>) -> Result<BTreeMap<String, String>, String> {
    let effective = effective(kind, given);
    let mut native = BTreeMap::new();
    for (name, value) in &effective {
        let Some(property) = find(name) else {
            if native::clients(name).is_some_and(|clients| kind.takes(clients)) && !is_security(name) {
                native.insert((*name).to_owned(), (*value).to_owned());
            }
            continue;
        };
        if !kind.takes(property.clients) {
            continue;
        }
        match property.how {
            How::Same => drop(native.insert((*name).to_owned(), (*value).to_owned())),
            How::Renamed(to) => drop(native.insert(to.to_owned(), (*value).to_owned())),
            How::Made(_, make) => {
                let made = make(value).map_err(|why| format!("{name}: {why}"))?;
                native.extend(made.into_iter().map(|(name, value)| (name.to_owned(), value)));
            }
            How::Used | How::Security(_) | How::Only(..) | How::Never(_) | How::Inert(_) => {}
        }
    }
    security::translate(&effective, &mut native)?;
    Ok(native)
}

/// What holds for a kind of client: its own prefixes win.
fn effective<'a>(kind: Kind, given: &'a BTreeMap<String, String>) -> BTreeMap<&'a str, &'a str> {
    let common = |name: &&str| !PREFIXES.iter().any(|prefix| name.starts_with(prefix));
    let canonical = |(name, value): (&'a String, &'a String)| (canonical(name), value.as_str());
    // What is meant for Kafka alone comes after what it shares with the server's own listener.
    let of_server = given.iter().filter(|(name, _)| !name.starts_with(STREAMS)).map(canonical);
    let of_streams = given.iter().filter(|(name, _)| name.starts_with(STREAMS)).map(canonical);
    let all: Vec<(&str, &str)> = of_server.chain(of_streams).collect();
    let mut effective: BTreeMap<&str, &str> = all.iter().filter(|(name, _)| common(name)).copied().collect();
    for prefix in kind.prefixes() {
        effective.extend(all.iter().filter_map(|(name, value)| Some((name.strip_prefix(prefix)?, *value))));
    }
    effective
}

#[cfg(test)]
mod tests;
