//! All registrations together: the host's one picture of what the database should be.

mod callers;
mod findings;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Serialize;
use tenon_migrations_core::finding::{Cause, Finding, Severity};
use tenon_migrations_core::lock::Lock;
use tenon_migrations_core::migration::{Checksum, PluginId, PluginInfo, PluginMigration};
use tenon_migrations_core::ownership::Ownership;
use tenon_migrations_core::snapshot::{CatalogSnapshot, SnapshotSource};
use tenon_migrations_core::tolerance::Tolerance;
use tenon_migrations_core::{claims, graph};
use tenon_schema::{DeclaredStatement, Descriptors, Ident};

use self::findings::{conflict_findings, name_of, stray, unloadable};
use crate::plugin::cards::PluginCards;
use crate::plugin::emitted::EmittedEvents;
use crate::plugin::events::PluginEvents;
use crate::plugin::faults::PanicCounter;
use crate::plugin::functions::PluginFunctions;
use crate::plugin::inspect::{Rejected, Source};
use crate::plugin::isolate::Attempts;
use crate::plugin::jobs::PluginJobs;
use crate::plugin::load::Embedded;
use crate::plugin::pages::PluginPages;
use crate::plugin::problem::Problem;
use crate::plugin::routes::Routes;
use crate::plugin::runtime::{Context, Worker};
use crate::plugin::settings::SettingsSchema;
use crate::plugin::trust::VerifiedSignature;
use crate::support::version::version;

/// A plugin whose contract was read, or the host itself.
#[derive(Debug)]
pub struct Registration {
    pub info: PluginInfo,
    /// The library and its sha256; the host itself has none.
    pub library: Option<Library>,
    pub descriptors: Descriptors,
    pub lock: Embedded,
    /// What it says of its settings.
    pub settings: Option<SettingsSchema>,
    /// The statements that it says it sends.
    pub statements: Vec<DeclaredStatement>,
    pub migrations: Vec<PluginMigration>,
}

/// The file a plugin came from, and the threads that run it.
#[derive(Debug, Clone)]
pub struct Library {
    /// The plugin's id.
    pub id: Arc<str>,
    pub file: PathBuf,
    pub sha256: Checksum,
    /// The generation of the contract by which it is called.
    pub generation: u32,
    /// The signature by which it is trusted, where one is asked for.
    pub signature: Option<VerifiedSignature>,
    /// What is worth knowing of the file.
    pub notices: Vec<Problem>,
    /// The source, by which it can be seen whether this is still the file.
    pub source: Arc<Source>,
    pub routes: Arc<Routes>,
    pub jobs: Arc<PluginJobs>,
    pub events: Arc<PluginEvents>,
    pub pages: Arc<PluginPages>,
    pub cards: Arc<PluginCards>,
    /// The functions that those may call that require it.
    pub functions: Arc<PluginFunctions>,
    /// What it may emit.
    pub emitted: Arc<EmittedEvents>,
    pub worker: Arc<Worker<Context>>,
    /// What the kernel refused to these threads.
    pub attempts: Arc<Attempts>,
    /// The plugin's panics, as far as they count.
    pub strikes: Arc<PanicCounter>,
}

/// A plugin that takes part.
#[derive(Debug, Clone)]
pub struct Registered {
    pub info: PluginInfo,
    pub library: Option<Library>,
    pub descriptors: Descriptors,
    /// The sha256 of the descriptors' JSON.
    pub descriptors_hash: Checksum,
    pub lock: Option<Lock>,
    /// Why the lock file that it brings cannot be read.
    pub damaged_lock: Option<String>,
    /// The statements that it says it sends.
    pub statements: Vec<DeclaredStatement>,
    /// The migrations' checksums by file name.
    pub files: BTreeMap<String, Checksum>,
    pub claims: BTreeSet<claims::Claim>,
    /// What it says of its settings.
    pub settings: Option<SettingsSchema>,
}

