//! Local copies on disks that survive their processes: some answers come late, some copies are lost or damaged meanwhile.
//!
//! All processes of a run share them, which is harder than a disk each: what a worker finds may be older than what it wrote
//! itself, or be written by one that stood still while others went on.

use std::collections::BTreeMap;
use std::io::Cursor;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use millstream_engine::copies::{Copies, End, LocalCopies};
use millstream_engine::sim::Cluster;
use millstream_state::{CopyHeader, CopyReader, HashSnapshot, write_copy};

/// Where the copies of a part's tasks are.
type Place = (&'static str, i32);

/// The disks of a run.
#[derive(Debug, Default, Clone)]
pub struct Disk(Arc<Mutex<Contents>>);

#[derive(Debug, Default)]
struct Contents {
    copies: BTreeMap<Place, Vec<u8>>,
    /// Questions that wait for their answer.
    asked: Vec<(Place, End)>,
    /// How often a copy was made, looked for, found, and worth nothing.
    made: u64,
    opened: u64,
    found: u64,
    discarded: u64,
    turns: u64,
}

impl Disk {
    fn contents<T>(&self, of: impl FnOnce(&mut Contents) -> T) -> T {
        of(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The local copies of a part that keeps its state in this changelog.
    pub fn of(&self, changelog: Option<&'static str>) -> LocalCopies {
        let copies = |changelog| Arc::new(OfPart { disk: self.clone(), changelog }) as Arc<dyn Copies>;
        LocalCopies(changelog.map(copies))
    }

    /// Time goes on: now and then a question is answered.
    pub fn turn(&self, cluster: &Cluster) {
        let answered = self.contents(|contents| {
            contents.turns += 1;
            if contents.turns.is_multiple_of(3) { std::mem::take(&mut contents.asked) } else { Vec::new() }
        });
        for ((changelog, task), end) in answered {
            end.tell(cluster.end_offset(changelog, task));
        }
    }

    /// What became of the copies, for the counts of a run.
    pub fn count(&self, cluster: &Cluster) {
        let told = self.contents(|c| [("made", c.made), ("found", c.found), ("worth nothing", c.discarded)]);
        for (what, times) in told {
            (0..times).for_each(|_| cluster.count(&format!("local copy {what}")));
        }
    }
}

struct OfPart {
    disk: Disk,
    changelog: &'static str,
}

impl Copies for OfPart {
    fn open(&self, task: i32) -> Option<CopyReader> {
        let bytes = self.disk.contents(|contents| {
            contents.opened += 1;
            let mut bytes = contents.copies.get(&(self.changelog, task))?.clone();
            contents.found += 1;
            match contents.opened % 8 {
                // The disk was lost.
                0 => return None,
                // A bit of it was.
                1 => {
                    let at = (contents.opened as usize * 31) % bytes.len();
                    bytes[at] ^= 4;
                }
                _ => {}
            }
            Some(bytes)
        })?;
        CopyReader::open(Box::new(Cursor::new(bytes))).ok()
    }

    fn ask_end(&self, task: i32, end: End) {
        self.disk.contents(|contents| contents.asked.push(((self.changelog, task), end)));
    }

    fn keep(&self, task: i32, snapshot: HashSnapshot, stamp: i64) {
        let header = CopyHeader { of: self.changelog.into(), stamp, written_ms: 0 };
        let mut bytes = Vec::new();
        if write_copy(&snapshot, &header, &mut bytes).is_ok() {
            self.disk.contents(|contents| {
                contents.made += 1;
                contents.copies.insert((self.changelog, task), bytes);
            });
        }
    }

    fn discard(&self, task: i32, _cause: &str) {
        self.disk.contents(|contents| {
            contents.discarded += 1;
            contents.copies.remove(&(self.changelog, task));
        });
    }

    fn interval(&self) -> Duration {
        Duration::ZERO
    }

    fn changed_bytes_min(&self) -> usize {
        1
    }
}
