//! How a batch went that was run and rolled back.

use tenon_migrations_core::plan::Plan;

use super::{Style, clean, indented, locks, table};
use crate::heal::{Purpose, Rehearsal};

/// What it is called.
pub fn what(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Heal => "heal",
        Purpose::DryRun => "dry run",
        Purpose::Rehearsal => "rehearsal",
    }
}

/// How long its parts took, and which locks it held. Why it failed is an error, shown by whoever wanted it.
pub fn rehearsal(plan: &Plan, rehearsal: &Rehearsal, style: Style) -> String {
    let mut text = format!("{}\n", headline(rehearsal, style));
    text += match rehearsal.purpose {
        Purpose::Rehearsal => {
            "The copy has no rows but those that migrations insert: what depends on others does not show\n"
        }
        _ => "What sequences gave out is not given back\n",
    };
    if !rehearsal.copy_lacks.is_empty() {
        text += "Not applied again in the copy, which has what they made and no rows that they insert:\n";
        let lacks = rehearsal.copy_lacks.iter();
        text.extend(lacks.map(|migration| format!("  {}\n", indented(migration, "  "))));
    }
    if !rehearsal.copy_differs.is_empty() {
        text += "In this the copy is not like the database:\n";
        let differs = rehearsal.copy_differs.iter();
        text.extend(differs.map(|difference| format!("  {}\n", indented(difference, "  "))));
    }
    let rows = rehearsal.migrations.iter();
    let rows = rows.map(|timed| vec![timed.migration.clone(), format!("{} ms", timed.duration_ms)]);
    text += &apart(table(style, &["migration", " took"], rows.collect()));
    let rows = rehearsal.locks.iter().map(|lock| {
        let statement = lock.statement.map(|number| format!(", statement {number}")).unwrap_or_default();
        let held = format!("{} ms", lock.held_ms);
        vec![lock.relation.clone(), lock.mode.to_string(), held, format!("{}{statement}", lock.taken_by)]
    });
    text += &apart(table(style, &["locked", "mode", " held", "by"], rows.collect()));
    if rehearsal.locks.is_empty() {
        text += "\nNothing that stands in the database was locked, but for reading\n";
    }
    if !rehearsal.notices.is_empty() {
        text.push('\n');
    }
    for said in &rehearsal.notices {
        let message = indented(&said.message, "  ");
        text += &format!("{}: {}: {message}\n", clean(&said.during), clean(&said.severity));
    }
    // The plan that was rehearsed says so itself.
    if rehearsal.purpose == Purpose::DryRun {
        text += &apart(locks(plan));
    }
    text
}

fn headline(rehearsal: &Rehearsal, style: Style) -> String {
    let (what, ms) = (what(rehearsal.purpose), rehearsal.duration_ms);
    let place = match rehearsal.purpose {
        Purpose::Rehearsal => " in a copy of the schema".to_owned(),
        _ => rehearsal.heal.map(|heal| format!(" (heal {heal})")).unwrap_or_default(),
    };
    match &rehearsal.failure {
        None => style.good(format!("The {what}{place} went well, and was rolled back after {ms} ms")),
        Some(_) => style.bad(format!("The {what}{place} failed, and was rolled back after {ms} ms")),
    }
}

fn apart(text: String) -> String {
    if text.is_empty() { text } else { format!("\n{text}") }
}
