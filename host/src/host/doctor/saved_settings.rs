//! The settings that are saved for plugins: whether the hosts run by them.

use std::collections::BTreeMap;

use crate::host::Tenon;
use crate::host::saved_settings::SaveError;
use crate::plugin::settings::saved::SavedSettings;
use crate::report::doctor::DoctorLine;
use crate::report::hosts::{HostState, ServingHost};
use crate::support::errors::chain;

const TOPIC: &str = "saved settings";

const RESTART: &str = "restart the host: what is saved is applied at its start";

pub(super) async fn lines(host: &Tenon) -> Vec<DoctorLine> {
    let saved = match host.saved_now().await {
        Ok(saved) => saved,
        // The host's own tables are told of by their own topic, and nothing is saved before they are there.
        Err(SaveError::Pending) => BTreeMap::new(),
        Err(error) => return vec![DoctorLine::unknown(TOPIC, &chain(&error))],
    };
    let mut lines = told(&saved, &host.hosts().await.hosts);
    lines.extend(host.unknown_settings().map(|told| DoctorLine::warning(TOPIC, told, RESTART)));
    lines
}

fn told(saved: &BTreeMap<String, SavedSettings>, hosts: &[ServingHost]) -> Vec<DoctorLine> {
    let mut lines = Vec::new();
    for host in hosts.iter().filter(|host| host.state == HostState::Serving) {
        for plugin in &host.plugins {
            let version = saved.get(&plugin.id).map_or(0, |saved| saved.version);
            if let Some(runs_with) = plugin.settings.filter(|runs_with| *runs_with != version) {
                let (name, id) = (&host.name, &plugin.id);
                let message = format!(
                    "host {name} runs plugin {id} by version {runs_with} of its saved settings, and version \
                     {version} is saved"
                );
                lines.push(DoctorLine::warning(TOPIC, message, RESTART));
            }
        }
    }
    if lines.is_empty() {
        let message = match saved.len() {
            0 => "none are saved: plugins run by what is configured".to_owned(),
            1 => "settings of one plugin are saved, and each host runs by them".to_owned(),
            many => format!("settings of {many} plugins are saved, and each host runs by them"),
        };
        lines.push(DoctorLine::ok(TOPIC, message));
    }
    lines
}
