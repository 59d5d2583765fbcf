//! The repairs that an administrator chose, as steps of the plan.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{Plan, PlanRule, Refusal};
use crate::finding::Finding;
use crate::migration::PluginId;
use crate::repair::{self, Hazard, Part, Repair, Standing};

/// What an administrator wants repaired, and what that may cost.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RepairRequest {
    pub choices: BTreeSet<RepairChoice>,
    /// Consented to by name: hazards of the migrations too.
    pub allowed: BTreeSet<Hazard>,
}

/// What is to be repaired.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum RepairChoice {
    /// Everything whose repair only adds what is missing.
    Additive,
    /// One finding, by its id.
    Finding(String),
    /// One finding, by its id, whose object is given its former name back.
    Rename(String),
}

/// What follows a finding's id where it is to be repaired by a rename.
const BY_RENAME: &str = ":rename";

impl fmt::Display for RepairChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Additive => f.write_str("additive"),
            Self::Finding(id) => f.write_str(id),
            Self::Rename(id) => write!(f, "{id}{BY_RENAME}"),
        }
    }
}

impl FromStr for RepairChoice {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(match (text, text.strip_suffix(BY_RENAME)) {
            ("additive", _) => Self::Additive,
            (_, Some(id)) => Self::Rename(id.to_owned()),
            (id, None) => Self::Finding(id.to_owned()),
        })
    }
}

/// One repair to run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct RepairStep {
    pub plugin: PluginId,
    /// What is repaired.
    pub object: String,
    /// The findings that have to be gone afterwards, by id.
    pub findings: Vec<String>,
    /// The statements, in order.
    pub sql: Vec<String>,
    /// What it may cost, all of it consented to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hazards: Vec<Hazard>,
}

impl Plan {
    /// What the repairs remove or convert.
    pub fn disturbs(&self) -> BTreeSet<repair::Disturbed> {
        repair::disturbed(self.repaired())
    }

    /// Refuses the repairs on account of what stands on something that they remove or convert, unless they
    /// name it.
    pub fn refuse_in_the_way(&mut self, standing: &[Standing]) {
        let told = repair::in_the_way(self.repaired(), standing);
        let finding =
            self.repairs.first().and_then(|step| step.findings.first()).cloned().unwrap_or_default();
        self.refusals.extend(told.into_iter().map(|told| {
            let reason = format!(
                "{told} stands on what the repairs remove or convert, and none of them takes it down"
            );
            let remedy = "drop it, have the repairs made, and make it again".to_owned();
            refusal(PlanRule::InTheWay, &finding, reason, remedy)
        }));
    }

    fn repaired(&self) -> impl Iterator<Item = &str> + Clone {
        self.repairs.iter().flat_map(|step| &step.sql).map(String::as_str)
    }
}

/// The repairs that were chosen, in the order in which they run, and why some may not.
pub(super) fn decide(
    findings: &[&Finding],
    request: &RepairRequest,
    without: &BTreeSet<PluginId>,
) -> (Vec<RepairStep>, Vec<Refusal>) {
    let known: BTreeMap<&str, &Finding> =
        findings.iter().map(|finding| (finding.id.as_str(), *finding)).collect();
    let mut chosen = BTreeMap::new();
    let mut refusals = Vec::new();
    for choice in &request.choices {
        let (id, repair): (_, fn(&Finding) -> Option<&Repair>) = match choice {
            RepairChoice::Additive => {
                let theirs = findings.iter().filter(|finding| only_adds(finding, &known, without));
                chosen.extend(theirs.filter_map(|one| Some((one.id.as_str(), one.repair.as_ref()?))));
                continue;
            }
            RepairChoice::Finding(id) => (id, |finding| finding.repair.as_ref()),
            RepairChoice::Rename(id) => (id, |finding| finding.rename.as_ref()),
        };
        match known.get(id.as_str()) {
            None => refusals.push(unknown(id)),
            Some(finding) if without.contains(&finding.plugin) => refusals.push(left_out(finding)),
            Some(finding) => match repair(finding) {
                None => refusals.push(no_repair(finding, choice)),
                Some(repair) if chosen.insert(id.as_str(), repair).is_some_and(|other| other != repair) => {
                    refusals.push(two_ways(finding));
                }
                Some(_) => {}
            },
        }
    }
    refusals.extend(with_what_is_needed(&mut chosen, &known, without));
    let chosen: Vec<_> =
        findings.iter().filter_map(|one| Some((*one, *chosen.get(one.id.as_str())?))).collect();
    let steps = steps(&chosen);
    let mut feared = BTreeSet::new();
    for step in &steps {
        let hazards = step.hazards.iter().filter(|hazard| !request.allowed.contains(hazard));
        refusals
            .extend(hazards.filter(|hazard| feared.insert(*hazard)).map(|hazard| not_allowed(step, hazard)));
    }
    (steps, refusals)
}

