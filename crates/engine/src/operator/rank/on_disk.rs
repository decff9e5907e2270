//! Partitions of which most are on disk: one comes back whole when a row is in it, or was.
//!
//! Kept there besides: a byte that no number begins with, length of the partition's key, that key, number of a row → nothing.

use super::partitions::{Partitions, kept_key};
use crate::error::EngineError;
use crate::operator::kept::{damaged, take_array};
use crate::operator::{Index, Saved};

/// Rows by their partitions.
pub(super) const INDEX: Index = Index {
    of_key: |_| true,
    replaces: false,
    entries: |entry, _, each| match entry.split_first_chunk::<8>() {
        Some((number, key)) if number[0] != PARTITION => each(&index_key(key, u64::from_be_bytes(*number))?, &[]),
        _ => Ok(()),
    },
};

/// What the keys of further entries begin with.
const PARTITION: u8 = 0xff;

/// The key under which a row is found by its partition.
fn index_key(key: &[u8], number: u64) -> Result<Vec<u8>, EngineError> {
    let length = u32::try_from(key.len()).map_err(|_| damaged())?;
    Ok([&[PARTITION], length.to_be_bytes().as_slice(), key, &number.to_be_bytes()].concat())
}

/// The numbers of the rows of a partition.
fn numbers(saved: &Saved, key: &[u8]) -> Result<Vec<u64>, EngineError> {
    let mut numbers = Vec::new();
    let bounds = (index_key(key, 0)?, index_key(key, u64::MAX)?);
    saved.range(&bounds.0, &bounds.1, &mut |entry, _| {
        let mut number = entry.get(5 + key.len()..).unwrap_or_default();
        numbers.push(u64::from_be_bytes(take_array(&mut number)?));
        Ok(())
    })?;
    Ok(numbers)
}

/// The first number of a row that is not less than that.
fn number_from(saved: &Saved, number: u64) -> Result<Option<u64>, EngineError> {
    let mut found = None;
    saved.first(1, &number.to_be_bytes(), &[PARTITION], &mut |entry, _| {
        let mut rest = entry;
        found = Some(u64::from_be_bytes(take_array(&mut rest)?));
        Ok(())
    })?;
    Ok(found)
}

/// The greatest number of a row; none: 0. Nobody goes through all of them: what is left to look at is halved again and again.
fn last_number(saved: &Saved) -> Result<u64, EngineError> {
    let (mut last, mut most) = (0, u64::MAX >> 1);
    while last < most {
        let middle = most - (most - last) / 2;
        match number_from(saved, middle)? {
            Some(number) => last = number,
            None => most = middle - 1,
        }
    }
    Ok(last)
}

impl Partitions {
    /// From here on partitions that were saved are on disk, until they are asked for.
    pub(super) fn lean(&mut self, saved: Saved) -> Result<(), EngineError> {
        self.next = last_number(&saved)?;
        self.disk = Some(saved);
        Ok(())
    }

    /// Takes the rows of a partition from disk, if it is not here; [`Partitions::settle`] gives them their places.
    pub(super) fn recall(&mut self, key: &[u8]) -> Result<(), EngineError> {
        if self.disk.is_none() || self.find(key).is_some() {
            return Ok(());
        }
        let Some(mut disk) = self.disk.take() else { return Ok(()) };
        let numbers = numbers(&disk, key)?;
        if !numbers.is_empty() {
            // From here on it is here.
            self.number(key)?;
        }
        for number in numbers {
            let entry = kept_key(number, key);
            let value = disk.get(&entry)?.ok_or_else(damaged)?;
            self.load(&entry, value)?;
        }
        self.disk = Some(disk);
        Ok(())
    }
}
