//! What commands print with `--json` where that is the value of no other room.

use std::path::Path;

use jiff::Timestamp;
use serde::Serialize;
use tenon_migrations_core::assess::Unreadable;
use tenon_migrations_core::compare::Difference;
use tenon_migrations_core::finding::Finding;
use tenon_migrations_core::migration::PluginId;
use tenon_migrations_core::release::Objection;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::admin::accounts::AccountRole;
use crate::author::diff::DraftedMigration;
use crate::author::import::ImportReport;
use crate::config::SettingOrigin;
use crate::host::Approved;
use crate::host::notify::TriedTarget;
use crate::plugin::faults::Quarantined;
use crate::report::explain::Explanation;
use crate::report::{Listed, PluginSummary};
use crate::support::code::Code;

/// Why a command ended without doing what it was asked.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Failed {
    pub error: FailureParts,
}

/// A failure with its causes.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct FailureParts {
    /// The code that `tenon explain` tells more of.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub code: Option<Code>,
    pub message: String,
    /// The causes, outermost first.
    pub causes: Vec<String>,
    /// The exit code that it leads to.
    pub exit: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// The file, line and column of the statement that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// The single reasons, where there are several.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(no_recursion)]
    pub parts: Vec<Self>,
}

/// What codes mean.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ExplainedCodes<'a> {
    pub codes: &'a [Explanation],
}

/// A configuration that can be used.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CheckedConfig<'a> {
    /// The file that was read; null where there is none.
    #[schema(value_type = Option<String>)]
    pub file: Option<&'a Path>,
    pub warnings: &'a [String],
}

/// The keys of the configuration.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ShownConfig<'a> {
    /// The file that was read; null where there is none.
    #[schema(value_type = Option<String>)]
    pub file: Option<&'a Path>,
    pub keys: &'a [ShownKey],
}

/// One key of the configuration.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ShownKey {
    /// The key, as `section.key`.
    pub key: String,
    /// The value that is set, or the default; absent of a secret, and where there is neither.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// Where it is set; absent of a default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<SettingOrigin>,
}

/// All findings of a check.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct FindingList<'a> {
    pub findings: Vec<Listed<'a>>,
}

/// The findings that were acknowledged, or no longer are.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ChangedFindings<'a> {
    pub findings: &'a [Finding],
}

#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PluginList<'a> {
    pub plugins: &'a [PluginSummary],
}

/// The words that a release took back.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Released<'a> {
    pub released: &'a [Quarantined],
}

/// A plugin that does not say which settings it takes.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct UndeclaredSettings<'a> {
    pub plugin: &'a PluginId,
    /// False.
    pub declared: bool,
}

/// The files that were written for a plugin.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct WrittenPlugin<'a> {
    pub plugin: &'a str,
    #[schema(value_type = String)]
    pub folder: &'a Path,
    #[schema(value_type = Vec<String>)]
    pub files: Vec<&'a Path>,
}

/// The files that an import wrote.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Imported<'a> {
    #[schema(value_type = String)]
    pub folder: &'a Path,
    #[schema(value_type = Vec<String>)]
    pub files: Vec<&'a Path>,
    /// Where it was imported from.
    pub from: &'a str,
    pub import: &'a ImportReport,
}

/// The next migration of a plugin, if one is missing.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PluginDiff<'a> {
    pub plugin: &'a PluginId,
    pub migration: Option<&'a DraftedMigration>,
    /// The file that was written, where one was asked for.
    #[schema(value_type = Option<String>)]
    pub file: Option<&'a Path>,
    pub warnings: &'a [String],
}

