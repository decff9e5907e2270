//! The latest row of each key of a table.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::unreadable;
use crate::error::EngineError;
use crate::operator::{Save, Saved};

/// The version of the saved values: without and with a time of their own for what was told of them.
const VERSION: u8 = 1;
const VERSION_TOLD: u8 = 2;

/// A row that is kept.
#[derive(Debug, Clone)]
pub(super) struct Kept {
    /// Its time.
    pub(super) time: i64,
    /// The time of the result that was last told of it, where that is not the later one of both rows.
    pub(super) told: Option<i64>,
    /// The key of the row of another table that it points to, where it does.
    pub(super) points_to: Option<Arc<[u8]>>,
    /// Its columns.
    pub(super) bytes: Arc<[u8]>,
}

impl Kept {
    /// A row as it is.
    pub(super) fn new(time: i64, bytes: Arc<[u8]>) -> Self {
        Self { time, told: None, points_to: None, bytes }
    }
}

/// Rows by key.
#[derive(Debug, Default)]
pub(super) struct KeptRows {
    rows: HashMap<Arc<[u8]>, Entry>,
    /// Whether changes are noted.
    tracked: bool,
    /// Keys whose rows have changed since they were saved.
    dirty: HashSet<Arc<[u8]>>,
    /// Where rows are that are not here.
    disk: Option<Saved>,
}

#[derive(Debug)]
struct Entry {
    row: Kept,
    /// Something of this key has been saved.
    saved: bool,
}

impl KeptRows {
    /// From here on rows may be on disk: [`KeptRows::recall`] comes before any other use of a key.
    pub(super) fn lean(&mut self, saved: Saved) {
        self.disk = Some(saved);
    }

    /// Takes the row of a key from disk, if it is there and not here.
    pub(super) fn recall(&mut self, key: &[u8]) -> Result<(), EngineError> {
        let Some(disk) = &mut self.disk else { return Ok(()) };
        // One that the open epoch has taken away is still there on disk.
        if !self.rows.contains_key(key)
            && !self.dirty.contains(key)
            && let Some(value) = disk.get(key)?
        {
            let row = read(value).ok_or_else(|| unreadable(value, VERSION_TOLD))?;
            self.rows.insert(key.into(), Entry { row, saved: true });
        }
        Ok(())
    }

    /// The row of that key.
    pub(super) fn get(&self, key: &[u8]) -> Option<&Kept> {
        self.rows.get(key).map(|entry| &entry.row)
    }

    /// Notes with which time the row of that key was told of last.
    pub(super) fn tell(&mut self, key: &Arc<[u8]>, told: Option<i64>) {
        if let Some(entry) = self.rows.get_mut(key)
            && entry.row.told != told
        {
            entry.row.told = told;
            self.note(key);
        }
    }

    /// How many they are.
    pub(super) fn held(&self) -> usize {
        self.rows.len()
    }

    /// From here on changes are noted.
    pub(super) fn track(&mut self) {
        self.tracked = true;
    }

    fn note(&mut self, key: &Arc<[u8]>) {
        if self.tracked {
            self.dirty.insert(Arc::clone(key));
        }
    }

    /// Puts a row in the place of the one of its key, or takes that away; gives what was there.
    pub(super) fn replace(&mut self, key: &[u8], row: Option<Kept>) -> Option<Kept> {
        match row {
            Some(row) => {
                if let Some((key, _)) = self.rows.get_key_value(key) {
                    let key = Arc::clone(key);
                    self.note(&key);
                    return self.rows.get_mut(&key).map(|entry| std::mem::replace(&mut entry.row, row));
                }
                let key: Arc<[u8]> = key.into();
                // A row that was taken away since the last save is still there for whoever has saved it.
                let saved = self.dirty.contains(&key);
                self.note(&key);
                self.rows.insert(key, Entry { row, saved });
                None
            }
            None => {
                let (key, entry) = self.rows.remove_entry(key)?;
                if entry.saved {
                    self.note(&key);
                } else {
                    self.dirty.remove(&key);
                }
                Some(entry.row)
            }
        }
    }

    /// Gives out what has changed; `prefix` stands before each key.
    pub(super) fn save(&mut self, prefix: u8, change: &mut Save<'_>) -> Result<(), EngineError> {
        let (mut whole, mut value) = (Vec::new(), Vec::new());
        for key in self.dirty.drain() {
            whole.clear();
            whole.push(prefix);
            whole.extend_from_slice(&key);
            match self.rows.get_mut(&key) {
                Some(entry) => {
                    entry.saved = true;
                    value.clear();
                    put(&entry.row, &mut value)?;
                    change(&whole, Some(&value))?;
                }
                None => change(&whole, None)?,
            }
        }
        Ok(())
    }

    /// Takes a row that was given out; `key` is without its prefix.
    pub(super) fn load(&mut self, key: &[u8], value: &[u8]) -> Result<(), EngineError> {
        let row = read(value).ok_or_else(|| unreadable(value, VERSION_TOLD))?;
        self.rows.insert(key.into(), Entry { row, saved: true });
        Ok(())
    }
}

/// Version, time, the time it was told with if that is kept, length of the key that it points to and one (nothing: 0), that key, the
/// row.
fn put(row: &Kept, out: &mut Vec<u8>) -> Result<(), EngineError> {
    let length = row.points_to.as_ref().map_or(Ok(0), |key| u32::try_from(key.len() + 1));
    let length = length.map_err(|_| EngineError::Query("a key is longer than 4 GiB".into()))?;
    out.push(if row.told.is_some() { VERSION_TOLD } else { VERSION });
    out.extend_from_slice(&row.time.to_be_bytes());
    out.extend(row.told.iter().flat_map(|told| told.to_be_bytes()));
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(row.points_to.as_deref().unwrap_or_default());
    out.extend_from_slice(&row.bytes);
    Ok(())
}

/// The key that a row points to, if it does, of what was given out of that row.
///
/// # Errors
/// It is damaged, or newer than this program.
pub(super) fn points_to(value: &[u8]) -> Result<Option<&[u8]>, EngineError> {
    parts(value).map(|parts| parts.points_to).ok_or_else(|| unreadable(value, VERSION_TOLD))
}

fn read(value: &[u8]) -> Option<Kept> {
    let Parts { time, told, points_to, bytes } = parts(value)?;
    Some(Kept { time, told, points_to: points_to.map(Into::into), bytes: bytes.into() })
}

/// A row as it was given out.
struct Parts<'a> {
    time: i64,
    told: Option<i64>,
    points_to: Option<&'a [u8]>,
    bytes: &'a [u8],
}

fn parts(value: &[u8]) -> Option<Parts<'_>> {
    let (version, rest) = value.split_first()?;
    let (time, rest) = rest.split_first_chunk::<8>()?;
    let (told, rest) = match *version {
        VERSION => (None, rest),
        VERSION_TOLD => rest.split_first_chunk::<8>().map(|(told, rest)| (Some(i64::from_be_bytes(*told)), rest))?,
        _ => return None,
    };
    let (length, rest) = rest.split_first_chunk::<4>()?;
    let (points_to, bytes) = match u32::from_be_bytes(*length) {
        0 => (None, rest),
        length => {
            let (key, rest) = rest.split_at_checked(length as usize - 1)?;
            (Some(key), rest)
        }
    };
    Some(Parts { time: i64::from_be_bytes(*time), told, points_to, bytes })
}
