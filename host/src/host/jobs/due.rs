//! When a job is due: what a schedule means in time, and what becomes of times that were missed.
//!
//! Nothing here asks a clock. What the time is the database says, so that all hosts agree.

use std::time::Duration;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use tenon_schema::jobs::{CatchUp, Cron, Schedule};

/// How late a run may begin and still be on time.
const TARDY: SignedDuration = SignedDuration::from_mins(1);

/// How many missed times have a run each, at most. Of more the latest have one.
const MOST_MISSED: i64 = 1000;

/// How many days ahead a cron line is looked for: the 29th of February may be eight years away, and on one
/// weekday forty.
const DAYS: usize = 41 * 366;

/// How far back the latest time of a cron line is looked for, the nearest first, in days.
const BACK: [i64; 6] = [1, 8, 32, 367, 8 * 366, 41 * 366];

/// What is to be done about a job whose next time has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Decision {
    /// A run for this time.
    Run { tick: Timestamp, next: Option<Timestamp> },
    /// Nothing: what was missed is passed over.
    Pass { next: Option<Timestamp> },
}

/// The first time of a schedule after this one.
pub(super) fn next(schedule: &Schedule, zone: &TimeZone, after: Timestamp) -> Option<Timestamp> {
    match schedule {
        Schedule::Every(pause) => after.checked_add(*pause).ok(),
        Schedule::Cron { times, .. } => next_of_cron(times, zone, after),
        Schedule::OnStart => None,
    }
}

/// What is to be done about a job whose next time was `due`, and is not later than now.
pub(super) fn decide(
    schedule: &Schedule,
    zone: &TimeZone,
    rule: CatchUp,
    due: Timestamp,
    now: Timestamp,
) -> Decision {
    if *schedule == Schedule::OnStart {
        return Decision::Run { tick: due, next: None };
    }
    let latest = latest(schedule, zone, due, now);
    let after_latest = next(schedule, zone, latest);
    match rule {
        CatchUp::None if now.duration_since(latest) > TARDY => Decision::Pass { next: after_latest },
        CatchUp::None | CatchUp::One => Decision::Run { tick: latest, next: after_latest },
        CatchUp::All => {
            let tick = oldest_kept(schedule, zone, due, latest, now);
            Decision::Run { tick, next: next(schedule, zone, tick) }
        }
    }
}

/// The latest time of the schedule that has come, which is `due` or one after it.
fn latest(schedule: &Schedule, zone: &TimeZone, due: Timestamp, now: Timestamp) -> Timestamp {
    match schedule {
        Schedule::Every(pause) => plus(due, *pause, missed(due, *pause, now)),
        Schedule::Cron { times, .. } => {
            // From a time nearby, since there may be many.
            let from = BACK.into_iter().find_map(|days| {
                let from = now.checked_sub(SignedDuration::from_hours(days * 24)).ok()?;
                let first = next_of_cron(times, zone, from.max(due))?;
                (from > due && first <= now).then_some(first)
            });
            let mut latest = from.unwrap_or(due);
            while let Some(next) = next_of_cron(times, zone, latest).filter(|next| *next <= now) {
                latest = next;
            }
            latest
        }
        Schedule::OnStart => due,
    }
}

/// The first time that has a run where each has one.
fn oldest_kept(
    schedule: &Schedule,
    zone: &TimeZone,
    due: Timestamp,
    latest: Timestamp,
    now: Timestamp,
) -> Timestamp {
    match schedule {
        Schedule::Every(pause) => {
            let missed = missed(due, *pause, now);
            if missed < MOST_MISSED { due } else { plus(due, *pause, missed - MOST_MISSED + 1) }
        }
        Schedule::Cron { times, .. } => {
            let mut at = due;
            for _ in 0..MOST_MISSED {
                match next_of_cron(times, zone, at) {
                    Some(next) if next <= now => at = next,
                    _ => return due,
                }
            }
            // A cron line has no two times in a minute.
            let from = latest.checked_sub(SignedDuration::from_mins(MOST_MISSED)).unwrap_or(latest);
            next_of_cron(times, zone, from.max(due)).map_or(latest, |first| first.min(latest))
        }
        Schedule::OnStart => due,
    }
}

/// How many times after `due` have come.
fn missed(due: Timestamp, pause: Duration, now: Timestamp) -> i64 {
    let late = now.duration_since(due).as_millis().max(0);
    i64::try_from(late / i128::try_from(pause.as_millis().max(1)).unwrap_or(1)).unwrap_or(i64::MAX)
}

