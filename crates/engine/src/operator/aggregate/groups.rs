//! Groups without windows: one state a group, for ever.

use std::collections::HashMap;

use super::Grouping;
use super::pass::{Entry, Pass};
use crate::error::EngineError;

/// The groups by key.
#[derive(Default)]
pub(super) struct Groups {
    groups: HashMap<Box<[u8]>, Group>,
}

struct Group {
    slot: u32,
    /// The latest time of its rows, ms.
    time: i64,
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
            self.groups.insert(new.into(), Group { slot, time });
        }
        let Some(group) = self.groups.get_mut(new) else { return Ok(()) };
        group.time = group.time.max(time);
        pass.push(Entry { slot: group.slot, time: group.time, ..change })
    }
}