impl Registered {
    /// The snapshot that its lock file holds for a server, if it still speaks for the plugin.
    pub fn locked(&self, printer: SnapshotSource) -> Option<&CatalogSnapshot> {
        self.lock.as_ref()?.snapshot(printer, self.descriptors_hash, &self.files)
    }
}

/// A plugin that does not take part, with the reasons; or a file that says it is one which another file
/// brings.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Out {
    /// The plugin's; of a file that could not tell, or is beside the plugin's own, one made of its name.
    pub id: PluginId,
    /// The plugin that it says it is and another file brings, to which it makes no difference.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub beside: Option<PluginId>,
    pub name: String,
    pub version: String,
    #[schema(value_type = String)]
    pub file: PathBuf,
    pub findings: Vec<Finding>,
    /// What its file was refused for, and what is worth knowing of it.
    pub problems: Vec<Problem>,
    #[serde(skip)]
    pub source: Option<Arc<Source>>,
    /// What its code says of its settings, if it was asked.
    #[serde(skip)]
    pub settings: Option<SettingsSchema>,
}

/// The host's one picture of what the database should be.
#[derive(Debug, Default)]
pub struct Registry {
    pub plugins: BTreeMap<PluginId, Registered>,
    pub out: Vec<Out>,
    /// Files that were passed over, since they have the same bytes as another.
    pub copies: Vec<PathBuf>,
    /// All migrations of all plugins that take part, in the order of the graph.
    pub migrations: Vec<PluginMigration>,
    /// The owners of all objects, by which it is known what a migration may touch.
    pub ownership: Ownership,
    /// What may stand beside what plugins declare.
    pub tolerances: Vec<Tolerance>,
}

impl Registry {
    /// Puts the registrations together. Whoever does not fit is left out with the reason, and those that
    /// require it with it; all others take part.
    pub fn new(mut registrations: Vec<Registration>, rejected: Vec<Rejected>) -> Self {
        let mut registry = Self::default();
        for rejected in rejected {
            registry.reject(rejected, &mut registrations);
        }
        registry.leave_out_conflicts(&mut registrations);
        registry.leave_out_unresolved(&mut registrations);
        registry.migrations = registry.order(&mut registrations);
        for Registration { info, library, descriptors, lock, settings, statements, migrations } in
            registrations
        {
            let claims = claims::of(&descriptors);
            let descriptors_hash = hash(&descriptors);
            let files = migrations.into_iter().map(|one| (one.id.filename, one.checksum)).collect();
            let id = info.id.clone();
            let (lock, damaged_lock) = match lock {
                Embedded::None => (None, None),
                Embedded::Lock(lock) => (Some(*lock), None),
                Embedded::Damaged(why) => (None, Some(why)),
            };
            let registered = Registered {
                info,
                library,
                descriptors,
                descriptors_hash,
                lock,
                damaged_lock,
                statements,
                files,
                claims,
                settings,
            };
            registry.plugins.insert(id, registered);
        }
        let plugins = registry.plugins.values();
        registry.ownership = Ownership::new(plugins.map(|plugin| (&plugin.info, &plugin.claims)));
        registry.out.sort_by(|a, b| a.id.cmp(&b.id));
        registry.tell_dependents_who_calls();
        registry.tell_what_is_served();
        registry
    }

    /// The lock files that do not speak for their plugins, in words: each plugin, why, and what helps.
    pub fn unused_locks(&self, queries: Checksum) -> Vec<String> {
        let told = self.plugins.values().filter_map(|plugin| {
            let PluginInfo { id, name, .. } = &plugin.info;
            let why = if let Some(why) = &plugin.damaged_lock {
                format!("is damaged: {why}")
            } else {
                let stale = plugin.lock.as_ref()?.staleness(queries, plugin.descriptors_hash, &plugin.files);
                if stale.is_empty() {
                    return None;
                }
                format!("is out of date: {}", stale.join("; "))
            };
            Some(format!(
                "the lock file of {name} is not used, for it {why}; its author renews it with `tenon plugin lock {id}`"
            ))
        });
        told.collect()
    }

