//! Windows: which of them a row is in, worked out anew from the rows that came before it.

use super::World;
use crate::case::Window;
use crate::chance::{happens, pick};

/// Windows of a query.
#[derive(Debug, Clone, Copy)]
pub(super) struct Windows {
    pub(super) kind: Kind,
    /// How long after its end a window takes rows, ms.
    pub(super) grace: i64,
    /// Only last results leave.
    pub(super) last_only: bool,
    /// What stands behind WINDOW says a grace period.
    says_grace: bool,
}

/// Which rows are together.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    /// Size and advance, ms.
    Time(i64, i64),
    /// Gap, ms.
    Session(i64),
}

/// One or several groups of rows: the places of rows in the order in which windows took them, by key and bounds.
#[derive(Debug, Clone)]
pub(super) struct Filled {
    pub(super) key: String,
    pub(super) bounds: (i64, i64),
    /// Places among the rows, merged sessions one after the other.
    pub(super) rows: Vec<usize>,
}

const DAY: i64 = 86_400_000;

/// Draws windows. `no_late`: no row may be late.
pub(super) fn draw(world: &mut World, no_late: bool) -> Windows {
    let chance = &mut world.chance;
    let size = i64::from(pick(chance, &[1, 2, 3, 5, 8])) * 1000;
    let kind = match chance.u8(0..3) {
        0 => Kind::Time(size, size),
        1 => Kind::Time(size, (size / i64::from(pick(chance, &[2, 3, 4]))).max(1)),
        _ => Kind::Session(size / 2),
    };
    let says_grace = !no_late || happens(chance, 30);
    let last_only = says_grace && happens(chance, 35);
    let length = match kind {
        Kind::Time(size, _) => size,
        Kind::Session(gap) => gap,
    };
    let grace = if says_grace { chance.i64(0..8) * 1000 } else { DAY - length };
    Windows { kind, grace, last_only, says_grace }
}

impl Windows {
    /// Whether rows can be late, so that their order matters.
    pub(super) fn has_late(&self) -> bool {
        self.says_grace
    }

    /// What keys end with.
    pub(super) fn key(&self) -> Window {
        match self.kind {
            Kind::Time(size, _) => Window::Time(size),
            Kind::Session(_) => Window::Session,
        }
    }

    /// As text. What is kept longer than anything can be late changes no result.
    pub(super) fn sql(&self) -> String {
        let ms = |n: i64| format!("{n} MILLISECONDS");
        let grace = if self.says_grace { format!(", GRACE PERIOD {}", ms(self.grace)) } else { String::new() };
        let retention = ", RETENTION 1000 DAYS";
        match self.kind {
            Kind::Time(size, advance) if size == advance => {
                format!(" WINDOW TUMBLING (SIZE {}{retention}{grace})", ms(size))
            }
            Kind::Time(size, advance) => {
                format!(" WINDOW HOPPING (SIZE {}, ADVANCE BY {}{retention}{grace})", ms(size), ms(advance))
            }
            Kind::Session(gap) => format!(" WINDOW SESSION ({}{retention}{grace})", ms(gap)),
        }
    }

    /// Puts rows, told by key and time in the order in which they come, into their windows. Of EMIT FINAL only the windows
    /// that have closed.
    pub(super) fn fill(&self, rows: &[(String, i64)]) -> Vec<Filled> {
        let mut filled = match self.kind {
            Kind::Time(size, advance) => self.times(rows, size, advance),
            Kind::Session(gap) => self.sessions(rows, gap),
        };
        if let (Kind::Time(..), true) = (self.kind, self.last_only) {
            let now = rows.iter().map(|(_, time)| *time).max().unwrap_or(-1);
            filled.retain(|window| window.bounds.1 + self.grace <= now);
        }
        filled
    }

    fn times(&self, rows: &[(String, i64)], size: i64, advance: i64) -> Vec<Filled> {
        let mut filled: Vec<Filled> = Vec::new();
        let mut now = -1;
        for (at, (key, time)) in rows.iter().enumerate() {
            now = now.max(*time);
            // Every beginning that there can be, from the first one.
            let first = (time - size).div_euclid(advance) * advance;
            for start in (0..).map(|n| first + n * advance).take_while(|start| start <= time) {
                let bounds = (start, start + size);
                if start < 0 || bounds.1 <= *time || bounds.1 + self.grace <= now {
                    continue;
                }
                match filled.iter_mut().find(|window| window.key == *key && window.bounds == bounds) {
                    Some(window) => window.rows.push(at),
                    None => filled.push(Filled { key: key.clone(), bounds, rows: vec![at] }),
                }
            }
        }
        filled
    }

    /// A session whose last result has left may still be joined by a row that is near to it and not late: it is another
    /// session then, and what has left stays.
    fn sessions(&self, rows: &[(String, i64)], gap: i64) -> Vec<Filled> {
        let (mut filled, mut left): (Vec<Filled>, Vec<Filled>) = (Vec::new(), Vec::new());
        let mut now = -1;
        for (at, (key, time)) in rows.iter().enumerate() {
            now = now.max(*time);
            let near = |s: &Filled| s.key == *key && s.bounds.1 >= time - gap && s.bounds.0 <= time + gap;
            let mut bounds = (*time, *time);
            for session in filled.iter().filter(|session| near(session)) {
                bounds = (bounds.0.min(session.bounds.0), bounds.1.max(session.bounds.1));
            }
            if bounds.1 < now - self.grace - gap {
                continue;
            }
            let (mut joined, others): (Vec<Filled>, Vec<Filled>) = filled.into_iter().partition(near);
            joined.sort_by_key(|session| session.bounds);
            let rows = joined.into_iter().flat_map(|session| session.rows).chain([at]).collect();
            filled = others;
            filled.push(Filled { key: key.clone(), bounds, rows });
            let closed = |s: &&Filled| s.bounds.1 < now - self.grace - gap;
            for session in filled.iter().filter(closed) {
                if !left.iter().any(|known| known.key == session.key && known.bounds == session.bounds) {
                    left.push(session.clone());
                }
            }
        }
        if self.last_only { left } else { filled }
    }
}
