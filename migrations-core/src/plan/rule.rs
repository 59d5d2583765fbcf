//! Why a plan is refused, or what is worth knowing of it, as a word for machines.

use std::fmt;

use serde::{Serialize, Serializer};

use crate::statements::RuleId;

/// The rules of a plan. Their names are part of reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PlanRule {
    /// A rule for single statements.
    Statement(RuleId),
    /// A file that is to come before another one comes too late, since that is applied.
    BeforeApplied,
    /// A migration that is applied has other text by now.
    EditedHistory,
    /// On an empty database a new value of an enum would be used in the transaction that adds it.
    EnumValueElsewhere,
    /// A new value of an enum is used in the transaction that adds it.
    EnumValueUsed,
    /// An object belongs to a plugin that is not required, or to the host.
    ForeignObject,
    /// A migration that comes before what is to be recorded is pending.
    Gap,
    /// Nobody has consented to what it may cost.
    Hazard,
    /// Something of nobody's stands in the way of a repair.
    InTheWay,
    /// The role that heals may not do it.
    LackingRight,
    /// The server has not room for so many locks.
    LockBudget,
    /// A migration that is applied is no longer brought.
    MissingHistory,
    /// There is no repair for the finding.
    NoRepair,
    /// Something is destroyed, and fewer people have approved it than have to.
    NotApproved,
    /// A migration that is to be recorded is not pending.
    NotPending,
    /// What is to be recorded is not what stands there.
    NotProved,
    /// The ledger knows nothing of the plugin.
    NothingToForget,
    /// Nothing but their names decides which of two files comes first.
    OrderByAlphabet,
    /// The host's own tables are not as this version needs them.
    PendingCore,
    /// The repair is of a plugin that is left out.
    RepairLeftOut,
    /// Of the files that one replaces only some are applied.
    ReplacedInPart,
    /// A file needs what a later one makes.
    RequiresMissing,
    /// Not all rows would be seen.
    RowSecurity,
    /// A setting changes what migrations do, and the role may not pin it.
    Setting,
    /// A plugin that is to be forgotten is still there.
    StillBrought,
    /// A finding can be repaired in two ways, and both were chosen.
    TwoWays,
    /// What is made nobody declares.
    UndeclaredObject,
    /// There is no such finding.
    UnknownFinding,
    /// A name needs a search path.
    UnqualifiedName,
}

crate::text_schema::text_schema!(
    PlanRule,
    "The rule that refuses or notes a step",
    "^[a-z-]+$",
    "undeclared-object"
);

impl PlanRule {
    /// The name, in kebab case.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Statement(rule) => rule.as_str(),
            Self::BeforeApplied => "before-applied",
            Self::EditedHistory => "edited-history",
            Self::EnumValueElsewhere => "enum-value-elsewhere",
            Self::EnumValueUsed => "enum-value-used",
            Self::ForeignObject => "foreign-object",
            Self::Gap => "gap",
            Self::Hazard => "hazard",
            Self::InTheWay => "in-the-way",
            Self::LackingRight => "lacking-right",
            Self::LockBudget => "lock-budget",
            Self::MissingHistory => "missing-history",
            Self::NoRepair => "no-mend",
            Self::NotApproved => "not-approved",
            Self::NotPending => "not-pending",
            Self::NotProved => "not-proved",
            Self::NothingToForget => "nothing-to-forget",
            Self::OrderByAlphabet => "order-by-alphabet",
            Self::PendingCore => "pending-core",
            Self::RepairLeftOut => "repair-left-out",
            Self::ReplacedInPart => "replaced-in-part",
            Self::RequiresMissing => "requires-missing",
            Self::RowSecurity => "row-security",
            Self::Setting => "setting",
            Self::StillBrought => "still-brought",
            Self::TwoWays => "two-ways",
            Self::UndeclaredObject => "undeclared-object",
            Self::UnknownFinding => "unknown-finding",
            Self::UnqualifiedName => "unqualified-name",
        }
    }
}

impl fmt::Display for PlanRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for PlanRule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl PartialEq<&str> for PlanRule {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}
