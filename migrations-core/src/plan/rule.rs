//! Why a plan is refused, or what is worth knowing of it, as a word for machines.

use std::fmt;

use serde::{Serialize, Serializer};

use crate::statements::RuleId;

macro_rules! rules {
    ($($(#[$doc:meta])* $variant:ident = $text:literal,)*) => {
        /// The rules of a plan. Their names are part of reports.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum PlanRule {
            /// A rule for single statements.
            Statement(RuleId),
            $($(#[$doc])* $variant,)*
        }

        impl PlanRule {
            /// The names of all rules, those for single statements first.
            pub fn names() -> impl Iterator<Item = &'static str> {
                RuleId::ALL.into_iter().map(RuleId::as_str).chain([$($text),*])
            }

            /// The name, in kebab case.
            pub fn as_str(self) -> &'static str {
                match self {
                    Self::Statement(rule) => rule.as_str(),
                    $(Self::$variant => $text,)*
                }
            }
        }
    };
}

rules! {
    /// A file that is to come before another one comes too late, since that is applied.
    BeforeApplied = "before-applied",
    /// A migration that is applied has other text by now.
    EditedHistory = "edited-history",
    /// On an empty database a new value of an enum would be used in the transaction that adds it.
    EnumValueElsewhere = "enum-value-elsewhere",
    /// A new value of an enum is used in the transaction that adds it.
    EnumValueUsed = "enum-value-used",
    /// An object belongs to a plugin that is not required, or to the host.
    ForeignObject = "foreign-object",
    /// A migration that comes before what is to be recorded is pending.
    Gap = "gap",
    /// Nobody has consented to what it may cost.
    Hazard = "hazard",
    /// Something of nobody's stands in the way of a repair.
    InTheWay = "in-the-way",
    /// The role that heals may not do it.
    LackingRight = "lacking-right",
    /// The server has not room for so many locks.
    LockBudget = "lock-budget",
    /// A migration that is applied is no longer brought.
    MissingHistory = "missing-history",
    /// There is no repair for the finding.
    NoRepair = "no-mend",
    /// Something is destroyed, and fewer people have approved it than have to.
    NotApproved = "not-approved",
    /// A migration that is to be recorded is not pending.
    NotPending = "not-pending",
    /// What is to be recorded is not what stands there.
    NotProved = "not-proved",
    /// The ledger knows nothing of the plugin.
    NothingToForget = "nothing-to-forget",
    /// Nothing but their names decides which of two files comes first.
    OrderByAlphabet = "order-by-alphabet",
    /// The host's own tables are not as this version needs them.
    PendingCore = "pending-core",
    /// The repair is of a plugin that is left out.
    RepairLeftOut = "repair-left-out",
    /// Of the files that one replaces only some are applied.
    ReplacedInPart = "replaced-in-part",
    /// A file needs what a later one makes.
    RequiresMissing = "requires-missing",
    /// Not all rows would be seen.
    RowSecurity = "row-security",
    /// A setting changes what migrations do, and the role may not pin it.
    Setting = "setting",
    /// A plugin that is to be forgotten is still there.
    StillBrought = "still-brought",
    /// A finding can be repaired in two ways, and both were chosen.
    TwoWays = "two-ways",
    /// What is made nobody declares.
    UndeclaredObject = "undeclared-object",
    /// There is no such finding.
    UnknownFinding = "unknown-finding",
    /// A name needs a search path.
    UnqualifiedName = "unqualified-name",
}

crate::text_schema::text_schema!(
    PlanRule,
    "The rule that refuses or notes a step",
    "^[a-z-]+$",
    "undeclared-object"
);

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
