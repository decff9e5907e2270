//! Groups without windows: one state a group, for ever.
//!
//! Kept as: the group's key → version, the latest time of its rows, the states of the calls; where these keep values, as
//! [`apart`] has it.

mod on_disk;

use millstream_state::Keys;

use super::Grouping;
use super::apart::{self, Found};
use super::entry::Entry;
use super::pass::Pass;
use super::states::States;
use crate::error::EngineError;
use crate::operator::{Save, Saved};

/// The groups by key.
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
    /// Where groups are that are not here. One that is here is here with all of its values.
    saved: Option<Saved>,
    /// Values of the calls are kept one by one.
    apart: bool,
    /// The calls of which values may be on disk.
    marks: Vec<u64>,
    /// Values that came from disk or have gone there, about.
    values: usize,
    /// Keys of entries in another form than they are kept in now.
    stale: Vec<Box<[u8]>>,
}

struct Group {
    slot: u32,
    /// The latest time of its rows, ms.
    time: i64,
    /// It is among the changed ones.
    noted: bool,
}

impl Groups {
    /// No groups. `apart`: values of the calls are kept one by one.
    pub(super) fn new(apart: bool) -> Self {
        Self {
            keys: Keys::default(),
            groups: Vec::new(),
            tracks: false,
            changed: Vec::new(),
            found: Vec::new(),
            saved: None,
            apart,
            marks: Vec::new(),
            values: 0,
            stale: Vec::new(),
        }
    }

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

    fn track(&mut self, states: &mut States) {
        self.tracks = true;
        if self.apart {
            states.track_values();
            // Those that are written anew, with all of their values.
            let slots = self.changed.iter().filter_map(|number| self.groups.get(*number as usize));
            slots.for_each(|group| states.touch_values(group.slot));
        }
    }

    fn reform(&mut self, apart: bool, states: &mut States) -> Result<(), EngineError> {
        if !self.apart && !apart {
            return Ok(());
        }
        let mut entry = Vec::new();
        for number in 0..u32::try_from(self.groups.len()).map_err(|_| too_many())? {
            let Some(slot) = self.groups.get(number as usize).map(|group| group.slot) else { continue };
            let key = self.keys.key(number);
            if self.apart {
                self.stale.extend(apart::all_values(&[], key, slot, states)?);
                apart::put_group(key, &mut entry);
            } else {
                entry.clear();
                entry.extend_from_slice(key);
            }
            self.rewrite(&entry, number);
        }
        self.apart = apart;
        Ok(())
    }

    fn reformed(&mut self, states: &mut States) {
        if self.tracks {
            self.track(states);
        }
    }

    /// What was saved is looked for by the groups' keys, their values by what these begin with.
    fn can_be_lean(&self) -> bool {
        !self.apart
    }

    fn can_be_on_disk(&self) -> bool {
        true
    }

    fn lean(&mut self, saved: Saved, states: &mut States) -> Result<(), EngineError> {
        self.find_in(saved, states)
    }

    fn values(&self) -> usize {
        self.values
    }

    fn save(&mut self, states: &mut States, change: &mut Save<'_>) -> Result<(), EngineError> {
        // First of all: an entry's key in one form may be that of another entry in the other one.
        self.stale.drain(..).try_for_each(|key| change(&key, None))?;
        let (mut kept, mut value) = (Vec::new(), Vec::new());
        let mut changed = std::mem::take(&mut self.changed);
        for number in changed.drain(..) {
            let Some(group) = self.groups.get_mut(number as usize) else { continue };
            group.noted = false;
            let key = self.keys.key(number);
            apart::begin(self.apart, group.time, &mut value);
            if !self.apart {
                states.encode(group.slot, &mut value)?;
                change(key, Some(&value))?;
                continue;
            }
            states.encode_rest(group.slot, &mut value)?;
            apart::put_group(key, &mut kept);
            change(&kept, Some(&value))?;
            let given = apart::save_values(&[], key, group.slot, states, change)?;
            self.values += if self.saved.is_some() { given } else { 0 };
        }
        self.changed = changed;
        Ok(())
    }

    fn expect(&mut self, keys: usize, states: &mut States) {
        // Most keys are those of values, then.
        if self.apart {
            return;
        }
        self.keys.reserve(keys, 0);
        self.groups.reserve(keys);
        states.expect(keys);
    }

    fn load(&mut self, entry: &[u8], value: &[u8], states: &mut States) -> Result<(), EngineError> {
        match apart::read(entry, value)? {
            Found::Whole { key, time, states: bytes } => {
                let slot = states.decode(bytes)?;
                let number = self.put(key, slot, time, states)?;
                if self.apart {
                    self.rewrite(entry, number);
                    states.touch_values(slot);
                }
            }
            Found::Rest { key, time, states: bytes } => {
                let (slot, number) = self.loaded(key, states)?;
                states.decode_rest(slot, bytes)?;
                if let Some(group) = self.groups.get_mut(number as usize) {
                    group.time = time;
                }
                if !self.apart {
                    self.rewrite(entry, number);
                }
            }
            Found::Value { key, mark, value, count } => {
                let (slot, _) = self.loaded(key, states)?;
                if !states.put_value(slot, mark, value, count)? || !self.apart {
                    self.stale.push(entry.into());
                }
            }
        }
        Ok(())
    }
}

