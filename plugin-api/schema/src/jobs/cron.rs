//! The times of a cron line: minute, hour, day of the month, month, day of the week.

use std::fmt;

const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const WEEKDAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/// The most days that each month has.
const LENGTHS: [u32; 12] = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/// Local times, as the five fields of a cron line name them.
///
/// Where both a day of the month and a day of the week are named, a day that is either will do, as in every
/// cron.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cron {
    minutes: u64,
    hours: u64,
    days: u64,
    months: u64,
    weekdays: u64,
    any_day: bool,
    any_weekday: bool,
    any_hour: bool,
    text: String,
}

/// One of the five fields.
struct Field {
    what: &'static str,
    least: u32,
    most: u32,
    names: &'static [&'static str],
}

const FIELDS: [Field; 5] = [
    Field { what: "minute", least: 0, most: 59, names: &[] },
    Field { what: "hour", least: 0, most: 23, names: &[] },
    Field { what: "day of the month", least: 1, most: 31, names: &[] },
    Field { what: "month", least: 1, most: 12, names: &MONTHS },
    Field { what: "day of the week", least: 0, most: 7, names: &WEEKDAYS },
];

impl Cron {
    /// Reads five fields, such as `*/15 8-18 * * mon-fri`.
    ///
    /// # Errors
    ///
    /// What is wrong with them.
    pub fn parse(text: &str) -> Result<Self, String> {
        let written: Vec<&str> = text.split_whitespace().collect();
        let [minute, hour, day, month, weekday] = written.as_slice() else {
            return Err(format!(
                "{text:?} has not the five fields minute, hour, day of the month, month, day of the week"
            ));
        };
        let [minutes, hours, days, months, weekdays] = FIELDS;
        let weekday_bits = weekdays.parse(weekday)?;
        let cron = Self {
            minutes: minutes.parse(minute)?,
            hours: hours.parse(hour)?,
            days: days.parse(day)?,
            months: months.parse(month)?,
            // Sunday is 0 as well as 7.
            weekdays: (weekday_bits | weekday_bits >> 7) & 0x7f,
            any_day: day.starts_with('*'),
            any_weekday: weekday.starts_with('*'),
            any_hour: hour.starts_with('*'),
            text: written.join(" "),
        };
        if cron.any_weekday && !cron.has_a_day() {
            return Err(format!("{text:?} is on a day that no month of it has"));
        }
        Ok(cron)
    }

    /// Whether there is any day in a month of it.
    fn has_a_day(&self) -> bool {
        (1..=12)
            .zip(LENGTHS)
            .any(|(month, length)| has(self.months, month) && (1..=length).any(|day| has(self.days, day)))
    }

    /// Whether it is due on this day. Sunday is weekday 0.
    pub fn is_on(&self, month: u32, day: u32, weekday: u32) -> bool {
        let (of_month, of_week) = (has(self.days, day), has(self.weekdays, weekday));
        let on = if self.any_day || self.any_weekday { of_month && of_week } else { of_month || of_week };
        has(self.months, month) && on
    }

    /// The hours and minutes at which it is due, on a day that it is on.
    pub fn times(&self) -> impl Iterator<Item = (u32, u32)> + '_ {
        let hours = (0..24).filter(|hour| has(self.hours, *hour));
        hours.flat_map(|hour| {
            (0..60).filter(|minute| has(self.minutes, *minute)).map(move |minute| (hour, minute))
        })
    }

    /// Whether it is due at this hour and minute, on a day that it is on.
    pub fn is_at(&self, hour: u32, minute: u32) -> bool {
        has(self.hours, hour) && has(self.minutes, minute)
    }

    /// Whether it goes on through the day, and names no hour: it goes by what has passed, and not by what the
    /// clock shows, where that is put forward or back.
    pub fn goes_through_the_day(&self) -> bool {
        self.any_hour
    }
}

