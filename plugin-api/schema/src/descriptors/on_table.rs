//! What acts on a table: triggers, policies, rules.

use serde::{Deserialize, Serialize};

use super::{Deferrability, is_default};
use crate::{Ident, ObjectName};

/// A trigger of a table or view.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trigger {
    /// The name.
    pub name: Ident,
    /// Before, after or instead of the event.
    #[serde(default, skip_serializing_if = "is_default")]
    pub timing: TriggerTiming,
    /// The events.
    pub events: Vec<TriggerEvent>,
    /// `UPDATE OF`, the columns.
    #[serde(default, skip_serializing_if = "is_default")]
    pub columns: Vec<Ident>,
    /// How often it fires.
    #[serde(default, skip_serializing_if = "is_default")]
    pub for_each: ForEach,
    /// The condition as SQL, without the outer parentheses.
    #[serde(default, skip_serializing_if = "is_default")]
    pub when: Option<String>,
    /// The trigger function.
    pub function: ObjectName,
    /// The arguments, not as SQL: strings as they are.
    #[serde(default, skip_serializing_if = "is_default")]
    pub arguments: Vec<String>,
    /// `REFERENCING OLD TABLE AS`
    #[serde(default, skip_serializing_if = "is_default")]
    pub old_table: Option<Ident>,
    /// `REFERENCING NEW TABLE AS`
    #[serde(default, skip_serializing_if = "is_default")]
    pub new_table: Option<Ident>,
    /// `CREATE CONSTRAINT TRIGGER`
    #[serde(default, skip_serializing_if = "is_default")]
    pub constraint: bool,
    /// `FROM`, the table that a constraint trigger also concerns.
    #[serde(default, skip_serializing_if = "is_default")]
    pub from: Option<ObjectName>,
    /// Whether a constraint trigger can be deferred to the end of the transaction.
    #[serde(default, skip_serializing_if = "is_default")]
    pub deferrability: Deferrability,
    /// The sessions in which it fires: `ENABLE`, `DISABLE`, `ENABLE REPLICA`, `ENABLE ALWAYS`.
    #[serde(default, skip_serializing_if = "is_default")]
    pub enabled: Enabled,
    /// The comment; compared only where it is declared, and `""` says that there is none.
    #[serde(default, skip_serializing_if = "is_default")]
    pub comment: Option<String>,
}

/// The time at which a trigger fires: before, after or instead of the event.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TriggerTiming {
    /// `BEFORE`
    #[default]
    Before,
    /// `AFTER`
    After,
    /// `INSTEAD OF`
    InsteadOf,
}

impl TriggerTiming {
    /// The words as SQL.
    pub fn sql(self) -> &'static str {
        match self {
            Self::Before => "BEFORE",
            Self::After => "AFTER",
            Self::InsteadOf => "INSTEAD OF",
        }
    }
}

/// What a trigger waits for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TriggerEvent {
    /// `INSERT`
    #[default]
    Insert,
    /// `UPDATE`
    Update,
    /// `DELETE`
    Delete,
    /// `TRUNCATE`
    Truncate,
}

impl TriggerEvent {
    /// The words as SQL.
    pub fn sql(self) -> &'static str {
        match self {
            Self::Insert => "INSERT",
            Self::Update => "UPDATE",
            Self::Delete => "DELETE",
            Self::Truncate => "TRUNCATE",
        }
    }
}

/// How often a trigger fires.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ForEach {
    /// `STATEMENT`
    #[default]
    Statement,
    /// `ROW`
    Row,
}

impl ForEach {
    /// The words as SQL.
    pub fn sql(self) -> &'static str {
        match self {
            Self::Statement => "STATEMENT",
            Self::Row => "ROW",
        }
    }
}

/// The sessions in which a trigger or rule fires (manual, `session_replication_role`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Enabled {
    /// `ENABLE`
    #[default]
    Origin,
    /// `DISABLE`
    Disabled,
    /// `ENABLE REPLICA`
    Replica,
    /// `ENABLE ALWAYS`
    Always,
}

impl Enabled {
    /// The words as SQL.
    pub fn sql(self) -> &'static str {
        match self {
            Self::Origin => "ENABLE",
            Self::Disabled => "DISABLE",
            Self::Replica => "ENABLE REPLICA",
            Self::Always => "ENABLE ALWAYS",
        }
    }
}

/// A row security policy of a table.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// The name.
    pub name: Ident,
    /// `AS RESTRICTIVE`
    #[serde(default, skip_serializing_if = "is_default")]
    pub restrictive: bool,
    /// `FOR`, the command.
    #[serde(default, skip_serializing_if = "is_default")]
    pub command: PolicyCommand,
    /// `TO`, the roles; empty, or `public`, is everybody.
    #[serde(default, skip_serializing_if = "is_default")]
    pub roles: Vec<Ident>,
    /// `USING`, as SQL without the outer parentheses.
    #[serde(default, skip_serializing_if = "is_default")]
    pub using: Option<String>,
    /// `WITH CHECK`, as SQL without the outer parentheses.
    #[serde(default, skip_serializing_if = "is_default")]
    pub with_check: Option<String>,
    /// The comment; compared only where it is declared, and `""` says that there is none.
    #[serde(default, skip_serializing_if = "is_default")]
    pub comment: Option<String>,
}

/// The command a policy is for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PolicyCommand {
    /// `ALL`
    #[default]
    All,
    /// `SELECT`
    Select,
    /// `INSERT`
    Insert,
    /// `UPDATE`
    Update,
    /// `DELETE`
    Delete,
}

impl PolicyCommand {
    /// The words as SQL.
    pub fn sql(self) -> &'static str {
        match self {
            Self::All => "ALL",
            Self::Select => "SELECT",
            Self::Insert => "INSERT",
            Self::Update => "UPDATE",
            Self::Delete => "DELETE",
        }
    }
}

/// A rewrite rule of a table or view (manual, `CREATE RULE`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// The name.
    pub name: Ident,
    /// `ON`, the event: insert, update or delete.
    pub event: TriggerEvent,
    /// `WHERE`, as SQL without the outer parentheses.
    #[serde(default, skip_serializing_if = "is_default")]
    pub condition: Option<String>,
    /// `DO INSTEAD`
    #[serde(default, skip_serializing_if = "is_default")]
    pub instead: bool,
    /// The command, commands in parentheses, or `NOTHING`.
    pub action: String,
    /// The sessions in which it fires: `ENABLE`, `DISABLE`, `ENABLE REPLICA`, `ENABLE ALWAYS`.
    #[serde(default, skip_serializing_if = "is_default")]
    pub enabled: Enabled,
    /// The comment; compared only where it is declared, and `""` says that there is none.
    #[serde(default, skip_serializing_if = "is_default")]
    pub comment: Option<String>,
}
