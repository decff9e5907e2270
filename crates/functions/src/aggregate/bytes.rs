//! Encoded states: little-endian numbers and runs of bytes, read with every length checked.

use arrow::datatypes::i256;

use crate::Error;

/// Bytes that are read from the front.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reader<'a>(&'a [u8]);

/// What is wrong with bytes that no encoder wrote.
pub(super) fn damaged() -> Error {
    Error::Fatal("the encoded state of an aggregate function is damaged".into())
}

impl<'a> Reader<'a> {
    pub(super) fn of(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// The next `count` bytes.
    pub(super) fn take(&mut self, count: usize) -> Result<&'a [u8], Error> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or_else(damaged)?;
        self.0 = rest;
        Ok(taken)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], Error> {
        self.take(N)?.try_into().map_err(|_| damaged())
    }

    pub(super) fn u8(&mut self) -> Result<u8, Error> {
        Ok(self.array::<1>()?[0])
    }

    /// A boolean: 0 or 1.
    pub(super) fn flag(&mut self) -> Result<bool, Error> {
        match self.u8()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(damaged()),
        }
    }

    /// How many of something follow, each of at least one byte.
    pub(super) fn count(&mut self) -> Result<usize, Error> {
        let count = u32::from_le_bytes(self.array()?) as usize;
        if count > self.0.len() { Err(damaged()) } else { Ok(count) }
    }

    /// How many bytes are left.
    pub(super) fn left(&self) -> usize {
        self.0.len()
    }

    /// Error: there is more.
    pub(super) fn end(&self) -> Result<(), Error> {
        if self.0.is_empty() { Ok(()) } else { Err(damaged()) }
    }
}

/// Appends how many of something follow.
pub(super) fn put_count(count: usize, out: &mut Vec<u8>) {
    // Values and states are far smaller than 4 GiB: `check_size` bounds what is put into them.
    out.extend_from_slice(&u32::try_from(count).unwrap_or(u32::MAX).to_le_bytes());
}

/// A number of fixed width.
pub(super) trait Fixed: Copy {
    fn put(self, out: &mut Vec<u8>);
    fn get(bytes: &mut Reader<'_>) -> Result<Self, Error>;
}

macro_rules! fixed {
    ($($ty:ty),*) => {
        $(impl Fixed for $ty {
            fn put(self, out: &mut Vec<u8>) {
                out.extend_from_slice(&self.to_le_bytes());
            }

            fn get(bytes: &mut Reader<'_>) -> Result<Self, Error> {
                Ok(Self::from_le_bytes(bytes.array()?))
            }
        })*
    };
}

fixed!(i32, i64, u64, f64, i128, i256);
