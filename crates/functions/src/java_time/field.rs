//! The numbers that a pattern's letters stand for, by Java's names for them, with the values they may have.

use super::Outcome;

/// One number of a date, a time or a zone. Those of Java's `ChronoField` come first and in its order, in which
/// [`super::moment`] applies them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Field {
    NanoOfSecond,
    NanoOfDay,
    MicroOfSecond,
    MilliOfSecond,
    MilliOfDay,
    SecondOfMinute,
    SecondOfDay,
    MinuteOfHour,
    HourOfAmPm,
    ClockHourOfAmPm,
    HourOfDay,
    ClockHourOfDay,
    AmPmOfDay,
    DayOfWeek,
    AlignedDayOfWeekInMonth,
    DayOfMonth,
    DayOfYear,
    MonthOfYear,
    YearOfEra,
    Year,
    Era,
    OffsetSeconds,
    QuarterOfYear,
    ModifiedJulianDay,
    LocalDayOfWeek,
    WeekOfMonth,
    WeekOfWeekBasedYear,
    WeekBasedYear,
}

/// Every field, in order.
pub(super) const FIELDS: [Field; 28] = {
    use Field::*;
    [
        NanoOfSecond,
        NanoOfDay,
        MicroOfSecond,
        MilliOfSecond,
        MilliOfDay,
        SecondOfMinute,
        SecondOfDay,
        MinuteOfHour,
        HourOfAmPm,
        ClockHourOfAmPm,
        HourOfDay,
        ClockHourOfDay,
        AmPmOfDay,
        DayOfWeek,
        AlignedDayOfWeekInMonth,
        DayOfMonth,
        DayOfYear,
        MonthOfYear,
        YearOfEra,
        Year,
        Era,
        OffsetSeconds,
        QuarterOfYear,
        ModifiedJulianDay,
        LocalDayOfWeek,
        WeekOfMonth,
        WeekOfWeekBasedYear,
        WeekBasedYear,
    ]
};

/// First day and last of Java's calendar, as days from 1970-01-01.
const EPOCH_DAYS: (i64, i64) = (-365_243_219_162, 365_241_780_471);

/// Modified Julian Day of 1970-01-01.
pub(super) const MODIFIED_JULIAN_EPOCH: i64 = 40_587;

impl Field {
    /// Whether it belongs to a time of day.
    pub(super) fn is_time(self) -> bool {
        self <= Self::AmPmOfDay
    }

    /// Whether it belongs to a date.
    pub(super) fn is_date(self) -> bool {
        !self.is_time() && self != Self::OffsetSeconds
    }

    /// Whether it is one of Java's `ChronoField`s.
    pub(super) fn is_chrono(self) -> bool {
        self <= Self::OffsetSeconds
    }

