//! What each code of findings, plans, files and errors means, at length: `tenon explain`, the page of a code,
//! and the chapter of the operator's guide are made of the same texts.
//!
//! One Markdown file a kind of code, with one section a code.

use std::fmt::Write;

use serde::Serialize;

use crate::plugin::inspect::EXPLANATIONS;

/// Where a code is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CodeKind {
    /// The cause of a finding.
    Finding,
    /// A rule of a plan: a refusal, or a note.
    Plan,
    /// What a step of a plan may cost.
    Hazard,
    /// What is wrong with a plugin's file.
    File,
    /// A rule for statements of routes.
    Statement,
    /// A rule for the release of a plugin.
    Release,
    /// An error of the API.
    Api,
    /// An error of a command, for which the API has none.
    Command,
    /// Why a database cannot be used.
    Database,
    /// What the SDK tells a plugin, or says in its name.
    Sdk,
}

impl CodeKind {
    const ALL: [Self; 10] = [
        Self::Finding,
        Self::Plan,
        Self::Hazard,
        Self::File,
        Self::Api,
        Self::Command,
        Self::Database,
        Self::Statement,
        Self::Release,
        Self::Sdk,
    ];

    /// The kind in words, of one code.
    pub fn noun(self) -> &'static str {
        match self {
            Self::Finding => "cause of findings",
            Self::Plan => "rule of a plan",
            Self::Hazard => "hazard",
            Self::File => "problem of a plugin's file",
            Self::Statement => "rule for statements of routes",
            Self::Release => "rule for a release",
            Self::Api => "error of the API",
            Self::Command => "error of a command",
            Self::Database => "trouble with the database",
            Self::Sdk => "error of the SDK",
        }
    }

    /// The Markdown with all of them.
    fn page(self) -> &'static str {
        match self {
            Self::Finding => include_str!("explain/findings.md"),
            Self::Plan => include_str!("explain/plans.md"),
            Self::Hazard => include_str!("explain/hazards.md"),
            Self::File => EXPLANATIONS,
            Self::Statement => include_str!("explain/statements.md"),
            Self::Release => include_str!("explain/releases.md"),
            Self::Api => include_str!("explain/api.md"),
            Self::Command => include_str!("explain/commands.md"),
            Self::Database => include_str!("explain/databases.md"),
            Self::Sdk => include_str!("explain/sdk.md"),
        }
    }
}

/// One code, and what it means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Explanation {
    pub kind: CodeKind,
    pub code: &'static str,
    /// In Markdown, of which only backticks are used.
    pub text: &'static str,
}

impl Explanation {
    /// The first sentence.
    pub fn summary(&self) -> &'static str {
        self.text.split_inclusive(". ").find(|part| part.len() > 15).map_or(self.text, str::trim)
    }

    /// Whether this explains the code: `drop-KIND` explains `drop-table`.
    fn explains(&self, code: &str) -> bool {
        self.code.strip_suffix("KIND").map_or_else(
            || self.code == code,
            |start| code.strip_prefix(start).is_some_and(|kind| !kind.is_empty()),
        )
    }
}

/// All explanations, by their kind.
pub fn explanations() -> impl Iterator<Item = Explanation> {
    CodeKind::ALL.into_iter().flat_map(|kind| {
        kind.page().split("\n## ").skip(1).filter_map(move |section| {
            let (code, text) = section.split_once('\n')?;
            Some(Explanation { kind, code, text: text.trim() })
        })
    })
}

/// What a code means: several kinds may have one of this name. A hazard may have its object behind it.
pub fn explain(code: &str) -> Vec<Explanation> {
    let code = code.split_once(':').map_or(code, |(code, _)| code);
    let named = explanations().filter(|one| one.code == code).collect::<Vec<_>>();
    // Of two rules the one of just this name counts: `rename-label` is no `rename-KIND`.
    if named.is_empty() { explanations().filter(|one| one.explains(code)).collect() } else { named }
}

/// The codes that are most like what was asked for, the nearest first.
pub fn similar_codes(code: &str) -> Vec<&'static str> {
    let code = code.to_ascii_lowercase().replace('_', "-");
    let likeness = |one: &'static str| (strsim::jaro_winkler(&code, &one.replace('_', "-")), one);
    let mut near: Vec<_> = explanations().map(|one| likeness(one.code)).collect();
    near.retain(|(likeness, _)| *likeness > 0.75);
    near.sort_by(|(a, one), (b, other)| b.total_cmp(a).then_with(|| one.cmp(other)));
    near.dedup_by_key(|(_, code)| *code);
    near.into_iter().take(4).map(|(_, code)| code).collect()
}

