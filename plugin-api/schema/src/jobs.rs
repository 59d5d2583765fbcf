//! Jobs: what they may be called, how durations are written, and when a job is due. Asked when a plugin is
//! built, and again when the host reads the manifest of one that may have been built by other means.

mod cron;

use std::fmt;
use std::time::Duration;

pub use cron::Cron;

use crate::names::is_lower_case_identifier;

/// The shortest pause between two runs of a job.
const LEAST: Duration = Duration::from_secs(1);
/// The longest: a year.
const MOST: Duration = Duration::from_secs(366 * 24 * 3600);

/// The units of a duration, the longest first, with their seconds.
const UNITS: [(char, u64); 4] = [('d', 86_400), ('h', 3600), ('m', 60), ('s', 1)];

/// Whether a text may be a job's name: `^[a-z][a-z0-9_]{0,40}$`.
pub fn is_job_name(name: &str) -> bool {
    name.len() <= 41 && is_lower_case_identifier(name)
}

/// When a job is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Schedule {
    /// `every 1h`: with this pause from one run's time to the next.
    Every(Duration),
    /// `cron 0 3 * * *`, in UTC; `cron 0 3 * * * in Europe/Berlin` goes by that time zone's clocks.
    Cron { times: Cron, zone: Option<String> },
    /// `on start`: when a host starts.
    OnStart,
}

impl Schedule {
    /// Reads a schedule as a manifest spells it.
    ///
    /// # Errors
    ///
    /// What is wrong with it, in words that go on after a colon.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text == "on start" {
            return Ok(Self::OnStart);
        }
        match text.split_once(' ') {
            Some(("every", pause)) => every(pause).map(Self::Every),
            Some(("cron", rest)) => {
                let (times, zone) = match rest.split_once(" in ") {
                    Some((times, zone)) => (times, Some(zone)),
                    None => (rest, None),
                };
                if let Some(zone) = zone.filter(|zone| !is_zone_name(zone)) {
                    return Err(format!("{zone:?} is no name of a time zone, such as Europe/Berlin"));
                }
                Ok(Self::Cron { times: Cron::parse(times)?, zone: zone.map(str::to_owned) })
            }
            _ => Err("it is none of `every 1h`, `cron 0 3 * * *` and `on start`".to_owned()),
        }
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Every(pause) => write!(f, "every {}", duration_text(*pause)),
            Self::Cron { times, zone: None } => write!(f, "cron {times}"),
            Self::Cron { times, zone: Some(zone) } => write!(f, "cron {times} in {zone}"),
            Self::OnStart => f.write_str("on start"),
        }
    }
}

fn every(text: &str) -> Result<Duration, String> {
    let pause = parse_duration(text)?;
    if (LEAST..=MOST).contains(&pause) {
        Ok(pause)
    } else {
        Err(format!("{text} is not between 1s and 366d"))
    }
}

/// Whether a text has the form of a time zone's name. Whether there is such a zone, the database of zones
/// says.
fn is_zone_name(text: &str) -> bool {
    let is_part = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_alphabetic())
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_+-".contains(&byte))
    };
    text.split('/').all(is_part)
}

/// Reads a duration such as `30s`, `5m`, `1h30m` or `7d`.
///
/// # Errors
///
/// What is wrong with it.
pub fn parse_duration(text: &str) -> Result<Duration, String> {
    let fault = || format!("{text:?} is no duration; write it like 30s, 5m, 1h30m or 7d");
    let (mut rest, mut seconds, mut units) = (text, 0_u64, UNITS.iter());
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit()).ok_or_else(fault)?;
        let (number, behind) = rest.split_at(end);
        let number: u64 = number.parse().map_err(|_| fault())?;
        // Longer units come first, each once.
        let (unit, of_unit) = units.find(|(unit, _)| behind.starts_with(*unit)).ok_or_else(fault)?;
        seconds = number
            .checked_mul(*of_unit)
            .and_then(|more| seconds.checked_add(more))
            .filter(|seconds| *seconds <= MOST.as_secs())
            .ok_or_else(fault)?;
        rest = &behind[unit.len_utf8()..];
    }
    if seconds == 0 { Err(fault()) } else { Ok(Duration::from_secs(seconds)) }
}

/// A duration in whole seconds as [`parse_duration`] reads it.
pub fn duration_text(duration: Duration) -> String {
    let (mut rest, mut text) = (duration.as_secs(), String::new());
    for (unit, of_unit) in UNITS {
        if rest >= of_unit {
            text.push_str(&(rest / of_unit).to_string());
            text.push(unit);
            rest %= of_unit;
        }
    }
    if text.is_empty() { "0s".to_owned() } else { text }
}

/// What becomes of the times that a job has missed, because no host was there or a run took too long.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum CatchUp {
    /// Nothing: those times are passed over.
    None,
    /// One run stands for all of them.
    #[default]
    One,
    /// Each has its run, one after the other.
    All,
}

impl CatchUp {
    /// Every rule.
    pub const ALL: [Self; 3] = [Self::None, Self::One, Self::All];

    /// The rule as a manifest spells it.
    pub fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::One => "one",
            Self::All => "all",
        }
    }

    /// The rule that a manifest names.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|rule| rule.word() == word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_numbers_with_units_the_longest_first() {
        for (text, seconds) in [("30s", 30), ("5m", 300), ("1h30m", 5400), ("7d", 604_800), ("90m", 5400)] {
            assert_eq!(parse_duration(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        for text in
            ["", "0s", "5", "m", "1m1h", "1m1m", "5 m", "-1s", "1.5h", "99999999999999999999s", "400d"]
        {
            let said = parse_duration(text).unwrap_err();
            assert!(said.ends_with("is no duration; write it like 30s, 5m, 1h30m or 7d"), "{text}: {said}");
        }
        assert_eq!(duration_text(Duration::from_secs(90_061)), "1d1h1m1s");
        assert_eq!(duration_text(Duration::from_secs(5400)), "1h30m");
    }

    #[test]
    fn a_schedule_is_read_as_it_is_written() {
        for text in
            ["every 1h", "cron 0 3 * * *", "cron */5 1-3,7 * jan,feb mon in Europe/Berlin", "on start"]
        {
            assert_eq!(Schedule::parse(text).unwrap().to_string(), text);
        }
        for (text, fault) in [
            ("hourly", "it is none of"),
            ("every never", "is no duration"),
            ("every 366d1s", "is no duration"),
            ("cron 0 3 * *", "five fields"),
            ("cron 0 3 * * * in Europe/", "is no name of a time zone"),
            ("cron 0 3 * * * in ../../etc", "is no name of a time zone"),
        ] {
            let said = Schedule::parse(text).unwrap_err();
            assert!(said.contains(fault), "{text}: {said}");
        }
    }

    #[test]
    fn a_job_is_called_like_a_function() {
        assert!(is_job_name("tidy_up2"));
        for name in ["", "Tidy", "2tidy", "tidy-up", "täglich", &"a".repeat(42)] {
            assert!(!is_job_name(name), "{name}");
        }
    }
}
