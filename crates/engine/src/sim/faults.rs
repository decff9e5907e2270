//! The fault plan: from one seed, what goes wrong at which call of a link.

use fastrand::Rng;

/// The calls of a link, as fault points.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Call {
    /// Making the link: group configuration and the producer's initialisation.
    Open,
    /// [`crate::link::Link::poll`].
    Poll,
    /// [`crate::link::Link::assign`].
    Assign,
    /// [`crate::link::Link::unassign`].
    Unassign,
    /// [`crate::link::Link::fetch`].
    Fetch,
    /// [`crate::link::Link::committed`].
    Committed,
    /// [`crate::link::Link::seek`].
    Seek,
    /// [`crate::link::Link::begin`].
    Begin,
    /// [`crate::link::Link::produce`].
    Produce,
    /// [`crate::link::Link::flush`].
    Flush,
    /// [`crate::link::Link::commit`].
    Commit,
    /// [`crate::link::Link::abort`].
    Abort,
    /// [`crate::link::Link::recover`].
    Recover,
    /// [`crate::link::Link::leave`].
    Leave,
    /// [`crate::link::Link::restore`].
    Restore,
}

impl Call {
    /// All of them.
    pub const ALL: [Self; 15] = [
        Self::Open,
        Self::Poll,
        Self::Assign,
        Self::Unassign,
        Self::Fetch,
        Self::Committed,
        Self::Seek,
        Self::Begin,
        Self::Produce,
        Self::Flush,
        Self::Commit,
        Self::Abort,
        Self::Recover,
        Self::Leave,
        Self::Restore,
    ];

    /// Its name in counts and traces.
    pub fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Poll => "poll",
            Self::Assign => "assign",
            Self::Unassign => "unassign",
            Self::Fetch => "fetch",
            Self::Restore => "restore",
            Self::Committed => "committed",
            Self::Seek => "seek",
            Self::Begin => "begin",
            Self::Produce => "produce",
            Self::Flush => "flush",
            Self::Commit => "commit",
            Self::Abort => "abort",
            Self::Recover => "recover",
            Self::Leave => "leave",
        }
    }

    /// Whether the call fails while the broker cannot be reached. The others work on what is here, or find nothing.
    pub(super) fn needs_broker(self) -> bool {
        !matches!(self, Self::Poll | Self::Fetch | Self::Seek | Self::Begin | Self::Produce)
    }

    /// How many calls share the faults of one: polls and fetches are many.
    fn thinned(self) -> u32 {
        if matches!(self, Self::Poll | Self::Fetch) { 8 } else { 1 }
    }

    /// How much oftener faults strike here than the rates say: the ways back from a failure are seldom gone.
    fn thickened(self) -> u32 {
        match self {
            Self::Open | Self::Committed | Self::Seek | Self::Abort | Self::Recover => 6,
            Self::Assign | Self::Unassign | Self::Leave => 2,
            _ => 1,
        }
    }
}

/// What goes wrong at a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fault {
    /// The process dies before the call takes effect.
    CrashBefore,
    /// The process dies after the call took effect.
    CrashAfter,
    /// The process dies between the two requests of a commit: offsets sent, transaction not ended.
    CrashMidway,
    /// The process stands still before the call takes effect, while the others go on.
    Stall,
    /// The process stands still between the two requests of a commit.
    StallMidway,
    /// `Retry`, nothing happened.
    Retry,
    /// `Retry`, though the call took effect.
    LostAck,
    /// A commit is refused for no reason the worker could know.
    Refused,
    /// Some of the records handed to the producer are not delivered.
    Undelivered,
    /// Somebody else takes the transactional id just before the call.
    Fenced,
    /// The client forgets who it is and joins once more by its static name, as one does whose coordinator has died: its former
    /// self, which the worker has, is fenced.
    Replaced,
    /// `Fatal`, nothing happened.
    Fatal,
}

