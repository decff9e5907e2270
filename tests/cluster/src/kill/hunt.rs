//! Who is killed when, and when it comes back: all from one seed.

use std::time::Duration;

use serde_json::json;

use crate::broker::Broker;
use crate::clock::{self, Dice};
use crate::error::{Result, Trouble};
use crate::report::{Report, say};
use crate::server::Server;
use crate::topics::Openness;

/// Session timeout of the servers' consumer groups, ms.
pub(super) const SESSION_MS: u64 = 6000;
/// How long a transaction may stay open, ms.
const TRANSACTION_MS: u64 = 10_000;
/// The longest search for an open transaction before a kill.
const AIM: Duration = Duration::from_millis(1500);

/// What the kills hit.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Counts {
    /// SIGKILLs.
    pub(super) kills: u32,
    /// Of servers that had not said yet that they are ready.
    pub(super) starting: u32,
    /// While a transaction was open on the result topic.
    pub(super) open: u32,
    /// Whose server stayed away longer than the session timeout.
    pub(super) long: u32,
    /// Long absences in which the others went on with all partitions, those of the absent one too.
    pub(super) takeovers: u32,
    /// How long those took from the kill on, ms, all together, and the longest.
    pub(super) takeover_ms: (i64, i64),
}

/// One kill to come.
#[derive(Debug, Clone, Copy)]
struct Shot {
    /// Before it, after the one before, ms.
    pause: u64,
    victim: usize,
    /// Kill the last victim again while it starts, so many ms after its start.
    starting: Option<u64>,
    /// Wait for an open transaction.
    aimed: bool,
    /// How long the victim stays away, ms.
    away: u64,
}

/// A server that is to be started again.
#[derive(Debug)]
struct Absent {
    victim: usize,
    back_at: i64,
    /// Longer than the session.
    long: bool,
    /// From when on nothing of the victim's own can become visible any more, ms.
    settled_at: i64,
    /// The highest result number of each partition at that time.
    mark: Option<Vec<u64>>,
    /// When it was killed, and after how long all partitions had gone on without it, ms.
    at: i64,
    taken_over: Option<i64>,
}

/// Between two looks whether somebody has taken over, ms.
const LOOK_MS: i64 = 50;
/// What the last transaction of a killed server committed is visible after this time at the latest, ms.
const LAST_WORDS_MS: i64 = 1000;

/// The kills of a run.
pub(super) struct Hunt<'a> {
    /// All servers, running.
    pub(super) servers: &'a mut [Server],
    /// Of the result topic.
    pub(super) openness: &'a Openness,
    /// How many records each source partition has been sent.
    pub(super) sent: &'a dyn Fn() -> u64,
    /// The highest result number of each partition.
    pub(super) reached: &'a dyn Fn() -> Vec<u64>,
    /// Every second kill is followed by an absence longer than the session, one at a time: a second such kill waits until
    /// the first victim is back, so that there is somebody to take over.
    pub(super) away_longer: bool,
    /// Instead of being killed, servers stand still for longer than a transaction may last, and then go on.
    pub(super) freeze: bool,
    /// Every third time the broker is killed instead of a server.
    pub(super) broker: Option<&'a Broker>,
    /// The broker dies with the server: whoever is not ready cannot be asked about transactions.
    pub(super) own_broker: bool,
}

