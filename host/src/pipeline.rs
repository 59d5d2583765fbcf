//! The stages in a few lines each: what was read becomes a report, and a plan.
//!
//! `discover -> inspect -> load -> register -> order` make the [`Registry`] once, at start; then, as often
//! as somebody asks, `read -> compare -> report`, or `read -> compare -> plan -> heal -> verify -> audit`.

mod loading;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use tenon_migrations_core::assess::{Assessment, Declared, Gathered, Verified, assess};
use tenon_migrations_core::baseline::baseline;
use tenon_migrations_core::finding::{Cause, Finding, Severity};
use tenon_migrations_core::health::{PluginHealth, Serving};
use tenon_migrations_core::history::History;
use tenon_migrations_core::migration::{Checksum, MigrationId, PluginId, PluginInfo};
use tenon_migrations_core::plan::{Plan, PlanInput, Repairs, forget, plan};
use tenon_migrations_core::reading::Reading;

use self::loading::Loading;
use crate::config::Config;
use crate::core_plugin;
use crate::discover::{DiscoverError, Discovered, discover};
use crate::inspect::{Choice, Inspected, Problem, Terms};
use crate::isolate::Enforcement;
use crate::postgres::state::State;
use crate::registry::{Out, Registered, Registry};

/// What the files of the plugin directory came to.
#[derive(Debug)]
pub struct Start {
    pub registry: Registry,
    /// How far the kernel holds the plugins to what they may.
    pub enforcement: Enforcement,
    /// How many threads hang in plugins.
    pub hanging: Arc<AtomicUsize>,
    /// Why directories could not be read.
    pub troubles: Vec<DiscoverError>,
}

/// Discovers, inspects, loads, registers and orders. Whatever is wrong with a file is told of that file, and takes
/// nothing from another.
pub fn register(config: &Config) -> Start {
    let Discovered { files, troubles } = discover(&config.plugin_dirs);
    let terms = Terms::of(config);
    let mut choices: Vec<_> = files.into_iter().map(Choice::from).collect();
    let mut chosen: Vec<_> = choices.iter_mut().map(|choice| choice.next(&terms)).collect();
    let copies = pass_over_copies(&mut chosen);
    let (loading, enforcement) = Loading::new(config, chosen.iter().flatten().count());
    let mut registrations = vec![core_plugin::registration()];
    for (choice, first) in choices.iter_mut().zip(chosen) {
        let mut next = first;
        while let Some(inspected) = next.take() {
            match loading.load(&inspected) {
                Ok(registration) => registrations.push(registration),
                Err(rejected) => {
                    choice.refuse(rejected);
                    next = choice.next(&terms);
                }
            }
        }
    }
    let rejected = choices.into_iter().flat_map(Choice::into_refused).collect();
    let tolerances = config.tolerate.clone();
    let registry = Registry { copies, tolerances, ..Registry::new(registrations, rejected) };
    Start { registry, enforcement, hanging: Arc::clone(&loading.hanging), troubles }
}

/// Takes out what has the same bytes as another, which is told of the first: whichever is loaded is right.
fn pass_over_copies(chosen: &mut [Option<Inspected>]) -> Vec<PathBuf> {
    let mut first: BTreeMap<Checksum, usize> = BTreeMap::new();
    let mut copies = Vec::new();
    for number in 0..chosen.len() {
        let Some(inspected) = &chosen[number] else { continue };
        let former = *first.entry(inspected.sha256).or_insert(number);
        if former != number
            && let Some(copy) = chosen[number].take()
            && let Some(inspected) = &mut chosen[former]
        {
            inspected.notices.push(Problem::same_bytes(&copy.file));
            copies.push(copy.file);
        }
    }
    copies
}

/// What was read, held against the registry.
#[derive(Debug)]
pub struct Compared {
    pub history: History,
    pub assessment: Assessment,
}

