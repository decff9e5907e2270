//! What happened in a run, counted.

use std::collections::BTreeMap;

use kafka_protocol::messages::ApiKey;

/// Counts of one worker, or of all.
#[derive(Debug, Default, Clone)]
pub(crate) struct Tally {
    /// Frames sent, whole or not.
    pub(crate) frames: u64,
    /// Of these, damaged ones.
    pub(crate) damaged: u64,
    /// Connections opened.
    pub(crate) connections: u64,
    /// Answers.
    pub(crate) answers: u64,
    /// Answers to damaged frames.
    pub(crate) damaged_answers: u64,
    /// Connections that the broker closed because of a frame.
    pub(crate) closes: u64,
    /// Frames behind one that the broker closed the connection for: never read.
    pub(crate) unread: u64,
    /// Requests that may wait, and did: the harness closed the connection.
    pub(crate) given_up: u64,
    /// Connections that this side left in the middle of a frame.
    pub(crate) left: u64,
    /// Frames and answers of each API.
    pub(crate) apis: BTreeMap<i16, (u64, u64)>,
}

impl Tally {
    /// Adds another's counts.
    pub(crate) fn add(&mut self, other: &Self) {
        self.frames += other.frames;
        self.damaged += other.damaged;
        self.connections += other.connections;
        self.answers += other.answers;
        self.damaged_answers += other.damaged_answers;
        self.closes += other.closes;
        self.unread += other.unread;
        self.given_up += other.given_up;
        self.left += other.left;
        for (key, (frames, answers)) in &other.apis {
            let sum = self.apis.entry(*key).or_default();
            sum.0 += frames;
            sum.1 += answers;
        }
    }

    /// The counts for people. APIs that do not exist are together in one line.
    pub(crate) fn lines(&self) -> Vec<String> {
        let mut lines = vec![
            format!("frames {}, damaged {}, connections {}", self.frames, self.damaged, self.connections),
            format!("answers {}, to damaged frames {}", self.answers, self.damaged_answers),
            format!(
                "closed by the broker {} (frames never read {}), given up waiting {}, left half sent {}",
                self.closes, self.unread, self.given_up, self.left
            ),
        ];
        let mut others = (0, 0);
        for (key, counts) in &self.apis {
            match ApiKey::try_from(*key) {
                Ok(api) if crate::requests::TABLE.iter().any(|known| known.key == *key) => {
                    lines.push(format!("  {:24} frames {:7}  answers {:7}", format!("{api:?}"), counts.0, counts.1));
                }
                _ => others = (others.0 + counts.0, others.1 + counts.1),
            }
        }
        lines.push(format!("  {:24} frames {:7}  answers {:7}", "no API of the broker", others.0, others.1));
        lines
    }
}
