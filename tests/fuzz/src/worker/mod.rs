//! One client of many: makes up requests, damages them, sends them in every way there is, and checks what comes back.

mod answers;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use crate::chance::{Chance, happens, of_part, one_of};
use crate::clock::pause_ms;
use crate::known::Known;
use crate::link::{Link, PATIENCE};
use crate::mutate::{damage, damage_length, set_length};
use crate::requests::{Api, Maker, TABLE, find};
use crate::serve::STALLED_MS;
use crate::tally::Tally;
use crate::tape::{Event, Tape};

/// Requests that belong together: each waits for the answer to the one before.
const COURSES: [&[i16]; 5] = [
    &[22, 24, 0, 25, 28, 0, 26, 24, 0, 26],
    &[11, 11, 14, 12, 8, 9, 15, 12, 13],
    &[19, 3, 0, 1, 37, 33, 44, 0, 2, 32, 20],
    &[22, 0, 0, 1, 0, 61, 2, 21, 1, 23],
    &[22, 24, 0, 65, 66, 61, 1, 22, 0, 26],
];
const PRODUCE: i16 = 0;
/// Requests that wait as long as they say: Fetch, JoinGroup, SyncGroup.
const WAITING: [i16; 3] = [1, 11, 14];
/// How long such a request is waited for.
const WAITED: Duration = Duration::from_millis(250);
/// How long answers are read for when nobody knows how many there should be.
const WILD: Duration = Duration::from_millis(20);
/// Pieces of work on one connection, at most.
const WORK_OF_CONNECTION: usize = 30;
/// Bytes sent before answers are read: so much fits into the sockets, so that nobody waits for the other.
const BURST_BYTES: usize = 48 << 10;

/// A frame that was sent.
#[derive(Debug)]
struct Sent {
    key: i16,
    version: i16,
    correlation: i32,
    damaged: bool,
    may_close: bool,
    subject: String,
}

/// A client.
#[derive(Debug)]
pub(crate) struct Worker {
    address: SocketAddr,
    chance: Chance,
    known: Known,
    now_ms: i64,
    correlation: i32,
    focus: Option<(String, i32)>,
    /// The frame before, to splice with.
    other: Vec<u8>,
    link: Option<Link>,
    /// What was counted.
    pub(crate) tally: Tally,
    /// What was sent last.
    pub(crate) tape: Tape,
}

impl Worker {
    /// The client with this number in the run with this seed.
    pub(crate) fn new(address: SocketAddr, seed: u64, number: u64, now_ms: i64) -> Self {
        Self {
            address,
            chance: of_part(seed, number),
            known: Known::default(),
            now_ms,
            correlation: 0,
            focus: None,
            other: Vec::new(),
            link: None,
            tally: Tally::default(),
            tape: Tape::default(),
        }
    }

    /// Works on one connection for a while. Errors: the broker does what it must not do.
    pub(crate) fn work(&mut self) -> Result<(), String> {
        self.link = Some(Link::open(self.address)?);
        self.tally.connections += 1;
        self.tape.note(Event::Open);
        for _ in 0..self.chance.usize(1..=WORK_OF_CONNECTION) {
            if self.link.is_none() {
                return Ok(());
            }
            match self.chance.u8(0..100) {
                0..60 => self.burst()?,
                60..90 => self.course()?,
                90..92 => self.trickle()?,
                92..95 => self.leave()?,
                _ => self.wild()?,
            }
        }
        self.close();
        Ok(())
    }

