//! The verdict, then what is wrong with each plugin and what to do about it.

use tenon_migrations_core::finding::{Cause, Finding, Severity};
use tenon_migrations_core::health::{PluginHealth, Serving, Status};
use tenon_migrations_core::plan::RepairChoice;
use tenon_migrations_core::repair::{Hazard, Repair};

use super::{Style, clean, counted, indented};
use crate::report::{HealthReport, PluginStates, Trouble};

/// A health report, the verdict first.
pub fn health(report: &HealthReport, style: Style) -> String {
    let mut text = format!("{}\n", verdict(report, style));
    if let Some(trouble) = &report.database.trouble {
        text += &format!("  reason  {}\n", indented(&trouble.message, "          "));
        text += &format!("  remedy  {}\n", indented(&trouble.remedy, "          "));
    }
    if let Some(heal) = &report.database.running_heal {
        let told = format!("a heal is running, and this is the database as it was before it: {heal}");
        text += &format!("  note    {}\n", indented(&told, "          "));
    }
    text.push('\n');
    for plugin in &report.plugins {
        text += &of_plugin(plugin, report.database.trouble.as_ref(), style);
    }
    text.push('\n');
    if report.findings().any(|finding| finding.cause == Cause::Pending) {
        text += "Run `tenon plan` to see what is pending in its order, `tenon heal` to apply it\n";
    }
    for one in &report.tolerated {
        text += &format!("Tolerated: {}\n", clean(&one.to_string()));
    }
    if !report.unmanaged.is_empty() {
        text += &format!("Claimed by no plugin: {}\n", clean(&report.unmanaged.join(", ")));
    }
    for announced in &report.announced {
        let (kind, names) = (clean(&announced.kind), clean(&announced.names.join(", ")));
        text += &format!("There, and of a kind that is not compared: {kind} {names}\n");
    }
    if report.database.trouble.is_none() && !report.not_compared.is_empty() {
        let kinds = counted(report.not_compared.len(), "kind");
        text += &format!(
            "{}\n",
            style.faint(format!("Not compared yet: {kinds} of object (`tenon check --json` lists them)"))
        );
    }
    for warning in &report.warnings {
        text += &format!("{}: {}\n", style.warn("Warning"), clean(warning));
    }
    text += &format!("{}\n", style.faint(database(report)));
    text
}

/// "Drifted: 2 of 5 plugins are out of step", in the status's colour.
pub fn verdict(report: &HealthReport, style: Style) -> String {
    let all = report.plugins.len();
    let states = PluginStates::of(report);
    let wrong = report.plugins.iter().filter(|plugin| plugin.status != Status::Healthy).count();
    let some_of_all = |some| format!("{some} of {} {}", counted(all, "plugin"), is_or_are(some));
    // Where what is found is acknowledged, it may still keep plugins from serving.
    let counts = Status::of(report.findings()) != Status::Healthy;
    let told = match report.status {
        Status::Healthy => {
            format!("{} {} in step with the database", counted(all, "plugin"), is_or_are(all))
        }
        Status::Drifted if counts => format!("{} out of step", some_of_all(wrong)),
        Status::Drifted => format!("{} held back", some_of_all(wrong)),
        Status::Degraded if states.out + states.quarantined > 0 => states.sentence(),
        Status::Degraded => format!("{} impaired", some_of_all(wrong)),
        Status::Unknown if report.database.trouble.is_some() => "the database could not be read".to_owned(),
        Status::Unknown => "the check could not be completed".to_owned(),
    };
    let known = match report.acknowledged() {
        0 => String::new(),
        known => format!(", {} acknowledged", counted(known, "finding")),
    };
    format!("{}: {told}{known}", paint(report.status, style, report.status.title()))
}

fn is_or_are(count: usize) -> &'static str {
    if count == 1 { "is" } else { "are" }
}

fn database(report: &HealthReport) -> String {
    let info = &report.database;
    let address = if info.address.is_empty() { "no database".to_owned() } else { clean(&info.address) };
    let version = match info.server_version.as_str() {
        "" => String::new(),
        version => {
            // "15.18 (Debian 15.18-0+deb12u1)"
            format!(" (PostgreSQL {})", clean(version.split(' ').next().unwrap_or(version)))
        }
    };
    let at = report.checked_at.strftime("%Y-%m-%d %H:%M:%SZ");
    format!("Checked {address}{version} at {at} in {} ms, environment {}", report.took_ms, report.environment)
}

/// The width of the column of status words.
const MARGIN: &str = "          ";