impl Hunt<'_> {
    /// Kills so many times and starts everything again. Everything random is drawn first, so that a seed means the same
    /// kills however fast the machine is.
    pub(super) fn run(&mut self, kills: u32, dice: &mut Dice, report: &mut Report) -> Result<Counts> {
        let shots: Vec<Shot> = (0..kills).map(|i| self.draw(i, dice)).collect();
        let (mut counts, mut absent) = (Counts::default(), Vec::<Absent>::new());
        let mut next_at = clock::wall_ms();
        for (i, shot) in shots.iter().enumerate() {
            let absence = absent.iter().filter(|a| a.long).map(|a| a.back_at).max();
            match (absence.filter(|_| shot.away > SESSION_MS), shot.starting) {
                (Some(back_at), starting) => {
                    self.wait(back_at + 1, &mut absent, &mut counts)?;
                    // The one that has just come back, while it starts; or anyone, later.
                    next_at = clock::wall_ms() + starting.unwrap_or(shot.pause).cast_signed();
                }
                (None, starting) => {
                    next_at = next_at.max(clock::wall_ms()) + shot.pause.cast_signed();
                    if let (Some(after), Some(last)) = (starting, absent.last_mut()) {
                        // So that the last victim is just starting then.
                        last.back_at = next_at - after.cast_signed();
                    }
                }
            }
            self.wait(next_at, &mut absent, &mut counts)?;
            if let Some(broker) = self.broker.filter(|_| i % 3 == 2) {
                // A server that finds no broker when it starts ends: whoever is on the way up gets there first.
                for server in self.servers.iter_mut() {
                    if !server.alive() {
                        continue;
                    }
                    server.ready()?;
                }
                say(&format!("{i:>3} killed the broker, away {} ms", shot.away));
                broker.kill(1)?;
                clock::pause_ms(shot.away);
                broker.restart(1)?;
                counts.kills += 1;
                continue;
            }
            let victim = self.victim(shot, &mut absent, &mut counts)?;
            let answers = !self.own_broker || self.servers[victim].address().is_some();
            if shot.aimed && answers {
                clock::wait_until(AIM, || self.openness.now().unwrap_or(false));
            }
            let open = match answers.then(|| self.openness.now()).transpose() {
                // A broker that has just come back does not know every leader yet.
                Err(_) if self.broker.is_some() => false,
                open => open?.unwrap_or(false),
            };
            let (sent, at) = ((self.sent)(), clock::wall_ms());
            let ready = if self.freeze {
                self.servers[victim].freeze()?;
                true
            } else {
                self.servers[victim].kill()
            };
            let long = shot.away > SESSION_MS;
            counts.kills += 1;
            counts.starting += u32::from(!ready);
            counts.open += u32::from(open);
            say(&format!(
                "{i:>3} {} server {victim}{}{}, away {} ms",
                if self.freeze { "froze" } else { "killed" },
                if ready { "" } else { " while starting" },
                if open { " with a transaction open" } else { "" },
                shot.away
            ));
            report.line(
                "kill",
                json!({ "number": i, "victim": victim, "starting": !ready, "open": open, "away_ms": shot.away, "sent": sent }),
            )?;
            let (back_at, settled_at) = (at + shot.away.cast_signed(), at + LAST_WORDS_MS);
            absent.push(Absent { victim, back_at, long, settled_at, mark: None, at, taken_over: None });
        }
        let last = absent.iter().map(|a| a.back_at).max().unwrap_or(0);
        self.wait(last + 1, &mut absent, &mut counts)?;
        Ok(counts)
    }

    fn draw(&self, i: u32, dice: &mut Dice) -> Shot {
        let long = self.away_longer && i.is_multiple_of(2);
        let starting = dice.once_in(3);
        // Only after a short absence: a long one is not to be cut short.
        let after_long = self.away_longer && !i.is_multiple_of(2);
        Shot {
            pause: dice.between(1000, 4000),
            victim: dice.index(self.servers.len()),
            starting: (starting && i > 0 && !after_long && !self.freeze).then(|| dice.between(10, 400)),
            aimed: dice.once_in(2),
            away: if self.freeze {
                dice.between(TRANSACTION_MS + 1500, TRANSACTION_MS + 12_000)
            } else if long {
                dice.between(SESSION_MS + 1500, SESSION_MS + 3500)
            } else {
                dice.between(0, 500)
            },
        }
    }

    /// The server to kill: the one drawn, or the next that runs, waiting for one if need be.
    fn victim(&mut self, shot: &Shot, absent: &mut Vec<Absent>, counts: &mut Counts) -> Result<usize> {
        let mut wanted = shot.victim;
        if shot.starting.is_some()
            && let Some(starting) = (0..self.servers.len()).find(|i| {
                let server = &mut self.servers[*i];
                server.alive() && server.address().is_none()
            })
        {
            wanted = starting;
        }
        loop {
            let count = self.servers.len();
            if let Some(found) = (0..count)
                .map(|i| (wanted + i) % count)
                .find(|i| self.servers[*i].alive() && !absent.iter().any(|a| a.victim == *i))
            {
                return Ok(found);
            }
            let back = absent.iter().map(|a| a.back_at).min();
            let back = back.ok_or_else(|| Trouble::failed("all servers died by themselves"))?;
            self.wait(back + 1, absent, counts)?;
        }
    }

    /// Until that time, starting servers that are due.
    fn wait(&mut self, until: i64, absent: &mut Vec<Absent>, counts: &mut Counts) -> Result<()> {
        let mut look_at = 0;
        loop {
            let now = clock::wall_ms();
            for absent in absent.iter_mut().filter(|a| a.long && a.mark.is_none() && a.settled_at <= now) {
                absent.mark = Some((self.reached)());
            }
            if now >= look_at {
                look_at = now + LOOK_MS;
                for absent in absent.iter_mut().filter(|absent| absent.taken_over.is_none()) {
                    let Some(mark) = &absent.mark else { continue };
                    let all_moved = mark.iter().zip((self.reached)()).all(|(before, now)| now > *before);
                    absent.taken_over = all_moved.then_some(now - absent.at);
                }
            }
            for back in absent.extract_if(.., |a| a.back_at <= now) {
                counts.long += u32::from(back.long);
                if let Some(ms) = back.taken_over {
                    counts.takeovers += 1;
                    counts.takeover_ms = (counts.takeover_ms.0 + ms, counts.takeover_ms.1.max(ms));
                }
                if self.freeze {
                    self.servers[back.victim].thaw()?;
                } else {
                    self.servers[back.victim].start()?;
                }
            }
            for (i, server) in self.servers.iter_mut().enumerate() {
                if !absent.iter().any(|a| a.victim == i) && !server.alive() {
                    return Err(Trouble::failed(format!("server {i} died by itself: see its log")));
                }
            }
            if now >= until {
                return Ok(());
            }
            clock::pause_ms(u64::try_from(until - now).unwrap_or(0).clamp(1, 5));
        }
    }
}
