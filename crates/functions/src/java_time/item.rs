//! What a compiled pattern consists of.

use super::field::Field;
use super::text::Width;
use super::zone::Style;

/// One part of a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Item {
    /// Text that stands for itself
    Literal(String),
    /// Digits
    Number(Number),
    /// A word for a value
    Word(Field, Width),
    /// Part of the day: `in the morning`
    DayPeriod(Width),
    /// `+02:00`
    Offset(OffsetStyle),
    /// `GMT+2`, or `GMT+02:00` when full
    LocalizedOffset { full: bool },
    /// `Europe/Paris`
    ZoneId,
    /// `CET`; neither standard nor daylight saving time when generic
    ZoneName { style: Style, generic: bool },
    /// Blanks before a part, so that both fill so many characters
    Padded(usize, Box<Item>),
    /// Parts that may be missing together
    Optional(Vec<Item>),
}

/// Digits for a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Number {
    pub(super) field: Field,
    pub(super) least_digits: usize,
    pub(super) most_digits: usize,
    pub(super) sign: Sign,
    pub(super) kind: NumberKind,
    /// Digits of the fixed-width numbers that follow immediately: this one leaves them so many.
    pub(super) reserved: usize,
}

/// What digits mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NumberKind {
    /// The value
    Plain,
    /// The last two digits of a year from 2000 to 2099
    TwoDigitYear,
    /// The first digits of a second's fraction
    Fraction,
}

/// When a number has a sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sign {
    /// A minus when it is negative
    Normal,
    /// Never; negative values cannot be written
    Never,
    /// Also a plus when it has more digits than the pattern letters
    ExceedsPad,
}

/// How an offset from UTC is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct OffsetStyle {
    pub(super) minutes: Part,
    pub(super) seconds: Part,
    pub(super) colons: bool,
    /// What stands for no offset: `Z`, `+0000` …
    pub(super) zero: &'static str,
}

/// Whether a part of an offset is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Never,
    IfNotZero,
    Always,
}
