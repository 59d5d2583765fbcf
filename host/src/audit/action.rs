//! What administrators do besides healing, as the log keeps it and as it is shown.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::origin::Origin;

/// The administrator who does something, and the way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Actor {
    /// The administrator's id.
    pub admin: String,
    pub source: Origin,
}

impl Actor {
    pub fn new(admin: impl Into<String>, source: Origin) -> Self {
        Self { admin: admin.into(), source }
    }

    /// The host itself, which nobody has told to.
    pub fn host() -> Self {
        Self::new("tenon", Origin::Host)
    }
}

/// One action, as the log keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Performed {
    #[serde(flatten)]
    pub by: Actor,
    /// The host's name and process.
    pub host: String,
    #[serde(flatten)]
    pub action: Action,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// What was done, and to what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "action", rename_all = "snake_case")]
pub enum Action {
    Acknowledge {
        findings: Vec<FindingName>,
        until: Timestamp,
    },
    Unacknowledge {
        findings: Vec<FindingName>,
    },
    Quarantine {
        plugin: String,
        sha256: String,
    },
    Release {
        plugin: String,
        sha256: Vec<String>,
    },
    /// Files of plugins were let in.
    Pin {
        lock_file: String,
        changes: Vec<String>,
    },
    /// A plan that destroys something may be run by somebody else.
    ApprovePlan {
        plan_hash: String,
        until: Timestamp,
    },
    /// A heal of another process was asked to stop.
    StopHeal {
        stopped: Uuid,
    },
    AddAccount {
        account: String,
        role: String,
    },
    ChangeRole {
        account: String,
        from: String,
        to: String,
    },
    ChangePassword {
        account: String,
    },
    RemoveAccount {
        account: String,
    },
    AddToken {
        account: String,
        token: String,
        role: String,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        scopes: Vec<String>,
        expires: Timestamp,
    },
    RevokeToken {
        account: String,
        token: String,
    },
    /// Sessions were ended that somebody else may still have used.
    EndSessions {
        account: String,
        sessions: usize,
    },
    /// Logins that were refused within some time, as counts: anybody can have one refused.
    RefuseLogins {
        since: Timestamp,
        /// How many had a wrong name, password or token.
        wrong: u64,
        /// How many came too often, and were not looked at.
        too_many: u64,
        /// Of those with a wrong password, the accounts they were for.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        accounts: BTreeMap<String, u64>,
    },
    /// The database was saved into a file.
    Backup {
        file: String,
        bytes: u64,
        sha256: String,
        /// Whether it was restored elsewhere, and was the same there.
        verified: bool,
    },
    /// The database was made anew of a file.
    Restore {
        file: String,
        sha256: String,
        /// What the former database is called, where it was kept.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        former: Option<String>,
    },
    /// The managed database was brought to another major version of PostgreSQL.
    UpgradePostgres {
        from: u32,
        to: u32,
    },
    /// A run of a plugin's job was asked for.
    RunJob {
        plugin: String,
        job: String,
    },
    /// A plugin's job is run no more by itself.
    PauseJob {
        plugin: String,
        job: String,
    },
    /// A plugin's job is run by itself again.
    ResumeJob {
        plugin: String,
        job: String,
    },
    /// What plugins did not hear is delivered again: of one event, or of all.
    RetryEvents {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        event: Option<String>,
        deliveries: u64,
    },
    /// Deliveries of an event that were given up are done with.
    DiscardEvent {
        event: String,
        deliveries: u64,
    },
    /// Settings of a plugin were saved: which, and never their values.
    SaveSettings {
        plugin: String,
        /// The version that they are of since then.
        version: i64,
        /// The settings that were given a value.
        set: Vec<String>,
        /// The settings that go by their default since then.
        unset: Vec<String>,
    },
    /// An action that another version of Tenon wrote.
    #[serde(other)]
    Unknown,
}

/// A finding as the log names it: its id alone says nothing to who reads the log later.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct FindingName {
    pub id: String,
    pub plugin: String,
    pub object: String,
}

/// One action as the audit log shows it.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ActionEntry {
    pub id: Uuid,
    pub at: Timestamp,
    #[serde(flatten)]
    pub performed: Performed,
    /// The action and what it was done to, in words.
    pub what: String,
    /// Whether the entry waits in the local spool, because the database could not take it yet.
    #[serde(default)]
    pub spooled: bool,
}

impl Action {
    /// The action alone, as the JSON names it.
    pub fn name(&self) -> String {
        let json = serde_json::to_value(self).unwrap_or_default();
        json["action"].as_str().unwrap_or_default().to_owned()
    }

