//! The verdict over all plugins, and the one line that says what is wrong with each.

use serde::{Deserialize, Serialize};

use crate::finding::{Cause, Finding, Severity};
use crate::migration::PluginId;

/// The verdict. `Degraded` tells of plugins, `Drifted` of the database, `Unknown` of neither.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Every check completed, nothing found above severity cosmetic that is not acknowledged, and no plugin's
    /// routes are held.
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

    /// Every status, best first.
    pub const ALL: [Self; 4] = [Self::Healthy, Self::Drifted, Self::Degraded, Self::Unknown];

    /// The status in lower case, as the JSON and the metrics name it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Healthy => "healthy",
            Self::Drifted => "drifted",
            Self::Degraded => "degraded",
            Self::Unknown => "unknown",
        }
    }

    /// The verdict that these findings come to; those that are acknowledged do not count. What could not be
    /// found out outweighs all else: Healthy is said only of what was compared.
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

    /// The verdict over all of these plugins, each of which was judged.
    pub fn over<'a>(plugins: impl IntoIterator<Item = &'a PluginHealth>) -> Self {
        plugins.into_iter().map(|plugin| plugin.status).max().unwrap_or(Self::Healthy)
    }
}

/// Whether a plugin is at work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Serving {
    /// The plugin's routes answer.
    Yes,
    /// Loaded, but its routes answer 503: because of breaking findings, because it is in quarantine, or
    /// because nobody knows yet whether the database is what it needs.
    Held,
    /// Loaded, but its routes answer 404 because the operator wishes so.
    Disabled,
    /// Not loaded: listed with the reason.
    Out,
}

/// One plugin's part of the report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct PluginHealth {
    pub id: PluginId,
    /// The plugin's name for people.
    pub name: String,
    /// Empty when the file could not tell.
    pub version: String,
    /// The library, empty for the host itself.
    pub file: String,
    pub serving: Serving,
    /// Why its routes are held, where they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held: Option<String>,
    pub status: Status,
    /// What is wrong with it in one line, such as "Inventory Plugin: 2 pending migrations".
    pub line: String,
    pub findings: Vec<Finding>,
}

impl PluginHealth {
    /// What these findings come to.
    pub fn new(
        id: PluginId,
        name: impl Into<String>,
        version: impl Into<String>,
        file: impl Into<String>,
        serving: Serving,
        findings: Vec<Finding>,
    ) -> Self {
        let mut plugin = Self {
            id,
            name: name.into(),
            version: version.into(),
            file: file.into(),
            serving,
            held: None,
            status: Status::Healthy,
            line: String::new(),
            findings,
        };
        plugin.judge();
        plugin
    }

    /// Counts the findings of one cause that are not acknowledged.
    pub fn count(&self, cause: Cause) -> usize {
        count(&self.findings, cause)
    }

    /// The plugin's name with its version, as far as that is known: "Inventory Plugin 1.2.0".
    pub fn author(&self) -> String {
        if self.version.is_empty() { self.name.clone() } else { format!("{} {}", self.name, self.version) }
    }

    /// Why its routes may not answer, from what was found: what is wrong, or what breaks it although that was
    /// acknowledged. `None` where nothing speaks against it.
    pub fn broken(&self) -> Option<String> {
        let breaking = |one: &&Finding| one.severity >= Severity::Breaking && one.cause != Cause::Quarantined;
        let breaking: Vec<_> = self.findings.iter().filter(breaking).collect();
        if breaking.iter().any(|finding| finding.acknowledged.is_none()) {
            return Some(line(&self.name, &self.findings, IN_STEP));
        }
        let told: Vec<_> = breaking.iter().map(|finding| finding.message.as_str()).collect();
        (!told.is_empty()).then(|| format!("{}: {} (acknowledged)", self.name, told.join("; ")))
    }

    /// Whether something of it could not be found out.
    pub fn is_unknown(&self) -> bool {
        self.findings.iter().any(|finding| finding.cause == Cause::Unknown)
    }

    /// Comes to status and line anew, after the findings changed. Whether it serves stays: somebody's word
    /// does not make a plugin's statements work, and while its routes are held it is not Healthy.
    pub fn judge(&mut self) {
        let (least, nothing) = match self.serving {
            Serving::Held => (Status::Drifted, "its routes are held"),
            Serving::Yes | Serving::Disabled | Serving::Out => (Status::Healthy, IN_STEP),
        };
        self.status = Status::of(&self.findings).max(least);
        self.line = line(&self.name, &self.findings, nothing);
    }
}