/// Whether its repair only adds what is missing, and so do all that it needs.
fn only_adds(finding: &Finding, known: &BTreeMap<&str, &Finding>, without: &BTreeSet<PluginId>) -> bool {
    let (mut ahead, mut seen) = (vec![finding], BTreeSet::from([finding.id.as_str()]));
    while let Some(finding) = ahead.pop() {
        let Some(repair) = finding.repair.as_ref().filter(|repair| repair.is_additive()) else {
            return false;
        };
        if without.contains(&finding.plugin) {
            return false;
        }
        let needed = repair.needs.iter().filter(|id| seen.insert(id.as_str()));
        ahead.extend(needed.filter_map(|id| known.get(id.as_str())));
    }
    true
}

/// Chooses also the repairs without which those that were chosen would fail, or would not lead to what is
/// expected.
fn with_what_is_needed<'a>(
    chosen: &mut BTreeMap<&'a str, &'a Repair>,
    known: &BTreeMap<&'a str, &'a Finding>,
    without: &BTreeSet<PluginId>,
) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    let mut ahead: Vec<&str> = chosen.values().flat_map(|repair| &repair.needs).map(String::as_str).collect();
    while let Some(id) = ahead.pop() {
        let Some(finding) = known.get(id).filter(|_| !chosen.contains_key(id)) else { continue };
        if without.contains(&finding.plugin) {
            refusals.push(left_out(finding));
        } else if let Some(repair) = &finding.repair {
            chosen.insert(finding.id.as_str(), repair);
            ahead.extend(repair.needs.iter().map(String::as_str));
        }
    }
    refusals
}

/// The repairs as they run together. What may be lost by one is told with the first of its statements.
fn steps(chosen: &[(&Finding, &Repair)]) -> Vec<RepairStep> {
    let parts = repair::in_order(chosen.iter().map(|(_, repair)| *repair));
    let with_own: BTreeSet<_> = parts.iter().map(|part| part.repair).collect();
    let mut told = BTreeSet::new();
    let step = |part: Part| {
        let (first, _) = chosen.get(part.repair)?;
        let others = part.of.iter().filter(|at| **at != part.repair);
        let of = std::iter::once(part.repair).chain(others.copied());
        let of: Vec<_> = of.filter_map(|at| Some((at, chosen.get(at)?))).collect();
        let own = of.iter().filter(|(at, _)| *at == part.repair || !with_own.contains(at));
        let hazards = own.flat_map(|(_, (_, repair))| &repair.hazards);
        Some(RepairStep {
            plugin: first.plugin.clone(),
            object: first.object.clone(),
            findings: of.iter().map(|(_, (finding, _))| finding.id.clone()).collect(),
            hazards: hazards.filter(|hazard| told.insert(*hazard)).cloned().collect(),
            sql: part.sql,
        })
    };
    parts.into_iter().filter_map(step).collect()
}

/// A refusal that is about no plugin, but about what was asked.
fn refusal(rule: PlanRule, id: &str, reason: String, remedy: String) -> Refusal {
    Refusal {
        plugin: None,
        rule,
        place: format!("finding {id}"),
        excerpt: String::new(),
        reason,
        remedy,
        allow: None,
    }
}

