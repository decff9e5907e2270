//! Java's time zones: fixed offsets, offsets with a prefix (`UTC+01:00`) and regions of the tz database.

mod local;
mod names;
mod rules;

use std::fmt::{self, Write};

use chrono_tz::Tz;

use super::Outcome;
use crate::Error;

pub(super) use names::{Style, display_name, longest_name};

/// A time zone. Copies are free; the id is written by its [`Display`](fmt::Display).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Zone(Kind);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// `Z`, `+02:00`
    Offset(i32),
    /// `UTC`, `GMT+02:00`, `UT`: a prefix and an offset
    Prefixed(&'static str, i32),
    /// `Europe/Paris`
    Region(Tz),
}

impl Zone {
    /// Coordinated Universal Time.
    pub const UTC: Self = Self(Kind::Prefixed("UTC", 0));

    /// Greenwich Mean Time, ksqlDB's default where a function takes an optional zone.
    pub const GMT: Self = Self(Kind::Prefixed("GMT", 0));

    /// The zone of an id, as Java's `ZoneId.of` reads it: `Z`, `+h`, `±hh[[:]mm[[:]ss]]`, those after `UTC`, `GMT` or `UT`, or
    /// the id of a region in its exact case. Regions are those of the tz database, `EST`, `MST` and `HST` among them.
    ///
    /// Errors: [`Error::Data`] with Java's text.
    pub fn of(id: &str) -> Result<Self, Error> {
        Self::read(id).map_err(Error::Data)
    }

    /// The server's own zone, which ksqlDB takes where a deprecated function or a timestamp column names none: that of the
    /// environment variable `TZ`, else the system's, else `UTC`. Read once.
    pub fn local() -> Self {
        local::zone()
    }

    /// Milliseconds by which the zone's clocks are ahead of UTC, so many milliseconds after 1970-01-01T00:00Z.
    pub(crate) fn offset_ms(self, ms: i64) -> i64 {
        self.offset_at(ms.div_euclid(1_000)) * 1_000
    }

    pub(super) fn read(id: &str) -> Outcome<Self> {
        if id.len() <= 1 || id.starts_with(['+', '-']) {
            return offset(id).map(|seconds| Self(Kind::Offset(seconds)));
        }
        let prefix = ["UTC", "GMT", "UT"].into_iter().find(|prefix| id.starts_with(prefix));
        match prefix.map(|prefix| (prefix, id.get(prefix.len()..).unwrap_or_default())) {
            Some((prefix, "")) => Ok(Self(Kind::Prefixed(prefix, 0))),
            Some((prefix, rest)) if rest.starts_with(['+', '-']) => match offset(rest) {
                Ok(seconds) => Ok(Self(Kind::Prefixed(prefix, seconds))),
                Err(_) => Err(format!("Invalid ID for offset-based ZoneId: {id}")),
            },
            _ => region(id),
        }
    }

    /// `prefix` and an offset; no prefix is the offset alone.
    pub(super) fn prefixed(prefix: Option<&'static str>, seconds: i32) -> Self {
        Self(prefix.map_or(Kind::Offset(seconds), |prefix| Kind::Prefixed(prefix, seconds)))
    }

    /// Seconds by which the zone's clocks are ahead of UTC, so many seconds after 1970-01-01T00:00Z.
    pub(super) fn offset_at(self, epoch_second: i64) -> i64 {
        match self.0 {
            Kind::Offset(seconds) | Kind::Prefixed(_, seconds) => seconds.into(),
            Kind::Region(tz) => rules::at(tz, epoch_second).0,
        }
    }

    /// Whether the zone has daylight saving time then.
    pub(super) fn is_daylight_saving(self, epoch_second: i64) -> bool {
        if let Kind::Region(tz) = self.0 { rules::at(tz, epoch_second).1 } else { false }
    }

    /// The offset of clocks that show `local_second` seconds since 1970-01-01T00:00: the earlier one when they show it twice,
    /// and the one before the gap when they leap over it, so that the moment is as long after the gap's begin as the clock says.
    pub(super) fn offset_of_local(self, local_second: i64) -> i64 {
        match self.0 {
            Kind::Offset(seconds) | Kind::Prefixed(_, seconds) => seconds.into(),
            Kind::Region(tz) => rules::of_local(tz, local_second),
        }
    }

    /// Whether clocks that show `local_second` may be ahead of UTC by `offset`.
    pub(super) fn has_offset(self, local_second: i64, offset: i64) -> bool {
        self.offset_at(local_second - offset) == offset
    }

    /// The name that stands for the zone in texts; `None` when only its id does.
    fn region_name(self) -> Option<&'static str> {
        match self.0 {
            Kind::Region(tz) => Some(tz.name()),
            Kind::Prefixed(prefix, 0) => Some(prefix),
            Kind::Offset(_) | Kind::Prefixed(..) => None,
        }
    }
}

/// The zone's id.
impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Kind::Region(tz) => f.write_str(tz.name()),
            Kind::Prefixed(prefix, 0) => f.write_str(prefix),
            Kind::Offset(0) => f.write_char('Z'),
            Kind::Prefixed(prefix, seconds) => {
                f.write_str(prefix)?;
                write_offset(f, seconds)
            }
            Kind::Offset(seconds) => write_offset(f, seconds),
        }
    }
}