/// What is said of a plugin with which nothing is wrong.
const IN_STEP: &str = "in step";

fn count(findings: &[Finding], cause: Cause) -> usize {
    findings.iter().filter(|finding| finding.cause == cause && finding.acknowledged.is_none()).count()
}

/// "Inventory Plugin: 2 pending migrations, 1 difference in the database"; where nothing is wrong that
/// counts, what is to be said then.
fn line(name: &str, findings: &[Finding], nothing: &str) -> String {
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
        (count(Cause::Ledger), "change of the ledger", "changes of the ledger"),
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
        told.push(nothing.to_owned());
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
        let line = |findings: &[Finding]| line("Inventory Plugin", findings, IN_STEP);
        assert_eq!(line(&[]), "Inventory Plugin: in step");
        assert_eq!(line(&[pending.clone(), pending.clone()]), "Inventory Plugin: 2 pending migrations");
        assert_eq!(
            line(&[drifted, pending]),
            "Inventory Plugin: 1 pending migration, 1 difference in the database"
        );
    }

    fn acknowledged(finding: &Finding) -> Finding {
        let word = crate::acknowledgement::Acknowledgement {
            by: "ops".to_owned(),
            at: "2026-03-01T00:00:00Z".parse().unwrap(),
            until: "2026-03-31T00:00:00Z".parse().unwrap(),
            reason: "known".to_owned(),
        };
        Finding { acknowledged: Some(word), ..finding.clone() }
    }

    /// A plugin of which this was found.
    fn judged(serving: Serving, findings: &[Finding]) -> PluginHealth {
        PluginHealth::new("inventory".parse().unwrap(), "A", "", "", serving, findings.to_vec())
    }

    #[test]
    fn nothing_whose_routes_are_held_is_healthy() {
        let known = acknowledged(&finding(Cause::Drifted, Severity::Breaking));
        let said = |serving| {
            let plugin = judged(serving, std::slice::from_ref(&known));
            (plugin.status, Status::over([&plugin]), plugin.line)
        };
        let held = "A: its routes are held, 1 finding acknowledged";
        assert_eq!(said(Serving::Held), (Status::Drifted, Status::Drifted, held.to_owned()));
        let disabled = "A: in step, 1 finding acknowledged";
        assert_eq!(said(Serving::Disabled), (Status::Healthy, Status::Healthy, disabled.to_owned()));
        let unknown = judged(Serving::Held, &[finding(Cause::Unknown, Severity::Warning)]);
        assert_eq!((unknown.status, unknown.line.as_str()), (Status::Unknown, "A: 1 check not completed"));
        assert_eq!(Status::over([]), Status::Healthy);
    }

    #[test]
    fn what_breaks_a_plugin_holds_it_whether_acknowledged_or_not_and_quarantine_is_another_matter() {
        let broken = |findings: &[Finding]| judged(Serving::Yes, findings).broken();
        let breaking = finding(Cause::Drifted, Severity::Breaking);
        let (known, warning) = (acknowledged(&breaking), finding(Cause::Drifted, Severity::Warning));
        assert_eq!(broken(&[]), None);
        assert_eq!(broken(&[warning.clone(), finding(Cause::Quarantined, Severity::Breaking)]), None);
        assert_eq!(broken(&[known.clone(), warning]).as_deref(), Some("A: x (acknowledged)"));
        assert_eq!(
            broken(&[known, breaking]).as_deref(),
            Some("A: 1 difference in the database, 1 finding acknowledged")
        );
    }

    #[test]
    fn what_is_acknowledged_is_told_and_does_not_count() {
        let drifted = finding(Cause::Drifted, Severity::Security);
        let known = acknowledged(&drifted);
        let line = |findings: &[Finding]| line("A", findings, IN_STEP);
        assert_eq!(Status::of([&known]), Status::Healthy);
        assert_eq!(Status::of([&known, &drifted]), Status::Drifted);
        assert_eq!(line(std::slice::from_ref(&known)), "A: in step, 1 finding acknowledged");
        assert_eq!(
            line(&[known.clone(), drifted, known]),
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
