//! What Database Health lists: the plugins by how bad it is with them, and of their findings those of one
//! page.

use tenon_migrations_core::finding::{Cause, Finding, Severity};
use tenon_migrations_core::health::{PluginHealth, Serving, Status};

use super::filter::{Filter, can_be_acknowledged};
use crate::admin::strings::{Text, t};
use crate::report::{HealthReport, PluginSummary};

/// How much a page holds: a finding counts 4, one that is only a name 1, a plugin 3.
const PAGE: usize = 100;
/// How many plugins are listed with which nothing is wrong.
const MOST_PASSED: usize = 50;

/// How it stands with a plugin, the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Standing {
    NeedsRepair,
    Warning,
    NotChecked,
    /// What is found does not count.
    Known,
    Passed,
}

impl Standing {
    const LISTED: [Self; 4] = [Self::NeedsRepair, Self::Warning, Self::NotChecked, Self::Known];

    fn of(plugin: &PluginHealth, summary: Option<&PluginSummary>) -> Self {
        let counting = || plugin.findings.iter().filter(|finding| finding.acknowledged.is_none());
        let broken =
            |finding: &Finding| finding.cause != Cause::Unknown && finding.severity >= Severity::Breaking;
        let wrong =
            |finding: &Finding| finding.cause != Cause::Unknown && finding.severity > Severity::Cosmetic;
        if plugin.serving == Serving::Out || plugin.status == Status::Degraded || counting().any(broken) {
            return Self::NeedsRepair;
        }
        if plugin.is_unknown() {
            return Self::NotChecked;
        }
        if plugin.serving == Serving::Held {
            return Self::NeedsRepair;
        }
        let noted = summary.is_some_and(|summary| {
            let notices = summary.file_problems.iter().any(|problem| !problem.is_refusal());
            notices || !summary.refused.is_empty() || summary.hanging > 0 || summary.waiting.is_some()
        });
        match () {
            () if noted || counting().any(wrong) => Self::Warning,
            () if !plugin.findings.is_empty() => Self::Known,
            () => Self::Passed,
        }
    }

    pub(super) fn title(self) -> Text {
        match self {
            Self::NeedsRepair => t!("health-needs-repair"),
            Self::Warning => t!("health-warnings"),
            Self::NotChecked => t!("health-could-not"),
            Self::Known => t!("health-known"),
            Self::Passed => t!("health-passed"),
        }
    }

    /// As the anchor of its part of the page.
    pub(super) fn anchor(self) -> &'static str {
        match self {
            Self::NeedsRepair => "needs-repair",
            Self::Warning => "warnings",
            Self::NotChecked => "not-checked",
            Self::Known => "known",
            Self::Passed => "passed",
        }
    }
}

/// One page of what was found.
#[derive(Default)]
pub(super) struct Overview<'a> {
    pub sections: Vec<Section<'a>>,
    pub passed: Vec<Card<'a>>,
    /// How many plugins passed besides those that are listed.
    pub more_passed: usize,
    /// The number of this page, from 1.
    pub page: usize,
    pub pages: usize,
    /// How many findings the filter wants, and how many there are.
    pub wanted: usize,
    pub total: usize,
    /// How many of those that are wanted can be acknowledged.
    pub can_be_acknowledged: usize,
}

/// The plugins of one standing, as far as they are on the page.
pub(super) struct Section<'a> {
    pub standing: Standing,
    /// How many plugins, on all pages.
    pub plugins: usize,
    pub cards: Vec<Card<'a>>,
}

/// One plugin, with those of its findings that are on the page.
pub(super) struct Card<'a> {
    pub health: &'a PluginHealth,
    pub summary: Option<&'a PluginSummary>,
    pub groups: Vec<Group<'a>>,
    /// How many of its findings are on other pages.
    pub elsewhere: usize,
}

/// The findings of one cause, or all that are acknowledged.
pub(super) struct Group<'a> {
    pub cause: Option<Cause>,
    pub findings: Vec<&'a Finding>,
}

