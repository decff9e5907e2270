//! Rows that point to rows of another table: by what identifies them, and by what they point to.

mod on_disk;

use std::collections::BTreeSet;
use std::ops::{Bound, Range};
use std::sync::Arc;

use millstream_codec::{Encoder, Payloads, encoder};
use millstream_plan::topology::{Identity, Join};

use super::damaged;
use super::input::Input;
use super::kept::{Kept, KeptRows};
use super::results::{Joined, Pair, Part, Results};
use crate::batch::Batch;
use crate::error::EngineError;
use crate::ledger::Ledger;
use crate::operator::Save;
pub(super) use on_disk::INDEX;
use on_disk::OnDisk;

/// The rows of both tables.
pub(super) struct Pointers {
    identity: Identity,
    encoder: Box<dyn Encoder>,
    /// Whether rows of the left side stay without one of the right.
    pub(super) keeps_left: bool,
    /// By what identifies them.
    left: KeptRows,
    /// By key.
    right: KeptRows,
    /// Which rows of the left side point to a key: that key, and what identifies them.
    pointing: BTreeSet<Pointing>,
    /// Where rows are that are not here.
    disk: Option<OnDisk>,
}

/// A key, and what identifies a row that points to it.
type Pointing = (Arc<[u8]>, Arc<[u8]>);

/// With which time the result of a row of the left side and what it points to was told.
pub(super) fn told_time(left: &Kept, right: Option<&Kept>) -> i64 {
    left.told.unwrap_or_else(|| left.time.max(right.map_or(i64::MIN, |kept| kept.time)))
}

/// First bytes of what is saved of each side.
const LEFT: u8 = 0;
const RIGHT: u8 = 1;

impl Pointers {
    /// Of empty tables. Error: the left side has no identity that can be encoded.
    pub(super) fn new(node: &Join) -> Result<Self, EngineError> {
        let none = || EngineError::Query("a foreign-key join needs to know what identifies its rows".into());
        let identity = node.left_identity.clone().ok_or_else(none)?;
        Ok(Self {
            encoder: encoder(identity.key.format, &identity.key.columns)?,
            identity,
            keeps_left: node.kind.keeps_left(),
            left: KeptRows::default(),
            right: KeptRows::default(),
            pointing: BTreeSet::new(),
            disk: None,
        })
    }

    /// What identifies the rows of a batch of the left side.
    pub(super) fn identities(&mut self, batch: &Batch) -> Result<Payloads, EngineError> {
        identities(&self.identity, self.encoder.as_mut(), batch)
    }

    /// Puts a row of the left side in the place of the one of its identity, or takes that away; gives what was there.
    pub(super) fn replace(&mut self, identity: &[u8], new: Option<Kept>) -> Option<Kept> {
        let to = new.as_ref().and_then(|kept| kept.points_to.clone());
        let old = self.left.replace(identity, new);
        let from = old.as_ref().and_then(|kept| kept.points_to.clone());
        if from != to {
            if let Some(from) = from {
                self.pointing.remove(&(from, identity.into()));
            }
            if let Some(to) = to {
                self.pointing.insert((to, identity.into()));
            }
        }
        old
    }

    /// The row of the right side that is pointed to.
    pub(super) fn found(&self, key: Option<&[u8]>) -> Option<&Kept> {
        key.and_then(|key| self.right.get(key))
    }

    /// Takes rows of the right side: each row that points to one of them has a new result.
    pub(super) fn push_right(
        &mut self,
        input: &Input<'_>,
        rows: Range<usize>,
        results: &mut Results<'_>,
        ledger: &mut Ledger,
    ) -> Result<(), EngineError> {
        for row in rows {
            let Some(key) = input.key(row) else {
                ledger.row_skipped(input.batch, row, "join", "what it is joined by is null");
                continue;
            };
            self.recall_right(key)?;
            let (time, deleted) = (input.time(row), input.batch.is_absent(row));
            let new = (!deleted).then(|| Kept::new(time, input.bytes(row)));
            let old = self.right.replace(key, new);
            let there = !deleted || self.keeps_left;
            let from: Pointing = (key.into(), Arc::from([]));
            for (points_to, identity) in self.pointing.range((Bound::Included(&from), Bound::Unbounded)) {
                if **points_to != *key {
                    break;
                }
                let Some(left) = self.left.get(identity) else { continue };
                let right = if deleted && there { Part::Nothing } else { Part::Own };
                let mut joined = Joined::new(row, time, Pair { left: Part::Kept(Arc::clone(&left.bytes)), right });
                joined.deleted = !there;
                if results.tells_before() {
                    if old.is_some() || self.keeps_left {
                        let right = Part::kept(old.as_ref().map(|kept| &kept.bytes));
                        let pair = Pair { left: Part::Kept(Arc::clone(&left.bytes)), right };
                        joined.before = Some((pair, told_time(left, old.as_ref())));
                    }
                    let usual = if deleted { left.time } else { left.time.max(time) };
                    self.left.tell(identity, (time != usual).then_some(time));
                }
                results.push(joined)?;
            }
        }
        Ok(())
    }

    /// How many rows are kept.
    pub(super) fn held(&self) -> usize {
        self.left.held() + self.right.held() + self.disk.as_ref().map_or(0, OnDisk::asked)
    }

    /// From here on what changes is noted.
    pub(super) fn track(&mut self) {
        self.left.track();
        self.right.track();
    }

    /// Gives out what has changed.
    pub(super) fn save(&mut self, change: &mut Save<'_>) -> Result<(), EngineError> {
        self.left.save(LEFT, change)?;
        self.right.save(RIGHT, change)
    }

    /// Takes what was given out.
    pub(super) fn load(&mut self, key: &[u8], value: &[u8]) -> Result<(), EngineError> {
        match key.split_first() {
            Some((&LEFT, key)) => {
                self.left.load(key, value)?;
                self.note_pointing(key);
                Ok(())
            }
            Some((&RIGHT, key)) => self.right.load(key, value),
            _ => Err(damaged()),
        }
    }

    /// A row of the left side has been taken in as it was given out.
    fn note_pointing(&mut self, identity: &[u8]) {
        if let Some(points_to) = self.left.get(identity).and_then(|kept| kept.points_to.clone()) {
            self.pointing.insert((points_to, identity.into()));
        }
    }
}

/// What identifies the rows of a batch; nulls in it are as good as any value.
pub(crate) fn identities(
    identity: &Identity,
    encoder: &mut dyn Encoder,
    batch: &Batch,
) -> Result<Payloads, EngineError> {
    let columns = identity.positions.iter().filter_map(|at| batch.rows.columns().get(*at).cloned());
    let columns: Vec<_> = columns.collect();
    let mut out = Payloads::default();
    encoder.encode(&columns, None, &mut out)?;
    Ok(out)
}