    /// How often requests got where only those of a good client get.
    pub(crate) fn reached(&self) -> &BTreeMap<&'static str, u64> {
        &self.known.reached
    }

    fn close(&mut self) {
        if self.link.take().is_some() {
            self.tape.note(Event::Closed);
        }
    }

    /// Many requests at once.
    fn burst(&mut self) -> Result<(), String> {
        let (percent, most) = one_of(&mut self.chance, &[(0, 6), (40, 12), (60, 8), (100, 6), (100, 3)]);
        let (mut bytes, mut sent) = (Vec::new(), Vec::new());
        for _ in 0..self.chance.usize(1..=most) {
            let api = self.any_api();
            let (frame, note) = self.frame(api, percent)?;
            bytes.extend(frame);
            sent.push(note);
            if bytes.len() >= BURST_BYTES {
                break;
            }
        }
        self.end_mark(&mut bytes, &mut sent)?;
        self.send(&bytes)?;
        self.read(&sent)
    }

    /// Requests that belong together, one after the other.
    fn course(&mut self) -> Result<(), String> {
        let course = one_of(&mut self.chance, &COURSES);
        let percent = one_of(&mut self.chance, &[10, 20, 40]);
        self.focus = Some(self.made(|maker| maker.place()));
        for key in course {
            let api = TABLE.iter().find(|api| api.key == *key).unwrap_or(&TABLE[0]);
            let (mut bytes, note) = self.frame(api, percent)?;
            let mut sent = vec![note];
            self.end_mark(&mut bytes, &mut sent)?;
            self.send(&bytes)?;
            self.read(&sent)?;
            if self.link.is_none() {
                break;
            }
        }
        self.focus = None;
        Ok(())
    }

    /// A request that comes in small pieces.
    fn trickle(&mut self) -> Result<(), String> {
        let api = self.any_api();
        let (mut bytes, note) = self.frame(api, 30)?;
        let mut sent = vec![note];
        self.end_mark(&mut bytes, &mut sent)?;
        for piece in bytes.chunks((bytes.len() / 8).max(1)) {
            self.send(piece)?;
            pause_ms(1);
        }
        self.read(&sent)
    }

    /// Leaves in the middle of a frame.
    fn leave(&mut self) -> Result<(), String> {
        let api = self.any_api();
        let (mut frame, _) = self.frame(api, 20)?;
        frame.truncate(self.chance.usize(0..frame.len().max(1)));
        self.send(&frame)?;
        self.tally.left += 1;
        self.close();
        Ok(())
    }

    /// A frame whose length is not its own, or noise: where the next frame begins is anybody's guess, so the broker
    /// closes the connection sooner or later.
    fn wild(&mut self) -> Result<(), String> {
        let api = self.any_api();
        let (mut bytes, _) = self.frame(api, 20)?;
        if happens(&mut self.chance, 70) {
            damage_length(&mut self.chance, &mut bytes);
        } else {
            let length = self.chance.usize(1..300);
            bytes = (0..length).map(|_| self.chance.u8(..)).collect();
            if happens(&mut self.chance, 70) {
                set_length(&mut bytes, length.saturating_sub(4));
            }
        }
        self.tally.damaged += 1;
        self.send(&bytes)?;
        let Some(mut link) = self.link.take() else { return Ok(()) };
        // Seldom its end is waited for as long as it may take; else this side leaves, one way or the other.
        let patience = match self.chance.u8(0..100) {
            0..3 => PATIENCE + Duration::from_millis(STALLED_MS),
            3..50 => {
                link.finish();
                PATIENCE
            }
            _ => WILD,
        };
        let outcome = self.read_to_end(&mut link, patience);
        self.tape.note(Event::Closed);
        outcome
    }

    fn any_api(&mut self) -> &'static Api {
        // What is written makes up most of the state.
        let n = if happens(&mut self.chance, 12) { 0 } else { self.chance.usize(0..TABLE.len()) };
        &TABLE[n]
    }

    fn made<T>(&mut self, make: impl FnOnce(&mut Maker<'_>) -> T) -> T {
        let mut maker = Maker {
            chance: &mut self.chance,
            known: &mut self.known,
            now_ms: self.now_ms,
            subject: String::new(),
            may_close: false,
            focus: self.focus.clone(),
        };
        make(&mut maker)
    }

    /// A frame of some version of an API, damaged so many times in a hundred, and what to know of it.
    fn frame(&mut self, api: &Api, percent: u8) -> Result<(Vec<u8>, Sent), String> {
        self.correlation = self.correlation.wrapping_add(1);
        let version = self.chance.i16(api.versions.0..=api.versions.1);
        let correlation = self.correlation;
        let (made, subject, may_close) = self.made(|maker| {
            let made = (api.make)(maker, version, correlation);
            (made, std::mem::take(&mut maker.subject), maker.may_close)
        });
        let mut frame = vec![0; 4];
        frame.extend(made?);
        let length = frame.len() - 4;
        set_length(&mut frame, length);
        let damaged = happens(&mut self.chance, percent);
        if damaged {
            let intact = frame.clone();
            damage(&mut self.chance, &mut frame, &self.other);
            self.other = intact;
            self.tally.damaged += 1;
        }
        self.tally.frames += 1;
        let number = |at: usize| frame.get(at..at + 2).map_or(-1, |b| i16::from_be_bytes([b[0], b[1]]));
        let id = |at: usize| frame.get(at..at + 4).map_or(-1, |b| i32::from_be_bytes([b[0], b[1], b[2], b[3]]));
        let sent = Sent { key: number(4), version: number(6), correlation: id(8), damaged, may_close, subject };
        self.tally.apis.entry(sent.key).or_default().0 += 1;
        Ok((frame, sent))
    }

    /// Behind a Produce request, which may want no answer, something that is answered for certain.
    fn end_mark(&mut self, bytes: &mut Vec<u8>, sent: &mut Vec<Sent>) -> Result<(), String> {
        if sent.last().is_some_and(|sent| sent.key != PRODUCE) {
            return Ok(());
        }
        let api = find(18, 0).unwrap_or(&TABLE[0]);
        let (frame, note) = self.frame(api, 0)?;
        bytes.extend(frame);
        sent.push(note);
        Ok(())
    }

    fn send(&mut self, bytes: &[u8]) -> Result<(), String> {
        let Some(link) = &mut self.link else { return Ok(()) };
        self.tape.note(Event::Sent(bytes.to_vec()));
        // Whether the broker has closed the connection is found out when its answers are read.
        link.send(bytes).map(|_| ())
    }
}
