//! Dates from year, month, day, day of the year and weeks.

use super::Resolved;
use crate::java_time::Outcome;
use crate::java_time::calendar::{self, Date, month_length, year_length};
use crate::java_time::field::{Field, MODIFIED_JULIAN_EPOCH};

impl Resolved {
    /// Makes a date of year, month and day, or of year and day of the year.
    pub(super) fn date(&mut self) -> Outcome<()> {
        self.year()?;
        let Some(year) = self.fields.get(Field::Year) else { return Ok(()) };
        if let (Some(month), Some(day)) = (self.fields.get(Field::MonthOfYear), self.fields.get(Field::DayOfMonth)) {
            let year = Field::Year.check(year)?;
            let month = Field::MonthOfYear.check(month)?;
            let day = Field::DayOfMonth.check(day)?;
            self.fields.remove_all(&[Field::Year, Field::MonthOfYear, Field::DayOfMonth]);
            return self.set_date(Date::of(year, month, day.min(month_length(year, month))));
        }
        if let Some(day) = self.fields.get(Field::DayOfYear) {
            let year = Field::Year.check(year)?;
            let day = Field::DayOfYear.check(day)?;
            if day > year_length(year) {
                return Err(format!("Invalid date 'DayOfYear 366' as '{year}' is not a leap year"));
            }
            self.fields.remove_all(&[Field::Year, Field::DayOfYear]);
            return self.set_date(Date::of_epoch_day(Date::of(year, 1, 1).epoch_day + day - 1));
        }
        Ok(())
    }

    /// Makes a year of the year of an era, which is ours where none is named.
    fn year(&mut self) -> Outcome<()> {
        let Some(year_of_era) = self.fields.get(Field::YearOfEra) else {
            return self.fields.get(Field::Era).map_or(Ok(()), |era| Field::Era.check(era).map(|_| ()));
        };
        Field::YearOfEra.check(year_of_era)?;
        self.fields.remove(Field::YearOfEra);
        let after_christ = match (self.fields.remove(Field::Era), self.fields.get(Field::Year)) {
            (Some(era), _) => era == 1,
            (None, year) => year.is_none_or(|year| year > 0),
        };
        let year = if after_christ { year_of_era } else { 1 - year_of_era };
        match self.fields.put(Field::Year, year) {
            Some(before) if before != year => Err(format!("Conflict found: Year {before} differs from Year {year}")),
            _ => Ok(()),
        }
    }

    /// Makes dates and fields of dates from those that are not of Java's ISO calendar itself: whether there were any.
    pub(super) fn derived(&mut self) -> Outcome<bool> {
        let mut changed = false;
        if let Some(day) = self.fields.remove(Field::LocalDayOfWeek) {
            let day = Field::LocalDayOfWeek.check(day)?;
            self.fields.put(Field::DayOfWeek, (day + 5) % 7 + 1);
            changed = true;
        }
        if let Some(day) = self.fields.remove(Field::ModifiedJulianDay) {
            let day = Field::ModifiedJulianDay.check(day)?;
            self.set_date(Date::of_epoch_day(day - MODIFIED_JULIAN_EPOCH))?;
            changed = true;
        }
        if let Some(weekday) = self.fields.get(Field::DayOfWeek) {
            changed |= self.week_of_month(weekday)? || self.week_of_year(weekday)?;
        }
        Ok(changed)
    }

    fn week_of_month(&mut self, weekday: i64) -> Outcome<bool> {
        let known = [Field::Year, Field::MonthOfYear, Field::WeekOfMonth].map(|field| self.fields.get(field));
        let [Some(year), Some(month), Some(week)] = known else { return Ok(false) };
        let weekday = Field::DayOfWeek.check(weekday)? % 7 + 1;
        let year = Field::Year.check(year)?;
        let month = Field::MonthOfYear.check(month)?;
        let week = Field::WeekOfMonth.check(week)?;
        let first = Date::of(year, month, 1);
        let days = (week - first.week_of_month()) * 7 + weekday - first.local_day_of_week();
        self.fields.remove_all(&[Field::WeekOfMonth, Field::Year, Field::MonthOfYear, Field::DayOfWeek]);
        self.set_date(Date::of_epoch_day(first.epoch_day + days))?;
        Ok(true)
    }

    fn week_of_year(&mut self, weekday: i64) -> Outcome<bool> {
        let known = [Field::WeekBasedYear, Field::WeekOfWeekBasedYear].map(|field| self.fields.get(field));
        let ([Some(year), Some(week)], false) = (known, self.fields.has(Field::Year)) else { return Ok(false) };
        let weekday = Field::DayOfWeek.check(weekday)? % 7 + 1;
        let year = Field::WeekBasedYear.check(year)?;
        let week = Field::WeekOfWeekBasedYear.check(week)?;
        self.fields.remove_all(&[Field::WeekBasedYear, Field::WeekOfWeekBasedYear, Field::DayOfWeek]);
        self.set_date(calendar::of_week_based_year(year, week, weekday))?;
        Ok(true)
    }
}