impl<'a> Overview<'a> {
    pub(super) fn of(
        report: &'a HealthReport,
        summaries: &'a [PluginSummary],
        filter: &Filter,
        page: usize,
    ) -> Self {
        let mut listed = Vec::new();
        let mut passed = Vec::new();
        for health in &report.plugins {
            let summary = summaries.iter().find(|summary| summary.id == health.id);
            let findings = in_order(&health.findings, |finding| filter.wants(health, finding));
            let standing = Standing::of(health, summary);
            if findings.is_empty() && !filter.wants_plugin(health) {
                continue;
            }
            if standing == Standing::Passed {
                passed.push(Card { health, summary, groups: Vec::new(), elsewhere: 0 });
            } else {
                listed.push((standing, health, summary, findings));
            }
        }
        listed.sort_by_key(|(standing, ..)| *standing);
        let wanted: Vec<&Finding> = listed.iter().flat_map(|(.., findings)| findings).copied().collect();
        let counts = [wanted.len(), wanted.iter().filter(|one| can_be_acknowledged(one)).count()];
        let mut paging = Paging::default();
        let mut cards: Vec<(Standing, usize, Card<'_>)> = Vec::new();
        for (standing, health, summary, findings) in listed {
            let all = findings.len();
            let mut of_pages: Vec<(usize, Vec<&Finding>)> = vec![(paging.begin_plugin(), Vec::new())];
            for finding in findings {
                let on = paging.place(finding);
                match of_pages.last_mut() {
                    Some((page, findings)) if *page == on => findings.push(finding),
                    _ => of_pages.push((on, vec![finding])),
                }
            }
            for (on, findings) in of_pages {
                let elsewhere = all - findings.len();
                cards.push((standing, on, Card { health, summary, groups: groups(findings), elsewhere }));
            }
        }
        let pages = paging.page;
        let page = page.clamp(1, pages);
        let plugins = |wanted: Standing| {
            let mut ids: Vec<_> = cards
                .iter()
                .filter(|(standing, ..)| *standing == wanted)
                .map(|(.., card)| &card.health.id)
                .collect();
            ids.dedup();
            ids.len()
        };
        let counted = Standing::LISTED.map(|standing| (standing, plugins(standing)));
        let mut sections: Vec<_> = counted
            .into_iter()
            .map(|(standing, plugins)| Section { standing, plugins, cards: Vec::new() })
            .collect();
        for (standing, _, card) in cards.into_iter().filter(|(_, on, _)| *on == page) {
            if let Some(section) = sections.iter_mut().find(|section| section.standing == standing) {
                section.cards.push(card);
            }
        }
        sections.retain(|section| !section.cards.is_empty());
        let more_passed = passed.len().saturating_sub(MOST_PASSED);
        passed.truncate(MOST_PASSED);
        let [wanted, can_be_acknowledged] = counts;
        let total = report.findings().count();
        Self { sections, passed, more_passed, page, pages, wanted, total, can_be_acknowledged }
    }

    /// How many plugins passed.
    pub(super) fn passed_count(&self) -> usize {
        self.passed.len() + self.more_passed
    }

    /// Whether nothing is to be listed but plugins that passed.
    pub(super) fn all_passed(&self) -> bool {
        self.sections.is_empty()
    }
}

/// Puts one thing after the other onto pages.
struct Paging {
    page: usize,
    used: usize,
}

impl Default for Paging {
    fn default() -> Self {
        Self { page: 1, used: 0 }
    }
}

impl Paging {
    fn add(&mut self, weight: usize) -> usize {
        if self.used + weight > PAGE {
            self.page += 1;
            self.used = 0;
        }
        self.used += weight;
        self.page
    }

    /// A plugin stands on one page with the first of its findings.
    fn begin_plugin(&mut self) -> usize {
        if self.used + 7 > PAGE {
            self.page += 1;
            self.used = 0;
        }
        self.add(3)
    }

