//! What a heal will do, in order.

use tenon_migrations_core::plan::Plan;

use super::{Style, counted, table};

/// A plan's steps and hash. Its refusals are errors, shown by whoever wanted to run it.
pub fn plan(plan: &Plan, style: Style) -> String {
    let mut text = String::new();
    if plan.is_empty() {
        text += "Nothing to do: no migration is pending and every plugin is verified\n";
    } else if plan.steps.is_empty() {
        text += "No migration is pending\n";
    } else {
        text += &format!("{} in this order, in one transaction:\n\n", style.strong(headline(plan)));
        let rows = plan.steps.iter().enumerate().map(|(index, step)| {
            let checksum: String = step.checksum.to_string().chars().take(12).collect();
            vec![(index + 1).to_string(), step.migration.to_string(), step.statements.to_string(), checksum]
        });
        text += &table(style, &[" #", "migration", " statements", "sha256"], rows.collect());
        text.push('\n');
    }
    let names = |ids: &std::collections::BTreeSet<_>| {
        ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
    };
    if !plan.verify.is_empty() {
        text += &format!("Then verified: {}\n", names(&plan.verify));
    }
    if !plan.without.is_empty() {
        text += &format!("Left out: {}\n", names(&plan.without));
    }
    if !plan.is_empty() {
        text += &format!("Plan hash: {}\n", plan.hash);
    }
    text
}

/// `5 migrations of 3 plugins`.
fn headline(plan: &Plan) -> String {
    let plugins: std::collections::BTreeSet<_> =
        plan.steps.iter().map(|step| &step.migration.plugin).collect();
    format!("{} of {}", counted(plan.steps.len(), "migration"), counted(plugins.len(), "plugin"))
}
