//! HyperLogLog: how many different values there were, from the rarest pattern that their hashes showed in each of 2^14
//! registers. The error is 0.8 % (one standard deviation), for small numbers far less.
//!
//! Most groups are small: up to 2,048 registers are kept as a sorted list, 4 bytes each, and estimated by how many are
//! empty; beyond that all are, a byte each. The dense form counts its registers by rank, from which Ertl's estimator
//! ("New cardinality estimation algorithms for HyperLogLog sketches", 2017) needs no tables and has no jumps. Everything is
//! integers until the estimate, so that the order of rows does not show.

use super::bytes::{Reader, damaged, put_count};
use crate::Error;

/// Bits of a hash that choose the register.
const BITS: u32 = 14;
const REGISTERS: usize = 1 << BITS;
/// The highest rank: all other bits are 0.
const MAX_RANK: u8 = (64 - BITS) as u8 + 1;
/// Most entries of the sparse form.
const SPARSE: usize = REGISTERS / 8;

/// The registers of a group.
#[derive(Debug, Clone)]
pub(super) enum Sketch {
    /// Registers that are not 0 in order: number times 256 and rank.
    Sparse(Vec<u32>),
    Dense(Box<Dense>),
}

#[derive(Debug, Clone)]
pub(super) struct Dense {
    ranks: [u8; REGISTERS],
    /// How many registers have each rank.
    counts: [u16; MAX_RANK as usize + 1],
}

impl Default for Sketch {
    fn default() -> Self {
        Self::Sparse(Vec::new())
    }
}

impl Sketch {
    /// Takes a value in by its hash.
    pub(super) fn insert(&mut self, hash: u64) {
        let register = (hash >> (64 - BITS)) as usize;
        // The bits that are left, and a 1 behind them that ends the count.
        let rank = ((hash << BITS) | (1 << (BITS - 1))).leading_zeros() as u8 + 1;
        self.raise(register, rank);
    }

    /// Raises a register to a rank that is higher than its own.
    fn raise(&mut self, register: usize, rank: u8) {
        match self {
            Self::Sparse(entries) => {
                let entry = (register as u32) << 8;
                let at = entries.partition_point(|e| *e < entry);
                if let Some(found) = entries.get_mut(at).filter(|e| **e >> 8 == entry >> 8) {
                    *found = (*found).max(entry | u32::from(rank));
                } else if entries.len() < SPARSE {
                    entries.insert(at, entry | u32::from(rank));
                } else {
                    let mut dense = Box::new(Dense::NONE);
                    entries.iter().for_each(|e| dense.raise((*e >> 8) as usize, *e as u8));
                    dense.raise(register, rank);
                    *self = Self::Dense(dense);
                }
            }
            Self::Dense(dense) => dense.raise(register, rank),
        }
    }

    /// Takes in all that another one has seen.
    pub(super) fn join(&mut self, other: &Self) {
        match other {
            Self::Sparse(entries) => entries.iter().for_each(|e| self.raise((*e >> 8) as usize, *e as u8)),
            Self::Dense(dense) => {
                let ranks = dense.ranks.iter().enumerate().filter(|(_, rank)| **rank > 0);
                ranks.for_each(|(register, rank)| self.raise(register, *rank));
            }
        }
    }

    /// How many different values there were, about.
    pub(super) fn estimate(&self) -> i64 {
        let m = REGISTERS as f64;
        let estimate = match self {
            Self::Sparse(entries) => m * (m / (m - entries.len() as f64)).ln(),
            Self::Dense(dense) => dense.estimate(),
        };
        estimate.round() as i64
    }