/// The texts of all codes as one Markdown document.
pub fn explanations_in_markdown() -> String {
    let mut text = "# Codes of Tenon\n\nEach code that a report, a plan or an error has, with what it means \
                    and what helps. `tenon explain CODE` prints one of them.\n"
        .to_owned();
    for kind in CodeKind::ALL {
        let page = kind.page().trim();
        // Its headings stand one level deeper here.
        let _ = write!(text, "\n#{}\n", page.replace("\n## ", "\n### "));
    }
    text
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use tenon_migrations_core::finding::Cause;
    use tenon_migrations_core::plan::PlanRule;
    use tenon_migrations_core::release::ReleaseRule;
    use tenon_migrations_core::repair::HazardRule;

    use super::*;
    use crate::database::unavailable::Unavailable;
    use crate::heal::prove::StatementRule;
    use crate::plugin::problem::ProblemCode;
    use crate::support::command_code::CommandCode;
    use crate::support::error_code::ErrorCode;

    /// What the SDK says, and the host does not. The suite `explain` reads the sources of the SDK for more.
    const SDK: [&str; 13] = [
        "bad_request",
        "call_input",
        "call_output",
        "column",
        "config",
        "conflict",
        "descriptors",
        "event_payload",
        "forbidden",
        "internal",
        "needs_newer_host",
        "param",
        "settings",
    ];

    /// Every code that this program can say.
    fn codes(kind: CodeKind) -> Vec<&'static str> {
        match kind {
            CodeKind::Finding => Cause::ALL.iter().map(|one| one.as_str()).collect(),
            CodeKind::Plan => PlanRule::names().collect(),
            CodeKind::Hazard => HazardRule::names().collect(),
            CodeKind::File => ProblemCode::ALL.iter().map(|one| one.as_str()).collect(),
            CodeKind::Statement => StatementRule::ALL.iter().map(|one| one.as_str()).collect(),
            CodeKind::Release => ReleaseRule::ALL.iter().map(|one| one.as_str()).collect(),
            CodeKind::Api => ErrorCode::ALL.iter().map(|one| one.as_str()).collect(),
            CodeKind::Command => CommandCode::ALL.iter().map(|one| one.as_str()).collect(),
            CodeKind::Database => Unavailable::ALL.iter().map(|one| one.as_str()).collect(),
            CodeKind::Sdk => SDK.to_vec(),
        }
    }

    #[test]
    fn every_code_has_a_text_and_every_text_a_code() {
        for kind in CodeKind::ALL {
            let told: Vec<_> = explanations().filter(|one| one.kind == kind).collect();
            let names: Vec<_> = told.iter().map(|one| one.code).collect();
            assert_eq!(names, codes(kind), "{kind:?}");
            for one in told {
                assert!(one.text.len() > 40 && one.text.ends_with('.'), "{one:?}");
            }
        }
        // JSON has the same names.
        for cause in Cause::ALL {
            assert_eq!(serde_json::to_value(cause).unwrap(), cause.as_str());
        }
        for one in Unavailable::ALL {
            assert_eq!(serde_json::to_value(one).unwrap(), one.as_str());
        }
        for rule in ReleaseRule::ALL {
            assert_eq!(serde_json::to_value(rule).unwrap(), rule.as_str());
        }
        let kinds: BTreeSet<_> = explanations().map(|one| one.kind.noun()).collect();
        assert_eq!(kinds.len(), CodeKind::ALL.len());
    }

    #[test]
    fn a_code_is_found_as_reports_have_it_and_one_that_is_misspelt_is_told_its_like() {
        let found = |code: &str| explain(code).into_iter().map(|one| one.code).collect::<Vec<_>>();
        assert_eq!(found("drop-column:inventory.item.note"), ["drop-KIND"]);
        assert_eq!(found("rename-label"), ["rename-label"]);
        assert_eq!(found("rename-view"), ["rename-KIND"]);
        assert_eq!(found("foreign-object").len(), 2);
        assert_eq!(found("no_database").len(), 2);
        assert!(found("nonsense").is_empty() && found("drop-").is_empty());
        assert_eq!(similar_codes("Not_Pinend").first(), Some(&"not-pinned"));
        assert!(similar_codes("zzz").is_empty());
    }

    #[test]
    fn the_document_has_each_code_once_under_its_kind() {
        let document = explanations_in_markdown();
        assert_eq!(document.matches("\n## ").count(), CodeKind::ALL.len());
        assert_eq!(document.matches("\n### ").count(), explanations().count());
    }
}
