//! English words for months, weekdays, eras and times of day, and how texts are compared.

use super::field::Field;

/// How long a word is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Width {
    Short,
    Full,
    /// One letter
    Narrow,
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const SHORT_MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const NARROW_MONTHS: [&str; 12] = ["J", "F", "M", "A", "M", "J", "J", "A", "S", "O", "N", "D"];
const WEEKDAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
const SHORT_WEEKDAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const NARROW_WEEKDAYS: [&str; 7] = ["M", "T", "W", "T", "F", "S", "S"];
const QUARTERS: [&str; 4] = ["1st quarter", "2nd quarter", "3rd quarter", "4th quarter"];
const SHORT_QUARTERS: [&str; 4] = ["Q1", "Q2", "Q3", "Q4"];
const NARROW_QUARTERS: [&str; 4] = ["1", "2", "3", "4"];
const ERAS: [&str; 2] = ["Before Christ", "Anno Domini"];
const SHORT_ERAS: [&str; 2] = ["BC", "AD"];
const NARROW_ERAS: [&str; 2] = ["B", "A"];
const HALVES: [&str; 2] = ["AM", "PM"];

/// The words of a field in order of its values, and the value of the first. Fields without words have none.
pub(super) fn words(field: Field, width: Width) -> (&'static [&'static str], i64) {
    let by_width = |short: &'static [&'static str], full, narrow| match width {
        Width::Short => short,
        Width::Full => full,
        Width::Narrow => narrow,
    };
    match field {
        Field::MonthOfYear => (by_width(&SHORT_MONTHS, &MONTHS, &NARROW_MONTHS), 1),
        Field::DayOfWeek => (by_width(&SHORT_WEEKDAYS, &WEEKDAYS, &NARROW_WEEKDAYS), 1),
        Field::QuarterOfYear => (by_width(&SHORT_QUARTERS, &QUARTERS, &NARROW_QUARTERS), 1),
        Field::Era => (by_width(&SHORT_ERAS, &ERAS, &NARROW_ERAS), 0),
        Field::AmPmOfDay => (&HALVES, 0),
        _ => (&[], 0),
    }
}

/// The word for a value.
pub(super) fn word(field: Field, width: Width, value: i64) -> Option<&'static str> {
    let (words, first) = words(field, width);
    words.get(usize::try_from(value - first).ok()?).copied()
}

/// The value of the longest word that `text` starts with, and the word's length. One letter that stands for several means
/// the last of them, as in Java.
pub(super) fn longest_word(field: Field, width: Width, text: &str, ignore_case: bool) -> Option<(usize, i64)> {
    let (words, first) = words(field, width);
    let fitting = words.iter().zip(first..).filter(|(word, _)| starts_with(text, word, ignore_case).is_some());
    let (word, value) = fitting.max_by_key(|(word, _)| word.len())?;
    Some((starts_with(text, word, ignore_case)?, value))
}

/// A part of the day that has a name in English.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct DayPeriod {
    word: &'static str,
    narrow: &'static str,
    /// First minute of the day, and the one after the last; the same when it is a point of time.
    from: i64,
    to: i64,
}

/// Points before the parts that they lie in.
const DAY_PERIODS: [DayPeriod; 6] = [
    DayPeriod { word: "midnight", narrow: "mi", from: 0, to: 0 },
    DayPeriod { word: "noon", narrow: "n", from: 720, to: 720 },
    DayPeriod { word: "in the morning", narrow: "in the morning", from: 360, to: 720 },
    DayPeriod { word: "in the afternoon", narrow: "in the afternoon", from: 720, to: 1080 },
    DayPeriod { word: "in the evening", narrow: "in the evening", from: 1080, to: 1260 },
    DayPeriod { word: "at night", narrow: "at night", from: 1260, to: 360 },
];

