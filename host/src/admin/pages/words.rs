//! Values in words, for people.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use tenon_migrations_core::finding::{Cause, Finding};
use tenon_migrations_core::health::{PluginHealth, Serving, Status};

/// "2026-07-31 14:03:22 UTC".
pub(super) fn time(time: &Timestamp) -> String {
    time.to_zoned(TimeZone::UTC).strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// How long ago a time is: "just now", "5 minutes ago".
pub(super) fn age(time: &Timestamp) -> String {
    ago(Timestamp::now().duration_since(*time).as_secs())
}

fn ago(seconds: i64) -> String {
    let (number, one, many) = match seconds {
        ..10 => return "just now".to_owned(),
        10..120 => (seconds, "second", "seconds"),
        120..7_200 => (seconds / 60, "minute", "minutes"),
        7_200..172_800 => (seconds / 3_600, "hour", "hours"),
        _ => (seconds / 86_400, "day", "days"),
    };
    format!("{} ago", count(usize::try_from(number).unwrap_or_default(), one, many))
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

/// Fields as the query of an address.
pub(super) fn query<'a>(fields: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let encoded = |value| utf8_percent_encode(value, NON_ALPHANUMERIC);
    let pairs = fields.into_iter().map(|(name, value)| format!("{name}={}", encoded(value)));
    pairs.collect::<Vec<_>>().join("&")
}

/// A text that is not longer than so many bytes; what was cut is an ellipsis.
pub(super) fn cut(text: &str, most: usize) -> std::borrow::Cow<'_, str> {
    if text.len() <= most {
        return text.into();
    }
    format!("{}…", &text[..text.floor_char_boundary(most)]).into()
}

/// What the plugin says and what the database says, where the finding's sentence does not say that already.
pub(super) fn sides(finding: &Finding) -> Option<(&str, &str)> {
    let says_more = |(expected, found): &(&str, &str)| {
        !matches!((*expected, *found), ("present", "absent") | ("absent", "present"))
    };
    finding.sides().filter(says_more)
}

/// The class that gives a status its colour.
pub(super) fn class(status: Status) -> &'static str {
    status.word()
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

/// Whether a plugin's routes answer, in a word or two.
pub(super) fn state(plugin: &PluginHealth) -> &'static str {
    match plugin.serving {
        Serving::Yes => "serving",
        Serving::Held if plugin.findings.iter().any(|one| one.cause == Cause::Quarantined) => "in quarantine",
        Serving::Held => "held",
        Serving::Disabled => "disabled",
        Serving::Out => "out",
    }
}

/// The last part of a path.
pub(super) fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
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
    fn what_is_cut_ends_in_an_ellipsis_and_splits_no_character() {
        assert_eq!(cut("abc", 3), "abc");
        assert_eq!(cut("aäc", 2), "a…");
    }

    #[test]
    fn fields_of_an_address_are_encoded() {
        assert_eq!(query([("q", "a b&c=ä"), ("repair", "x")]), "q=a%20b%26c%3D%C3%A4&repair=x");
    }

    #[test]
    fn ages_are_told_in_the_unit_people_would_use() {
        let told = [-5, 9, 10, 119, 120, 7_199, 7_200, 172_799, 172_800].map(ago);
        assert_eq!(
            told,
            [
                "just now",
                "just now",
                "10 seconds ago",
                "119 seconds ago",
                "2 minutes ago",
                "119 minutes ago",
                "2 hours ago",
                "47 hours ago",
                "2 days ago"
            ]
        );
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