impl fmt::Display for Cron {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn has(bits: u64, number: u32) -> bool {
    number < 64 && bits >> number & 1 == 1
}

impl Field {
    fn parse(&self, text: &str) -> Result<u64, String> {
        let mut bits = 0;
        for part in text.split(',') {
            let (range, step) = match part.split_once('/') {
                Some((range, step)) => (range, Some(step)),
                None => (part, None),
            };
            let (from, to) = match range.split_once('-') {
                _ if range == "*" => (self.least, self.most),
                Some((from, to)) => (self.number(from)?, self.number(to)?),
                None => {
                    let number = self.number(range)?;
                    (number, number)
                }
            };
            if from > to {
                return Err(format!("the {} {range:?} goes backwards", self.what));
            }
            let step = match step {
                None => 1,
                Some(_) if from == to => {
                    return Err(format!("the {} {part:?} has a step and no range", self.what));
                }
                Some(step) => step.parse::<usize>().ok().filter(|step| *step > 0).ok_or_else(|| {
                    format!("the {} {part:?} has a step that is no number above 0", self.what)
                })?,
            };
            bits = (from..=to).step_by(step).fold(bits, |bits, number| bits | 1 << number);
        }
        Ok(bits)
    }

    fn number(&self, text: &str) -> Result<u32, String> {
        let lower = text.to_ascii_lowercase();
        if let Some(at) = self.names.iter().position(|name| *name == lower) {
            return Ok(u32::try_from(at).unwrap_or_default() + self.least);
        }
        let number = text.parse().ok().filter(|number| (self.least..=self.most).contains(number));
        number.ok_or_else(|| format!("the {} {text:?} is none of {} to {}", self.what, self.least, self.most))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times(text: &str) -> Vec<(u32, u32)> {
        Cron::parse(text).unwrap().times().collect()
    }

    #[test]
    fn fields_are_numbers_names_ranges_steps_and_lists() {
        assert_eq!(times("0 3 * * *"), [(3, 0)]);
        assert_eq!(times("*/20 4,6 * * *"), [(4, 0), (4, 20), (4, 40), (6, 0), (6, 20), (6, 40)]);
        assert_eq!(times("10-30/10 0 * * *"), [(0, 10), (0, 20), (0, 30)]);
        let weekdays = Cron::parse("0 0 * Jan-mar MON-fri").unwrap();
        assert!(weekdays.is_on(1, 5, 1) && weekdays.is_on(3, 5, 5));
        assert!(!weekdays.is_on(4, 5, 1) && !weekdays.is_on(1, 5, 0) && !weekdays.is_on(1, 5, 6));
        for sunday in ["0 0 * * 0", "0 0 * * 7", "0 0 * * sun"] {
            let sunday = Cron::parse(sunday).unwrap();
            assert!(sunday.is_on(1, 1, 0) && !sunday.is_on(1, 1, 1), "{sunday}");
        }
    }

    #[test]
    fn of_two_kinds_of_day_either_will_do() {
        let either = Cron::parse("0 0 13 * fri").unwrap();
        assert!(either.is_on(1, 13, 1) && either.is_on(1, 2, 5) && !either.is_on(1, 2, 1));
        let both = Cron::parse("0 0 */2 * fri").unwrap();
        assert!(both.is_on(1, 1, 5) && !both.is_on(1, 2, 5) && !both.is_on(1, 1, 1));
    }

    #[test]
    fn what_is_no_cron_line_says_which_field() {
        for (text, fault) in [
            ("", "five fields"),
            ("* * * * * *", "five fields"),
            ("60 * * * *", "the minute \"60\" is none of 0 to 59"),
            ("* 24 * * *", "the hour \"24\""),
            ("* * 0 * *", "the day of the month \"0\""),
            ("* * * 13 *", "the month \"13\""),
            ("* * * * 8", "the day of the week \"8\""),
            ("* * * * funday", "the day of the week \"funday\""),
            ("5-1 * * * *", "the minute \"5-1\" goes backwards"),
            ("*/0 * * * *", "a step that is no number above 0"),
            ("5/10 * * * *", "has a step and no range"),
            ("1,,2 * * * *", "the minute \"\""),
            ("0 0 30 feb *", "a day that no month of it has"),
        ] {
            let said = Cron::parse(text).unwrap_err();
            assert!(said.contains(fault), "{text}: {said}");
        }
        assert!(Cron::parse("0 0 29 2 *").is_ok());
    }
}
