//! What a client expects of the broker's answers.

use std::time::Duration;

use super::{PRODUCE, Sent, WAITED, WAITING, WILD, Worker};
use crate::known::Known;
use crate::link::{Came, Link, PATIENCE};
use crate::requests::find;

impl Worker {
    /// Reads until the broker closes the connection, which it must; where nobody waits for that, only for a while.
    pub(super) fn read_to_end(&mut self, link: &mut Link, patience: Duration) -> Result<(), String> {
        loop {
            match link.receive(patience)? {
                Came::Answer(_) => self.tally.answers += 1,
                Came::End => {
                    self.tally.closes += 1;
                    return Ok(());
                }
                Came::Nothing if patience == WILD => {
                    self.tally.left += 1;
                    return Ok(());
                }
                Came::Nothing => {
                    return Err(format!("a connection with half a frame is still open after {patience:?}"));
                }
            }
        }
    }

    /// Reads the answers to these frames. They come in order, and all of them, unless the broker closes the connection
    /// because of a frame that is damaged.
    pub(super) fn read(&mut self, sent: &[Sent]) -> Result<(), String> {
        let mut rest = sent;
        while let (Some(link), false) = (&mut self.link, rest.is_empty()) {
            // What the broker may be busy with: requests that want no answer are passed over in silence.
            let unanswered = rest.iter().take_while(|sent| sent.key == PRODUCE).count();
            let current = rest.get(..=unanswered).unwrap_or(rest);
            let may_wait = current.iter().any(|sent| WAITING.contains(&sent.key));
            match link.receive(if may_wait { WAITED } else { PATIENCE })? {
                Came::Answer(frame) => {
                    let correlation = frame.first_chunk().map(|bytes| i32::from_be_bytes(*bytes));
                    let at = current.iter().position(|sent| Some(sent.correlation) == correlation);
                    let Some(at) = at else {
                        return Err(format!("an answer to {correlation:?}, but {current:?} are next"));
                    };
                    self.answered(&current[at], frame)?;
                    rest = &rest[at + 1..];
                }
                Came::End if current.iter().any(|sent| sent.damaged || sent.may_close) => {
                    self.tally.closes += 1;
                    self.tally.unread += u64::try_from(rest.len() - 1).unwrap_or(0);
                    self.close();
                }
                Came::End => return Err(format!("the connection was closed because of good requests: {current:?}")),
                Came::Nothing if may_wait => {
                    self.tally.given_up += 1;
                    self.close();
                }
                Came::Nothing => return Err(format!("no answer within {PATIENCE:?}: {current:?}")),
            }
        }
        Ok(())
    }

    fn answered(&mut self, sent: &Sent, frame: bytes::Bytes) -> Result<(), String> {
        self.tally.answers += 1;
        self.tally.damaged_answers += u64::from(sent.damaged);
        self.tally.apis.entry(sent.key).or_default().1 += 1;
        // ApiVersions of a version that does not exist is answered in version 0.
        let api = find(sent.key, sent.version).or_else(|| find(18, 0).filter(|api| api.key == sent.key));
        let Some(api) = api else { return Err(format!("an answer to a request that does not exist: {sent:?}")) };
        let version = if find(sent.key, sent.version).is_some() { sent.version } else { 0 };
        // What a damaged request was about is not known.
        let mut nobody = Known::default();
        let known = if sent.damaged { &mut nobody } else { &mut self.known };
        (api.read)(frame, version, &sent.subject, known).map_err(|e| format!("{e}, to {sent:?}"))
    }
}