impl Groups {
    /// Puts a slot in the place of a group's, which may be there; the group's number.
    fn put(&mut self, key: &[u8], slot: u32, time: i64, states: &mut States) -> Result<u32, EngineError> {
        match self.keys.add(key).ok_or_else(too_many)? {
            (number, true) => {
                self.groups.push(Group { slot, time, noted: false });
                Ok(number)
            }
            (number, false) => {
                // Given out twice: the later one counts.
                let group = self.groups.get_mut(number as usize).ok_or_else(too_many)?;
                states.give_back(std::mem::replace(&mut group.slot, slot))?;
                group.time = time;
                Ok(number)
            }
        }
    }

    /// Slot and number of a group of which entries are loaded, in any order.
    fn loaded(&mut self, key: &[u8], states: &mut States) -> Result<(u32, u32), EngineError> {
        let found = self.keys.add(key).ok_or_else(too_many)?;
        Ok((self.group(found, states)?.slot, found.0))
    }

    /// An entry that was loaded has another form than this program writes: the next time that anything is written, it is gone, and
    /// its group is written anew.
    fn rewrite(&mut self, entry: &[u8], number: u32) {
        self.stale.push(entry.into());
        if let Some(group) = self.groups.get_mut(number as usize).filter(|group| !group.noted) {
            group.noted = true;
            self.changed.push(number);
        }
    }
}

fn too_many() -> EngineError {
    EngineError::Query("there are too many groups".into())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use arrow::array::Int32Array;
    use millstream_functions::{Arg, Limits, Rows, find_aggregate};
    use millstream_plan::topology::AggregateCall;
    use millstream_types::{Column, Role, SqlType};

    use super::*;

    fn states() -> States {
        let function = find_aggregate("COUNT").unwrap().resolve_distinct(&[Some(SqlType::Integer)]).unwrap();
        let call = AggregateCall {
            column: Column { name: "C".into(), ty: SqlType::Bigint, role: Role::Value },
            args: vec![],
            sql: "COUNT(DISTINCT V)".into(),
            filter: None,
            function: Arc::new(function),
            constants: vec![],
            limits: Limits::default(),
        };
        States::new(&[call]).unwrap()
    }

    type Entries = BTreeMap<Vec<u8>, Vec<u8>>;

    fn saved(groups: &mut Groups, states: &mut States, entries: &mut Entries) {
        groups
            .save(states, &mut |key, value| {
                match value {
                    Some(value) => drop(entries.insert(key.to_vec(), value.to_vec())),
                    None => drop(entries.remove(key)),
                }
                Ok(())
            })
            .unwrap();
    }

    fn loaded(apart: bool, entries: &Entries) -> (Groups, States) {
        let (mut groups, mut states) = (Groups::new(apart), states());
        entries.iter().for_each(|(key, value)| groups.load(key, value, &mut states).unwrap());
        groups.track(&mut states);
        (groups, states)
    }

    /// Groups of programs before had all in one entry, and those of a query that gets other calls may be in either form.
    #[test]
    fn entries_of_the_other_form_are_written_anew() {
        let (mut groups, mut states) = loaded(false, &Entries::new());
        // The second key is what the first one's is in the other form.
        for (number, key) in [b"a".as_slice(), b"ga"].into_iter().enumerate() {
            let slot = states.take_slot().unwrap();
            let args = [Arg::column(Arc::new(Int32Array::from(vec![5, number as i32])))];
            states.apply(0, &Rows::added(&[slot, slot], &args), false).unwrap();
            let number = groups.put(key, slot, 3, &mut states).unwrap();
            groups.changed.push(number);
        }
        let mut entries = Entries::new();
        saved(&mut groups, &mut states, &mut entries);
        assert_eq!(entries.keys().collect::<Vec<_>>(), [b"a".as_slice(), b"ga"]);
        for (apart, count) in [(true, 6), (true, 6), (false, 2), (true, 6)] {
            let (mut groups, mut states) = loaded(apart, &entries);
            saved(&mut groups, &mut states, &mut entries);
            assert_eq!(entries.len(), count, "{apart}");
            let (groups, states) = loaded(apart, &entries);
            let slots: Vec<u32> = [b"a".as_slice(), b"ga"]
                .map(|key| groups.groups[groups.keys.find(key).unwrap() as usize].slot)
                .to_vec();
            let counts = states.results(&slots).unwrap();
            assert_eq!(format!("{:?}", counts[0]), "PrimitiveArray<Int64>\n[\n  2,\n  2,\n]");
        }
    }
}