    /// The schemas in which the plugins' objects stand.
    pub fn schemas(&self) -> BTreeSet<Ident> {
        claims::schemas(self.plugins.values().flat_map(|plugin| &plugin.claims))
    }

    /// The given plugins and all that require them, however indirectly.
    pub fn with_dependents(&self, plugins: &BTreeSet<PluginId>) -> BTreeSet<PluginId> {
        let mut all = plugins.clone();
        loop {
            let more: Vec<_> = self
                .plugins
                .values()
                .filter(|plugin| !all.contains(&plugin.info.id))
                .filter(|plugin| plugin.info.requires.keys().any(|required| all.contains(required)))
                .map(|plugin| plugin.info.id.clone())
                .collect();
            if more.is_empty() {
                return all;
            }
            all.extend(more);
        }
    }

    /// A plugin's name for people.
    pub fn name_of(&self, id: &PluginId) -> String {
        self.plugins.get(id).map_or_else(|| id.to_string(), |plugin| plugin.info.name.clone())
    }

    /// Tells of a file that is refused. A plugin that another file brings is not touched by it.
    fn reject(&mut self, rejected: Rejected, registrations: &mut [Registration]) {
        let Rejected { file, info, problems, source, settings } = rejected;
        let brought =
            info.as_ref().and_then(|info| registrations.iter_mut().find(|one| one.info.id == info.id));
        let beside =
            brought.and_then(|registration| Some((&registration.info, registration.library.as_mut()?)));
        let refusals = problems.iter().filter(|problem| problem.is_refusal());
        if let Some((its, library)) = beside {
            let why: Vec<_> = refusals.clone().map(ToString::to_string).collect();
            library.notices.push(Problem::refused_beside(&file, &why.join("; ")));
            let beside = Some(its.id.clone());
            let version = info.map(|info| info.version.to_string()).unwrap_or_default();
            let (id, name) = (self.id_for_file(&file, registrations), name_of(&file));
            let findings = refusals.map(|problem| stray(&id, &file, problem)).collect();
            self.out.push(Out { id, beside, name, version, file, findings, problems, source, settings });
            return;
        }
        // Of several files of one plugin, all of them refused, the first is told as the plugin.
        let info = info.filter(|info| self.out.iter().all(|out| out.id != info.id));
        let (id, name, version) = match info {
            Some(PluginInfo { id, name, version, .. }) => (id, name, version.to_string()),
            None => (self.id_for_file(&file, registrations), name_of(&file), String::new()),
        };
        let findings = refusals.map(|problem| unloadable(&id, &file, problem)).collect();
        self.out.push(Out { id, beside: None, name, version, file, findings, problems, source, settings });
    }

    /// Says of files beside a plugin's own from which that is served, if it is.
    fn tell_what_is_served(&mut self) {
        for out in &mut self.out {
            let plugin = out.beside.as_ref().and_then(|id| self.plugins.get(id));
            if let Some((info, library)) = plugin.and_then(|one| Some((&one.info, one.library.as_ref()?))) {
                let served =
                    format!("; {} ({}) is served from {}", info.name, info.id, library.file.display());
                out.findings.iter_mut().for_each(|finding| finding.message += &served);
            }
        }
    }