/// Compares the ledger with the migrations, and the database with the stored readings.
pub fn compare(registry: &Registry, state: &State) -> Compared {
    compare_with(registry, state, &BTreeMap::new())
}

/// The same, with readings of plugins for which neither a stored one nor a lock file speaks.
pub fn compare_with(
    registry: &Registry,
    state: &State,
    elaborated: &BTreeMap<PluginId, Arc<Reading>>,
) -> Compared {
    let mut history = History::of(&registry.migrations, &state.ledger.applied);
    // The files of a plugin that is out are not gone: its own findings say what is wrong.
    let out: BTreeSet<_> = registry.out.iter().map(|out| &out.id).collect();
    history.missing.retain(|row| !out.contains(&row.id.plugin));
    let printer = state.ledger.printer();
    let applied: BTreeSet<_> = state.ledger.applied.iter().map(|row| &row.id.plugin).collect();
    let declared: Vec<_> = registry
        .plugins
        .values()
        .map(|plugin| Declared {
            info: &plugin.info,
            descriptors: &plugin.descriptors,
            descriptors_hash: plugin.descriptors_hash,
            claims: &plugin.claims,
            applied: applied.contains(&plugin.info.id),
            locked: plugin.locked(printer).or_else(|| elaborated.get(&plugin.info.id).map(AsRef::as_ref)),
        })
        .collect();
    let verified: BTreeMap<_, _> = state
        .ledger
        .readings
        .iter()
        .map(|(id, stored)| {
            let verified = Verified {
                printer: stored.printer,
                descriptors: stored.descriptors,
                reading: &stored.reading,
            };
            (id.clone(), verified)
        })
        .collect();
    let assessment = assess(&Gathered {
        plugins: &declared,
        history: &history,
        verified: &verified,
        live: &state.live,
        builds: &state.builds,
        unprinted: &state.unprinted,
        printer,
        tolerances: &registry.tolerances,
    });
    Compared { history, assessment }
}

/// Decides what a heal would do; what that costs, the server has to be asked.
pub fn plan_heal(
    registry: &Registry,
    state: &State,
    without: &BTreeSet<PluginId>,
    repairs: &Repairs,
) -> Plan {
    let Compared { history, assessment } = compare(registry, state);
    plan(&PlanInput {
        migrations: &registry.migrations.iter().collect::<Vec<_>>(),
        history: &history,
        unverified: &assessment.unverified,
        without: &registry.with_dependents(without),
        findings: &assessment.findings.values().flatten().collect::<Vec<_>>(),
        repairs,
        live: &state.live,
        server_major: state.ledger.printer().server_major,
        borders: &registry.borders,
        tolerated: &assessment.tolerated,
    })
}

/// Decides what it takes to record these migrations instead of running them.
pub fn plan_baseline(registry: &Registry, state: &State, adopt: &BTreeSet<MigrationId>) -> Plan {
    let whole = plan_heal(registry, state, &BTreeSet::new(), &Repairs::default());
    baseline(whole, &registry.migrations.iter().collect::<Vec<_>>(), adopt)
}

/// Decides what it takes to have the ledger forget these plugins, which nobody is to bring any more.
pub fn plan_forgetting(registry: &Registry, state: &State, plugins: &BTreeSet<PluginId>) -> Plan {
    let out = registry.out.iter().flat_map(|out| std::iter::once(&out.id).chain(&out.beside));
    let brought = registry.plugins.keys().chain(out).cloned().collect();
    let history = History::of(&registry.migrations, &state.ledger.applied);
    forget(plugins, &brought, &history, &state.ledger.applied)
}

/// The plugins' part of a report, from what was compared; or, where nothing could be read, Unknown.
pub fn plugin_reports(
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
    let message = crate::errors::chain(trouble);
    Finding::new(&PluginId::core(), Cause::Unloadable, Severity::Warning, object, message)
        .remedy("make the directory, or name another with --plugin-dir or plugin_dir in the configuration")
}
