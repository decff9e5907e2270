//! What was sent last, so that a violation can be looked at and replayed.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

/// Events of one worker that are kept.
const KEPT: usize = 400;

/// The order of all workers' events.
static NEXT: AtomicU64 = AtomicU64::new(0);

/// Something that was done with a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Event {
    /// It was opened.
    Open,
    /// Bytes were sent.
    Sent(Vec<u8>),
    /// It was closed.
    Closed,
}

/// The last events of one worker; each closes its connection before it opens the next.
#[derive(Debug, Default)]
pub(crate) struct Tape {
    events: VecDeque<(u64, Event)>,
}

impl Tape {
    /// Notes an event.
    pub(crate) fn note(&mut self, event: Event) {
        if self.events.len() >= KEPT {
            self.events.pop_front();
        }
        self.events.push_back((NEXT.fetch_add(1, Ordering::Relaxed), event));
    }

    /// The last `count` pieces that were sent, in hex.
    pub(crate) fn last(&self, count: usize) -> Vec<String> {
        let sent = self.events.iter().filter_map(|(_, event)| match event {
            Event::Sent(bytes) => Some(hex(bytes)),
            _ => None,
        });
        let sent = sent.collect::<Vec<_>>();
        sent.get(sent.len().saturating_sub(count)..).unwrap_or_default().to_vec()
    }
}

/// Writes all tapes in the order of their events: a line `worker open`, `worker closed` or `worker HEX` for each.
pub(crate) fn save(tapes: &[Tape], file: &Path) -> Result<(), String> {
    let mut all = Vec::new();
    for (worker, tape) in tapes.iter().enumerate() {
        all.extend(tape.events.iter().map(|(order, event)| (*order, worker, event)));
    }
    all.sort_by_key(|(order, ..)| *order);
    let mut text = String::new();
    for (_, worker, event) in all {
        let what = match event {
            Event::Open => "open".to_owned(),
            Event::Closed => "closed".to_owned(),
            Event::Sent(bytes) => hex(bytes),
        };
        let _ = writeln!(text, "{worker} {what}");
    }
    std::fs::write(file, text).map_err(|e| format!("{}: {e}", file.display()))
}

/// Reads what [`save`] wrote. Errors: something else is in it.
pub(crate) fn load(file: &Path) -> Result<Vec<(usize, Event)>, String> {
    let text = std::fs::read_to_string(file).map_err(|e| format!("{}: {e}", file.display()))?;
    let event = |line: &str| {
        let (worker, what) = line.split_once(' ')?;
        let event = match what {
            "open" => Event::Open,
            "closed" => Event::Closed,
            hex => Event::Sent(unhex(hex)?),
        };
        Some((worker.parse().ok()?, event))
    };
    let events = text.lines().enumerate();
    events.map(|(n, line)| event(line).ok_or_else(|| format!("{}:{}: no event", file.display(), n + 1))).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let byte = |at: usize| u8::from_str_radix(text.get(at..at + 2)?, 16).ok();
    (0..text.len()).step_by(2).map(byte).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tape_can_be_saved_and_loaded() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("tape");
        let mut tapes = [Tape::default(), Tape::default()];
        let events = [(0, Event::Open), (1, Event::Open), (0, Event::Sent(vec![0, 255, 16])), (1, Event::Closed)];
        events.iter().for_each(|(worker, event)| tapes[*worker].note(event.clone()));
        save(&tapes, &file).unwrap();
        assert_eq!(load(&file).unwrap(), events);
        assert_eq!(tapes[0].last(3), ["00ff10"]);
        std::fs::write(&file, "0 hello\n").unwrap();
        assert!(load(&file).is_err());
    }
}
