//! The plugins' part of a report.

use std::collections::BTreeSet;

use tenon_migrations_core::finding::{Cause, Finding, Severity};
use tenon_migrations_core::health::{PluginHealth, Serving};
use tenon_migrations_core::history::History;
use tenon_migrations_core::migration::{PluginId, PluginInfo};

use crate::plugin::discover::DiscoverError;
use crate::plugin::registry::{Out, Registered, Registry};
use crate::schema::compared::Compared;

/// The plugins' part of a report, from what was compared; or, where nothing could be read, Unknown.
pub(super) fn plugin_reports(
    registry: &Registry,
    compared: Result<&Compared, &str>,
    troubles: &[DiscoverError],
) -> Vec<PluginHealth> {
    let mut reports: Vec<_> = registry
        .plugins
        .values()
        .map(|plugin| {
            let mut findings = match compared {
                Ok(compared) => {
                    compared.assessment.findings.get(&plugin.info.id).cloned().unwrap_or_default()
                }
                Err(reason) => vec![not_read(&plugin.info.id, reason)],
            };
            if plugin.info.id.is_core() {
                findings.extend(troubles.iter().map(no_directory));
            }
            report(plugin, findings)
        })
        .collect();
    if let Ok(compared) = compared {
        reports.extend(gone(registry, &compared.history));
    }
    reports.extend(registry.out.iter().map(out_report));
    // The host itself first: everything else stands on its tables.
    reports.sort_by(|a, b| b.id.is_core().cmp(&a.id.is_core()).then(a.id.cmp(&b.id)));
    reports
}

/// Whether its routes are held is for the host to say, which knows what was found before.
fn report(plugin: &Registered, findings: Vec<Finding>) -> PluginHealth {
    let PluginInfo { id, name, version, .. } = &plugin.info;
    let file = plugin.library.as_ref().map(|library| library.file.display().to_string());
    let file = file.unwrap_or_default();
    PluginHealth::new(id.clone(), name, version.to_string(), file, Serving::Yes, findings)
}

fn out_report(out: &Out) -> PluginHealth {
    let file = out.file.display().to_string();
    PluginHealth::new(out.id.clone(), &out.name, &out.version, file, Serving::Out, out.findings.clone())
}

/// Plugins that the ledger knows and nobody brings any more.
fn gone(registry: &Registry, history: &History) -> Vec<PluginHealth> {
    let ids: BTreeSet<_> = history.missing.iter().map(|row| row.id.plugin.clone()).collect();
    let gone = ids.into_iter().filter(|id| !registry.plugins.contains_key(id));
    gone.map(|id| {
        let remedy = format!(
            "put back the plugin version that brought it; or, if {id} was removed on purpose, have the ledger forget it: \
             `tenon ledger forget {id}`"
        );
        let findings = history.of_plugin(&id).findings();
        let findings = findings.into_iter().map(|finding| finding.remedy(remedy.clone())).collect();
        PluginHealth::new(id.clone(), id.as_str(), "", "", Serving::Out, findings)
    })
    .collect()
}

fn not_read(id: &PluginId, reason: &str) -> Finding {
    let message = format!("the database could not be read: {reason}");
    Finding::new(id, Cause::Unknown, Severity::Warning, format!("plugin {id}"), message)
}

fn no_directory(trouble: &DiscoverError) -> Finding {
    let object = format!("directory {}", trouble.directory.display());
    let message = crate::support::errors::chain(trouble);
    Finding::new(&PluginId::core(), Cause::Unloadable, Severity::Warning, object, message)
        .remedy("make the directory, or name another with --plugin-dir or plugin_dir in the configuration")
}