    /// An id for a file that could not tell its own, or whose own is another's; made of its name.
    fn id_for_file(&self, file: &Path, registrations: &[Registration]) -> PluginId {
        let stem = file.file_stem().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
        let stem = stem.strip_prefix("lib").unwrap_or(&stem);
        let word: String =
            stem.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).take(30).collect();
        let is_free = |candidate: &PluginId| {
            self.out.iter().all(|out| out.id != *candidate)
                && registrations.iter().all(|one| one.info.id != *candidate)
        };
        let mut number = 1;
        loop {
            let text = if number == 1 { format!("f_{word}") } else { format!("f_{word}_{number}") };
            let candidate: PluginId = text.parse().unwrap_or_else(|_| PluginId::core());
            if candidate.is_core() || is_free(&candidate) {
                return candidate;
            }
            number += 1;
        }
    }

    /// Takes a registration out of the game.
    fn leave_out(&mut self, registration: Registration, findings: Vec<Finding>) {
        let library = registration.library;
        let source = library.as_ref().map(|library| Arc::clone(&library.source));
        let (file, problems) = library.map(|library| (library.file, library.notices)).unwrap_or_default();
        self.out.push(Out {
            id: registration.info.id,
            beside: None,
            name: registration.info.name,
            version: registration.info.version.to_string(),
            file,
            findings,
            problems,
            source,
            settings: registration.settings,
        });
    }

    /// Two files with one id, and two plugins with one object: nobody can say which is right.
    fn leave_out_conflicts(&mut self, registrations: &mut Vec<Registration>) {
        let mut files: BTreeMap<PluginId, Vec<String>> = BTreeMap::new();
        for registration in registrations.iter() {
            let file = registration.library.as_ref().map(|library| library.file.display().to_string());
            files.entry(registration.info.id.clone()).or_default().extend(file);
        }
        let objects =
            claims::conflicts(registrations.iter().map(|plugin| (&plugin.info.id, &plugin.descriptors)));
        let (fit, unfit): (Vec<_>, Vec<_>) = std::mem::take(registrations)
            .into_iter()
            .map(|registration| {
                let findings = conflict_findings(&registration.info.id, &files, &objects);
                (registration, findings)
            })
            .partition(|(registration, findings)| findings.is_empty() || registration.info.id.is_core());
        *registrations = fit.into_iter().map(|(registration, _)| registration).collect();
        for (registration, findings) in unfit {
            self.leave_out(registration, findings);
        }
    }

    /// Requirements that nobody meets.
    fn leave_out_unresolved(&mut self, registrations: &mut Vec<Registration>) {
        let infos = registrations.iter().map(|plugin| plugin.info.clone());
        let infos: Vec<_> = infos.filter(|info| !info.id.is_core()).collect();
        let unusable = self.out.iter().map(|out| out.id.clone()).collect();
        let problems: BTreeMap<_, _> =
            graph::resolve(&infos, &version(), &unusable).out.into_iter().collect();
        self.leave_out_with(registrations, |id| {
            problems.get(id).into_iter().flatten().map(ToString::to_string).collect()
        });
    }

    /// Orders the migrations; plugins whose files cannot be ordered are left out.
    fn order(&mut self, registrations: &mut Vec<Registration>) -> Vec<PluginMigration> {
        let infos: Vec<_> = registrations.iter().map(|plugin| plugin.info.clone()).collect();
        let migrations: Vec<_> =
            registrations.iter().flat_map(|plugin| plugin.migrations.iter().cloned()).collect();
        let ordered = graph::order_what_can_be(&infos, &migrations);
        self.leave_out_with(registrations, |id| {
            ordered.out.get(id).into_iter().flatten().map(ToString::to_string).collect()
        });
        ordered.order.into_iter().cloned().collect()
    }

    fn leave_out_with(
        &mut self,
        registrations: &mut Vec<Registration>,
        reasons: impl Fn(&PluginId) -> Vec<String>,
    ) {
        for registration in std::mem::take(registrations) {
            let id = &registration.info.id;
            let findings: Vec<_> = reasons(id)
                .into_iter()
                .map(|reason| {
                    let object = format!("plugin {id}");
                    Finding::new(id, Cause::Unloadable, Severity::Breaking, object, reason)
                        .remedy("install what is required, or remove the plugin")
                })
                .collect();
            if findings.is_empty() {
                registrations.push(registration);
            } else {
                self.leave_out(registration, findings);
            }
        }
    }
}

/// The sha256 of descriptors, over their JSON.
pub fn hash(descriptors: &Descriptors) -> Checksum {
    Checksum::of(serde_json::to_string(descriptors).unwrap_or_default())
}
