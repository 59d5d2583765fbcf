//! The verdict over all plugins, and the one line that says what is wrong with each.

use serde::{Deserialize, Serialize};

use crate::finding::{Cause, Finding, Severity};
use crate::migration::PluginId;

/// The verdict. `Degraded` tells of plugins, `Drifted` of the database, `Unknown` of neither.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Every check completed, nothing found above severity cosmetic that is not acknowledged.
    Healthy,
    /// Pending migrations, edited or missing migrations, or the database differs.
    Drifted,
    /// A plugin could not be loaded, is quarantined, or the database is partly unusable.
    Degraded,
    /// A check could not be completed.
    Unknown,
}

impl Status {
    /// The status as it stands on the page.
    pub fn title(self) -> &'static str {
        match self {
            Self::Healthy => "Healthy",
            Self::Drifted => "Drifted",
            Self::Degraded => "Degraded",
            Self::Unknown => "Unknown",
        }
    }

    /// The verdict that these findings come to; those that are acknowledged do not count. What could not be found out outweighs all else: Healthy
    /// is said only of what was compared.
    pub fn of<'a>(findings: impl IntoIterator<Item = &'a Finding>) -> Self {
        let of_one = |finding: &Finding| match (finding.cause, finding.severity) {
            (Cause::Unknown, _) => Self::Unknown,
            (Cause::Unloadable | Cause::Conflict | Cause::Quarantined, _) => Self::Degraded,
            (_, Severity::Cosmetic) => Self::Healthy,
            _ => Self::Drifted,
        };
        let counting = findings.into_iter().filter(|finding| finding.acknowledged.is_none());
        counting.map(of_one).max().unwrap_or(Self::Healthy)
    }
}

/// Whether a plugin is at work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Serving {
    /// Its routes answer.
    Yes,
    /// Loaded, but its routes answer 503 because of breaking findings.
    Held,
    /// Loaded, but its routes answer 404 because the operator wishes so.
    Disabled,
    /// Not loaded: listed with the reason.
    Out,
}

/// One plugin's part of the report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PluginHealth {
    pub id: PluginId,
    /// Its name for people.
    pub name: String,
    /// Empty when the file could not tell.
    pub version: String,
    /// The library, empty for the host itself.
    pub file: String,
    pub serving: Serving,
    pub status: Status,
    /// What is wrong with it in one line, such as "Inventory Plugin: 2 pending migrations".
    pub line: String,
    pub findings: Vec<Finding>,
}

impl PluginHealth {
    /// Counts the findings of one cause that are not acknowledged.
    pub fn count(&self, cause: Cause) -> usize {
        count(&self.findings, cause)
    }

    /// Its name with its version, as far as that is known: "Inventory Plugin 1.2.0".
    pub fn author(&self) -> String {
        if self.version.is_empty() { self.name.clone() } else { format!("{} {}", self.name, self.version) }
    }

    /// Whether the database is such that its statements may fail.
    pub fn is_broken(&self) -> bool {
        let breaking = |one: &Finding| one.severity >= Severity::Breaking && one.cause != Cause::Quarantined;
        self.serving == Serving::Held && self.findings.iter().any(breaking)
    }

    /// Why its routes do not answer: what is wrong, or what breaks it although that was acknowledged.
    pub fn held_because(&self) -> String {
        if self.status != Status::Healthy {
            return self.line.clone();
        }
        let breaking = self.findings.iter().filter(|finding| finding.severity >= Severity::Breaking);
        let told: Vec<_> = breaking.map(|finding| finding.message.as_str()).collect();
        format!("{}: {} (acknowledged)", self.name, told.join("; "))
    }

    /// Comes to status and line anew, after the findings changed. Whether it serves stays: somebody's word
    /// does not make a plugin's statements work.
    pub fn judge(&mut self) {
        self.status = Status::of(&self.findings);
        self.line = line(&self.name, &self.findings);
    }
}

fn count(findings: &[Finding], cause: Cause) -> usize {
    findings.iter().filter(|finding| finding.cause == cause && finding.acknowledged.is_none()).count()
}

