//! What the page of a plan shows: its steps with their SQL, what may be chosen besides, and what no heal
//! mends.

use std::collections::{BTreeMap, BTreeSet};

use tenon_migrations_core::finding::Finding;
use tenon_migrations_core::migration::PluginId;
use tenon_migrations_core::plan::{Plan, RepairChoice, RepairRequest, Step};
use tenon_migrations_core::repair::Repair;

use super::words;
use crate::admin::strings::{Markup, Text, t};
use crate::report::plan_sql::Line;
use crate::report::{HealthReport, MarkKind, MigrationSql, remaining};

/// How many bytes of SQL a page shows; what is behind them is given as a text.
const MOST_SQL: usize = 48_000;
/// How many findings are listed on a plan's page.
const MOST_FINDINGS: usize = 40;

/// What was asked for, as the forms take it.
pub(super) struct Asked {
    pub without: Vec<String>,
    pub repair: Vec<String>,
    pub allow: Vec<String>,
}

impl Asked {
    pub(super) fn of(plan: &Plan, repairs: &RepairRequest) -> Self {
        Self {
            without: plan.without.iter().map(ToString::to_string).collect(),
            repair: repairs.choices.iter().map(ToString::to_string).collect(),
            allow: repairs.allowed.iter().map(ToString::to_string).collect(),
        }
    }

    /// The query of an address that asks for it again.
    pub(super) fn query(&self) -> String {
        let fields = [("without", &self.without), ("repair", &self.repair), ("allow", &self.allow)];
        let pairs = fields.iter().flat_map(|(name, values)| values.iter().map(move |value| (*name, value)));
        words::query(pairs.map(|(name, value)| (name, value.as_str())))
    }
}

/// Consecutive steps of one plugin.
pub(super) struct Group<'a> {
    pub plugin: &'a PluginId,
    pub steps: Vec<StepView<'a>>,
}

/// A migration of the plan.
pub(super) struct StepView<'a> {
    /// The number in the whole plan.
    pub number: usize,
    pub of: &'a Step,
    sql: Option<&'a MigrationSql>,
    /// How many bytes of its text are shown.
    room: usize,
}

impl StepView<'_> {
    pub(super) fn lines(&self) -> Vec<Line<'_>> {
        self.sql.map(|sql| sql.lines(self.room)).unwrap_or_default()
    }

    pub(super) fn is_cut(&self) -> bool {
        self.sql.is_some_and(|sql| sql.sql.len() > self.room)
    }

    /// How much of it is marked, in words.
    pub(super) fn marked(&self) -> Option<Markup> {
        let sql = self.sql?;
        let kinds = [MarkKind::Refusal, MarkKind::Hazard, MarkKind::Lock, MarkKind::Note];
        let told = kinds.into_iter().filter_map(|kind| {
            let count = sql.marks.iter().filter(|mark| mark.kind == kind).count();
            (count > 0).then(|| match kind {
                MarkKind::Refusal => t!("plan-refusals").number("count", count),
                MarkKind::Hazard => t!("plan-hazard-marks").number("count", count),
                MarkKind::Lock => t!("plan-lock-marks").number("count", count),
                MarkKind::Note => t!("plan-note-marks").number("count", count),
            })
        });
        Some(Markup::list(told)).filter(|told| !told.is_empty())
    }
}

/// The steps of a plan by plugin, in the plan's order.
pub(super) fn groups<'a>(steps: &'a [Step], files: &'a [MigrationSql]) -> Vec<Group<'a>> {
    let files: BTreeMap<&str, &MigrationSql> =
        files.iter().map(|file| (file.migration.as_str(), file)).collect();
    let mut room = MOST_SQL;
    let mut groups: Vec<Group<'_>> = Vec::new();
    for (number, of) in (1..).zip(steps) {
        let sql = files.get(of.migration.to_string().as_str()).copied();
        let step = StepView { number, of, sql, room };
        room = room.saturating_sub(sql.map_or(0, |sql| sql.sql.len()));
        let plugin = &of.migration.plugin;
        match groups.last_mut() {
            Some(group) if group.plugin == plugin => group.steps.push(step),
            _ => groups.push(Group { plugin, steps: vec![step] }),
        }
    }
    groups
}

