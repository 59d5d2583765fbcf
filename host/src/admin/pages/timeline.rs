//! The verdicts of some time as a bar: what the database was, and for how long.

use jiff::{SignedDuration, Timestamp};
use tenon_migrations_core::health::Status;

use super::words;
use crate::admin::strings::{Markup, Text, t};
use crate::host::VerdictChange;

/// How far the bar goes back.
pub(super) const BACK: SignedDuration = SignedDuration::from_hours(30 * 24);

/// The width of the bar, in the units of its own drawing.
const WIDTH: f64 = 1000.0;

/// The bar.
pub(super) struct Timeline {
    /// One after another, the oldest first.
    pub spans: Vec<Span>,
}

/// Some time in which the verdict was one.
pub(super) struct Span {
    /// What it was; absent where no host has told anything.
    pub verdict: Option<Status>,
    pub from: Timestamp,
    pub to: Timestamp,
    /// Where it is in the bar.
    pub x: String,
    pub width: String,
}

impl Timeline {
    /// The bar to now, from the changes of the verdict, the latest first. What was before the first of them
    /// is what that one says it was.
    pub(super) fn of(changes: &[VerdictChange], now: Timestamp) -> Self {
        let begin = now.saturating_sub(BACK).unwrap_or(Timestamp::MIN);
        let mut spans = Vec::new();
        let mut to = now;
        let mut push = |verdict, from: Timestamp, to: Timestamp| {
            let from = from.max(begin);
            if from < to {
                let at = |time: Timestamp| WIDTH * share(time.duration_since(begin));
                let (x, width) = (format!("{:.2}", at(from)), format!("{:.2}", at(to) - at(from)));
                spans.push(Span { verdict, from, to, x, width });
            }
        };
        for change in changes {
            let from = change.at.min(to);
            push(Some(change.verdict), from, to);
            to = from;
        }
        push(changes.last().and_then(|change| change.former), begin, to);
        spans.reverse();
        Self { spans }
    }
}

fn share(since: SignedDuration) -> f64 {
    (since.as_secs_f64() / BACK.as_secs_f64()).clamp(0.0, 1.0)
}

impl Span {
    pub(super) fn class(&self) -> &'static str {
        self.verdict.map_or("none", words::class)
    }

    pub(super) fn title(&self) -> Markup {
        title(self.verdict)
    }

    pub(super) fn lasted(&self) -> Text {
        let minutes = self.to.duration_since(self.from).as_mins().unsigned_abs();
        match minutes {
            0 => t!("audit-lasted-little"),
            1..120 => t!("audit-lasted-minutes").number("count", minutes),
            120..2_880 => t!("audit-lasted-hours").number("count", minutes / 60),
            _ => t!("audit-lasted-days").number("count", minutes / 1_440),
        }
    }
}

fn title(verdict: Option<Status>) -> Markup {
    verdict.map_or_else(|| t!("audit-not-recorded").into(), |verdict| Markup::escaped(verdict.title()))
}

/// The class and the word of each colour of the bar.
pub(super) fn legend() -> impl Iterator<Item = (&'static str, Markup)> {
    let all = [Status::Healthy, Status::Drifted, Status::Degraded, Status::Unknown].map(Some);
    all.into_iter().chain([None]).map(|verdict| (verdict.map_or("none", words::class), title(verdict)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::VerdictCounts;

    fn change(hours_ago: i64, former: Option<Status>, verdict: Status, now: Timestamp) -> VerdictChange {
        let at = now - SignedDuration::from_hours(hours_ago);
        let counts = VerdictCounts { plugins: [].into(), findings: 0, acknowledged: 0 };
        VerdictChange { at, host: "a:1".to_owned(), former, verdict, counts }
    }

    #[test]
    fn the_bar_is_whole_and_begins_with_what_was_before_the_first_change() {
        let now: Timestamp = "2026-12-01T00:00:00Z".parse().unwrap();
        let told = |changes: &[VerdictChange]| {
            let spans = Timeline::of(changes, now).spans;
            let widths: f64 = spans.iter().map(|span| span.width.parse::<f64>().unwrap()).sum();
            assert!((widths - WIDTH).abs() < 0.1, "{widths}");
            spans.iter().map(|span| format!("{} {}", span.title(), span.lasted())).collect::<Vec<_>>()
        };
        assert_eq!(told(&[]), ["Not recorded 30 days"]);
        let healthy = change(24, Some(Status::Drifted), Status::Healthy, now);
        let drifted = change(30, None, Status::Drifted, now);
        assert_eq!(
            told(&[healthy.clone(), drifted]),
            ["Not recorded 28 days", "Drifted 6 h", "Healthy 24 h"]
        );
        assert_eq!(told(&[healthy]), ["Drifted 29 days", "Healthy 24 h"]);
        let old = change(24 * 40, Some(Status::Unknown), Status::Healthy, now);
        assert_eq!(told(&[old]), ["Healthy 30 days"], "what began before the bar");
    }
}
