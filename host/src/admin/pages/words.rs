//! Values in words, for people.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use tenon_migrations_core::health::{Serving, Status};

/// "2026-07-31 14:03:22 UTC".
pub(super) fn time(time: &Timestamp) -> String {
    time.to_zoned(TimeZone::UTC).strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// "37 ms", "2.4 s", "3 min 20 s".
pub(super) fn duration(milliseconds: u64) -> String {
    match milliseconds {
        0..1000 => format!("{milliseconds} ms"),
        1000..60_000 => format!("{}.{} s", milliseconds / 1000, milliseconds % 1000 / 100),
        _ => format!("{} min {} s", milliseconds / 60_000, milliseconds % 60_000 / 1000),
    }
}

/// "1 statement", "3 statements".
pub(super) fn count(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// The class that gives a status its colour.
pub(super) fn class(status: Status) -> &'static str {
    match status {
        Status::Healthy => "healthy",
        Status::Drifted => "drifted",
        Status::Degraded => "degraded",
        Status::Unknown => "unknown",
    }
}

/// Whether a plugin is at work.
pub(super) fn serving(serving: Serving) -> &'static str {
    match serving {
        Serving::Yes => "serving",
        Serving::Held => "held: its routes answer 503",
        Serving::Disabled => "disabled: its routes answer 404",
        Serving::Out => "out: not loaded",
    }
}

/// A text of ours cut at its backticks: what stands between a pair of them is code.
pub(super) fn parts(text: &str) -> impl Iterator<Item = (bool, &str)> {
    let parts = text.split('`').enumerate().map(|(index, part)| (index % 2 == 1, part));
    parts.filter(|(_, part)| !part.is_empty())
}

/// The first digits of a checksum, enough to compare by eye.
pub(super) fn short(checksum: &impl ToString) -> String {
    checksum.to_string().chars().take(12).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_in_a_remedy_are_told_from_its_words() {
        let told: Vec<_> = parts("press Fix, or run `tenon heal`").collect();
        assert_eq!(told, [(false, "press Fix, or run "), (true, "tenon heal")]);
        assert_eq!(parts("").count(), 0);
    }

    #[test]
    fn durations_are_told_in_the_unit_people_would_use() {
        for (milliseconds, expected) in
            [(0, "0 ms"), (999, "999 ms"), (1000, "1.0 s"), (59_999, "59.9 s"), (200_000, "3 min 20 s")]
        {
            assert_eq!(duration(milliseconds), expected);
        }
    }
}