impl Fault {
    /// Its name in counts and traces.
    pub fn name(self) -> &'static str {
        match self {
            Self::CrashBefore => "crash before",
            Self::CrashAfter => "crash after",
            Self::CrashMidway => "crash midway",
            Self::Stall => "stall",
            Self::StallMidway => "stall midway",
            Self::Retry => "retry",
            Self::LostAck => "lost ack",
            Self::Refused => "refused",
            Self::Undelivered => "undelivered",
            Self::Fenced => "fenced",
            Self::Replaced => "replaced",
            Self::Fatal => "fatal",
        }
    }

    /// Whether the contract of [`crate::link::Link`] lets this happen at that call.
    fn fits(self, call: Call) -> bool {
        match self {
            Self::CrashBefore | Self::CrashAfter | Self::Stall | Self::Fatal => true,
            Self::CrashMidway | Self::StallMidway | Self::Refused => call == Call::Commit,
            // An error of produce means that the epoch is lost, so it cannot be asked to try again.
            Self::Retry => call != Call::Produce,
            Self::Replaced => call == Call::Poll,
            Self::LostAck => matches!(call, Call::Assign | Call::Commit | Call::Abort | Call::Recover),
            Self::Undelivered => matches!(call, Call::Produce | Call::Flush),
            Self::Fenced => matches!(call, Call::Begin | Call::Produce | Call::Flush | Call::Commit | Call::Abort),
        }
    }
}

/// How often faults strike, per 10,000 calls at which they can.
#[derive(Debug, Clone, Copy, Default)]
pub struct Rates {
    /// Each kind of crash.
    pub crash: u32,
    /// Each kind of stall.
    pub stall: u32,
    /// Calls that say `Retry` and did nothing.
    pub retry: u32,
    /// Calls that say `Retry` and took effect.
    pub lost_ack: u32,
    /// Commits refused.
    pub refused: u32,
    /// Failed deliveries.
    pub undelivered: u32,
    /// Fencing by a stranger.
    pub fenced: u32,
    /// Static members that take their own name from themselves.
    pub replaced: u32,
    /// Calls that say `Fatal`.
    pub fatal: u32,
    /// Fetches that return less than there is.
    pub slow: u32,
}

impl Rates {
    fn of(&self, fault: Fault) -> u32 {
        match fault {
            Fault::CrashBefore | Fault::CrashAfter | Fault::CrashMidway => self.crash,
            Fault::Stall | Fault::StallMidway => self.stall,
            Fault::Retry => self.retry,
            Fault::LostAck => self.lost_ack,
            Fault::Refused => self.refused,
            Fault::Undelivered => self.undelivered,
            Fault::Fenced => self.fenced,
            Fault::Replaced => self.replaced,
            Fault::Fatal => self.fatal,
        }
    }
}

const FAULTS: [Fault; 12] = [
    Fault::CrashBefore,
    Fault::CrashAfter,
    Fault::CrashMidway,
    Fault::Stall,
    Fault::StallMidway,
    Fault::Retry,
    Fault::LostAck,
    Fault::Refused,
    Fault::Undelivered,
    Fault::Fenced,
    Fault::Fatal,
    Fault::Replaced,
];
const SCALE: u32 = 10_000;
/// How much oftener faults strike a commit that is repeated because its outcome is not known.
const DOUBT_THICKENED: u32 = 8;

/// Decides, call by call, from a seed.
#[derive(Debug)]
pub(super) struct Faults {
    pub(super) rng: Rng,
    pub(super) rates: Rates,
    /// A fault that a test orders: at the n-th next call of that kind (0 = the next one).
    ordered: Option<(Call, u32, Fault)>,
}

impl Faults {
    pub(super) fn new(seed: u64, rates: Rates) -> Self {
        Self { rng: Rng::with_seed(seed), rates, ordered: None }
    }

    /// Orders one fault at the n-th call of that kind from now.
    pub(super) fn order(&mut self, call: Call, after: u32, fault: Fault) {
        self.ordered = Some((call, after, fault));
    }

    /// What goes wrong at this call, if anything. `doubt`: the outcome of the last commit is not known yet.
    pub(super) fn strike(&mut self, call: Call, doubt: bool) -> Option<Fault> {
        if let Some((wanted, after, fault)) = &mut self.ordered
            && *wanted == call
        {
            if *after == 0 {
                let fault = *fault;
                self.ordered = None;
                return Some(fault);
            }
            *after -= 1;
        }
        let times = if doubt { DOUBT_THICKENED } else { call.thickened() };
        let mut roll = self.rng.u32(0..SCALE * call.thinned());
        for fault in FAULTS {
            if !fault.fits(call) {
                continue;
            }
            // Thickened, but never so that some faults leave no room for others.
            let rate = (self.rates.of(fault) * times).min(SCALE / 8);
            if roll < rate {
                return Some(fault);
            }
            roll -= rate;
        }
        None
    }

    /// Whether something of that rate happens now.
    pub(super) fn chance(&mut self, rate: u32) -> bool {
        rate > 0 && self.rng.u32(0..SCALE) < rate
    }
}