    /// Appends the registers: how many entries, and the entries; or `u32::MAX` and all ranks.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Sparse(entries) => {
                put_count(entries.len(), out);
                entries.iter().for_each(|e| out.extend_from_slice(&e.to_le_bytes()));
            }
            Self::Dense(dense) => {
                out.extend_from_slice(&u32::MAX.to_le_bytes());
                out.extend_from_slice(&dense.ranks);
            }
        }
    }

    /// Error: the bytes are damaged.
    pub(super) fn read(bytes: &mut Reader<'_>) -> Result<Self, Error> {
        let count = u32::from_le_bytes(bytes.array()?);
        let mut sketch = Self::default();
        if count == u32::MAX {
            let mut dense = Box::new(Dense::NONE);
            for (register, rank) in bytes.take(REGISTERS)?.iter().enumerate() {
                if *rank > MAX_RANK {
                    return Err(damaged());
                }
                dense.raise(register, *rank);
            }
            return Ok(Self::Dense(dense));
        }
        if count as usize > SPARSE {
            return Err(damaged());
        }
        for _ in 0..count {
            let entry = u32::from_le_bytes(bytes.array()?);
            let (register, rank) = ((entry >> 8) as usize, entry as u8);
            if register >= REGISTERS || !(1..=MAX_RANK).contains(&rank) {
                return Err(damaged());
            }
            sketch.raise(register, rank);
        }
        Ok(sketch)
    }

    /// Bytes of memory.
    pub(super) fn held(&self) -> usize {
        size_of::<Self>()
            + match self {
                Self::Sparse(entries) => entries.capacity() * size_of::<u32>(),
                Self::Dense(_) => size_of::<Dense>(),
            }
    }
}

impl Dense {
    const NONE: Self = {
        let mut counts = [0; MAX_RANK as usize + 1];
        counts[0] = REGISTERS as u16;
        Self { ranks: [0; REGISTERS], counts }
    };

    fn raise(&mut self, register: usize, rank: u8) {
        let old = self.ranks[register];
        if rank > old {
            self.ranks[register] = rank;
            self.counts[old as usize] -= 1;
            self.counts[rank as usize] += 1;
        }
    }

    fn estimate(&self) -> f64 {
        let m = REGISTERS as f64;
        let share = |rank: usize| f64::from(self.counts[rank]) / m;
        let top = usize::from(MAX_RANK);
        let mut sum = m * tau(1.0 - share(top));
        for rank in (1..top).rev() {
            sum = 0.5 * (sum + f64::from(self.counts[rank]));
        }
        sum += m * sigma(share(0));
        m * m / (2.0 * std::f64::consts::LN_2 * sum)
    }
}

/// Ertl's correction for empty registers. Infinite when all are: the estimate is 0 then.
fn sigma(mut x: f64) -> f64 {
    let (mut y, mut z) = (1.0, x);
    if x >= 1.0 {
        return f64::INFINITY;
    }
    loop {
        x *= x;
        let before = z;
        z += x * y;
        y += y;
        if z == before {
            return z;
        }
    }
}

/// Ertl's correction for registers of the highest rank.
fn tau(mut x: f64) -> f64 {
    if x <= 0.0 || x >= 1.0 {
        return 0.0;
    }
    let (mut y, mut z) = (1.0, 1.0 - x);
    loop {
        x = x.sqrt();
        let before = z;
        y *= 0.5;
        z -= (1.0 - x) * (1.0 - x) * y;
        if z == before {
            return z / 3.0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::value_list::hash;
    use super::*;

    fn of(values: std::ops::Range<u32>) -> Sketch {
        let mut sketch = Sketch::default();
        values.for_each(|i| sketch.insert(hash(&i.to_le_bytes())));
        sketch
    }

    #[test]
    fn estimates_are_close() {
        for n in [0u32, 1, 2, 3, 10, 100, 1000, 2500, 5000, 20_000, 50_000, 100_000, 400_000] {
            let error = (of(0..n).estimate() - i64::from(n)).abs() as f64 / f64::from(n.max(1));
            assert!(error <= if n <= 10 { 0.0 } else { 0.025 }, "{n}: {error}");
        }
    }

    #[test]
    fn values_of_two_are_those_of_one() {
        for (a, b, all) in [(0..10, 5..20, 0..20), (0..1500, 1000..3000, 0..3000), (0..50_000, 0..9, 0..50_000)] {
            let mut joined = of(a.clone());
            joined.join(&of(b.clone()));
            let mut reversed = of(b);
            reversed.join(&of(a));
            let bytes = |s: &Sketch| {
                let mut out = Vec::new();
                s.write(&mut out);
                out
            };
            assert_eq!(bytes(&joined), bytes(&of(all)));
            assert_eq!(bytes(&joined), bytes(&reversed));
            assert_eq!(bytes(&Sketch::read(&mut Reader::of(&bytes(&joined))).unwrap()), bytes(&joined));
        }
    }

    #[test]
    fn the_rarest_hash_has_the_highest_rank() {
        let mut sketch = Sketch::default();
        sketch.insert(0);
        assert!(matches!(&sketch, Sketch::Sparse(entries) if entries == &[u32::from(MAX_RANK)]));
    }
}