/// `±hh:mm[:ss]`
fn write_offset(out: &mut impl Write, seconds: i32) -> fmt::Result {
    let (sign, ahead) = (if seconds < 0 { '-' } else { '+' }, seconds.unsigned_abs());
    write!(out, "{sign}{:02}:{:02}", ahead / 3600, ahead / 60 % 60)?;
    if ahead % 60 == 0 { Ok(()) } else { write!(out, ":{:02}", ahead % 60) }
}

fn region(id: &str) -> Outcome<Zone> {
    let mut bytes = id.bytes();
    let plain = bytes.next().is_some_and(|b| b.is_ascii_alphabetic())
        && bytes.all(|b| b.is_ascii_alphanumeric() || b"/._~+-".contains(&b));
    if !plain {
        return Err(format!("Invalid ID for region-based ZoneId, invalid format: {id}"));
    }
    id.parse().map(|tz| Zone(Kind::Region(tz))).map_err(|_| format!("Unknown time-zone ID: {id}"))
}

/// Seconds of `Z`, `±h`, `±hh`, `±hhmm`, `±hh:mm`, `±hhmmss` or `±hh:mm:ss`.
fn offset(id: &str) -> Outcome<i32> {
    if id == "Z" {
        return Ok(0);
    }
    let bytes = id.as_bytes();
    let number = |at: usize| match bytes.get(at..at + 2) {
        Some([tens @ b'0'..=b'9', units @ b'0'..=b'9']) => Ok(i32::from(tens - b'0') * 10 + i32::from(units - b'0')),
        _ => Err(format!("Invalid ID for ZoneOffset, non numeric characters found: {id}")),
    };
    let after_colon = |at: usize| match bytes.get(at - 1) {
        Some(b':') => number(at),
        _ => Err(format!("Invalid ID for ZoneOffset, colon not found when expected: {id}")),
    };
    let (hours, minutes, seconds) = match bytes {
        [sign, hour] => return offset(&format!("{}0{}", char::from(*sign), char::from(*hour))),
        [_, _, _] => (number(1)?, 0, 0),
        [_, _, _, _, _] => (number(1)?, number(3)?, 0),
        [_, _, _, _, _, _] => (number(1)?, after_colon(4)?, 0),
        [_, _, _, _, _, _, _] => (number(1)?, number(3)?, number(5)?),
        [_, _, _, _, _, _, _, _, _] => (number(1)?, after_colon(4)?, after_colon(7)?),
        _ => return Err(format!("Invalid ID for ZoneOffset, invalid format: {id}")),
    };
    let sign = match bytes.first() {
        Some(b'+') => 1,
        Some(b'-') => -1,
        _ => return Err(format!("Invalid ID for ZoneOffset, plus/minus not found when expected: {id}")),
    };
    for (name, value, limit) in [("hours", hours, 18), ("minutes", minutes, 59), ("seconds", seconds, 59)] {
        if value > limit {
            let range = if limit == 18 { "-18 to 18" } else { "-59 to 59" };
            let value = value * sign;
            return Err(format!("Zone offset {name} not in valid range: value {value} is not in the range {range}"));
        }
    }
    checked_offset(i64::from(sign * (hours * 3600 + minutes * 60 + seconds)))
}

/// An offset in seconds, if it is at most 18 hours either way.
pub(super) fn checked_offset(seconds: i64) -> Outcome<i32> {
    let valid = i32::try_from(seconds).ok().filter(|s| s.abs() <= 64_800);
    valid.ok_or_else(|| "Zone offset not in valid range: -18:00 to +18:00".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_read_as_java_reads_them() {
        for (id, expected) in [
            ("Z", "Z"),
            ("+0", "Z"),
            ("-00:00", "Z"),
            ("+2", "+02:00"),
            ("-0230", "-02:30"),
            ("+010203", "+01:02:03"),
            ("+18:00", "+18:00"),
            ("UTC", "UTC"),
            ("UT+0", "UT"),
            ("GMT-5", "GMT-05:00"),
            ("GMT0", "GMT0"),
            ("EST", "EST"),
            ("Etc/GMT+5", "Etc/GMT+5"),
            ("Europe/Paris", "Europe/Paris"),
            ("europe/paris", "Unknown time-zone ID: europe/paris"),
            ("Mars/Phobos", "Unknown time-zone ID: Mars/Phobos"),
            ("PST", "Unknown time-zone ID: PST"),
            ("", "Invalid ID for ZoneOffset, invalid format: "),
            ("z", "Invalid ID for ZoneOffset, invalid format: z"),
            ("1x", "Invalid ID for region-based ZoneId, invalid format: 1x"),
            ("é+", "Invalid ID for region-based ZoneId, invalid format: é+"),
            ("+1:00", "Invalid ID for ZoneOffset, non numeric characters found: +1:00"),
            ("+01-00", "Invalid ID for ZoneOffset, colon not found when expected: +01-00"),
            ("-19:00", "Zone offset hours not in valid range: value -19 is not in the range -18 to 18"),
            ("+18:30", "Zone offset not in valid range: -18:00 to +18:00"),
            ("UTC+25", "Invalid ID for offset-based ZoneId: UTC+25"),
        ] {
            let text = Zone::of(id).map_or_else(|e| e.to_string(), |zone| zone.to_string());
            assert_eq!(text, expected, "{id}");
        }
    }
}