/// "Inventory Plugin: 2 pending migrations, 1 difference in the database".
pub fn line(name: &str, findings: &[Finding]) -> String {
    let count = |cause| count(findings, cause);
    let told = [
        (
            count(Cause::Unloadable),
            "problem that keeps it from loading",
            "problems that keep it from loading",
        ),
        (count(Cause::Conflict), "conflict", "conflicts"),
        (count(Cause::Quarantined), "reason for quarantine", "reasons for quarantine"),
        (count(Cause::Pending), "pending migration", "pending migrations"),
        (count(Cause::Edited), "edited migration", "edited migrations"),
        (count(Cause::Missing), "missing migration", "missing migrations"),
        (count(Cause::Drifted), "difference in the database", "differences in the database"),
        (count(Cause::Rights), "problem with its login role", "problems with its login role"),
        (count(Cause::DescriptorMismatch), "descriptor mismatch", "descriptor mismatches"),
        (count(Cause::Unknown), "check not completed", "checks not completed"),
    ];
    let mut told: Vec<_> = told
        .into_iter()
        .filter(|(count, _, _)| *count > 0)
        .map(|(count, one, many)| format!("{count} {}", if count == 1 { one } else { many }))
        .collect();
    if told.is_empty() {
        told.push("in step".to_owned());
    }
    match findings.iter().filter(|finding| finding.acknowledged.is_some()).count() {
        0 => {}
        1 => told.push("1 finding acknowledged".to_owned()),
        many => told.push(format!("{many} findings acknowledged")),
    }
    format!("{name}: {}", told.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(cause: Cause, severity: Severity) -> Finding {
        Finding::new(&"inventory".parse().unwrap(), cause, severity, "x", "x")
    }

    #[test]
    fn the_line_counts_what_is_wrong() {
        let pending = finding(Cause::Pending, Severity::Breaking);
        let drifted = finding(Cause::Drifted, Severity::Warning);
        assert_eq!(line("Inventory Plugin", &[]), "Inventory Plugin: in step");
        assert_eq!(
            line("Inventory Plugin", &[pending.clone(), pending.clone()]),
            "Inventory Plugin: 2 pending migrations"
        );
        assert_eq!(
            line("Inventory Plugin", &[drifted, pending]),
            "Inventory Plugin: 1 pending migration, 1 difference in the database"
        );
    }

    #[test]
    fn what_is_acknowledged_is_told_and_does_not_count() {
        let word = crate::acknowledgement::Acknowledgement {
            by: "ops".to_owned(),
            at: "2026-03-01T00:00:00Z".parse().unwrap(),
            until: "2026-03-31T00:00:00Z".parse().unwrap(),
            reason: "known".to_owned(),
        };
        let drifted = finding(Cause::Drifted, Severity::Security);
        let known = Finding { acknowledged: Some(word), ..drifted.clone() };
        assert_eq!(Status::of([&known]), Status::Healthy);
        assert_eq!(Status::of([&known, &drifted]), Status::Drifted);
        assert_eq!(line("A", std::slice::from_ref(&known)), "A: in step, 1 finding acknowledged");
        assert_eq!(
            line("A", &[known.clone(), drifted, known]),
            "A: 1 difference in the database, 2 findings acknowledged"
        );
    }

    #[test]
    fn healthy_is_said_only_when_everything_was_found_out() {
        let status = |causes: &[(Cause, Severity)]| {
            let findings: Vec<_> = causes.iter().map(|(c, s)| finding(*c, *s)).collect();
            Status::of(&findings)
        };
        assert_eq!(status(&[]), Status::Healthy);
        assert_eq!(status(&[(Cause::Drifted, Severity::Cosmetic)]), Status::Healthy);
        assert_eq!(status(&[(Cause::Pending, Severity::Breaking)]), Status::Drifted);
        let both = [(Cause::Pending, Severity::Breaking), (Cause::Unloadable, Severity::Breaking)];
        assert_eq!(status(&both), Status::Degraded);
        assert_eq!(status(&[both[1], (Cause::Unknown, Severity::Warning)]), Status::Unknown);
    }
}