fn plus(at: Timestamp, pause: Duration, times: i64) -> Timestamp {
    let pause = SignedDuration::try_from(pause).unwrap_or(SignedDuration::MAX);
    let millis = i64::try_from(pause.as_millis()).unwrap_or(i64::MAX).saturating_mul(times);
    at.saturating_add(SignedDuration::from_millis(millis)).unwrap_or(Timestamp::MAX)
}

/// The first time of a cron line after this one, by the clocks of a time zone.
///
/// Where clocks are put forward, a time that they do not show is the one right after: 02:30 is 03:30. Where
/// they are put back, a time that they show twice counts once, the first time. A line that names no hour goes
/// by what has passed instead: a job every quarter of an hour runs four times in each hour that there is.
fn next_of_cron(times: &Cron, zone: &TimeZone, after: Timestamp) -> Option<Timestamp> {
    let first = zone.to_datetime(after).date();
    // A day before: what was put off may come the day after.
    let days = std::iter::successors(Some(first.yesterday().unwrap_or(first)), |day| day.tomorrow().ok());
    let is_on = |day: &Date| {
        let weekday = u32::from(day.weekday().to_sunday_zero_offset().unsigned_abs());
        times.is_on(u32::from(day.month().unsigned_abs()), u32::from(day.day().unsigned_abs()), weekday)
    };
    days.take(DAYS).filter(is_on).find_map(|day| next_on_day(times, zone, day, after))
}