    fn place(&mut self, finding: &Finding) -> usize {
        self.add(if finding.cause == Cause::Pending { 1 } else { 4 })
    }
}

/// The findings that are wanted, in the order in which they are listed: what keeps a plugin out first, what
/// is acknowledged last.
fn in_order(findings: &[Finding], wanted: impl Fn(&Finding) -> bool) -> Vec<&Finding> {
    let mut findings: Vec<_> = findings.iter().filter(|finding| wanted(finding)).collect();
    findings.sort_by_key(|finding| rank(finding));
    findings
}

fn rank(finding: &Finding) -> usize {
    const ORDER: [Cause; 11] = [
        Cause::Unloadable,
        Cause::Conflict,
        Cause::Quarantined,
        Cause::Unknown,
        Cause::Pending,
        Cause::Edited,
        Cause::Missing,
        Cause::Ledger,
        Cause::Drifted,
        Cause::Rights,
        Cause::DescriptorMismatch,
    ];
    match finding.acknowledged {
        Some(_) => ORDER.len(),
        None => ORDER.iter().position(|cause| *cause == finding.cause).unwrap_or(ORDER.len()),
    }
}

/// Findings in their order, those of one cause together.
pub(super) fn groups(findings: Vec<&Finding>) -> Vec<Group<'_>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    for finding in findings {
        let cause = finding.acknowledged.is_none().then_some(finding.cause);
        match groups.last_mut() {
            Some(group) if group.cause == cause => group.findings.push(finding),
            _ => groups.push(Group { cause, findings: vec![finding] }),
        }
    }
    groups
}

impl<'a> Card<'a> {
    /// A plugin with all of its findings.
    pub(super) fn whole(health: &'a PluginHealth, summary: &'a PluginSummary) -> Self {
        let groups = groups(in_order(&health.findings, |_| true));
        Self { health, summary: Some(summary), groups, elsewhere: 0 }
    }
}

impl Card<'_> {
    /// Why it is not loaded is said at once, all else is folded.
    pub(super) fn is_out(&self) -> bool {
        self.health.serving == Serving::Out
    }

    /// Whether it is loaded and in quarantine.
    pub(super) fn may_be_released(&self) -> bool {
        self.summary.is_some_and(|summary| summary.quarantined.is_some())
    }

    /// The plugin that is in quarantine: of a file beside it, not the file's own id.
    pub(super) fn quarantined_as(&self) -> &str {
        let quarantined = self.summary.and_then(|summary| summary.quarantined.as_ref());
        quarantined.map_or(self.health.id.as_str(), |one| one.plugin.as_str())
    }

    pub(super) fn is_core(&self) -> bool {
        self.health.id.is_core()
    }

    /// The plugin with its version, as the author of what is expected: "Inventory Plugin 1.2.0".
    pub(super) fn author(&self) -> String {
        self.health.author()
    }
}

