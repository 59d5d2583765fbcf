//! A report as Markdown, to be put into a ticket or a message.

use super::HealthReport;
use super::text::{Style, health};

/// The report as `tenon check` prints it, in a block that keeps its lines.
pub(crate) fn markdown(report: &HealthReport) -> String {
    let text = health(report, Style::default());
    // A block ends at a fence that is not shorter than the one that began it.
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(longest.max(2) + 1);
    let title = report.status.title();
    let at = report.checked_at.strftime("%Y-%m-%d %H:%M:%SZ");
    format!("## Tenon: {title} at {at}\n\n{fence}text\n{}\n{fence}\n", text.trim_end())
}
