//! The window that the keys of a topic carry.

/// How a windowed key ends: its bytes are those of the key itself, then the window's bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KeyWindow {
    /// Eight bytes of the window's start; windows do not overlap.
    Tumbling {
        /// Length of every window, ms.
        size_ms: i64,
    },
    /// Eight bytes of the window's start; windows may overlap.
    Hopping {
        /// Length of every window, ms.
        size_ms: i64,
    },
    /// Eight bytes each of the session's end and start.
    Session,
}

impl KeyWindow {
    /// `TUMBLING`, `HOPPING` or `SESSION`, as WINDOW_TYPE and DESCRIBE name it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Tumbling { .. } => "TUMBLING",
            Self::Hopping { .. } => "HOPPING",
            Self::Session => "SESSION",
        }
    }

    /// Length of the windows in ms; none for sessions.
    pub fn size_ms(self) -> Option<i64> {
        match self {
            Self::Tumbling { size_ms } | Self::Hopping { size_ms } => Some(size_ms),
            Self::Session => None,
        }
    }
}