    /// What was done to what, after the name of who did it.
    pub fn words(&self) -> String {
        match self {
            Self::Acknowledge { findings, until } => {
                format!("acknowledged {} until {}", named(findings), until.strftime("%Y-%m-%d %H:%MZ"))
            }
            Self::Unacknowledge { findings } => {
                format!("took back the acknowledgement of {}", named(findings))
            }
            Self::Quarantine { plugin, .. } => format!("put plugin {plugin} into quarantine"),
            Self::Release { plugin, .. } => format!("released plugin {plugin} from quarantine"),
            Self::Pin { lock_file, changes } => {
                let changes = if changes.is_empty() { "no change".to_owned() } else { changes.join(", ") };
                format!("wrote {lock_file}: {changes}")
            }
            Self::ApprovePlan { plan_hash, until } => {
                let until = until.strftime("%Y-%m-%d %H:%MZ");
                format!("approved plan {plan_hash}, until {until}")
            }
            Self::StopHeal { stopped } => format!("asked heal {stopped} to stop"),
            Self::AddAccount { account, role } => format!("added account {account} as {role}"),
            Self::ChangeRole { account, from, to } => {
                format!("changed the role of account {account} from {from} to {to}")
            }
            Self::ChangePassword { account } => format!("changed the password of account {account}"),
            Self::RemoveAccount { account } => format!("removed account {account}"),
            Self::AddToken { account, token, role, scopes, expires } => {
                let scopes =
                    if scopes.is_empty() { String::new() } else { format!(" for {}", scopes.join(", ")) };
                let expires = expires.strftime("%Y-%m-%d %H:%MZ");
                format!("added token {token} of account {account} as {role}{scopes}, until {expires}")
            }
            Self::RevokeToken { account, token } => format!("revoked token {token} of account {account}"),
            Self::EndSessions { account, sessions: 1 } => format!("ended one session of account {account}"),
            Self::EndSessions { account, sessions } => {
                format!("ended {sessions} sessions of account {account}")
            }
            Self::RefuseLogins { since, wrong, too_many, accounts } => {
                let since = since.strftime("%Y-%m-%d %H:%MZ");
                let accounts: Vec<_> =
                    accounts.iter().map(|(name, count)| format!("{name}: {count}")).collect();
                let of =
                    if accounts.is_empty() { String::new() } else { format!(" ({})", accounts.join(", ")) };
                format!("refused logins since {since}: {wrong} wrong{of}, {too_many} too many")
            }
            Self::Backup { file, bytes, sha256, verified } => {
                let verified = if *verified { ", verified by a restore" } else { "" };
                format!("made the backup {file} ({bytes} bytes, sha256 {sha256}{verified})")
            }
            Self::Restore { file, sha256, former } => {
                let kept = former.as_ref().map(|name| format!(", and kept the former database as {name}"));
                format!("restored the backup {file} (sha256 {sha256}){}", kept.unwrap_or_default())
            }
            Self::UpgradePostgres { from, to } => {
                format!("upgraded the managed database from PostgreSQL {from} to {to}")
            }
            Self::RunJob { plugin, job } => format!("asked for a run of job {job} of plugin {plugin}"),
            Self::PauseJob { plugin, job } => format!("paused job {job} of plugin {plugin}"),
            Self::ResumeJob { plugin, job } => format!("let job {job} of plugin {plugin} go on"),
            Self::RetryEvents { event, deliveries } => {
                let what = event.as_ref().map_or_else(|| "all events".to_owned(), |id| format!("event {id}"));
                format!("had {} of {what} made again", counted(*deliveries))
            }
            Self::DiscardEvent { event, deliveries } => {
                format!("discarded {} of event {event}", counted(*deliveries))
            }
            Self::SaveSettings { plugin, version, set, unset } => {
                let changes =
                    [("set ", set), ("unset ", unset)].into_iter().filter(|(_, names)| !names.is_empty());
                let changes: Vec<_> =
                    changes.map(|(word, names)| format!("{word}{}", names.join(", "))).collect();
                format!("saved settings of plugin {plugin}, version {version}: {}", changes.join("; "))
            }
            Self::Unknown => "did what this version of Tenon does not know".to_owned(),
        }
    }

    /// The plugins that the action is about.
    pub fn plugins(&self) -> Vec<&str> {
        match self {
            Self::Acknowledge { findings, .. } | Self::Unacknowledge { findings } => {
                findings.iter().map(|finding| finding.plugin.as_str()).collect()
            }
            Self::Quarantine { plugin, .. }
            | Self::Release { plugin, .. }
            | Self::RunJob { plugin, .. }
            | Self::PauseJob { plugin, .. }
            | Self::ResumeJob { plugin, .. }
            | Self::SaveSettings { plugin, .. } => vec![plugin],
            _ => Vec::new(),
        }
    }
}

fn counted(deliveries: u64) -> String {
    if deliveries == 1 { "1 delivery".to_owned() } else { format!("{deliveries} deliveries") }
}

fn named(findings: &[FindingName]) -> String {
    let named = |one: &FindingName| format!("finding {} ({}, {})", one.id, one.plugin, one.object);
    match findings {
        [] => "nothing".to_owned(),
        [one] => named(one),
        [first, rest @ ..] => format!("{} and {} more", named(first), rest.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_action_is_kept_as_one_flat_object_and_one_of_the_future_is_still_an_action() {
        let action = Action::Quarantine { plugin: "inventory".to_owned(), sha256: "ab".to_owned() };
        let performed = Performed {
            by: Actor::new("ops", Origin::Cli),
            host: "a:1".to_owned(),
            action,
            reason: Some("it leaks".to_owned()),
        };
        let json = serde_json::to_value(&performed).unwrap();
        let expected = serde_json::json!({
            "admin": "ops", "source": "cli", "host": "a:1", "action": "quarantine", "plugin": "inventory",
            "sha256": "ab", "reason": "it leaks"
        });
        assert_eq!(json, expected);
        assert_eq!(serde_json::from_value::<Performed>(json).unwrap(), performed);
        let future =
            r#"{"admin": "ops", "source": "api", "host": "a:1", "action": "teleport", "to": "mars"}"#;
        assert_eq!(serde_json::from_str::<Performed>(future).unwrap().action, Action::Unknown);
    }

    #[test]
    fn the_words_name_what_it_was_done_to() {
        let finding = |id: &str| FindingName {
            id: id.to_owned(),
            plugin: "inventory".to_owned(),
            object: "column a.b.c".to_owned(),
        };
        let of = |findings| Action::Unacknowledge { findings }.words();
        assert_eq!(
            of(vec![finding("1"), finding("2"), finding("3")]),
            "took back the acknowledgement of finding 1 (inventory, column a.b.c) and 2 more"
        );
    }
}
