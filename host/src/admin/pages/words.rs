//! Values in words, for people.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use tenon_migrations_core::finding::{Cause, Finding};
use tenon_migrations_core::health::{PluginHealth, Serving, Status};

use crate::admin::accounts::Permission;
use crate::admin::strings::{Markup, Text, t};
use crate::plugin::isolate::Enforcement;

/// "2026-07-31 14:03:22 UTC".
pub(super) fn time(time: &Timestamp) -> String {
    time.to_zoned(TimeZone::UTC).strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// A time as an element: browsers with scripts show it in the reader's own time zone.
pub(super) fn when(at: &Timestamp) -> Markup {
    Markup::time(at, &time(at))
}

/// The state of a job, or how an attempt ended.
pub(super) fn job_state(state: &str) -> Text {
    match state {
        "running" => t!("job-running"),
        "retrying" => t!("job-retrying"),
        "waiting" => t!("job-waiting"),
        "paused" => t!("job-paused"),
        "succeeded" => t!("job-succeeded"),
        "lost" => t!("job-lost"),
        _ => t!("job-failed"),
    }
}

/// A number with two digits behind the point, where there are any.
pub(super) fn figure(value: f64) -> String {
    let text = format!("{value:.2}");
    text.strip_suffix(".00").unwrap_or(&text).to_owned()
}

/// How long ago a time is: "just now", "5 minutes ago".
pub(super) fn age(time: &Timestamp) -> Text {
    ago(Timestamp::now().duration_since(*time).as_secs().max(0).unsigned_abs())
}

fn ago(seconds: u64) -> Text {
    match seconds {
        ..10 => t!("ago-now"),
        10..120 => t!("ago-seconds").number("count", seconds),
        120..7_200 => t!("ago-minutes").number("count", seconds / 60),
        7_200..172_800 => t!("ago-hours").number("count", seconds / 3_600),
        _ => t!("ago-days").number("count", seconds / 86_400),
    }
}

/// "37 ms", "2.4 s", "3 min 20 s".
pub(super) fn duration(milliseconds: u64) -> Text {
    match milliseconds {
        0..1000 => t!("took-milliseconds").number("count", milliseconds),
        1000..60_000 => {
            let seconds = format!("{}.{}", milliseconds / 1000, milliseconds % 1000 / 100);
            t!("took-seconds").arg("seconds", seconds)
        }
        _ => t!("took-minutes")
            .number("minutes", milliseconds / 60_000)
            .number("seconds", milliseconds % 60_000 / 1000),
    }
}

/// What a token is confined to.
pub(super) fn scopes(scopes: &[Permission]) -> Markup {
    Markup::list(scopes.iter().map(|scope| Markup::escaped(scope.scope())))
}

/// Names in code, one after another.
pub(super) fn codes(names: &[String]) -> Markup {
    Markup::list(names.iter().map(|name| Markup::element("code", name)))
}

/// What plugins are held to.
pub(super) fn layers(enforcement: &Enforcement) -> String {
    enforcement.layers.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
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
pub(super) fn serving(serving: Serving) -> Text {
    match serving {
        Serving::Yes => t!("serving-yes"),
        Serving::Held => t!("serving-held"),
        Serving::Disabled => t!("serving-disabled"),
        Serving::Out => t!("serving-out"),
    }
}

/// Whether a plugin's routes answer, in a word or two.
pub(super) fn state(plugin: &PluginHealth) -> Text {
    match plugin.serving {
        Serving::Yes => t!("serving-yes"),
        Serving::Held if plugin.findings.iter().any(|one| one.cause == Cause::Quarantined) => {
            t!("state-quarantined")
        }
        Serving::Held => t!("state-held"),
        Serving::Disabled => t!("state-disabled"),
        Serving::Out => t!("state-out"),
    }
}

/// The last part of a path.
pub(super) fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// A text of ours with its commands: what stands between a pair of backticks is code.
pub(super) fn told(text: &str) -> Markup {
    let parts = text.split('`').enumerate().filter(|(_, part)| !part.is_empty());
    let parts = parts.map(|(index, part)| match index % 2 {
        0 => Markup::escaped(part),
        _ => Markup::element("code", part),
    });
    parts.collect()
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
        let shown = told("press <Fix>, or run `tenon heal <plugin>`").to_string();
        assert_eq!(shown, "press &#60;Fix&#62;, or run <code>tenon heal &#60;plugin&#62;</code>");
        assert_eq!(told("").to_string(), "");
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
        let told =
            [0, 9, 10, 119, 120, 7_199, 7_200, 172_799, 172_800].map(|seconds| ago(seconds).to_string());
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
            assert_eq!(duration(milliseconds).to_string(), expected);
        }
    }
}
