//! Groups of which most are not in memory: one comes back when rows change it; on disk with all of its values, where these are kept
//! one by one.

use super::super::Grouping;
use super::super::apart::{self, APART};
use super::super::states::States;
use super::Groups;
use crate::error::EngineError;
use crate::operator::Saved;

impl Groups {
    /// From here on groups that were saved are found there. What is there in another form than it is kept in now is taken in, all of
    /// it.
    pub(super) fn find_in(&mut self, saved: Saved, states: &mut States) -> Result<(), EngineError> {
        let apart = self.apart;
        let mut is_other = false;
        saved.beginning(1, &[], &mut |_, value| {
            is_other = apart != (value.first() == Some(&APART));
            Ok(())
        })?;
        if is_other {
            saved.beginning(usize::MAX, &[], &mut |entry, value| self.load(entry, value, states))?;
            return Ok(());
        }
        if apart {
            self.marks = apart::marks(&saved, &[], states.value_marks())?;
        }
        self.saved = Some(saved);
        Ok(())
    }

    /// Takes the group of a key from where it was saved, if it is there and not here.
    pub(super) fn recall(&mut self, key: &[u8], states: &mut States) -> Result<(), EngineError> {
        if self.keys.find(key).is_some() {
            return Ok(());
        }
        let Some(mut saved) = self.saved.take() else { return Ok(()) };
        if self.apart {
            self.recall_apart(&mut saved, key, states)?;
        } else if let Some(value) = saved.get(key)? {
            self.load(key, value, states)?;
        }
        self.saved = Some(saved);
        Ok(())
    }

    /// The same with its values.
    fn recall_apart(&mut self, saved: &mut Saved, key: &[u8], states: &mut States) -> Result<(), EngineError> {
        let mut entry = Vec::new();
        apart::put_group(key, &mut entry);
        let Some(value) = saved.get(&entry)? else { return Ok(()) };
        self.load(&entry, value, states)?;
        let marks = std::mem::take(&mut self.marks);
        let done = apart::each_value(saved, &[], key, &marks, &mut |entry, value| {
            self.values += 1;
            self.load(entry, value, states)
        });
        self.marks = marks;
        done
    }
}
