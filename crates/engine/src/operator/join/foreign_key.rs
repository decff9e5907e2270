//! A table with another one whose rows its own point to: a change of the row that is pointed to changes all rows that do.
//!
//! As in Kafka Streams the rows that point to one are told in the order of their keys' bytes; a change of the left side
//! carries the later time of both rows, one of the right side its own. A change of a row that was there before leaves
//! even if the result neither had nor has a row.

use std::collections::BTreeSet;
use std::ops::{Bound, Range};
use std::sync::Arc;

use millstream_codec::{Encoder, Payloads, encoder};
use millstream_plan::topology::{Identity, Join};

use super::input::Input;
use super::kept::{Kept, KeptRows};
use super::results::{Joined, Pair, Part, Results};
use super::{Matching, Side, damaged};
use crate::batch::Batch;
use crate::error::EngineError;
use crate::ledger::Ledger;
use crate::operator::Save;

/// The rows of both tables.
pub(super) struct ForeignKey {
    identity: Identity,
    encoder: Box<dyn Encoder>,
    /// Whether rows of the left side stay without one of the right.
    keeps_left: bool,
    /// By what identifies them.
    left: KeptRows,
    /// By key.
    right: KeptRows,
    /// Which rows of the left side point to a key: that key, and what identifies them.
    pointing: BTreeSet<Pointing>,
}

/// A key, and what identifies a row that points to it.
type Pointing = (Arc<[u8]>, Arc<[u8]>);

/// First bytes of what is saved of each side.
const LEFT: u8 = 0;
const RIGHT: u8 = 1;

impl ForeignKey {
    /// A join of empty tables. Error: the left side has no identity that can be encoded.
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
        })
    }

    /// What identifies the rows of a batch of the left side.
    fn identities(&mut self, batch: &Batch) -> Result<Payloads, EngineError> {
        let columns = self.identity.positions.iter().filter_map(|at| batch.rows.columns().get(*at).cloned());
        let columns: Vec<_> = columns.collect();
        let mut out = Payloads::default();
        self.encoder.encode(&columns, None, &mut out)?;
        Ok(out)
    }

    fn push_left(
        &mut self,
        input: &Input<'_>,
        rows: Range<usize>,
        results: &mut Results<'_>,
        ledger: &mut Ledger,
    ) -> Result<(), EngineError> {
        let identities = self.identities(input.batch)?;
        for row in rows {
            let Some(identity) = identities.get(row) else { continue };
            let (time, deleted) = (input.time(row), input.batch.is_absent(row));
            let points_to: Option<Arc<[u8]>> = input.key(row).filter(|_| !deleted).map(Into::into);
            let new = (!deleted).then(|| Kept { points_to: points_to.clone(), ..Kept::new(time, input.bytes(row)) });
            let old = self.left.replace(identity, new);
            let old_points_to = old.as_ref().and_then(|kept| kept.points_to.clone());
            if old_points_to != points_to {
                self.point(identity, old_points_to.as_ref(), points_to.as_ref());
            }
            if !deleted && points_to.is_none() && !self.keeps_left {
                ledger.row_skipped(input.batch, row, "join", "what it is joined by is null");
            }
            let found = points_to.as_ref().and_then(|key| self.right.get(key));
            let old_found = old_points_to.as_ref().and_then(|key| self.right.get(key));
            let there = !deleted && (found.is_some() || self.keeps_left);
            // What was there under the old key, or could have been.
            let was = old.is_some() && (old_points_to.is_some() || self.keeps_left);
            if !there && !was {
                continue;
            }
            let time_of = |kept: Option<&Kept>| kept.map_or(i64::MIN, |kept| kept.time);
            let seen = if deleted { old_found } else { found };
            let right = Part::kept(found.map(|kept| &kept.bytes));
            let mut joined = Joined::new(row, time.max(time_of(seen)), Pair { left: Part::Own, right });
            joined.deleted = !there;
            if let Some(old) = old.filter(|_| results.tells_before() && (old_found.is_some() || self.keeps_left)) {
                let right = Part::kept(old_found.map(|kept| &kept.bytes));
                let time = old.time.max(time_of(old_found));
                joined.before = Some((Pair { left: Part::Kept(old.bytes), right }, time));
            }
            results.push(joined)?;
        }
        Ok(())
    }

    /// A row of the left side points elsewhere.
    fn point(&mut self, identity: &[u8], from: Option<&Arc<[u8]>>, to: Option<&Arc<[u8]>>) {
        if let Some(from) = from {
            self.pointing.remove(&(Arc::clone(from), identity.into()));
        }
        if let Some(to) = to {
            self.pointing.insert((Arc::clone(to), identity.into()));
        }
    }

    fn push_right(
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
                if results.tells_before() && (old.is_some() || self.keeps_left) {
                    let right = Part::kept(old.as_ref().map(|kept| &kept.bytes));
                    let time = left.time.max(old.as_ref().map_or(i64::MIN, |kept| kept.time));
                    joined.before = Some((Pair { left: Part::Kept(Arc::clone(&left.bytes)), right }, time));
                }
                results.push(joined)?;
            }
        }
        Ok(())
    }
}

impl Matching for ForeignKey {
    fn push(
        &mut self,
        side: Side,
        input: &Input<'_>,
        rows: Range<usize>,
        results: &mut Results<'_>,
        ledger: &mut Ledger,
    ) -> Result<(), EngineError> {
        match side {
            Side::Left => self.push_left(input, rows, results, ledger),
            Side::Right => self.push_right(input, rows, results, ledger),
        }
    }

    fn held(&self) -> usize {
        self.left.held() + self.right.held()
    }

    fn track(&mut self) {
        self.left.track();
        self.right.track();
    }

    fn save(&mut self, change: &mut Save<'_>) -> Result<(), EngineError> {
        self.left.save(LEFT, change)?;
        self.right.save(RIGHT, change)
    }

    fn load(&mut self, key: &[u8], value: &[u8]) -> Result<(), EngineError> {
        match key.split_first() {
            Some((&LEFT, key)) => {
                self.left.load(key, value)?;
                if let Some(points_to) = self.left.get(key).and_then(|kept| kept.points_to.clone()) {
                    self.pointing.insert((points_to, key.into()));
                }
                Ok(())
            }
            Some((&RIGHT, key)) => self.right.load(key, value),
            _ => Err(damaged()),
        }
    }
}