/// Halves of the day, which texts may name as well.
const HALF_DAYS: [DayPeriod; 2] = [
    DayPeriod { word: "AM", narrow: "a", from: 0, to: 720 },
    DayPeriod { word: "PM", narrow: "p", from: 720, to: 1440 },
];

impl DayPeriod {
    /// The part that a minute of the day is in.
    pub(super) fn of(minute_of_day: i64) -> Option<Self> {
        DAY_PERIODS.into_iter().find(|period| period.includes(minute_of_day))
    }

    /// The part whose word `text` starts with, and the word's length.
    pub(super) fn read(text: &str, width: Width, ignore_case: bool) -> Option<(usize, Self)> {
        let read = |period: Self| Some((starts_with(text, period.word(width), ignore_case)?, period));
        DAY_PERIODS.into_iter().chain(HALF_DAYS).find_map(read)
    }

    /// Its word.
    pub(super) fn word(self, width: Width) -> &'static str {
        if width == Width::Narrow { self.narrow } else { self.word }
    }

    /// Whether a minute of the day is in it.
    pub(super) fn includes(self, minute_of_day: i64) -> bool {
        if self.from < self.to {
            (self.from..self.to).contains(&minute_of_day)
        } else if self.from > self.to {
            minute_of_day >= self.from || minute_of_day < self.to
        } else {
            minute_of_day == self.from
        }
    }

    /// The minute in its middle.
    pub(super) fn middle(self) -> i64 {
        let to = if self.from > self.to { self.to + 1440 } else { self.to };
        (self.from + to) / 2 % 1440
    }

    /// First minute and the one after the last, as Java shows them.
    pub(super) fn bounds(self) -> String {
        let clock = |minute: i64| format!("{:02}:{:02}", minute / 60, minute % 60);
        if self.from == self.to { clock(self.from) } else { format!("{}-{}", clock(self.from), clock(self.to)) }
    }
}

/// Length in bytes of the part of `text` that equals `word`, if it starts with that.
pub(super) fn starts_with(text: &str, word: &str, ignore_case: bool) -> Option<usize> {
    if !ignore_case {
        return text.starts_with(word).then_some(word.len());
    }
    let mut rest = text.chars();
    word.chars()
        .all(|letter| rest.next().is_some_and(|other| same_letter(letter, other)))
        .then(|| text.len() - rest.as_str().len())
}

/// Whether two characters are the same but for their case.
pub(super) fn same_letter(a: char, b: char) -> bool {
    a == b || fold(a) == fold(b)
}

/// One character for all cases of a letter; characters that another case writes as several stay what they are.
pub(super) fn fold(letter: char) -> char {
    fn only(letter: char, mut cased: impl Iterator<Item = char>) -> char {
        match (cased.next(), cased.next()) {
            (Some(one), None) => one,
            _ => letter,
        }
    }
    if letter.is_ascii() {
        return letter.to_ascii_lowercase();
    }
    let upper = only(letter, letter.to_uppercase());
    only(upper, upper.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_in_any_case_when_asked() {
        let month = |text, width, fold| longest_word(Field::MonthOfYear, width, text, fold);
        assert_eq!(month("mAy!", Width::Full, true), Some((3, 5)));
        assert_eq!(month("may", Width::Full, false), None);
        assert_eq!(month("Jun", Width::Narrow, false), Some((1, 7)));
        assert_eq!(longest_word(Field::DayOfMonth, Width::Full, "1", true), None);
        assert_eq!(starts_with("ΣΑΣx", "σας", true), Some(6));
        assert_eq!(starts_with("a", "ab", true), None);
    }

    #[test]
    fn the_day_has_parts() {
        let word = |minute| DayPeriod::of(minute).unwrap().word(Width::Full);
        assert_eq!([word(0), word(1), word(720)], ["midnight", "at night", "noon"]);
        assert_eq!(DayPeriod::read("at night", Width::Full, false).unwrap().1.middle(), 90);
        assert_eq!(DayPeriod::read("noon", Width::Full, false).unwrap().1.bounds(), "12:00");
    }
}
