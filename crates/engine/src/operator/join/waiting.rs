//! Records of a join of streams that have had no partner yet, and leave without one when they can have none any more.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{damaged, unreadable};
use crate::error::EngineError;
use crate::operator::{Save, Saved};

/// The version of the saved values.
const VERSION: u8 = 1;

/// Where records wait: their time and their key.
pub(super) type Place = (i64, Arc<[u8]>);

/// The waiting records of one side, in the order in which they leave.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    rows: BTreeMap<Place, Entry>,
    /// Whether changes are noted.
    tracked: bool,
    /// Places that have changed since they were saved.
    dirty: BTreeSet<Place>,
    /// Where places are that are not here, and what stands before their keys.
    disk: Option<(Saved, u8)>,
    /// Places of earlier times are not on disk, or among the changed ones.
    swept: i64,
}

#[derive(Debug, Default)]
struct Entry {
    /// In the order in which they came.
    rows: Vec<Arc<[u8]>>,
    /// Something of this place has been saved.
    saved: bool,
}

impl Waiting {
    /// From here on changes are noted.
    pub(super) fn track(&mut self) {
        self.tracked = true;
    }

    /// From here on places that were saved are on disk, until something is about them.
    pub(super) fn lean(&mut self, saved: &Saved, prefix: u8) {
        self.disk = Some((saved.clone(), prefix));
    }

    /// Whether a place is here, or has been since the last commit.
    fn is_known(&self, place: &Place) -> bool {
        self.rows.contains_key(place) || self.dirty.contains(place)
    }

    /// Takes a place from disk, if it is there and not known here.
    fn recall(&mut self, place: &Place) -> Result<(), EngineError> {
        if self.disk.is_none() || self.is_known(place) {
            return Ok(());
        }
        let Some((saved, prefix)) = &mut self.disk else { return Ok(()) };
        if let Some(value) = saved.get(&kept_key(*prefix, place))? {
            let rows = read(value).ok_or_else(|| unreadable(value, VERSION))?;
            self.rows.insert(place.clone(), Entry { rows, saved: true });
        }
        Ok(())
    }

    /// Takes all places from disk whose time is before that.
    pub(super) fn recall_before(&mut self, time: i64) -> Result<(), EngineError> {
        if self.disk.is_none() || time <= self.swept {
            return Ok(());
        }
        let Some((saved, prefix)) = self.disk.take() else { return Ok(()) };
        let from = std::mem::replace(&mut self.swept, time);
        let bound = |time: i64| [&[prefix], time.to_be_bytes().as_slice()].concat();
        saved.range(&bound(from), &bound(time), &mut |key, value| {
            let key = key.get(1..).unwrap_or_default();
            let place = read_key(key)?;
            if self.is_known(&place) { Ok(()) } else { self.load(key, value) }
        })?;
        self.disk = Some((saved, prefix));
        Ok(())
    }

    /// A record waits.
    pub(super) fn put(&mut self, key: &[u8], time: i64, bytes: Arc<[u8]>) -> Result<(), EngineError> {
        let place = (time, Arc::from(key));
        self.recall(&place)?;
        let saved = !self.rows.contains_key(&place) && self.dirty.contains(&place);
        if self.tracked {
            self.dirty.insert(place.clone());
        }
        let entry = self.rows.entry(place).or_default();
        entry.saved |= saved;
        entry.rows.push(bytes);
        Ok(())
    }

    /// The records of that key and time have had a partner.
    pub(super) fn remove(&mut self, key: &[u8], time: i64) -> Result<(), EngineError> {
        // Most sides wait for nothing.
        if !self.rows.is_empty() || self.disk.is_some() {
            let place = (time, Arc::from(key));
            self.recall(&place)?;
            self.take(&place);
        }
        Ok(())
    }

    /// The place whose records leave first, if their time is before that.
    pub(super) fn first_before(&self, time: i64) -> Option<&Place> {
        self.rows.first_key_value().map(|(place, _)| place).filter(|(first, _)| *first < time)
    }

    /// Takes the records of a place away.
    pub(super) fn take(&mut self, place: &Place) -> Vec<Arc<[u8]>> {
        let Some((place, entry)) = self.rows.remove_entry(place) else { return Vec::new() };
        if !self.tracked {
            return entry.rows;
        }
        if entry.saved {
            self.dirty.insert(place);
        } else {
            self.dirty.remove(&place);
        }
        entry.rows
    }

    /// Gives out what has changed; `prefix` stands before each key.
    pub(super) fn save(&mut self, prefix: u8, change: &mut Save<'_>) -> Result<(), EngineError> {
        for place in std::mem::take(&mut self.dirty) {
            let whole = kept_key(prefix, &place);
            match self.rows.get_mut(&place) {
                Some(entry) => {
                    entry.saved = true;
                    change(&whole, Some(&put(&entry.rows)?))?;
                }
                None => change(&whole, None)?,
            }
        }
        Ok(())
    }

    /// Takes what was given out; `key` is without its prefix.
    pub(super) fn load(&mut self, key: &[u8], value: &[u8]) -> Result<(), EngineError> {
        let place = read_key(key)?;
        let rows = read(value).ok_or_else(|| unreadable(value, VERSION))?;
        self.rows.insert(place, Entry { rows, saved: true });
        Ok(())
    }
}

/// The key that a place is kept under.
fn kept_key(prefix: u8, (time, key): &Place) -> Vec<u8> {
    [&[prefix], time.to_be_bytes().as_slice(), key].concat()
}

/// The place that is kept under a key, which is without its prefix.
fn read_key(key: &[u8]) -> Result<Place, EngineError> {
    let (time, key) = key.split_first_chunk::<8>().ok_or_else(damaged)?;
    Ok((i64::from_be_bytes(*time), key.into()))
}

/// Version, then each record after its length.
fn put(rows: &[Arc<[u8]>]) -> Result<Vec<u8>, EngineError> {
    let mut out = vec![VERSION];
    for row in rows {
        let length = u32::try_from(row.len()).map_err(|_| EngineError::Query("a row is longer than 4 GiB".into()))?;
        out.extend_from_slice(&length.to_be_bytes());
        out.extend_from_slice(row);
    }
    Ok(out)
}

fn read(value: &[u8]) -> Option<Vec<Arc<[u8]>>> {
    let (&VERSION, mut rest) = value.split_first()? else { return None };
    let mut rows = Vec::new();
    while !rest.is_empty() {
        let (length, after) = rest.split_first_chunk::<4>()?;
        let (row, after) = after.split_at_checked(u32::from_be_bytes(*length) as usize)?;
        rows.push(row.into());
        rest = after;
    }
    Some(rows)
}