impl Group<'_> {
    pub(super) fn title(&self) -> Text {
        let Some(cause) = self.cause else { return t!("group-acknowledged") };
        match cause {
            Cause::Unloadable => t!("group-unloadable"),
            Cause::Conflict => t!("group-conflict"),
            Cause::Quarantined => t!("group-quarantined"),
            Cause::Unknown => t!("group-unknown"),
            Cause::Pending => t!("group-pending"),
            Cause::Edited => t!("group-edited"),
            Cause::Missing => t!("group-missing"),
            Cause::Ledger => t!("group-ledger"),
            Cause::Drifted => t!("group-drifted"),
            Cause::Rights => t!("group-rights"),
            Cause::DescriptorMismatch => t!("group-mismatch"),
        }
    }

    pub(super) fn is_pending(&self) -> bool {
        self.cause == Some(Cause::Pending)
    }

    /// What is a matter of security is not folded, nor what an administrator can end at once.
    pub(super) fn is_open(&self) -> bool {
        self.cause == Some(Cause::Quarantined)
            || self.findings.iter().any(|finding| finding.severity == Severity::Security)
    }

    pub(super) fn can_be_acknowledged(&self, finding: &Finding) -> bool {
        can_be_acknowledged(finding)
    }

    /// The remedy, if it is the same for all.
    pub(super) fn remedy(&self) -> Option<&str> {
        let first = self.findings.first()?.remedy.as_deref()?;
        self.findings.iter().all(|finding| finding.remedy.as_deref() == Some(first)).then_some(first)
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::config::Environment;
    use crate::report::DatabaseInfo;

    fn plugin(id: &str, findings: &[(Cause, Severity)]) -> PluginHealth {
        let id = id.parse().unwrap();
        let finding = |(number, (cause, severity)): (usize, &(Cause, Severity))| {
            Finding::new(&id, *cause, *severity, format!("object {number}"), "x")
        };
        let findings = findings.iter().enumerate().map(finding).collect();
        PluginHealth::new(id.clone(), id.as_str(), "", "", Serving::Yes, findings)
    }

    fn report(plugins: Vec<PluginHealth>) -> HealthReport {
        HealthReport {
            format: 1,
            status: Status::over(&plugins),
            environment: Environment::Production,
            checked_at: Timestamp::UNIX_EPOCH,
            took_ms: 0,
            database: DatabaseInfo::default(),
            plugins,
            unmanaged: Vec::new(),
            tolerated: Vec::new(),
            announced: Vec::new(),
            warnings: Vec::new(),
            not_compared: Vec::new(),
        }
    }

    #[test]
    fn what_needs_repair_comes_before_warnings_and_what_passed_last() {
        let report = report(vec![
            plugin("well", &[]),
            plugin("known", &[(Cause::Drifted, Severity::Cosmetic)]),
            plugin("unknown", &[(Cause::Unknown, Severity::Warning)]),
            plugin("warned", &[(Cause::Drifted, Severity::Warning)]),
            plugin("broken", &[(Cause::Drifted, Severity::Warning), (Cause::Drifted, Severity::Breaking)]),
        ]);
        let overview = Overview::of(&report, &[], &Filter::default(), 1);
        let told: Vec<_> = overview
            .sections
            .iter()
            .map(|section| (section.standing.title().to_string(), section.cards[0].health.id.as_str()))
            .collect();
        assert_eq!(
            told,
            [
                ("Needs repair", "broken"),
                ("Warnings", "warned"),
                ("Could not be checked", "unknown"),
                ("Known, and not counted", "known"),
            ]
            .map(|(title, id)| (title.to_owned(), id))
        );
        assert_eq!(overview.passed[0].health.id.as_str(), "well");
        assert_eq!((overview.wanted, overview.pages), (5, 1));
    }

    #[test]
    fn every_finding_is_on_one_page_and_no_page_is_long() {
        let many = vec![(Cause::Drifted, Severity::Warning); 300];
        let pending = vec![(Cause::Pending, Severity::Breaking); 150];
        let report = report(vec![plugin("a", &many), plugin("b", &pending), plugin("c", &many[..1])]);
        let pages = Overview::of(&report, &[], &Filter::default(), 1).pages;
        let mut seen = Vec::new();
        for page in 1..=pages {
            let overview = Overview::of(&report, &[], &Filter::default(), page);
            let cards = overview.sections.iter().flat_map(|section| &section.cards);
            let on_page: Vec<_> = cards
                .flat_map(|card| &card.groups)
                .flat_map(|group| &group.findings)
                .map(|finding| format!("{} {}", finding.plugin, finding.object))
                .collect();
            assert!(!on_page.is_empty() && on_page.len() <= 100, "{page}: {}", on_page.len());
            seen.extend(on_page);
        }
        let all = seen.len();
        seen.sort();
        seen.dedup();
        assert_eq!((seen.len(), all), (451, 451));
        let beyond = Overview::of(&report, &[], &Filter::default(), 999);
        assert_eq!(beyond.page, pages);
    }
}
