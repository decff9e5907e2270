//! Names of zones in texts, from two tables that a running Java was asked for: the names of each id, and the id that a name
//! means where several share it.

use std::collections::HashMap;
use std::sync::OnceLock;

use chrono_tz::TZ_VARIANTS;

use super::Zone;
use crate::java_time::text::fold;

/// Length of names: `PST` or `Pacific Standard Time`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::java_time) enum Style {
    Short,
    Full,
}

/// Names of one id: short, then full ones; each standard, daylight saving and generic.
type Names = [&'static str; 6];

/// The name of a zone: of its standard or daylight saving time as `daylight` says, or of neither. `None` when only the id
/// stands for it.
pub(in crate::java_time) fn display_name(zone: Zone, style: Style, daylight: Option<bool>) -> Option<&'static str> {
    static NAMES: OnceLock<HashMap<&'static str, Names>> = OnceLock::new();
    let names = NAMES.get_or_init(|| {
        let rows = rows(include_str!("display.txt")).filter_map(|row| {
            let (names, ids) = row.rsplit_once('|')?;
            let names: Vec<_> = names.split('|').collect();
            Some((Names::try_from(names).ok()?, ids))
        });
        rows.flat_map(|(names, ids)| ids.split(' ').map(move |id| (id, names))).collect()
    });
    let kind = daylight.map_or(2, usize::from);
    names.get(zone.region_name()?)?.get(kind + if style == Style::Full { 3 } else { 0 }).copied()
}

/// A text that stands for a zone.
#[derive(Debug)]
struct Name {
    folded: String,
    text: &'static str,
    zone: Zone,
}

/// The longest id of a region that `text` starts with, or with a style also the longest name of that length: its length in
/// bytes and its zone. `ignore_case` says whether letters of another case are the same.
pub(in crate::java_time) fn longest_name(text: &str, style: Option<Style>, ignore_case: bool) -> Option<(usize, Zone)> {
    static IDS: OnceLock<Vec<Name>> = OnceLock::new();
    static SHORT: OnceLock<Vec<Name>> = OnceLock::new();
    static FULL: OnceLock<Vec<Name>> = OnceLock::new();
    let names = match style {
        None => IDS.get_or_init(|| table(None)),
        Some(Style::Short) => SHORT.get_or_init(|| table(Some("S"))),
        Some(Style::Full) => FULL.get_or_init(|| table(Some("F"))),
    };
    // One letter after the other leaves fewer names that begin so.
    let (mut candidates, mut prefix, mut found) = (names.as_slice(), String::new(), None);
    for (at, letter) in text.char_indices() {
        prefix.push(fold(letter));
        let from = candidates.partition_point(|name| name.folded.as_str() < prefix.as_str());
        let to = candidates
            .partition_point(|name| name.folded.as_str() < prefix.as_str() || name.folded.starts_with(prefix.as_str()));
        candidates = candidates.get(from..to).unwrap_or_default();
        let end = at + letter.len_utf8();
        let read = text.get(..end);
        let mut complete = candidates.iter().take_while(|name| name.folded == prefix);
        if let Some(name) = complete.find(|name| ignore_case || Some(name.text) == read) {
            found = Some((end, name.zone));
        }
        if candidates.is_empty() {
            break;
        }
    }
    found
}

/// Ids of regions and the names of the table's rows of that kind, sorted for the search.
fn table(kind: Option<&str>) -> Vec<Name> {
    let ids = TZ_VARIANTS.iter().map(|tz| (tz.name(), tz.name()));
    let rows = rows(include_str!("reading.txt")).filter_map(|row| {
        let (kind, row) = row.split_once('|')?;
        let (id, names) = row.split_once('|')?;
        Some((kind, id, names))
    });
    let named =
        rows.filter(|(of, ..)| Some(*of) == kind).flat_map(|(_, id, names)| names.split('|').map(move |n| (n, id)));
    // Names come first: the sort is stable, and the first of equals counts.
    let all = named.chain(ids).filter_map(|(text, id)| {
        let zone = Zone::read(id).ok()?;
        Some(Name { folded: text.chars().map(fold).collect(), text, zone })
    });
    let mut names: Vec<_> = all.collect();
    names.sort_by(|a, b| a.folded.cmp(&b.folded));
    names
}

/// Lines of a table but its comments.
fn rows(table: &'static str) -> impl Iterator<Item = &'static str> {
    table.lines().filter(|line| !line.starts_with('#'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_reads_and_every_id_has_names() {
        for tz in TZ_VARIANTS {
            let zone = Zone::of(tz.name()).unwrap();
            assert_eq!(longest_name(tz.name(), None, false).unwrap().0, tz.name().len());
            if !["America/Coyhaique", "EST", "HST", "MST", "ROC", "GMT+0", "GMT-0"].contains(&tz.name()) {
                assert!(display_name(zone, Style::Full, None).is_some(), "{tz}");
            }
        }
        for (kind, style) in [("S", Style::Short), ("F", Style::Full)] {
            for name in table(Some(kind)) {
                assert_eq!(longest_name(name.text, Some(style), true).unwrap().0, name.text.len());
            }
        }
    }

    #[test]
    fn the_longest_name_counts() {
        let found = |text, style, fold| longest_name(text, style, fold).map(|(end, zone)| (end, zone.to_string()));
        assert_eq!(found("EST5EDT", Some(Style::Short), false), Some((7, "EST5EDT".into())));
        assert_eq!(found("EST5", Some(Style::Short), false), Some((3, "America/New_York".into())));
        assert_eq!(found("europe/parisian", None, true), Some((12, "Europe/Paris".into())));
        assert_eq!(found("europe/paris", None, false), None);
        assert_eq!(found("pacific time!", Some(Style::Full), true), Some((12, "America/Los_Angeles".into())));
        assert_eq!(found("", None, true), None);
    }
}
