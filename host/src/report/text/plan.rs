//! What a heal will do, in order.

use tenon_migrations_core::plan::Plan;

use super::{Style, clean, counted, indented, table};

/// A plan's steps and hash. Its refusals are errors, shown by whoever wanted to run it.
pub fn plan(plan: &Plan, style: Style) -> String {
    let mut text = String::new();
    if plan.is_empty() {
        text += "Nothing to do: no migration is pending and every plugin is verified\n";
    } else if plan.steps.is_empty() {
        text += "No migration is pending\n";
        if !plan.repairs.is_empty() {
            text.push('\n');
        }
    } else {
        text += &format!("{} in this order, in one transaction:\n\n", style.strong(headline(plan)));
        let rows = plan.steps.iter().enumerate().map(|(index, step)| {
            let checksum: String = step.checksum.to_string().chars().take(12).collect();
            vec![(index + 1).to_string(), step.migration.to_string(), step.statements.to_string(), checksum]
        });
        text += &table(style, &[" #", "migration", " statements", "sha256"], rows.collect());
        text.push('\n');
    }
    if !plan.repairs.is_empty() {
        text += &repairs(plan, style);
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

/// What is mended after the migrations, with its SQL.
fn repairs(plan: &Plan, style: Style) -> String {
    let count = counted(plan.repairs.len(), "repair");
    let mut text = if plan.steps.is_empty() {
        format!("{} in one transaction:\n\n", style.strong(count))
    } else {
        format!("Then {}, in the same transaction:\n\n", style.strong(count))
    };
    for repair in &plan.repairs {
        let hazards: String = repair.hazards.iter().map(|hazard| format!(", {hazard}")).collect();
        let about = format!("(finding {}{hazards})", repair.findings.join(", "));
        text += &format!("  {} {}\n", clean(&repair.object), style.faint(clean(&about)));
        for sql in &repair.sql {
            text += &format!("    {};\n", indented(sql, "    "));
        }
    }
    text.push('\n');
    text
}

/// `5 migrations of 3 plugins`.
fn headline(plan: &Plan) -> String {
    let plugins: std::collections::BTreeSet<_> =
        plan.steps.iter().map(|step| &step.migration.plugin).collect();
    format!("{} of {}", counted(plan.steps.len(), "migration"), counted(plugins.len(), "plugin"))
}