/// What is wrong and is not settled by the plan, and what of it may be ticked.
#[derive(Default)]
pub(super) struct Rest<'a> {
    pub choices: Vec<OfPlugin<'a, Choice<'a>>>,
    /// How many there are besides those that are listed.
    pub more: usize,
    /// How many things only lack something.
    pub additive: usize,
    pub additive_asked: bool,
    /// What was asked for and has no tick of its own here.
    pub hidden: Vec<String>,
    pub unmended: Vec<OfPlugin<'a, &'a Finding>>,
    pub more_unmended: usize,
    count: usize,
}

/// What is listed of one plugin.
pub(super) struct OfPlugin<'a, T> {
    pub plugin: &'a PluginId,
    pub findings: Vec<T>,
}

/// A finding that can be mended.
pub(super) struct Choice<'a> {
    pub finding: &'a Finding,
    /// Whether its repair was asked for.
    pub plain: bool,
    /// Whether it was asked to be named back.
    pub rename: bool,
}

impl<'a> Rest<'a> {
    pub(super) fn of(report: &'a HealthReport, plan: &Plan, repairs: &RepairRequest) -> Self {
        let asked = |choice: RepairChoice| repairs.choices.contains(&choice);
        let open = remaining::open(report, plan);
        let is_open: BTreeSet<_> = open.iter().map(|finding| finding.id.as_str()).collect();
        // What is chosen stays to be unticked.
        let chosen = report.findings().filter(|finding| {
            let id = &finding.id;
            !is_open.contains(id.as_str())
                && (asked(RepairChoice::Finding(id.clone())) || asked(RepairChoice::Rename(id.clone())))
        });
        let mut rest =
            Self { additive_asked: asked(RepairChoice::Additive), count: open.len(), ..Self::default() };
        let all: Vec<_> = chosen.chain(open.iter().copied()).collect();
        let additive = report.findings().filter(|one| one.repair.as_ref().is_some_and(Repair::is_additive));
        rest.additive = additive.filter(|finding| !plan.without.contains(&finding.plugin)).count();
        let mut shown = BTreeSet::new();
        let (mut listed, mut unmended) = (0, 0);
        for finding in all {
            let may_be_mended = finding.repair.is_some() || finding.rename.is_some();
            let count = if may_be_mended { &mut listed } else { &mut unmended };
            *count += 1;
            if *count > MOST_FINDINGS {
                *(if may_be_mended { &mut rest.more } else { &mut rest.more_unmended }) += 1;
                continue;
            }
            if may_be_mended {
                let choice = Choice {
                    finding,
                    plain: asked(RepairChoice::Finding(finding.id.clone())),
                    rename: asked(RepairChoice::Rename(finding.id.clone())),
                };
                shown.insert(finding.id.as_str());
                add(&mut rest.choices, &finding.plugin, choice);
            } else {
                add(&mut rest.unmended, &finding.plugin, finding);
            }
        }
        let is_shown = |choice: &&RepairChoice| match choice {
            RepairChoice::Additive => rest.additive > 0,
            RepairChoice::Finding(id) | RepairChoice::Rename(id) => shown.contains(id.as_str()),
        };
        rest.hidden = repairs.choices.iter().filter(|one| !is_shown(one)).map(ToString::to_string).collect();
        rest
    }

    pub(super) fn is_empty(&self) -> bool {
        self.count == 0
    }

    pub(super) fn has_choices(&self) -> bool {
        !self.choices.is_empty()
    }

    /// What is left where nothing is pending.
    pub(super) fn headline(&self) -> Text {
        match (self.choices.is_empty(), self.unmended.is_empty()) {
            (false, true) => t!("plan-left-choices").number("count", self.count),
            (true, false) => t!("plan-left-unmended").number("count", self.count),
            _ => t!("plan-left-both").number("count", self.count),
        }
    }
}

fn add<'a, T>(groups: &mut Vec<OfPlugin<'a, T>>, plugin: &'a PluginId, one: T) {
    match groups.iter_mut().find(|group| group.plugin == plugin) {
        Some(group) => group.findings.push(one),
        None => groups.push(OfPlugin { plugin, findings: vec![one] }),
    }
}
