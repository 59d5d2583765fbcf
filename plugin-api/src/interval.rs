//! PostgreSQL's `interval`: months, days and microseconds, none of which is any of the others.

use std::fmt;
use std::str::FromStr;

use bytes::{BufMut, BytesMut};
use postgres_types::{FromSql, IsNull, ToSql, Type, accepts, to_sql_checked};
use serde::{Deserialize, Serialize};

use crate::param::{Element, EncodeError, Format, ParamValue};

const SECOND: i64 = 1_000_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;

/// A span of time as PostgreSQL keeps it. A month is no number of days and a day no number of hours, so two
/// are equal here when all three parts are.
///
/// Its text is ISO 8601, `P1Y2M3DT4H5M6.5S`, which PostgreSQL reads too; in JSON it is that text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Interval {
    /// Years are twelve of them.
    pub months: i32,
    /// Weeks are seven of them.
    pub days: i32,
    /// Hours, minutes and seconds.
    pub microseconds: i64,
}

impl Interval {
    /// An interval of days.
    pub const fn from_days(days: i32) -> Self {
        Self { months: 0, days, microseconds: 0 }
    }

    /// An interval of months.
    pub const fn from_months(months: i32) -> Self {
        Self { months, days: 0, microseconds: 0 }
    }

    /// An interval of seconds.
    pub const fn from_seconds(seconds: i32) -> Self {
        Self { months: 0, days: 0, microseconds: seconds as i64 * SECOND }
    }
}

/// A text that is no interval.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no interval: write it in ISO 8601, like P1Y2M3DT4H5M6.5S or PT90M")]
pub struct ParseIntervalError(String);

impl FromStr for Interval {
    type Err = ParseIntervalError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse(text).ok_or_else(|| ParseIntervalError(text.to_owned()))
    }
}

fn parse(text: &str) -> Option<Interval> {
    let rest = text.strip_prefix('P')?;
    let (date, time) = match rest.split_once('T') {
        Some((date, time)) if !time.is_empty() => (date, time),
        Some(_) => return None,
        None => (rest, ""),
    };
    if date.is_empty() && time.is_empty() {
        return None;
    }
    let mut interval = Interval::default();
    for (number, unit) in parts(date, "YMWD")? {
        let number: i32 = number.parse().ok()?;
        let (part, size) = match unit {
            'Y' => (&mut interval.months, 12),
            'M' => (&mut interval.months, 1),
            'W' => (&mut interval.days, 7),
            _ => (&mut interval.days, 1),
        };
        *part = part.checked_add(number.checked_mul(size)?)?;
    }
    for (number, unit) in parts(time, "HMS")? {
        let more = match unit {
            'H' => number.parse::<i64>().ok()?.checked_mul(HOUR)?,
            'M' => number.parse::<i64>().ok()?.checked_mul(MINUTE)?,
            _ => seconds(number)?,
        };
        interval.microseconds = interval.microseconds.checked_add(more)?;
    }
    Some(interval)
}

/// `1Y2M` as numbers with their units, each unit at most once and in this order.
fn parts<'a>(mut text: &'a str, units: &str) -> Option<Vec<(&'a str, char)>> {
    let (mut parts, mut left) = (Vec::new(), units);
    while !text.is_empty() {
        let at = text.find(|c: char| c.is_ascii_alphabetic())?;
        let unit = text[at..].chars().next()?;
        left = &left[left.find(unit)? + 1..];
        parts.push((&text[..at], unit));
        text = &text[at + 1..];
    }
    Some(parts)
}

/// `-6.5` in microseconds.
fn seconds(number: &str) -> Option<i64> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if fraction.len() > 6 || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let micros: i64 = format!("{fraction:0<6}").parse().ok()?;
    let whole_micros = whole.parse::<i64>().ok()?.checked_mul(SECOND)?;
    if whole.starts_with('-') { whole_micros.checked_sub(micros) } else { whole_micros.checked_add(micros) }
}

impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { months, days, microseconds } = *self;
        if *self == Self::default() {
            return f.write_str("PT0S");
        }
        f.write_str("P")?;
        for (number, unit) in [(months / 12, 'Y'), (months % 12, 'M'), (days, 'D')] {
            if number != 0 {
                write!(f, "{number}{unit}")?;
            }
        }
        if microseconds == 0 {
            return Ok(());
        }
        f.write_str("T")?;
        for (number, unit) in [(microseconds / HOUR, 'H'), (microseconds % HOUR / MINUTE, 'M')] {
            if number != 0 {
                write!(f, "{number}{unit}")?;
            }
        }
        let rest = microseconds % MINUTE;
        if rest == 0 {
            return Ok(());
        }
        let (sign, rest) = (if rest < 0 { "-" } else { "" }, rest.unsigned_abs());
        let (whole, fraction) = (rest / 1_000_000, rest % 1_000_000);
        let fraction = if fraction == 0 { String::new() } else { format!(".{fraction:06}") };
        write!(f, "{sign}{whole}{}S", fraction.trim_end_matches('0'))
    }
}

impl TryFrom<String> for Interval {
    type Error = ParseIntervalError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Interval> for String {
    fn from(interval: Interval) -> Self {
        interval.to_string()
    }
}

impl ParamValue for Interval {
    const OID: u32 = 1186;
    const ARRAY_OID: u32 = 1187;
    const FORMAT: Format = Format::Binary;

    fn write(&self, out: &mut BytesMut) -> Result<IsNull, EncodeError> {
        out.put_i64(self.microseconds);
        out.put_i32(self.days);
        out.put_i32(self.months);
        Ok(IsNull::No)
    }
}

impl Element for Interval {}

impl ToSql for Interval {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, EncodeError> {
        self.write(out)
    }

    accepts!(INTERVAL);
    to_sql_checked!();
}

impl<'a> FromSql<'a> for Interval {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, EncodeError> {
        let (micros, rest) = raw.split_first_chunk().ok_or("the bytes are no interval")?;
        let (days, rest) = rest.split_first_chunk().ok_or("the bytes are no interval")?;
        let months = rest.try_into().map_err(|_| "the bytes are no interval")?;
        Ok(Self {
            months: i32::from_be_bytes(months),
            days: i32::from_be_bytes(*days),
            microseconds: i64::from_be_bytes(*micros),
        })
    }

    accepts!(INTERVAL);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_is_read_from_its_own_text() {
        for (months, days, microseconds, text) in [
            (0, 0, 0, "PT0S"),
            (14, 3, 4 * HOUR + 5 * MINUTE + 6_500_000, "P1Y2M3DT4H5M6.5S"),
            (-14, 3, -4 * HOUR, "P-1Y-2M3DT-4H"),
            (0, 0, 90 * MINUTE, "PT1H30M"),
            (0, 0, -500_000, "PT-0.5S"),
            (1, 0, 1, "P1MT0.000001S"),
            (i32::MAX, i32::MIN, 0, "P178956970Y7M-2147483648D"),
        ] {
            let interval = Interval { months, days, microseconds };
            assert_eq!(interval.to_string(), text);
            assert_eq!(text.parse(), Ok(interval), "{text}");
        }
        assert_eq!("P2W".parse(), Ok(Interval::from_days(14)));
    }

    #[test]
    fn a_text_that_is_no_interval_is_refused() {
        for text in
            ["", "P", "PT", "P1", "P1S", "PT1D", "P1M1Y", "1 day", "P1.5D", "PT1.0000001S", "P99999999999Y"]
        {
            assert!(text.parse::<Interval>().is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_sent_is_read_back() {
        let interval = Interval { months: -1, days: 2, microseconds: -3 };
        let mut out = BytesMut::new();
        interval.write(&mut out).unwrap();
        assert_eq!(Interval::from_sql(&Type::INTERVAL, &out).unwrap(), interval);
        assert!(Interval::from_sql(&Type::INTERVAL, &out[..15]).is_err());
        let json = serde_json::to_string(&interval).unwrap();
        assert_eq!(json, "\"P-1M2DT-0.000003S\"");
        assert_eq!(serde_json::from_str::<Interval>(&json).unwrap(), interval);
    }
}
