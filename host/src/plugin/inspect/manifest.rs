//! What a library says about itself, and whether a host can speak with it.

use serde::Deserialize;
use tenon_migrations_core::migration::{PluginId, PluginInfo};
use tenon_plugin_api::Manifest;

use super::library::{LibraryFormat, LibraryInfo};
use super::policy::Facts;
use crate::plugin::problem::{Problem, ProblemCode};

/// The manifest. Where the format knows no sizes something else follows its JSON.
pub(super) fn read(look: &LibraryInfo) -> Result<Manifest, Problem> {
    let remedy = "rebuild the plugin with tenon-plugin-api and its export_plugin! macro";
    let bytes = look.manifest.as_deref().ok_or_else(|| {
        Problem::new(ProblemCode::NoManifest, "it has no readable symbol TENON_MANIFEST", remedy)
    })?;
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let manifest = Manifest::deserialize(&mut json);
    let ended = manifest.and_then(|manifest| {
        if look.format == LibraryFormat::Elf {
            json.end()?;
        }
        Ok(manifest)
    });
    ended.map_err(|error| {
        Problem::new(ProblemCode::BadManifest, format!("its manifest cannot be read: {error}"), remedy)
    })
}

/// The host looks for the newest generation it knows; a plugin that has only others is named as such.
pub(super) fn contract(look: &LibraryInfo, manifest: Option<&Manifest>, facts: &Facts) -> Option<Problem> {
    if look.generations.iter().any(|generation| facts.contract.contains(generation)) {
        return None;
    }
    let newest = facts.newest_contract();
    let declared = manifest.map(|manifest| manifest.contract.as_slice()).unwrap_or_default();
    let of_plugin = look.generations.iter().chain(declared).max();
    Some(match of_plugin {
        Some(its) if *its > newest => Problem::new(
            ProblemCode::ContractTooNew,
            format!(
                "it speaks generation {its} of the plugin contract, and this host only {newest}{}",
                manifest.map(needing).unwrap_or_default()
            ),
            "upgrade the host, or install an older version of the plugin",
        ),
        Some(its) if look.generations.contains(its) => Problem::new(
            ProblemCode::ContractTooOld,
            format!("it speaks generation {its} of the plugin contract, which this host no longer does"),
            "install a newer version of the plugin",
        ),
        _ => Problem::new(
            ProblemCode::NotAPlugin,
            "it is a shared library, but it does not export a Tenon plugin (no symbol tenon_plugin_v1)",
            "remove the file from the plugin directory, or build the plugin with export_plugin!",
        ),
    })
}

/// For what a plugin asks for a newer generation.
fn needing(manifest: &Manifest) -> String {
    if manifest.needs.is_empty() {
        String::new()
    } else {
        format!(": it needs {}", manifest.needs.join(", "))
    }
}

/// The services that it cannot do without, and that a host of its generation lacks all the same.
pub(super) fn services(manifest: &Manifest, facts: &Facts) -> Option<Problem> {
    let lacking: Vec<_> =
        manifest.needs.iter().filter(|name| !facts.services.contains(name)).map(String::as_str).collect();
    (!lacking.is_empty()).then(|| {
        let reason = format!("it needs services that this host does not have: {}", lacking.join(", "));
        let remedy = "upgrade the host, or install an older version of the plugin";
        Problem::new(ProblemCode::ContractTooNew, reason, remedy)
    })
}

/// Says whether its descriptors may use words that a host does not know. Of one that may use more than the
/// host knows it is seen when it is loaded whether it does.
pub(super) fn vocabulary(manifest: &Manifest, facts: &Facts) -> Option<Problem> {
    let its = manifest.descriptors;
    if its.format > facts.descriptors {
        let reason =
            format!("its descriptors are of version {its}, and this host reads format {}", facts.descriptors);
        let remedy = "upgrade the host, or install an older version of the plugin";
        return Some(Problem::new(ProblemCode::DescriptorsTooNew, reason, remedy));
    }
    (its.format == facts.descriptors && its.minor > facts.descriptors_minor).then(|| {
        let reason = format!(
            "its descriptors are of version {its}, and this host knows the words up to {}.{}: if it uses a newer \
             one it is not loaded",
            facts.descriptors, facts.descriptors_minor
        );
        Problem::notice(ProblemCode::DescriptorsTooNew, reason, "upgrade the host if it is refused")
    })
}

/// Whether a library built so can run in the host.
pub(super) fn build(manifest: &Manifest, facts: &Facts) -> Vec<Problem> {
    let build = &manifest.build;
    let abort = (build.panic == "abort").then(|| {
        Problem::new(
            ProblemCode::PanicAbort,
            "it was built with panic = \"abort\", so that any panic in it would end the host",
            "rebuild it with panic = \"unwind\" in its Cargo profile",
        )
    });
    // The vendor in the middle says nothing: unknown, pc.
    let parts = |target: &str| {
        let mut parts: Vec<_> = target.split('-').map(str::to_owned).collect();
        if parts.len() > 3 {
            parts.remove(1);
        }
        parts
    };
    let other = !build.target.is_empty() && parts(&build.target) != parts(&facts.target);
    let target = other.then(|| {
        let reason = format!("it was built for {}, and this host for {}", build.target, facts.target);
        Problem::new(ProblemCode::WrongTarget, reason, format!("rebuild it with `--target {}`", facts.target))
    });
    abort.into_iter().chain(target).collect()
}

/// What the manifest says of the plugin, in the host's words.
pub(super) fn info(manifest: &Manifest) -> Result<PluginInfo, Problem> {
    let remedy = "correct the id in export_plugin!";
    let id = |text: &str| {
        let id: PluginId = text
            .parse()
            .map_err(|error| Problem::new(ProblemCode::BadManifest, format!("{error}"), remedy))?;
        Ok(id)
    };
    let own = id(&manifest.id)?;
    if own.is_core() {
        let reason = "it calls itself core, which is the host itself";
        return Err(Problem::new(ProblemCode::ReservedId, reason, remedy));
    }
    let requires = manifest.requires.iter().map(|(plugin, range)| Ok((id(plugin)?, range.clone())));
    Ok(PluginInfo {
        id: own,
        name: manifest.name.clone(),
        version: manifest.version.clone(),
        requires: requires.collect::<Result<_, Problem>>()?,
    })
}
