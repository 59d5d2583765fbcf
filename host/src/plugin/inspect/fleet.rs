//! Several files looked at together: what each says by itself, and what they say of each other.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use tenon_migrations_core::graph;
use tenon_migrations_core::migration::{PluginId, PluginInfo};

use super::{Examined, Facts, InspectionPolicy, examine};
use crate::plugin::discover::Found;
use crate::plugin::problem::{Problem, ProblemCode};

/// What was seen of some files, and for which host.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Inspection {
    /// The version of this JSON.
    pub format: u32,
    pub host: Facts,
    pub files: Vec<Examined>,
}

/// Whether the plugins that others require have to be among the files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PluginSet {
    /// The files are all there are.
    Whole,
    /// There may be more.
    Part,
}

impl Inspection {
    /// Looks at files, running none; at those that one hides as long as it is refused.
    pub fn of(files: &[Found], policy: &InspectionPolicy, company: PluginSet) -> Self {
        let mut files: Vec<_> = files.iter().flat_map(|found| in_order(found, policy)).collect();
        same_ids(&mut files);
        unmet(&mut files, &policy.facts, company);
        for file in &mut files {
            file.problems.sort_by_key(|problem| !problem.is_refusal());
        }
        Self { format: 1, host: policy.facts.clone(), files }
    }

    /// How many the host would refuse.
    pub fn refused(&self) -> usize {
        self.files.iter().filter(|file| file.is_refused()).count()
    }
}

/// A file and, as long as all before are refused, those that it hides.
fn in_order(found: &Found, policy: &InspectionPolicy) -> Vec<Examined> {
    let mut all: Vec<Examined> = Vec::new();
    for found in found.clone().in_order() {
        let mut examined = examine(&found, policy);
        let refused = examined.is_refused();
        if refused {
            examined.problems.retain(|problem| !problem.passes_over());
        } else if let Some(before) = all.last() {
            examined.problems.push(Problem::stands_in(&before.file));
        }
        if !(refused && all.iter().any(|former| former.is_copy_of(&examined))) {
            all.push(examined);
        }
        if !refused {
            break;
        }
    }
    all
}

/// The plugins that could be loaded as far as their own file goes.
fn usable(files: &[Examined]) -> impl Iterator<Item = &PluginInfo> {
    files.iter().filter(|file| !file.is_refused()).filter_map(|file| file.info.as_ref())
}

/// Nobody can say which is right, unless they are copies of one.
fn same_ids(files: &mut Vec<Examined>) {
    pass_over_copies(files);
    let mut by_id: BTreeMap<PluginId, Vec<String>> = BTreeMap::new();
    for file in files.iter().filter(|file| !file.is_refused()) {
        if let Some(info) = &file.info {
            by_id.entry(info.id.clone()).or_default().push(file.file.display().to_string());
        }
    }
    for file in files.iter_mut().filter(|file| !file.is_refused()) {
        let Some(info) = &file.info else { continue };
        if let Some(several) = by_id.get(&info.id).filter(|files| files.len() > 1) {
            let reason = format!("the id {} is claimed by {}", info.id, several.join(" and "));
            let remedy = "leave only one of the files in the plugin directory";
            file.problems.push(Problem::new(ProblemCode::SameId, reason, remedy));
        }
    }
}

fn pass_over_copies(files: &mut Vec<Examined>) {
    let mut number = 0;
    while number < files.len() {
        let former = files[..number].iter().position(|former| {
            !former.is_refused() && former.sha256.is_some() && former.sha256 == files[number].sha256
        });
        match former {
            Some(former) if !files[number].is_refused() => {
                let copy = files.remove(number);
                files[former].problems.push(Problem::same_bytes(&copy.file));
            }
            _ => number += 1,
        }
    }
}

fn unmet(files: &mut [Examined], facts: &Facts, company: PluginSet) {
    let mut infos: Vec<_> = usable(files).cloned().collect();
    if company == PluginSet::Part {
        for info in &mut infos {
            info.requires.retain(|id, _| id.is_core());
        }
    }
    let ids: BTreeSet<_> = infos.iter().map(|info| info.id.clone()).collect();
    let there = files.iter().filter_map(|file| file.info.as_ref()).map(|info| info.id.clone());
    let unusable = there.filter(|id| !ids.contains(id)).collect();
    let out: BTreeMap<_, _> = graph::resolve(&infos, &facts.version, &unusable).out.into_iter().collect();
    for file in files.iter_mut().filter(|file| !file.is_refused()) {
        let problems = file.info.as_ref().and_then(|info| out.get(&info.id));
        file.problems.extend(problems.into_iter().flatten().map(|problem| {
            let remedy = "install what is required, or remove the plugin";
            Problem::new(ProblemCode::UnmetRequirement, format!("it {problem}"), remedy)
        }));
    }
}