    /// Java's name for what it is computed from first, in whose absence it is missing.
    pub(super) fn basis(self) -> &'static str {
        match self {
            Self::LocalDayOfWeek | Self::WeekOfMonth | Self::WeekOfWeekBasedYear | Self::WeekBasedYear => "DayOfWeek",
            Self::ModifiedJulianDay => "EpochDay",
            field => field.name(),
        }
    }

    /// Java's name.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::NanoOfSecond => "NanoOfSecond",
            Self::NanoOfDay => "NanoOfDay",
            Self::MicroOfSecond => "MicroOfSecond",
            Self::MilliOfSecond => "MilliOfSecond",
            Self::MilliOfDay => "MilliOfDay",
            Self::SecondOfMinute => "SecondOfMinute",
            Self::SecondOfDay => "SecondOfDay",
            Self::MinuteOfHour => "MinuteOfHour",
            Self::HourOfAmPm => "HourOfAmPm",
            Self::ClockHourOfAmPm => "ClockHourOfAmPm",
            Self::HourOfDay => "HourOfDay",
            Self::ClockHourOfDay => "ClockHourOfDay",
            Self::AmPmOfDay => "AmPmOfDay",
            Self::DayOfWeek => "DayOfWeek",
            Self::AlignedDayOfWeekInMonth => "AlignedDayOfWeekInMonth",
            Self::DayOfMonth => "DayOfMonth",
            Self::DayOfYear => "DayOfYear",
            Self::MonthOfYear => "MonthOfYear",
            Self::YearOfEra => "YearOfEra",
            Self::Year => "Year",
            Self::Era => "Era",
            Self::OffsetSeconds => "OffsetSeconds",
            Self::QuarterOfYear => "QuarterOfYear",
            Self::ModifiedJulianDay => "ModifiedJulianDay",
            Self::LocalDayOfWeek => "DayOfWeek[WeekFields[SUNDAY,1]]",
            Self::WeekOfMonth => "WeekOfMonth[WeekFields[SUNDAY,1]]",
            Self::WeekOfWeekBasedYear => "WeekOfWeekBasedYear[WeekFields[SUNDAY,1]]",
            Self::WeekBasedYear => "WeekBasedYear[WeekFields[SUNDAY,1]]",
        }
    }

    /// Least and greatest value.
    fn range(self) -> (i64, i64) {
        match self {
            Self::NanoOfSecond => (0, 999_999_999),
            Self::NanoOfDay => (0, super::calendar::DAY_NANOS - 1),
            Self::MicroOfSecond => (0, 999_999),
            Self::MilliOfSecond => (0, 999),
            Self::MilliOfDay => (0, super::calendar::DAY_MS - 1),
            Self::SecondOfMinute | Self::MinuteOfHour => (0, 59),
            Self::SecondOfDay => (0, 86_399),
            Self::HourOfAmPm => (0, 11),
            Self::ClockHourOfAmPm | Self::MonthOfYear => (1, 12),
            Self::HourOfDay => (0, 23),
            Self::ClockHourOfDay => (1, 24),
            Self::AmPmOfDay | Self::Era => (0, 1),
            Self::DayOfWeek | Self::LocalDayOfWeek | Self::AlignedDayOfWeekInMonth => (1, 7),
            Self::DayOfMonth => (1, 31),
            Self::DayOfYear => (1, 366),
            Self::YearOfEra => (1, 1_000_000_000),
            Self::Year | Self::WeekBasedYear => (-999_999_999, 999_999_999),
            Self::OffsetSeconds => (-64_800, 64_800),
            Self::QuarterOfYear => (1, 4),
            Self::ModifiedJulianDay => (EPOCH_DAYS.0 + MODIFIED_JULIAN_EPOCH, EPOCH_DAYS.1 + MODIFIED_JULIAN_EPOCH),
            Self::WeekOfMonth => (0, 6),
            Self::WeekOfWeekBasedYear => (1, 53),
        }
    }

    /// The value, if it is one of the field's.
    ///
    /// Errors: Java's text.
    pub(super) fn check(self, value: i64) -> Outcome<i64> {
        let (least, greatest) = self.range();
        if (least..=greatest).contains(&value) {
            return Ok(value);
        }
        // Where the bounds depend on month or year Java shows both.
        let range = match self {
            Self::DayOfMonth => "1 - 28/31".into(),
            Self::DayOfYear => "1 - 365/366".into(),
            Self::YearOfEra => "1 - 999999999/1000000000".into(),
            Self::WeekOfMonth => "0/1 - 4/6".into(),
            Self::WeekOfWeekBasedYear => "1 - 52/53".into(),
            _ => format!("{least} - {greatest}"),
        };
        Err(format!("Invalid value for {} (valid values {range}): {value}", self.name()))
    }
}

/// Values of some fields.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Fields {
    values: [i64; FIELDS.len()],
    present: u32,
}

impl Fields {
    /// The value of a field; `None` when it has none.
    pub(super) fn get(&self, field: Field) -> Option<i64> {
        if self.has(field) { self.values.get(field as usize).copied() } else { None }
    }

    /// Whether a field has a value.
    pub(super) fn has(&self, field: Field) -> bool {
        self.present & (1 << field as u32) != 0
    }

    /// Sets a value and gives the one before.
    pub(super) fn put(&mut self, field: Field, value: i64) -> Option<i64> {
        let before = self.get(field);
        if let Some(slot) = self.values.get_mut(field as usize) {
            *slot = value;
            self.present |= 1 << field as u32;
        }
        before
    }

    /// Takes a value out.
    pub(super) fn remove(&mut self, field: Field) -> Option<i64> {
        let before = self.get(field);
        self.present &= !(1 << field as u32);
        before
    }

    /// Takes several values out.
    pub(super) fn remove_all(&mut self, fields: &[Field]) {
        for field in fields {
            self.remove(*field);
        }
    }

    /// The fields that have values, in order.
    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = (Field, i64)> + '_ {
        FIELDS.iter().filter_map(|field| Some((*field, self.get(*field)?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_stand_at_their_places() {
        assert!(FIELDS.iter().enumerate().all(|(i, f)| *f as usize == i));
        let mut fields = Fields::default();
        assert_eq!(fields.put(Field::WeekBasedYear, 7), None);
        assert_eq!(fields.put(Field::WeekBasedYear, 8), Some(7));
        assert_eq!(fields.iter().collect::<Vec<_>>(), [(Field::WeekBasedYear, 8)]);
        assert_eq!((fields.remove(Field::WeekBasedYear), fields.iter().count()), (Some(8), 0));
    }

    #[test]
    fn values_out_of_range_are_named() {
        assert_eq!(Field::MonthOfYear.check(12), Ok(12));
        assert_eq!(
            Field::MonthOfYear.check(13).unwrap_err(),
            "Invalid value for MonthOfYear (valid values 1 - 12): 13"
        );
        assert_eq!(
            Field::DayOfMonth.check(99).unwrap_err(),
            "Invalid value for DayOfMonth (valid values 1 - 28/31): 99"
        );
    }
}
