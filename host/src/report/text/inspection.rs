//! What plugins' files say, and what is held against them.

use std::collections::BTreeSet;

use super::explain::paragraph;
use super::{Style, clean, counted};
use crate::plugin::inspect::{Examined, Facts, Inspection, LibraryFormat, LibraryInfo, explain};
use crate::plugin::problem::ProblemCode;

/// One part a file: what it says, then its problems, one a line. With `explain` the codes' long texts follow.
pub fn inspection(inspection: &Inspection, explain: bool, style: Style) -> String {
    let mut text: String = inspection.files.iter().map(|file| one(file, style) + "\n").collect();
    if explain {
        let problems = inspection.files.iter().flat_map(|file| &file.problems);
        let codes: BTreeSet<_> = problems.map(|problem| problem.code).collect();
        text.extend(codes.into_iter().map(|code| explanation(code, style) + "\n"));
    }
    let (all, refused) = (inspection.files.len(), inspection.refused());
    if all > 0 {
        let host = &inspection.host;
        let could = format!("{} of {}", all - refused, counted(all, "file"));
        text += &format!("Tenon {} for {} could load {could}\n", host.version, host.target);
    }
    text
}

/// What a host is.
pub fn facts(facts: &Facts) -> String {
    let contract: Vec<_> = facts.contract.iter().map(ToString::to_string).collect();
    let mut rows = vec![
        ("version", facts.version.to_string()),
        ("contract", contract.join(", ")),
        ("descriptors", format!("format {}", facts.descriptors)),
        ("target", facts.target.clone()),
    ];
    rows.extend(facts.glibc.map(|version| ("glibc", version.to_string())));
    rows.into_iter().map(|(what, value)| row(what, &value, "")).collect()
}

fn one(file: &Examined, style: Style) -> String {
    let refusals = file.problems.iter().filter(|problem| problem.is_refusal()).count();
    let verdict = match refusals {
        0 => style.good("could be loaded"),
        _ => style.bad(format!("would be refused for {}", counted(refusals, "problem"))),
    };
    let mut text = format!("{}: {verdict}\n", style.strong(clean(&file.file.display().to_string())));
    for (what, value) in facts_of_file(file) {
        text += &row(what, &value, "  ");
    }
    for problem in &file.problems {
        let weight = if problem.is_refusal() { style.bad("refusal") } else { style.warn("notice ") };
        let (code, reason, remedy) = (problem.code, &problem.reason, &problem.remedy);
        text +=
            &format!("  {weight}  {}\n", clean(&format!("{code}: {reason}; {remedy}")).replace('\n', " "));
    }
    text
}

fn facts_of_file(file: &Examined) -> Vec<(&'static str, String)> {
    let mut rows = Vec::new();
    if let Some(manifest) = &file.manifest {
        let build = &manifest.build;
        rows.push(("plugin", format!("{} {}, {}", manifest.id, manifest.version, manifest.name)));
        let requires = manifest.requires.iter().map(|(id, range)| format!("{id} {range}"));
        rows.push(("requires", requires.collect::<Vec<_>>().join(", ")));
        rows.push(("routes", manifest.routes.join(", ")));
        let jobs = manifest.jobs.iter().map(|job| format!("{} ({})", job.name, job.schedule));
        rows.push(("jobs", jobs.collect::<Vec<_>>().join(", ")));
        let built = [
            (&manifest.sdk, "SDK"),
            (&build.rustc, "rustc"),
            (&build.target, "for"),
            (&build.panic, "panic ="),
        ];
        let built = built.iter().filter(|(value, _)| !value.is_empty());
        rows.push((
            "built",
            built.map(|(value, what)| format!("{what} {value}")).collect::<Vec<_>>().join(", "),
        ));
    }
    if let Some(look) = &file.look {
        rows.extend(facts_of_look(look));
    }
    if let (Some(size), Some(sha256)) = (file.size, file.sha256) {
        rows.push(("size", format!("{size} bytes")));
        rows.push(("sha256", sha256.to_string()));
    }
    if let Some(signature) = &file.signature {
        rows.push(("signed", format!("by key {}: {}", signature.key, signature.comment)));
    }
    rows.retain(|(_, value)| !value.is_empty());
    rows
}

fn facts_of_look(look: &LibraryInfo) -> Vec<(&'static str, String)> {
    let of_elf =
        |count: usize| if look.format == LibraryFormat::Elf { count.to_string() } else { String::new() };
    let generations: Vec<_> = look.generations.iter().map(ToString::to_string).collect();
    vec![
        ("contract", generations.join(", ")),
        ("format", format!("{}, {}", look.format.title(), look.architecture)),
        ("glibc", look.glibc.map(|version| format!("{version} or newer")).unwrap_or_default()),
        ("libraries", look.needed.join(", ")),
        ("looked for in", look.run_path.join(", ")),
        ("constructors", of_elf(look.constructors)),
        ("destructors", of_elf(look.destructors)),
        ("exports", some(&look.exports)),
        ("imports", counted(look.imports.len(), "symbol")),
    ]
}

/// The first names, and how many more there are; `--json` has them all.
fn some(names: &[String]) -> String {
    let first: Vec<_> = names.iter().take(8).map(String::as_str).collect();
    match names.len().saturating_sub(first.len()) {
        0 => first.join(", "),
        more => format!("{} and {more} more", first.join(", ")),
    }
}

fn row(what: &str, value: &str, indent: &str) -> String {
    format!("{indent}{what:<13} {}\n", clean(value).replace('\n', " "))
}

/// The long text of a code under its name.
pub(super) fn explanation(code: ProblemCode, style: Style) -> String {
    paragraph(code.as_str(), explain(code), style)
}
