//! What a seed decides before anything runs.

use millstream_engine::guarantee::Guarantee;
use millstream_engine::sim::{Rates, Reset, Rng, Settings};

/// One simulated situation.
#[derive(Debug, Clone)]
pub struct Scenario {
    /// The seed it comes from.
    pub seed: u64,
    /// What is promised.
    pub guarantee: Guarantee,
    /// Processes of the group.
    pub workers: usize,
    /// Partitions of the input.
    pub inputs: i32,
    /// Partitions of the output.
    pub outputs: i32,
    /// Records of the input.
    pub records: usize,
    /// Length of an epoch, ms.
    pub epoch_ms: u64,
    /// Longest time between two moves, ms.
    pub pace_ms: i64,
    /// Moves in which things go wrong; then they are left alone until they are done.
    pub moves: usize,
    /// Where the group begins.
    pub reset: Reset,
    /// Whether members are static.
    pub static_members: bool,
    /// Faults at calls of links.
    pub rates: Rates,
    /// Freezes, per 10,000 moves.
    pub freeze: u32,
    /// Processes replaced while they are frozen, per 10,000 moves.
    pub replace: u32,
    /// Orderly departures, per 10,000 moves.
    pub depart: u32,
    /// Outages of the broker, per 10,000 moves.
    pub outage: u32,
    /// Timeouts of the cluster.
    pub settings: Settings,
    /// Whether others in each process read the input, too.
    pub shares: bool,
}

impl Scenario {
    /// The situation of a seed. One in sixteen is calm: nothing goes wrong but members come and go in order, and then
    /// every guarantee means exactly once.
    pub fn new(seed: u64) -> Self {
        let mut rng = Rng::with_seed(seed);
        let guarantee = match rng.u8(0..10) {
            0..6 => Guarantee::ExactlyOnce,
            6..8 => Guarantee::AtLeastOnce,
            _ => Guarantee::AtMostOnce,
        };
        let calm = rng.u8(0..16) == 0;
        // Each kind of fault is absent, rare or frequent by itself, so that some runs are all about one of them.
        let mut rate = |rare: u32, often: u32| match rng.u8(0..4) {
            _ if calm => 0,
            0 => 0,
            1 | 2 => rare,
            _ => often,
        };
        let rates = Rates {
            crash: rate(30, 120),
            stall: rate(10, 60),
            retry: rate(50, 400),
            lost_ack: rate(100, 1000),
            refused: rate(100, 800),
            undelivered: rate(50, 300),
            fenced: rate(30, 150),
            fatal: rate(0, 20),
            replaced: 0,
            slow: rate(1000, 6000),
        };
        let (freeze, replace, depart) = (rate(20, 60), rate(10, 40), if calm { 20 } else { rate(10, 60) });
        let outage = rate(0, 30);
        let settings = Settings {
            // Where nothing goes wrong nobody is late.
            session_timeout_ms: if calm { 60_000 } else { rng.i64(150..400) },
            rebalance_timeout_ms: if calm { 60_000 } else { rng.i64(40..500) },
            heartbeat_ms: rng.i64(10..80),
            transaction_timeout_ms: rng.i64(200..700),
            marker_delay_ms: *rng.choice(&[0, 5, 40]).unwrap_or(&0),
        };
        let mut scenario = Self {
            seed,
            guarantee,
            workers: rng.usize(1..=3),
            inputs: rng.i32(1..=6),
            outputs: rng.i32(1..=4),
            records: rng.usize(40..=240),
            epoch_ms: rng.u64(1..=100),
            pace_ms: rng.i64(2..=12),
            moves: rng.usize(200..=700),
            reset: if rng.u8(0..5) == 0 { Reset::Latest } else { Reset::Earliest },
            static_members: rng.u8(0..4) != 0,
            rates,
            freeze,
            replace,
            depart,
            outage,
            settings,
            shares: rng.bool(),
        };
        // Drawn last, as what came last.
        scenario.rates.replaced = match rng.u8(0..4) {
            0 | 1 => 0,
            _ if calm => 0,
            2 => 30,
            _ => 150,
        };
        scenario
    }

    /// Whether nothing goes wrong at all.
    pub fn is_calm(&self) -> bool {
        let r = &self.rates;
        self.freeze + self.replace + self.outage == 0
            && r.crash
                + r.stall
                + r.retry
                + r.lost_ack
                + r.refused
                + r.undelivered
                + r.fenced
                + r.replaced
                + r.fatal
                + r.slow
                == 0
    }
}
