//! The hosts that serve the same database: whether they are there, and have the same.

use std::collections::{BTreeMap, BTreeSet};

use crate::host::Tenon;
use crate::report::doctor::DoctorLine;
use crate::report::hosts::{HostState, ServingHost};

const TOPIC: &str = "hosts";

const LIST: &str = "`tenon host list` shows each host with its version and plugins";

pub(super) async fn lines(host: &Tenon) -> Vec<DoctorLine> {
    let report = host.hosts().await;
    if let Some(trouble) = &report.trouble {
        return vec![DoctorLine::unknown(TOPIC, trouble)];
    }
    told(&report.hosts)
}

fn told(hosts: &[ServingHost]) -> Vec<DoctorLine> {
    let mut lines = Vec::new();
    for one in hosts.iter().filter(|one| one.state == HostState::Silent) {
        let message =
            format!("{} was last seen {:.0} s ago, and did not say that it stops", one.name, one.silent_for);
        lines.push(DoctorLine::warning(
            TOPIC,
            message,
            "look at that machine; the host is forgotten in time",
        ));
    }
    let serving: Vec<_> = hosts.iter().filter(|one| one.state == HostState::Serving).collect();
    let versions: BTreeSet<_> = serving.iter().map(|one| one.version.as_str()).collect();
    if versions.len() > 1 {
        let all = versions.into_iter().collect::<Vec<_>>().join(" and ");
        lines.push(DoctorLine::warning(TOPIC, format!("hosts of {all} serve this database"), LIST));
    }
    let mut plugins: BTreeMap<&str, BTreeSet<(&str, &str)>> = BTreeMap::new();
    for plugin in serving.iter().flat_map(|one| &one.plugins) {
        plugins.entry(&plugin.id).or_default().insert((&plugin.version, &plugin.sha256));
    }
    for (id, files) in plugins {
        let with = serving.iter().filter(|one| one.plugins.iter().any(|plugin| plugin.id == id)).count();
        if files.len() > 1 || with < serving.len() {
            let versions: BTreeSet<_> = files.iter().map(|(version, _)| *version).collect();
            let versions = versions.into_iter().collect::<Vec<_>>().join(" and ");
            let message = format!(
                "hosts have different files of plugin {id}: {with} of {} have it, of version {versions}",
                serving.len()
            );
            lines.push(DoctorLine::warning(TOPIC, message, LIST));
        }
    }
    if lines.is_empty() {
        let message = match serving.as_slice() {
            [] => "no host serves this database now".to_owned(),
            [one] => format!("one host serves this database: {}", one.name),
            all => {
                format!("{} hosts of one version and with the same plugins serve this database", all.len())
            }
        };
        lines.push(DoctorLine::ok(TOPIC, message));
    }
    lines
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use uuid::Uuid;

    use super::*;
    use crate::report::doctor::DoctorState;
    use crate::report::hosts::HostPlugin;

    fn host(name: &str, state: HostState, plugins: &[(&str, &str)]) -> ServingHost {
        let plugin = |(id, sha256): &(&str, &str)| HostPlugin {
            id: (*id).to_owned(),
            name: (*id).to_owned(),
            version: "1.0.0".to_owned(),
            sha256: (*sha256).to_owned(),
            settings: None,
        };
        ServingHost {
            id: Uuid::nil(),
            name: name.to_owned(),
            is_this: false,
            version: "1.0.0".to_owned(),
            url: None,
            started_at: Timestamp::UNIX_EPOCH,
            last_seen: Timestamp::UNIX_EPOCH,
            silent_for: 40.0,
            state,
            verdict: None,
            checked_at: None,
            checks_for_all: false,
            plugins: plugins.iter().map(plugin).collect(),
        }
    }

    #[test]
    fn hosts_that_differ_or_are_silent_are_told() {
        let (a, b) =
            (host("a", HostState::Serving, &[("x", "1")]), host("b", HostState::Serving, &[("x", "1")]));
        let states = |hosts: &[ServingHost]| told(hosts).iter().map(|line| line.state).collect::<Vec<_>>();
        assert_eq!(states(&[]), [DoctorState::Ok]);
        assert_eq!(states(&[a.clone(), b.clone()]), [DoctorState::Ok]);
        assert_eq!(states(&[a.clone(), host("c", HostState::Silent, &[])]), [DoctorState::Warning]);
        let newer = ServingHost { version: "2.0.0".to_owned(), ..b };
        assert!(told(&[a.clone(), newer])[0].message.contains("1.0.0 and 2.0.0"));
        for other in [&[("x", "2")][..], &[], &[("x", "1"), ("y", "1")]] {
            assert_eq!(states(&[a.clone(), host("d", HostState::Serving, other)]), [DoctorState::Warning]);
        }
    }
}
