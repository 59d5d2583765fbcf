//! What a heal will do, in order.

use tenon_migrations_core::plan::{Consent, Plan};

use super::{Style, clean, counted, indented, table};
use crate::report::Remaining;

/// A plan's steps and hash, and what a heal leaves as it is. Its refusals are errors, shown by whoever wanted
/// to run it.
pub fn plan(plan: &Plan, remaining: &[Remaining], style: Style) -> String {
    let mut text = String::new();
    if plan.is_empty() && plan.refusals.is_empty() {
        text += if remaining.is_empty() {
            "Nothing to do: no migration is pending and every plugin is verified\n"
        } else {
            "Nothing that a heal would do: no migration is pending\n"
        };
    } else if plan.is_empty() {
        text += "Nothing that could be done as it is\n";
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
    if !plan.ledger.is_empty() {
        text += &ledger(plan, style);
    }
    if !plan.repairs.is_empty() {
        text += &repairs(plan, style);
    }
    if !plan.roles.is_empty() {
        text += &roles(plan, style);
    }
    if !plan.hazards.is_empty() {
        text += &hazards(plan, style);
    }
    if !plan.notes.is_empty() {
        text += &notes(plan, style);
    }
    for one in &plan.tolerated {
        text += &format!("Tolerated: {}\n", clean(&one.to_string()));
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
    text += &locks(plan);
    if !plan.is_empty() {
        text += &format!("Plan hash: {}\n", plan.hash);
    }
    text + &remains(remaining, style)
}

/// What a heal leaves as it is.
fn remains(remaining: &[Remaining], style: Style) -> String {
    if remaining.is_empty() {
        return String::new();
    }
    let mut text =
        format!("\n{}:\n\n", style.strong("What a heal leaves as it is (`tenon check` says what helps)"));
    for Remaining { plugin, name, findings, breaks } in remaining {
        let name = clean(&format!("{name} ({plugin})"));
        text += &format!("  {}\n", if *breaks { style.bad(name) } else { style.warn(name) });
        for finding in findings {
            text += &format!("    {}\n", indented(finding, "      "));
        }
    }
    text
}

/// What becomes of the ledger's rows.
fn ledger(plan: &Plan, style: Style) -> String {
    let count = counted(plan.ledger.len(), "change");
    let mut text = format!("{} of the ledger, for which nothing is run:\n\n", style.strong(count));
    for step in &plan.ledger {
        text += &format!("  {}\n", clean(&step.to_string()));
    }
    text.push('\n');
    text
}

/// How many locks it needs, and how many there are.
pub fn locks(plan: &Plan) -> String {
    let Some(room) = plan.locks.room.filter(|_| plan.locks.needed > 0) else { return String::new() };
    let (needed, free) = (plan.locks.needed, room.capacity().saturating_sub(room.in_use));
    if plan.locks.measured {
        format!("Locks: {needed}, as measured, of {free} that are free\n")
    } else {
        format!("Locks: at least {needed}, of {free} that are free\n")
    }
}

/// What the migrations may cost, and to what of it somebody has to consent.
fn hazards(plan: &Plan, style: Style) -> String {
    let mut text = format!("{}:\n\n", style.strong(counted(plan.hazards.len(), "hazard")));
    for hazard in &plan.hazards {
        let consent = match hazard.consent {
            Consent::NotNeeded => "",
            Consent::Needed => ", needs consent",
            Consent::Given => ", consented to",
        };
        text += &format!("  {}\n", clean(&hazard.to_string()));
        text += &format!("    {}\n", style.faint(clean(&format!("{}{consent}", hazard.place))));
    }
    text.push('\n');
    text
}

/// What is worth knowing, and keeps nobody from running it.
fn notes(plan: &Plan, style: Style) -> String {
    let mut text = format!("{}:\n\n", style.strong(counted(plan.notes.len(), "note")));
    for note in &plan.notes {
        text += &format!("  {}: {} [{}]\n", clean(&note.place), clean(&note.reason), note.rule);
        text += &format!("    remedy: {}\n", indented(&note.remedy, "      "));
    }
    text.push('\n');
    text
}

/// What is repaired after the migrations, with its SQL.
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

/// What becomes of the plugins' login roles, with the SQL that is known.
fn roles(plan: &Plan, style: Style) -> String {
    let count = style.strong(counted(plan.roles.len(), "login role"));
    let mut text = if plan.steps.is_empty() && plan.repairs.is_empty() {
        format!("{count} in one transaction:\n\n")
    } else {
        format!("Then {count}, in the same transaction:\n\n")
    };
    for step in &plan.roles {
        text += &format!(
            "  {} {}\n",
            clean(step.role.as_str()),
            style.faint(clean(&format!("(plugin {})", step.plugin)))
        );
        for sql in &step.sql {
            text += &format!("    {};\n", indented(sql, "    "));
        }
        if step.follows {
            text += "    and rights on what the migrations make\n";
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