/// How a plugin's version was verified, step by step.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Verified<'a> {
    pub plugin: &'a PluginId,
    pub version: String,
    pub verified: bool,
    pub steps: Vec<VerifiedStep>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(super) struct VerifiedStep {
    pub step: String,
    pub ok: bool,
    pub took_ms: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<FailureParts>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub advice: Vec<Objection>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

/// The differences of two snapshots.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SchemaDiff<'a> {
    /// What is expected.
    pub a: &'a str,
    /// What was found.
    pub b: &'a str,
    pub differences: &'a [Difference],
    /// Kinds of object that are not compared.
    pub not_compared: &'a [&'a str],
    pub unprinted: UnprintedSides<'a>,
    /// Why it is not known whether a restore spells them alike, where that matters.
    pub not_respelled: Option<&'a str>,
}

/// What could not be printed.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct UnprintedSides<'a> {
    pub a: &'a [Unreadable],
    pub b: &'a [Unreadable],
}

/// How the targets of messages answered to a test.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TriedTargets {
    pub targets: Vec<TriedTarget>,
}

/// How many messages are tried again.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RetriedMessages {
    pub retried: u64,
}

/// What becomes of a job.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ChangedJob<'a> {
    pub plugin: &'a str,
    pub job: &'a str,
    /// `asked`, `paused` or `resumed`.
    pub change: &'a str,
}

/// How many deliveries of events are made again.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RetriedEvents {
    pub retried: u64,
}

/// An event that was given up, and how many deliveries of it are done with.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DiscardedEvent {
    pub event: Uuid,
    pub discarded: u64,
}

/// A plan that somebody has approved.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ApprovedPlan {
    pub approved: Approved,
}

/// An account that was added.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AddedAccount<'a> {
    pub account: &'a str,
    pub role: AccountRole,
    /// The password, if it was made.
    pub password: Option<&'a str>,
}

/// An account whose password was changed.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ChangedPassword<'a> {
    pub account: &'a str,
    /// The password, if it was made.
    pub password: Option<&'a str>,
}

/// An account whose role was changed.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ChangedRole<'a> {
    pub account: &'a str,
    pub role: AccountRole,
    pub former_role: AccountRole,
}

/// An account that was removed.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RemovedAccount<'a> {
    pub removed: &'a str,
}

#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AccountList<'a> {
    pub accounts: Vec<ListedAccount<'a>>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ListedAccount<'a> {
    pub name: &'a str,
    pub role: AccountRole,
    /// The names of its tokens.
    pub tokens: Vec<&'a str>,
}

/// A token that was added, with its text.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AddedToken<'a> {
    pub account: &'a str,
    pub name: &'a str,
    pub role: AccountRole,
    /// What of the role it may do; everything where there are none.
    pub scopes: Vec<&'a str>,
    pub expires: Timestamp,
    pub token: &'a str,
}

/// A token that was revoked.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RevokedToken<'a> {
    pub account: &'a str,
    pub revoked: &'a str,
}

#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TokenList {
    pub tokens: Vec<ListedToken>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ListedToken {
    pub account: String,
    pub name: String,
    /// The role that it has now: its own, or the account's if that is less.
    pub role: AccountRole,
    pub scopes: Vec<&'static str>,
    pub created: Timestamp,
    pub expires: Timestamp,
    pub expired: bool,
    /// The last use on this host.
    pub last_used: Option<Timestamp>,
}

/// A host that has begun to serve, or the administrator that was made for it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Served<'a> {
    /// The first administrator, shown this once.
    Administrator { name: &'a str, password: &'a str },
    /// The address.
    Serving(&'a str),
}

/// What `tenon dev` tells of each save.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "event", rename_all = "snake_case")]
pub(super) enum DevEvent<'a> {
    /// Something new answers.
    Serving {
        plugin: &'a str,
        url: &'a str,
        routes: &'a str,
        took_ms: u64,
    },
    /// Something stands in the way of what was saved.
    Failed {
        step: &'a str,
        said: &'a str,
        answering: bool,
    },
    DatabaseMadeAnew {
        files: &'a str,
    },
    Health {
        verdict: &'a str,
    },
    Administrator {
        name: &'a str,
        password: &'a str,
    },
}
