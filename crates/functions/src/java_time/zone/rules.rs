//! Offsets of a region: the tables of `chrono-tz`, which end with the year 2099, and the years after it by their likes before.

use chrono::{DateTime, NaiveDateTime, Offset, TimeZone};
use chrono_tz::{GapInfo, OffsetComponents, Tz};

use crate::java_time::calendar::{Date, is_leap};

/// The tables of a zone that changes its clocks twice a year end here.
const TABLE_YEARS: i64 = 2_100;

const DAY_SECONDS: i64 = 86_400;

/// The offset at a moment in seconds, and whether it is that of daylight saving time.
pub(super) fn at(tz: Tz, epoch_second: i64) -> (i64, bool) {
    let offset = tz.offset_from_utc_datetime(&moment(epoch_second));
    (i64::from(offset.fix().local_minus_utc()), is_daylight_saving(tz, epoch_second, &offset))
}

/// The offset of clocks that show a local time, by the rule of [`super::Zone::offset_of_local`].
pub(super) fn of_local(tz: Tz, local_second: i64) -> i64 {
    let local = moment(local_second);
    let offset = match tz.offset_from_local_datetime(&local) {
        chrono::LocalResult::Single(offset) | chrono::LocalResult::Ambiguous(offset, _) => offset,
        chrono::LocalResult::None => match GapInfo::new(&local, &tz).and_then(|gap| gap.begin) {
            Some((_, before)) => before,
            // A gap has a begin; were it not so, the offset at about that time is as good.
            None => tz.offset_from_utc_datetime(&local),
        },
    };
    i64::from(offset.fix().local_minus_utc())
}

/// The same second of the same day in a year of the tables that begins on the same weekday and has the same length: rules
/// that go on for ever ("the last Sunday in March") fall on the same day there.
fn moment(second: i64) -> NaiveDateTime {
    let date = Date::of_epoch_day(second.div_euclid(DAY_SECONDS));
    let second = if date.year < TABLE_YEARS {
        // Before the first clock change offsets do not change.
        second.max(Date::of(1, 1, 1).epoch_day * DAY_SECONDS)
    } else {
        let first = Date::of(date.year, 1, 1);
        let alike = |year: &i64| {
            is_leap(*year) == is_leap(date.year) && Date::of(*year, 1, 1).day_of_week() == first.day_of_week()
        };
        let year = (TABLE_YEARS - 28..TABLE_YEARS).rev().find(alike).unwrap_or(TABLE_YEARS - 1);
        second - (first.epoch_day - Date::of(year, 1, 1).epoch_day) * DAY_SECONDS
    };
    DateTime::from_timestamp(second, 0).unwrap_or_default().naive_utc()
}

/// Zones whose winter time is behind the standard in the tz database, and since when. Java has it the other way round:
/// what is not behind is a summer time.
const WINTER_TIMES: [(Tz, i64); 5] = [
    (Tz::Europe__Dublin, -37_242_000),
    (Tz::Eire, -37_242_000),
    (Tz::Africa__Windhoek, 637_970_400),
    (Tz::Africa__Casablanca, 1_540_692_000),
    (Tz::Africa__El_Aaiun, 1_540_692_000),
];

fn is_daylight_saving(tz: Tz, epoch_second: i64, offset: &<Tz as TimeZone>::Offset) -> bool {
    let ahead = offset.dst_offset().num_seconds();
    let has_winter_time = WINTER_TIMES.iter().any(|(zone, since)| *zone == tz && *since <= epoch_second);
    if has_winter_time { ahead == 0 } else { ahead > 0 }
}
