//! Groups without windows: one state a group, for ever.
//!
//! Kept as: the group's key → version, the latest time of its rows, the states of the calls.

use std::collections::HashMap;

use super::Grouping;
use super::pass::{Entry, Pass};
use super::states::States;
use crate::error::EngineError;
use crate::operator::Save;
use crate::operator::kept::{Changed, VERSION, take_long, take_version};

/// The groups by key.
#[derive(Default)]
pub(super) struct Groups {
    groups: HashMap<Box<[u8]>, Group>,
    changed: Changed,
}

struct Group {
    slot: u32,
    /// The latest time of its rows, ms.
    time: i64,
    /// It is among the changed ones.
    noted: bool,
}

impl Grouping for Groups {
    fn place(&mut self, row: usize, pass: &mut Pass<'_>) -> Result<(), EngineError> {
        let time = pass.time(row);
        let (old, new) = (pass.taken_back_key(row), pass.added_key(row));
        let mut change = Entry { time, ..Entry::of(row) };
        match (old, new) {
            (Some(old), Some(new)) if old == new => change.undo = true,
            (Some(old), _) => {
                // A group loses a row before the row's new group gains it.
                if let Some(group) = self.groups.get_mut(old) {
                    group.time = group.time.max(time);
                    self.changed.note(&mut group.noted, || old);
                    let entry = Entry { slot: group.slot, time: group.time, before: true, undo: true, ..change };
                    pass.push(Entry { add: false, ..entry })?;
                }
            }
            (None, _) => {}
        }
        let Some(new) = new else { return Ok(()) };
        change.before = self.groups.contains_key(new);
        if !change.before {
            let slot = pass.states.take_slot()?;
            self.groups.insert(new.into(), Group { slot, time, noted: false });
        }
        let Some(group) = self.groups.get_mut(new) else { return Ok(()) };
        group.time = group.time.max(time);
        self.changed.note(&mut group.noted, || new);
        pass.push(Entry { slot: group.slot, time: group.time, ..change })
    }

    fn track(&mut self) {
        self.changed.track();
    }

    fn save(&mut self, states: &States, change: &mut Save<'_>) -> Result<(), EngineError> {
        let mut value = Vec::new();
        for key in self.changed.take() {
            let Some(group) = self.groups.get_mut(&key) else { continue };
            group.noted = false;
            value.clear();
            value.push(VERSION);
            value.extend_from_slice(&group.time.to_be_bytes());
            states.encode(group.slot, &mut value)?;
            change(&key, Some(&value))?;
        }
        Ok(())
    }

    fn load(&mut self, key: &[u8], mut value: &[u8], states: &mut States) -> Result<(), EngineError> {
        take_version(&mut value)?;
        let time = take_long(&mut value)?;
        let slot = states.decode(value)?;
        self.groups.insert(key.into(), Group { slot, time, noted: false });
        Ok(())
    }
}