fn unknown(id: &str) -> Refusal {
    let reason = "there is no such finding, or no longer".to_owned();
    refusal(
        PlanRule::UnknownFinding,
        id,
        reason,
        "`tenon finding list` shows what there is to mend".to_owned(),
    )
}

fn left_out(finding: &Finding) -> Refusal {
    let reason = format!("its plugin {} is left out", finding.plugin);
    refusal(PlanRule::RepairLeftOut, &finding.id, reason, "leave the plugin in, or the repair out".to_owned())
}

fn no_repair(finding: &Finding, choice: &RepairChoice) -> Refusal {
    let remedy = finding.remedy.clone().unwrap_or_else(|| "mend it by hand".to_owned());
    let (reason, remedy) = match (choice, &finding.rename, &finding.repair) {
        (RepairChoice::Rename(_), _, Some(_)) => (
            "nothing there differs from it in nothing but its name".to_owned(),
            format!("mend it as it is: `--repair {}`", finding.id),
        ),
        (RepairChoice::Finding(id), Some(_), _) => {
            let reason = format!("no SQL is known that would mend it but a rename: {}", finding.message);
            (reason, format!("have it renamed: `--repair {id}{BY_RENAME}`"))
        }
        _ => (format!("no SQL is known that would mend it without guessing: {}", finding.message), remedy),
    };
    refusal(PlanRule::NoRepair, &finding.id, reason, remedy)
}

fn two_ways(finding: &Finding) -> Refusal {
    let reason = "it is to be made anew and to be named back, and only one of it can be".to_owned();
    let id = &finding.id;
    refusal(
        PlanRule::TwoWays,
        id,
        reason,
        format!("choose one: `--repair {id}` or `--repair {id}{BY_RENAME}`"),
    )
}

