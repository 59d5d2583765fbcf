//! The end of a term, as people write it: on a date, or after a while.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use tenon_migrations_core::acknowledgement::USUAL_DAYS;

/// A text that says no time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TermError {
    #[error("{0:?} is not a date such as 2026-12-31, nor a time such as 2026-12-31T18:00:00Z")]
    Until(String),
    #[error("{0:?} is not a while such as 12h, 30d or 6w")]
    For(String),
}

/// The end of this day in UTC, or this very time.
pub fn until(text: &str) -> Result<Timestamp, TermError> {
    let text = text.trim();
    if let Ok(time) = text.parse() {
        return Ok(time);
    }
    let date = text.parse::<Date>().ok().filter(|date| date.to_string() == text);
    let end = date.and_then(|date| date.tomorrow().ok()?.to_zoned(TimeZone::UTC).ok());
    end.map(|end| end.timestamp()).ok_or_else(|| TermError::Until(text.to_owned()))
}

/// The beginning of this day in UTC, or this very time.
pub fn since(text: &str) -> Result<Timestamp, TermError> {
    let text = text.trim();
    if let Ok(time) = text.parse() {
        return Ok(time);
    }
    let date = text.parse::<Date>().ok().filter(|date| date.to_string() == text);
    let begin = date.and_then(|date| date.to_zoned(TimeZone::UTC).ok());
    begin.map(|begin| begin.timestamp()).ok_or_else(|| TermError::Until(text.to_owned()))
}

/// The time after a span from now, such as `30d`.
pub fn after(now: Timestamp, text: &str) -> Result<Timestamp, TermError> {
    let span = text.trim().parse::<Span>().ok();
    let end = span.and_then(|span| now.to_zoned(TimeZone::UTC).checked_add(span).ok());
    end.map(|end| end.timestamp()).ok_or_else(|| TermError::For(text.to_owned()))
}

/// The end of a term of which nothing else is said.
pub fn usual(now: Timestamp) -> Timestamp {
    now.to_zoned(TimeZone::UTC)
        .checked_add(Span::new().days(USUAL_DAYS))
        .map_or(Timestamp::MAX, |end| end.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_lasts_to_its_end_and_a_while_begins_now() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let now = at("2026-02-27T10:00:00Z");
        assert_eq!(until("2026-12-31"), Ok(at("2027-01-01T00:00:00Z")));
        assert_eq!(until("2026-12-31T18:00:00+01:00"), Ok(at("2026-12-31T17:00:00Z")));
        assert_eq!(after(now, "2d"), Ok(at("2026-03-01T10:00:00Z")));
        assert_eq!(after(now, "1w 12h"), Ok(at("2026-03-06T22:00:00Z")));
        assert_eq!(usual(now), at("2026-03-29T10:00:00Z"));
        for wrong in ["", "tomorrow", "2026-13-01", "2026-12-31T18:00", "30d"] {
            assert!(until(wrong).is_err(), "{wrong}");
        }
        for wrong in ["", "30", "long", "9999999999d"] {
            assert!(after(now, wrong).is_err(), "{wrong}");
        }
    }
}
