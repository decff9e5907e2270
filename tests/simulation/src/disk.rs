//! Local copies on disks that survive their processes: some answers come late, some copies are lost or damaged meanwhile.
//!
//! All processes of a run share the copies, which is harder than a disk each: what a worker finds may be older than what it
//! wrote itself, or be written by one that stood still while others went on. State that has no room in memory is another
//! matter: its image on disk is one process's own. In every fourth run there is no room at all, and in another fourth operators take in
//! of what they have kept only what they use.

use std::collections::BTreeMap;
use std::io::Cursor;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use millstream_engine::copies::{Copies, End, LocalCopies, Memory};
use millstream_engine::sim::Cluster;
use millstream_state::{CopyHeader, CopyReader, HashSnapshot, Image, write_copy};
use tempfile::TempDir;

/// Memory for blocks that were read, bytes.
const CACHE_BYTES: u64 = 1024 * 1024;

/// Where the copies of a part's tasks are.
type Place = (&'static str, i32);

/// The disks of a run.
#[derive(Debug, Clone)]
pub struct Disk {
    contents: Arc<Mutex<Contents>>,
    memory: Arc<Memory>,
    /// Operators take in what they use only, however little there is.
    lean: bool,
    /// Where images are, when there is no room in memory.
    images: Option<(Arc<TempDir>, millstream_state::Disk)>,
}

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
    /// By place of a process: who has its images, and how often they were left to somebody who still lived.
    owners: BTreeMap<usize, (Weak<OfPart>, u64)>,
    spilled: u64,
    recovered: u64,
}

impl Disk {
    /// The disks of the run of that seed. Error: the machine gives no folder for them.
    pub fn new(seed: u64) -> Result<Self, String> {
        let full = seed.is_multiple_of(4);
        let images = if full {
            let folder = TempDir::new().map_err(|e| e.to_string())?;
            let disk = millstream_state::Disk::open(folder.path(), CACHE_BYTES).map_err(|e| e.to_string())?;
            Some((Arc::new(folder), disk))
        } else {
            None
        };
        let memory = Arc::new(Memory::new(if full { 0 } else { usize::MAX }));
        Ok(Self { contents: Arc::default(), memory, lean: seed % 4 == 1, images })
    }

    fn contents<T>(&self, of: impl FnOnce(&mut Contents) -> T) -> T {
        of(&mut self.contents.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// What a process at that place has of a part that keeps its state in this changelog.
    pub fn of(&self, place: usize, changelog: Option<&'static str>) -> LocalCopies {
        let Some(changelog) = changelog else { return LocalCopies::default() };
        self.contents(|contents| {
            let (before, number) = contents.owners.get(&place).cloned().unwrap_or_default();
            // Somebody who was replaced while frozen still has his images: no two processes have one.
            let number = if before.upgrade().is_some() { number + 1 } else { number };
            let own = Arc::new(OfPart { disk: self.clone(), changelog, folder: format!("{place}-{number}") });
            contents.owners.insert(place, (Arc::downgrade(&own), number));
            LocalCopies(Some(own))
        })
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
        let told = self.contents(|c| [("went to disk", c.spilled), ("was found on disk", c.recovered)]);
        for (what, times) in told {
            (0..times).for_each(|_| cluster.count(&format!("state {what}")));
        }
    }
}

#[derive(Debug)]
struct OfPart {
    disk: Disk,
    changelog: &'static str,
    /// What stands before the names of its images.
    folder: String,
}

impl OfPart {
    fn image(&self, task: i32) -> Result<Image, String> {
        let (_, disk) = self.disk.images.as_ref().ok_or("there is room in memory")?;
        disk.image(&format!("{}-{}-{task}", self.folder, self.changelog)).map_err(|e| e.to_string())
    }
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

    fn tasks(&self) -> Vec<i32> {
        self.disk.contents(|contents| {
            let own = contents.copies.keys().filter(|(changelog, _)| *changelog == self.changelog);
            own.map(|(_, task)| *task).collect()
        })
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

    fn memory(&self) -> &Arc<Memory> {
        &self.disk.memory
    }

    fn lean_from(&self) -> Option<usize> {
        self.disk.lean.then_some(0)
    }

    fn spilled(&self, task: i32) -> Option<(Image, i64)> {
        let image = self.image(task).ok()?;
        let header = image.header().ok()??;
        self.disk.contents(|contents| contents.recovered += 1);
        Some((image, header.stamp))
    }

    fn spill(&self, task: i32) -> Result<Image, String> {
        let image = self.image(task)?;
        image.clear().map_err(|e| e.to_string())?;
        self.disk.contents(|contents| {
            contents.spilled += 1;
            contents.copies.remove(&(self.changelog, task));
        });
        Ok(image)
    }

    fn header(&self, _task: i32, stamp: i64) -> Option<CopyHeader> {
        Some(CopyHeader { of: self.changelog.into(), stamp, written_ms: 0 })
    }

    fn interval(&self) -> Option<Duration> {
        Some(Duration::ZERO)
    }

    fn changed_bytes_min(&self) -> usize {
        1
    }
}
