//! The findings, one a row.

use super::{Style, table};
use crate::report::{HealthReport, Listed};

/// One row a finding, then the words by which some are acknowledged.
pub fn findings(report: &HealthReport, style: Style) -> String {
    let findings = report.list();
    if findings.is_empty() {
        return "Nothing is wrong\n".to_owned();
    }
    let rows = findings.iter().map(row);
    let mut text =
        table(style, &["finding", "severity", "cause", "first seen", "counts", "what"], rows.collect());
    for finding in findings.iter().map(|one| one.finding) {
        if let Some(word) = &finding.acknowledged {
            text += &format!("\n{} {}", finding.id, super::clean(&word.to_string()));
        }
    }
    if !text.ends_with('\n') {
        text.push('\n');
    }
    text
}

fn row(one: &Listed<'_>) -> Vec<String> {
    let finding = one.finding;
    let first_seen = finding.first_seen.map(|time| time.strftime("%Y-%m-%d %H:%M:%SZ").to_string());
    vec![
        finding.id.clone(),
        finding.severity.noun().to_owned(),
        finding.cause.noun().to_owned(),
        first_seen.unwrap_or_default(),
        if finding.acknowledged.is_some() { "no" } else { "yes" }.to_owned(),
        format!("{}: {}", one.plugin_name, finding.message),
    ]
}
