//! Groups without windows: one state a group, for ever.
//!
//! Kept as: the group's key → version, the latest time of its rows, the states of the calls.

use millstream_state::Keys;

use super::Grouping;
use super::entry::Entry;
use super::pass::Pass;
use super::states::States;
use crate::error::EngineError;
use crate::operator::kept::{VERSION, take_long, take_version};
use crate::operator::{Save, Saved};

/// The groups by key.
#[derive(Default)]
pub(super) struct Groups {
    keys: Keys,
    /// By number of the key.
    groups: Vec<Group>,
    /// Changes are noted.
    tracks: bool,
    /// Groups that have changed since they were last given out, each once.
    changed: Vec<u32>,
    /// Numbers of the keys of a batch, and whether they are new.
    found: Vec<Option<(u32, bool)>>,
    /// Where groups are that are not here.
    saved: Option<Saved>,
}

struct Group {
    slot: u32,
    /// The latest time of its rows, ms.
    time: i64,
    /// It is among the changed ones.
    noted: bool,
}

impl Groups {
    /// The group of a key that has just been added or found.
    fn group(&mut self, (number, new): (u32, bool), states: &mut States) -> Result<&mut Group, EngineError> {
        if new {
            self.groups.push(Group { slot: states.take_slot()?, time: i64::MIN, noted: false });
        }
        self.groups.get_mut(number as usize).ok_or_else(too_many)
    }

    /// A row of that time changes a group: its slot, and the times of its result before and now.
    fn touch(&mut self, found: (u32, bool), time: i64, states: &mut States) -> Result<(u32, i64, i64), EngineError> {
        let tracks = self.tracks;
        let group = self.group(found, states)?;
        let was = group.time;
        group.time = was.max(time);
        let (slot, time) = (group.slot, group.time);
        if tracks && !group.noted {
            group.noted = true;
            self.changed.push(found.0);
        }
        Ok((slot, was, time))
    }

    /// Takes the group of a key from disk, if it is there and not here.
    fn recall(&mut self, key: &[u8], states: &mut States) -> Result<(), EngineError> {
        if self.keys.find(key).is_some() {
            return Ok(());
        }
        let Some(mut saved) = self.saved.take() else { return Ok(()) };
        if let Some(value) = saved.get(key)? {
            self.load(key, value, states)?;
        }
        self.saved = Some(saved);
        Ok(())
    }

    /// Rows of a stream.
    fn add(&mut self, rows: usize, pass: &mut Pass<'_>) -> Result<(), EngineError> {
        if self.saved.is_some() {
            pass.added_keys(rows).flatten().try_for_each(|key| self.recall(key, pass.states))?;
        }
        let mut found = std::mem::take(&mut self.found);
        found.clear();
        let room = self.keys.add_batch(pass.added_keys(rows), &mut found);
        for (row, found) in found.iter().enumerate() {
            let Some(found) = *found else { continue };
            let (slot, was, time) = self.touch(found, pass.time(row), pass.states)?;
            pass.push(Entry { slot, time, was, before: !found.1, ..Entry::of(row) })?;
        }
        self.found = found;
        if room { Ok(()) } else { Err(too_many()) }
    }

    /// A row of a table: a group loses it before its new group gains it.
    fn replace(&mut self, row: usize, pass: &mut Pass<'_>) -> Result<(), EngineError> {
        let time = pass.time(row);
        let (old, new) = (pass.taken_back_key(row), pass.added_key(row));
        [old, new].into_iter().flatten().try_for_each(|key| self.recall(key, pass.states))?;
        let mut change = Entry { time, ..Entry::of(row) };
        match (old, new) {
            (Some(old), Some(new)) if old == new => change.undo = true,
            (Some(old), _) => {
                if let Some(number) = self.keys.find(old) {
                    let (slot, was, time) = self.touch((number, false), time, pass.states)?;
                    pass.push(Entry { slot, time, was, before: true, undo: true, add: false, ..change })?;
                }
            }
            (None, _) => {}
        }
        let Some(new) = new else { return Ok(()) };
        let found = self.keys.add(new).ok_or_else(too_many)?;
        let (slot, was, time) = self.touch(found, time, pass.states)?;
        pass.push(Entry { slot, time, was, before: !found.1, ..change })
    }
}

impl Grouping for Groups {
    fn place(&mut self, rows: usize, pass: &mut Pass<'_>) -> Result<(), EngineError> {
        if pass.takes_back() { (0..rows).try_for_each(|row| self.replace(row, pass)) } else { self.add(rows, pass) }
    }

    fn track(&mut self) {
        self.tracks = true;
    }

    fn can_be_lean(&self) -> bool {
        true
    }

    fn lean(&mut self, saved: Saved) {
        self.saved = Some(saved);
    }

    fn save(&mut self, states: &States, change: &mut Save<'_>) -> Result<(), EngineError> {
        let mut value = Vec::new();
        let mut changed = std::mem::take(&mut self.changed);
        for number in changed.drain(..) {
            let Some(group) = self.groups.get_mut(number as usize) else { continue };
            group.noted = false;
            value.clear();
            value.push(VERSION);
            value.extend_from_slice(&group.time.to_be_bytes());
            states.encode(group.slot, &mut value)?;
            change(self.keys.key(number), Some(&value))?;
        }
        self.changed = changed;
        Ok(())
    }

    fn expect(&mut self, keys: usize, states: &mut States) {
        self.keys.reserve(keys, 0);
        self.groups.reserve(keys);
        states.expect(keys);
    }

    fn load(&mut self, key: &[u8], mut value: &[u8], states: &mut States) -> Result<(), EngineError> {
        take_version(&mut value)?;
        let time = take_long(&mut value)?;
        let slot = states.decode(value)?;
        match self.keys.add(key) {
            Some((_, true)) => self.groups.push(Group { slot, time, noted: false }),
            Some((number, false)) => {
                // Given out twice: the later one counts.
                let group = self.groups.get_mut(number as usize).ok_or_else(too_many)?;
                states.give_back(std::mem::replace(&mut group.slot, slot))?;
                group.time = time;
            }
            None => return Err(too_many()),
        }
        Ok(())
    }
}

fn too_many() -> EngineError {
    EngineError::Query("there are too many groups".into())
}
