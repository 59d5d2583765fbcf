//! From the files of the plugin directories to the [`Registry`], once, at start:
//! `discover -> inspect -> load -> register -> order`.

mod loading;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use tenon_migrations_core::migration::Checksum;

use self::loading::Loading;
use crate::config::Config;
use crate::plugin::core_plugin;
use crate::plugin::discover::{DiscoverError, Discovered, Found, discover};
use crate::plugin::inspect::{Choice, Inspected, InspectionPolicy};
use crate::plugin::isolate::Enforcement;
use crate::plugin::problem::Problem;
use crate::plugin::registry::Registry;
use crate::plugin::services::fetch::FetchAccess;
use crate::plugin::settings::saved::LoadedSettings;

/// What the files of the plugin directory came to.
#[derive(Debug)]
pub struct Start {
    pub registry: Registry,
    /// How far the kernel holds the plugins to what they may.
    pub enforcement: Enforcement,
    /// How many threads hang in plugins.
    pub hanging: Arc<AtomicUsize>,
    /// What the plugins may ask of others.
    pub fetches: FetchAccess,
    /// Why directories could not be read.
    pub troubles: Vec<DiscoverError>,
}

/// Discovers, inspects, loads, registers and orders. Whatever is wrong with a file is told of that file, and
/// takes nothing from another.
pub fn register(config: &Config, saved: &LoadedSettings) -> Start {
    let Discovered { files, troubles } = discover(&config.plugin_dirs);
    Start { troubles, ..register_files(config, saved, files) }
}

/// Registers these files alone, wherever they are: see [`register`].
pub fn register_files(config: &Config, saved: &LoadedSettings, files: Vec<Found>) -> Start {
    let policy = InspectionPolicy::of(config);
    let mut choices: Vec<_> = files.into_iter().map(Choice::from).collect();
    let mut chosen: Vec<_> = choices.iter_mut().map(|choice| choice.next(&policy)).collect();
    let copies = pass_over_copies(&mut chosen);
    let (loading, enforcement) = Loading::new(config, saved, chosen.iter().flatten().count());
    let mut registrations = vec![core_plugin::registration()];
    for (choice, first) in choices.iter_mut().zip(chosen) {
        let mut next = first;
        while let Some(inspected) = next.take() {
            match loading.load(&inspected) {
                Ok(registration) => registrations.push(registration),
                Err(rejected) => {
                    choice.refuse(rejected);
                    next = choice.next(&policy);
                }
            }
        }
    }
    let rejected = choices.into_iter().flat_map(Choice::into_refused).collect();
    let tolerances = config.tolerate.clone();
    let registry = Registry { copies, tolerances, ..Registry::new(registrations, rejected) };
    let (hanging, fetches) = (Arc::clone(&loading.hanging), loading.fetches.clone());
    Start { registry, enforcement, hanging, fetches, troubles: Vec::new() }
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