fn of_plugin(plugin: &PluginHealth, trouble: Option<&Trouble>, style: Style) -> String {
    let word = plugin.status.title().to_lowercase();
    let version = match plugin.version.as_str() {
        "" => String::new(),
        version => format!(" {}", style.faint(format!("({} {})", plugin.id, clean(version)))),
    };
    let held = match plugin.serving {
        Serving::Yes => "",
        Serving::Held => "; its routes answer 503",
        Serving::Disabled => "; disabled, its routes answer 404",
        Serving::Out => "; not loaded",
    };
    let padded = format!("{word:<width$}", width = MARGIN.len());
    let mut text = format!("{}{}{held}{version}\n", paint(plugin.status, style, padded), clean(&plugin.line));
    // The findings say the rest, but for what an earlier check found.
    if let Some(why) = plugin.held.as_ref().filter(|_| plugin.is_unknown()) {
        text += &format!("{MARGIN}  held: {}\n", indented(why, &format!("{MARGIN}    ")));
    }
    // Why nothing could be read stands above all plugins.
    let repeats =
        |finding: &Finding| trouble.is_some_and(|trouble| finding.message.ends_with(&trouble.message));
    let told = plugin.findings.iter().filter(|finding| !repeats(finding));
    let (pending, others): (Vec<_>, Vec<_>) = told.partition(|finding| finding.cause == Cause::Pending);
    for finding in pending {
        text += &format!("{MARGIN}  pending  {}\n", clean(&finding.object));
    }
    for finding in others {
        text += &of_finding(finding, plugin, style);
    }
    text
}

fn of_finding(finding: &Finding, plugin: &PluginHealth, style: Style) -> String {
    let headline = match &finding.property {
        Some(property) => format!("{}: {property} differs", finding.object),
        None => finding.message.clone(),
    };
    let cause = finding.cause.noun();
    let severity = finding.severity.noun();
    let severity = match finding.severity {
        Severity::Cosmetic => style.faint(severity),
        Severity::Warning => style.warn(severity),
        Severity::Breaking | Severity::Security => style.bad(severity),
    };
    let below = format!("{MARGIN}    ");
    let mut text = format!(
        "{MARGIN}  {cause}  {} ({}{})\n",
        indented(&headline, &below),
        severity,
        style.faint(format!(", {}", finding.id)),
    );
    // "Present" and "absent" are in the sentence already.
    let says_more = !matches!(
        (finding.expected.as_deref(), finding.found.as_deref()),
        (Some("present"), Some("absent")) | (Some("absent"), Some("present"))
    );
    if let Some((expected, found)) = finding.sides().filter(|_| says_more) {
        let inner = format!("{below}  ");
        text += &format!("{below}expected ({}): {}\n", clean(&plugin.author()), indented(expected, &inner));
        text += &format!("{below}found (database): {}\n", indented(found, &inner));
    }
    if let Some(cause) = &finding.probable_cause {
        text += &format!("{below}probable cause: {cause}\n");
    }
    if let Some(first_seen) = finding.first_seen {
        text += &format!("{below}first seen: {}\n", first_seen.strftime("%Y-%m-%d %H:%M:%SZ"));
    }
    if let Some(word) = &finding.acknowledged {
        text += &format!("{below}{}\n", clean(&word.to_string()));
        return text;
    }
    for (repair, kind) in [(&finding.repair, RepairKind::Plain), (&finding.rename, RepairKind::Rename)] {
        text += &repair
            .as_ref()
            .map_or_else(String::new, |repair| of_repair(finding, repair, kind, plugin, &below));
    }
    if let Some(remedy) = &finding.remedy {
        text += &format!("{below}remedy: {}\n", indented(remedy, &format!("{below}  ")));
    }
    text
}

/// One of the ways to repair a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum RepairKind {
    Plain,
    Rename,
}

/// The command and its SQL, without that of the others that have to be repaired with it.
fn of_repair(
    finding: &Finding,
    repair: &Repair,
    kind: RepairKind,
    plugin: &PluginHealth,
    below: &str,
) -> String {
    let mut hazards: Vec<_> = repair.hazards.iter().collect();
    let mut with = repair.needs.iter().collect::<Vec<_>>();
    // What they need in turn comes behind them.
    let mut at = 0;
    while let Some(id) = with.get(at).copied() {
        let other = plugin.findings.iter().find(|one| one.id == *id);
        if let Some(repair) = other.and_then(|one| one.repair.as_ref()) {
            let hazard = |hazard: &&Hazard| !hazards.contains(hazard);
            hazards.extend(repair.hazards.iter().filter(hazard).collect::<Vec<_>>());
            with.extend(repair.needs.iter().filter(|id| !with.contains(id)).collect::<Vec<_>>());
        }
        at += 1;
    }
    let allow: String = hazards.iter().map(|hazard| format!(" {}", hazard.option())).collect();
    let (words, id) = match kind {
        RepairKind::Plain => ("mend", finding.id.clone()),
        RepairKind::Rename => ("rename", RepairChoice::Rename(finding.id.clone()).to_string()),
    };
    let mut text = format!("{below}{words} (`tenon heal --repair {id}{}`):\n", clean(&allow));
    let inner = format!("{below}  ");
    for sql in &repair.sql {
        text += &format!("{inner}{};\n", indented(sql, &inner));
    }
    if !repair.needs.is_empty() {
        text += &format!("{inner}with the repair of {}\n", repair.needs.join(", "));
    }
    text
}

fn paint(status: Status, style: Style, text: impl std::fmt::Display) -> String {
    match status {
        Status::Healthy => style.good(text),
        Status::Drifted | Status::Unknown => style.warn(text),
        Status::Degraded => style.bad(text),
    }
}