fn next_on_day(times: &Cron, zone: &TimeZone, day: Date, after: Timestamp) -> Option<Timestamp> {
    if !times.goes_through_the_day() {
        let at = |(hour, minute): (u32, u32)| {
            let (hour, minute) = (i8::try_from(hour).ok()?, i8::try_from(minute).ok()?);
            zone.to_timestamp(day.at(hour, minute, 0, 0)).ok()
        };
        return times.times().filter_map(at).filter(|at| *at > after).min();
    }
    let minute = SignedDuration::from_mins(1);
    let begin = zone.to_timestamp(day.at(0, 0, 0, 0)).ok()?;
    let end = zone.to_timestamp(day.tomorrow().ok()?.at(0, 0, 0, 0)).ok()?;
    // The first whole minute after both.
    let passed = after.duration_since(begin).as_secs().max(-60).div_euclid(60) + 1;
    let from = begin.checked_add(SignedDuration::from_mins(passed.max(0))).ok()?;
    let minutes = std::iter::successors(Some(from), |at| at.checked_add(minute).ok());
    minutes.take_while(|at| *at < end).find(|at| {
        let clock = zone.to_datetime(*at).time();
        *at > after
            && times.is_at(u32::from(clock.hour().unsigned_abs()), u32::from(clock.minute().unsigned_abs()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn cron(line: &str, zone: &str) -> (Schedule, TimeZone) {
        let schedule = Schedule::parse(&format!("cron {line} in {zone}")).unwrap();
        (schedule, TimeZone::get(zone).unwrap())
    }

    /// The next times after one.
    fn times(line: &str, zone: &str, from: &str, how_many: usize) -> Vec<String> {
        let (schedule, zone) = cron(line, zone);
        let all = std::iter::successors(next(&schedule, &zone, at(from)), |at| next(&schedule, &zone, *at));
        all.take(how_many).map(|at| at.to_string()).collect()
    }

    #[test]
    fn a_cron_line_names_its_times() {
        assert_eq!(
            times("30 3 * * *", "UTC", "2026-01-31T03:30:00Z", 2),
            ["2026-02-01T03:30:00Z", "2026-02-02T03:30:00Z"]
        );
        assert_eq!(
            times("*/20 * * * *", "UTC", "2026-01-31T23:39:59.5Z", 3),
            ["2026-01-31T23:40:00Z", "2026-02-01T00:00:00Z", "2026-02-01T00:20:00Z"]
        );
        assert_eq!(
            times("0 12 29 2 *", "UTC", "2096-03-01T00:00:00Z", 2),
            ["2104-02-29T12:00:00Z", "2108-02-29T12:00:00Z"]
        );
        assert_eq!(
            times("0 9 1 * mon", "UTC", "2026-06-01T00:00:00Z", 3),
            ["2026-06-01T09:00:00Z", "2026-06-08T09:00:00Z", "2026-06-15T09:00:00Z"]
        );
    }

    #[test]
    fn where_clocks_are_put_forward_a_time_that_they_do_not_show_is_the_one_right_after() {
        // On 2026-03-29 Berlin goes from 02:00 to 03:00.
        assert_eq!(
            times("30 2 * * *", "Europe/Berlin", "2026-03-28T00:00:00Z", 3),
            ["2026-03-28T01:30:00Z", "2026-03-29T01:30:00Z", "2026-03-30T00:30:00Z"]
        );
        assert_eq!(
            times("*/30 * * * *", "Europe/Berlin", "2026-03-29T00:15:00Z", 3),
            ["2026-03-29T00:30:00Z", "2026-03-29T01:00:00Z", "2026-03-29T01:30:00Z"]
        );
    }

    #[test]
    fn where_clocks_are_put_back_a_time_counts_once_unless_no_hour_is_named() {
        // On 2026-10-25 Berlin goes from 03:00 to 02:00.
        assert_eq!(
            times("30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00Z", 2),
            ["2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"]
        );
        assert_eq!(
            times("0 * * * *", "Europe/Berlin", "2026-10-24T23:30:00Z", 4),
            ["2026-10-25T00:00:00Z", "2026-10-25T01:00:00Z", "2026-10-25T02:00:00Z", "2026-10-25T03:00:00Z"]
        );
    }

    #[test]
    fn what_was_missed_has_no_run_one_run_or_one_each() {
        let every = Schedule::parse("every 1h").unwrap();
        let (due, now) = (at("2026-01-01T00:00:00Z"), at("2026-01-01T05:30:00Z"));
        let decided = |rule| decide(&every, &TimeZone::UTC, rule, due, now);
        let six = Some(at("2026-01-01T06:00:00Z"));
        assert_eq!(decided(CatchUp::None), Decision::Pass { next: six });
        assert_eq!(decided(CatchUp::One), Decision::Run { tick: at("2026-01-01T05:00:00Z"), next: six });
        let first = Decision::Run { tick: due, next: Some(at("2026-01-01T01:00:00Z")) };
        assert_eq!(decided(CatchUp::All), first);
        // Who is on time runs in any case.
        let now = at("2026-01-01T05:00:02Z");
        let decided = decide(&every, &TimeZone::UTC, CatchUp::None, due, now);
        assert_eq!(decided, Decision::Run { tick: at("2026-01-01T05:00:00Z"), next: six });
        let (daily, zone) = cron("0 3 * * *", "Europe/Berlin");
        let (due, now) = (at("2026-01-01T02:00:00Z"), at("2026-04-02T12:00:00Z"));
        let next = Some(at("2026-04-03T01:00:00Z"));
        let decided = |rule| decide(&daily, &zone, rule, due, now);
        assert_eq!(decided(CatchUp::One), Decision::Run { tick: at("2026-04-02T01:00:00Z"), next });
        assert_eq!(decided(CatchUp::None), Decision::Pass { next });
        let second = Some(at("2026-01-02T02:00:00Z"));
        assert_eq!(decided(CatchUp::All), Decision::Run { tick: due, next: second });
    }

    #[test]
    fn of_very_many_missed_times_the_latest_have_a_run_each() {
        let (due, now) = (at("2026-01-01T00:00:00Z"), at("2026-07-01T00:00:30Z"));
        for text in ["every 1m", "cron * * * * *"] {
            let schedule = Schedule::parse(text).unwrap();
            let Decision::Run { tick, .. } = decide(&schedule, &TimeZone::UTC, CatchUp::All, due, now) else {
                panic!("{text} runs");
            };
            let kept = now.duration_since(tick).as_secs() / 60 + 1;
            assert!((MOST_MISSED - 1..=MOST_MISSED).contains(&kept), "{text}: {kept}");
            let one = decide(&schedule, &TimeZone::UTC, CatchUp::One, due, now);
            let (tick, next) = (at("2026-07-01T00:00:00Z"), Some(at("2026-07-01T00:01:00Z")));
            assert_eq!(one, Decision::Run { tick, next }, "{text}");
        }
    }

    #[test]
    fn a_start_is_due_once() {
        let due = at("2026-01-01T00:00:00Z");
        let decided =
            decide(&Schedule::OnStart, &TimeZone::UTC, CatchUp::One, due, at("2027-01-01T00:00:00Z"));
        assert_eq!(decided, Decision::Run { tick: due, next: None });
    }
}
