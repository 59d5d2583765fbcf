//! What is wrong and stays so, whatever a heal does.

use std::collections::BTreeSet;

use serde::Serialize;
use tenon_migrations_core::finding::{Cause, Finding, Severity};
use tenon_migrations_core::health::PluginHealth;
use tenon_migrations_core::migration::PluginId;
use tenon_migrations_core::plan::Plan;

use super::HealthReport;

/// What remains of one plugin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Remaining {
    pub plugin: PluginId,
    pub name: String,
    /// Each in one sentence.
    pub findings: Vec<String>,
    /// Whether it keeps the plugin from work: it is not loaded, its history is another, or its routes are
    /// held.
    pub breaks: bool,
}

/// What a heal by this plan leaves as it is, by what the last check found. Of plugins that are left out
/// nothing is told.
pub fn after(report: &HealthReport, plan: &Plan) -> Vec<Remaining> {
    remaining(report, &plan.without, |finding| is_settled(finding, plan))
}

/// The findings that count and that a heal by this plan leaves as they are, but for those of plugins that
/// are left out.
pub(crate) fn open<'a>(report: &'a HealthReport, plan: &Plan) -> Vec<&'a Finding> {
    let counts = |finding: &&Finding| {
        finding.severity > Severity::Cosmetic
            && finding.acknowledged.is_none()
            && !plan.without.contains(&finding.plugin)
    };
    report.findings().filter(counts).filter(|finding| !is_settled(finding, plan)).collect()
}

/// Whether a heal by this plan settles the finding.
fn is_settled(finding: &Finding, plan: &Plan) -> bool {
    match finding.cause {
        Cause::Pending => {
            plan.steps_of(&finding.plugin).any(|step| step.migration.to_string() == finding.object)
        }
        Cause::Ledger => plan.ledger.iter().any(|step| step.object() == finding.object),
        Cause::Rights => plan.roles.iter().any(|step| step.plugin == finding.plugin),
        Cause::DescriptorMismatch | Cause::Unknown => {
            finding.object == format!("plugin {}", finding.plugin) && plan.verify.contains(&finding.plugin)
        }
        _ => plan.repairs.iter().any(|repair| repair.findings.contains(&finding.id)),
    }
}

/// What is wrong now that a heal is over, but for the plugins that were left out.
pub fn now(report: &HealthReport, without: &BTreeSet<PluginId>) -> Vec<Remaining> {
    remaining(report, without, |_| false)
}

fn remaining(
    report: &HealthReport,
    without: &BTreeSet<PluginId>,
    settled: impl Fn(&Finding) -> bool,
) -> Vec<Remaining> {
    let of_plugin = |plugin: &PluginHealth| {
        let open: Vec<_> = plugin.findings.iter().filter(|finding| !settled(finding)).collect();
        // An acknowledged finding holds a plugin's routes all the same.
        let counts = |finding: &&&Finding| {
            finding.severity > Severity::Cosmetic
                && (finding.acknowledged.is_none() || finding.severity >= Severity::Breaking)
        };
        let findings: Vec<_> = open.iter().filter(counts).map(|finding| finding.message.clone()).collect();
        let breaks = open
            .iter()
            .any(|finding| finding.severity >= Severity::Breaking || finding.cause == Cause::Quarantined);
        (!findings.is_empty()).then(|| Remaining {
            plugin: plugin.id.clone(),
            name: plugin.name.clone(),
            findings,
            breaks,
        })
    };
    let told = report.plugins.iter().filter(|plugin| !without.contains(&plugin.id));
    told.filter_map(of_plugin).collect()
}