fn not_allowed(step: &RepairStep, hazard: &Hazard) -> Refusal {
    let id = step.findings.first().map(String::as_str).unwrap_or_default();
    let reason = format!("its repair is a hazard to which nobody has consented: {hazard}");
    Refusal {
        allow: Some(hazard.clone()),
        ..refusal(PlanRule::Hazard, id, reason, format!("consent to it by name: `{}`", hazard.option()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::{Cause, Severity};

    fn finding(object: &str, sql: Option<&str>, hazard: Option<&str>) -> Finding {
        let finding =
            Finding::new(&"a".parse().unwrap(), Cause::Drifted, Severity::Warning, object, "it differs");
        let hazards: Vec<_> = hazard.into_iter().collect();
        let repair = |sql| serde_json::from_value(serde_json::json!({ "sql": [sql], "hazards": hazards }));
        let repair = sql.map(|sql| repair(sql).unwrap());
        Finding { repair, ..finding }
    }

    fn decided(findings: &[Finding], choices: &[&str], allowed: &[&str]) -> (Vec<RepairStep>, Vec<Refusal>) {
        let repairs = RepairRequest {
            choices: choices.iter().map(|choice| choice.parse().unwrap()).collect(),
            allowed: allowed.iter().map(|hazard| hazard.parse().unwrap()).collect(),
        };
        decide(&findings.iter().collect::<Vec<_>>(), &repairs, &BTreeSet::new())
    }

    #[test]
    fn everything_that_is_against_the_choice_is_told_at_once() {
        let findings = [
            finding("x", None, None),
            finding("y", Some("DROP y"), Some("drop-table:y")),
            finding("z", Some("ALTER z"), None),
        ];
        let ids: Vec<_> = findings.iter().map(|finding| finding.id.as_str()).collect();
        let (steps, refusals) = decided(&findings, &["nothing", ids[0], ids[1], ids[2]], &[]);
        assert_eq!(steps.len(), 2);
        let mut rules: Vec<_> = refusals.iter().map(|refusal| refusal.rule.as_str()).collect();
        rules.sort_unstable();
        assert_eq!(rules, ["hazard", "no-mend", "unknown-finding"]);
        let hazard = refusals.iter().find(|refusal| refusal.rule == "hazard").unwrap();
        assert_eq!(hazard.remedy, "consent to it by name: `--allow 'drop-table:y'`");
        let (steps, refusals) = decided(&findings, &[ids[1]], &["drop-table:y"]);
        assert_eq!((steps[0].sql.as_slice(), refusals), (["DROP y".to_owned()].as_slice(), Vec::new()));
    }

    #[test]
    fn findings_that_one_statement_mends_are_one_repair() {
        let findings = [finding("x", Some("ALTER x"), None), finding("y", Some("ALTER x"), None)];
        let ids: Vec<_> = findings.iter().map(|finding| finding.id.as_str()).collect();
        let (steps, _) = decided(&findings, &ids, &[]);
        assert_eq!(steps.iter().map(|step| step.findings.len()).collect::<Vec<_>>(), [2]);
    }

    #[test]
    fn a_repair_brings_those_that_it_needs_and_additive_only_what_adds_with_all_of_them() {
        let repair = |sql: &str, needs: &[&str], additive: bool| {
            serde_json::from_value(serde_json::json!({ "sql": [sql], "needs": needs, "additive": additive }))
                .unwrap()
        };
        let [mut x, mut y, mut z] = ["x", "y", "z"].map(|object| finding(object, Some("SELECT"), None));
        y.repair = Some(repair("ADD y", &[], true));
        z.repair = Some(repair("CHANGE z", &[], false));
        x.repair = Some(repair("ADD x", &[&y.id], true));
        let ran = |findings: &[Finding], choices: &[&str]| {
            let (steps, refusals) = decided(findings, choices, &[]);
            assert_eq!(refusals, []);
            let sql: BTreeSet<_> = steps.into_iter().flat_map(|step| step.sql).collect();
            sql.into_iter().collect::<Vec<_>>()
        };
        let findings = [x.clone(), y.clone(), z.clone()];
        assert_eq!(ran(&findings, &[&x.id]), ["ADD x", "ADD y"]);
        assert_eq!(ran(&findings, &["additive"]), ["ADD x", "ADD y"]);
        x.repair = Some(repair("ADD x", &[&y.id, &z.id], true));
        let findings = [x.clone(), y, z];
        assert_eq!(ran(&findings, &["additive"]), ["ADD y"]);
        assert_eq!(ran(&findings, &[&x.id]), ["ADD x", "ADD y", "CHANGE z"]);
    }

    #[test]
    fn a_rename_is_chosen_by_its_own_name_and_not_beside_the_plain_way() {
        let mut one = finding("x", Some("ADD x"), None);
        one.rename = finding("x", Some("RENAME x"), Some("rename-column:x")).repair;
        let (id, rename) = (one.id.clone(), format!("{}:rename", one.id));
        let rules = |choices: &[&str], allowed: &[&str]| {
            let (steps, refusals) = decided(std::slice::from_ref(&one), choices, allowed);
            let rules: Vec<_> = refusals.into_iter().map(|refusal| refusal.rule).collect();
            (steps.into_iter().flat_map(|step| step.sql).collect::<Vec<_>>(), rules)
        };
        assert_eq!(rules(&[&rename], &["rename-column:x"]), (vec!["RENAME x".to_owned()], vec![]));
        assert_eq!(rules(&[&rename], &[]).1, ["hazard"]);
        assert_eq!(rules(&[&id], &[]), (vec!["ADD x".to_owned()], vec![]));
        assert_eq!(rules(&[&id, &rename], &["rename-column:x"]).1, ["two-ways"]);
        let plain = finding("y", Some("ADD y"), None);
        let (_, refusals) = decided(std::slice::from_ref(&plain), &[&format!("{}:rename", plain.id)], &[]);
        assert_eq!(refusals[0].rule, "no-mend");
    }

    #[test]
    fn nothing_is_mended_that_was_not_chosen() {
        let findings = [finding("x", Some("ALTER x"), None)];
        assert_eq!(decided(&findings, &[], &[]), (Vec::new(), Vec::new()));
        assert_eq!(decided(&findings, &["additive"], &[]), (Vec::new(), Vec::new()), "it changes something");
    }
}
