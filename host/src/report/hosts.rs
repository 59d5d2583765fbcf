//! The hosts that serve one database, and how their plugins differ.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tenon_migrations_core::health::Status;
use uuid::Uuid;

/// The hosts of a database, those that began first before the others.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct HostsReport {
    pub hosts: Vec<ServingHost>,
    /// How the plugins of the others differ from this host's, a sentence each.
    pub differences: Vec<String>,
    /// Why the hosts are not known, where they are not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trouble: Option<String>,
}

/// One host that serves, as it last told.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct ServingHost {
    /// Made anew at each start.
    pub id: Uuid,
    /// The host's name and process.
    pub name: String,
    /// Whether it is the one that tells this.
    pub is_this: bool,
    pub version: String,
    /// The address of its console, where it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    pub started_at: Timestamp,
    pub last_seen: Timestamp,
    /// Seconds since it was seen, by the clock of the server.
    pub silent_for: f64,
    pub state: HostState,
    /// What its last check came to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Status>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub checked_at: Option<Timestamp>,
    /// Whether it reads the catalog for all hosts of its version.
    pub checks_for_all: bool,
    /// The plugins that take part there.
    pub plugins: Vec<HostPlugin>,
}

/// Whether a host is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum HostState {
    Serving,
    /// Not seen for some time, without having said that it stops.
    Silent,
}

impl HostState {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Serving => "serving",
            Self::Silent => "silent",
        }
    }
}

/// A plugin as a host has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct HostPlugin {
    pub id: String,
    pub name: String,
    pub version: String,
    /// Of its file.
    pub sha256: String,
    /// The version of the saved settings by which it runs, where it takes settings; 0 where none were saved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settings: Option<i64>,
}

impl ServingHost {
    /// The plugins with their versions, in a line.
    pub fn plugin_line(&self) -> String {
        let plugins: Vec<_> =
            self.plugins.iter().map(|plugin| format!("{} {}", plugin.name, plugin.version)).collect();
        plugins.join(", ")
    }
}

/// What the hosts are compared with.
#[derive(Debug, Clone, Copy)]
pub struct Reference<'a> {
    /// How it is called in a sentence: this host, or one of this name.
    pub called: &'a str,
    pub id: Uuid,
    pub version: &'a str,
    pub plugins: &'a [HostPlugin],
}

/// How the other hosts that serve differ from this one, a sentence each: in the version, and in what they
/// have of a plugin.
pub fn differences(hosts: &[ServingHost], from: Reference<'_>) -> Vec<String> {
    let here = by_id(from.plugins);
    let others = hosts.iter().filter(|host| host.id != from.id && host.state == HostState::Serving);
    let mut told = Vec::new();
    for other in others {
        let (name, called) = (&other.name, from.called);
        if other.version != from.version {
            told.push(format!("host {name} runs Tenon {}, {called} {}", other.version, from.version));
        }
        let there = by_id(&other.plugins);
        let all: BTreeSet<_> = here.keys().chain(there.keys()).copied().collect();
        let pairs = all.into_iter().map(|id| (there.get(id).copied(), here.get(id).copied()));
        let differ = pairs.filter_map(|(there, here)| difference(there, here, called));
        told.extend(differ.map(|difference| format!("host {name} {difference}")));
    }
    told
}

fn by_id(plugins: &[HostPlugin]) -> BTreeMap<&str, &HostPlugin> {
    plugins.iter().map(|plugin| (plugin.id.as_str(), plugin)).collect()
}

fn difference(there: Option<&HostPlugin>, here: Option<&HostPlugin>, called: &str) -> Option<String> {
    match (there, here) {
        (None, Some(here)) => Some(format!("does not have {}, {called} {}", here.name, here.version)),
        (Some(there), None) => {
            Some(format!("has {} {}, {called} does not have it", there.name, there.version))
        }
        (Some(there), Some(here)) if there.version != here.version => {
            Some(format!("has {} {}, {called} {}", there.name, there.version, here.version))
        }
        (Some(there), Some(here)) if there.sha256 != here.sha256 => Some(format!(
            "has another file of {} {} (sha256 {}…) than {called} ({}…)",
            there.name,
            there.version,
            start(&there.sha256),
            start(&here.sha256)
        )),
        (
            Some(HostPlugin { name, settings: Some(there), .. }),
            Some(HostPlugin { settings: Some(here), .. }),
        ) if there != here => {
            Some(format!("runs {name} by version {there} of its saved settings, {called} by {here}"))
        }
        _ => None,
    }
}

fn start(sha256: &str) -> &str {
    sha256.get(..12).unwrap_or(sha256)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plugin(id: &str, version: &str, sha256: &str) -> HostPlugin {
        let name = id.to_uppercase();
        let (id, version, sha256) = (id.to_owned(), version.to_owned(), sha256.to_owned());
        HostPlugin { id, name, version, sha256, settings: None }
    }

    fn host(name: &str, state: HostState, plugins: Vec<HostPlugin>) -> ServingHost {
        ServingHost {
            id: if name == "a" { Uuid::max() } else { Uuid::nil() },
            name: name.to_owned(),
            is_this: name == "a",
            version: if name == "new" { "0.2.0".to_owned() } else { "0.1.0".to_owned() },
            url: None,
            started_at: Timestamp::UNIX_EPOCH,
            last_seen: Timestamp::UNIX_EPOCH,
            silent_for: 0.0,
            state,
            verdict: None,
            checked_at: None,
            checks_for_all: false,
            plugins,
        }
    }

    #[test]
    fn every_way_in_which_plugins_can_differ_is_told() {
        let here = [plugin("inv", "1.2", "aa"), plugin("ord", "1.0", "bb"), plugin("rep", "1.0", "cc")];
        let there = vec![plugin("inv", "1.1", "dd"), plugin("ord", "1.0", "ee"), plugin("new", "3.0", "ff")];
        let hosts = [
            host("a", HostState::Serving, here.to_vec()),
            host("b", HostState::Serving, there.clone()),
            host("gone", HostState::Silent, there),
            host("new", HostState::Serving, here.to_vec()),
        ];
        let this = Reference { called: "this host", id: Uuid::max(), version: "0.1.0", plugins: &here };
        assert_eq!(
            differences(&hosts, this),
            [
                "host b has INV 1.1, this host 1.2",
                "host b has NEW 3.0, this host does not have it",
                "host b has another file of ORD 1.0 (sha256 ee…) than this host (bb…)",
                "host b does not have REP, this host 1.0",
                "host new runs Tenon 0.2.0, this host 0.1.0",
            ]
        );
    }
}
