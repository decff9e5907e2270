//! Impressions and the clicks on them, for joins of two streams: four in five impressions are clicked at, 0 to 30 seconds
//! after they were shown.

use std::collections::BTreeMap;
use std::io::Write;

use crate::checksum::Tally;
use crate::orders::{FIRST_TIME, SEED};
use crate::random::Random;

/// A click comes that much after its impression at most, ms.
const AFTER_MAX: u32 = 30_000;
const SLOTS: [&str; 4] = ["top", "side", "bottom", "popup"];
const PAGES: [&str; 5] = ["home", "search", "detail", "basket", "done"];

/// Something that happened to an impression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Happening {
    /// The impression.
    pub(crate) id: i64,
    /// Event time, ms.
    pub(crate) time: i64,
    /// What is in it besides: of an impression its cost in hundredths, of a click where it was.
    detail: u32,
}

/// Impressions in the order of their times, and clicks in the order of theirs.
pub(crate) fn make(seed: u64, impressions: u64) -> (Vec<Happening>, Vec<Happening>) {
    let mut random = Random::new(seed);
    let mut shown = Vec::with_capacity(impressions as usize);
    let mut clicked: BTreeMap<i64, Vec<Happening>> = BTreeMap::new();
    for id in 0..impressions as i64 {
        let time = FIRST_TIME + id;
        shown.push(Happening { id, time, detail: random.below(1_000) });
        if random.below(5) > 0 {
            let time = time + i64::from(random.below(AFTER_MAX));
            clicked.entry(time).or_default().push(Happening { id, time, detail: random.below(5) });
        }
    }
    (shown, clicked.into_values().flatten().collect())
}

impl Happening {
    pub(crate) fn key(&self) -> [u8; 8] {
        self.id.to_be_bytes()
    }

    fn slot(&self) -> &'static str {
        SLOTS[(self.id % SLOTS.len() as i64) as usize]
    }

    /// The JSON of an impression.
    pub(crate) fn impression(&self, value: &mut Vec<u8>) {
        value.clear();
        // Writing to a Vec cannot fail.
        let _ = write!(
            value,
            "{{\"campaign\":\"campaign-{:04}\",\"slot\":\"{}\",\"cost\":{},\"referrer\":\"https://example.com/{}\",\
             \"agent\":\"Mozilla/5.0 (X11; Linux x86_64)\"}}",
            self.id % 5_000,
            self.slot(),
            self.detail,
            self.id % 997
        );
    }

    /// The JSON of a click.
    pub(crate) fn click(&self, value: &mut Vec<u8>) {
        value.clear();
        let page = PAGES[self.detail as usize % PAGES.len()];
        let _ = write!(value, "{{\"page\":\"{page}\",\"x\":{},\"y\":{}}}", self.id % 1920, self.id % 1080);
    }

    /// What b9 writes when this click meets its impression.
    pub(crate) fn b9_value(&self, impression: &Self, value: &mut Vec<u8>) {
        value.clear();
        let page = PAGES[self.detail as usize % PAGES.len()];
        let _ = write!(
            value,
            "{{\"CAMPAIGN\":\"campaign-{:04}\",\"SLOT\":\"{}\",\"COST\":{},\"PAGE\":\"{page}\"}}",
            self.id % 5_000,
            impression.slot(),
            impression.detail
        );
    }
}

/// What b9 makes of so many impressions and their clicks.
pub(crate) fn clicked(impressions: u64) -> Tally {
    let (shown, clicked) = make(SEED, impressions);
    let (mut tally, mut value) = (Tally::default(), Vec::new());
    for click in clicked {
        if let Some(impression) = shown.get(click.id as usize) {
            click.b9_value(impression, &mut value);
            tally.add(Some(&click.key()), Some(&value));
        }
    }
    tally
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_in_five_are_clicked_in_time() {
        let (shown, clicked) = make(7, 10_000);
        assert_eq!(shown.len(), 10_000);
        assert!((7_800..8_200).contains(&clicked.len()), "{}", clicked.len());
        assert!(clicked.is_sorted_by_key(|click| click.time));
        for click in &clicked {
            let after = click.time - shown[click.id as usize].time;
            assert!((0..30_000).contains(&after), "{after}");
        }
        assert_eq!(make(7, 10_000), (shown, clicked));
    }
}
